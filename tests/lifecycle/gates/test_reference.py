"""The reference says what the code does: its tables are compared with the phase table, the registry and the causes."""

import re

from django.conf import settings

from features.enums import Phase
from lifecycle.enums import Cause, Level
from lifecycle.gates.registry import RULES
from lifecycle.phases import DEFAULT_LADDER, TABLE, TIME_BOX_DAYS, Fate, Place, When

PAGE = (settings.BASE_DIR / "docs/reference/gates.md").read_text()
LETTER = {Level.MUST: "M", Level.SHOULD: "s", None: ""}


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its head."""
    section = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_moves():
    shown = [
        [
            move.at.label if move.when is When.ALWAYS else f"{move.at.label}, {words(move.when)}",
            move.outcome.value,
            move.to.label if move.fate is Fate.ACTIVE else words(move.fate),
            words(move.step),
            words(move.iteration),
            words(move.exposure),
        ]
        for move in TABLE
    ]
    assert rows("Moves") == shown


def words(word) -> str:
    return word.value.replace("_", " ")


def test_the_rules():
    shown = {code(cells[0]): cells[1:] for cells in rows("Which rule asks what, where")}
    assert shown == {rule.code: [LETTER[rule.levels.get(place)] for place in Place] for rule in RULES}


def code(cell: str) -> str:
    return re.match(r"`(\w+)`", cell)[1]


def test_every_cause_is_explained():
    assert [code(cells[0]) for cells in rows("Why a gate is due")] == [cause.value for cause in Cause]


def test_the_numbers_of_phases_and_steps():
    text = " ".join(PAGE.split())
    for phase in (Phase.THINK_IT, Phase.BUILD_IT, Phase.TWEAK_IT):
        assert re.search(rf"{phase.label} {TIME_BOX_DAYS[phase]}\b", text), phase
    days = {int(rung.percent): (rung.minimum_days, rung.full_course_days) for rung in DEFAULT_LADDER}
    assert days == {1: (3, 7), 5: (3, 7), 10: (7, 14), 25: (7, 28), 50: (7, 28), 99: (7, 14)}
    assert "3 and 7 at 1 and 5 %, 7 and 14 at 10 %, 7 and 28 at 25 and 50 %, 7 and 14 at 99 %" in text
