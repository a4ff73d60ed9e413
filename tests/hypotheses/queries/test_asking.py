"""What a source is asked: the stages that its query may count by, for as long as their units can still mature."""

import json
import sqlite3
from datetime import timedelta

import pytest

from hypotheses.models import Stage, Trial
from hypotheses.queries.asking import definition_for
from hypotheses.sources.base import Limits, Window
from hypotheses.sources.registry import open_plug
from tests.hypotheses.actions.conftest import *  # noqa: F403 (the same scene)
from tests.hypotheses.actions.conftest import DAY

READY_MADE = "SELECT * FROM results WHERE stage IN (SELECT value FROM json_each(:stages))"
ENDED = DAY + timedelta(days=40)


def joined(**more):
    parts = {"assignments": "SELECT * FROM exposures", "facts": "SELECT * FROM purchases", "measure": "any"}
    return json.dumps({**parts, **more})


def day_after_end(days):
    end = ENDED + timedelta(days=days)
    return Window(end - timedelta(days=1), end)


@pytest.fixture
def ended(trial):
    Stage.objects.update(ended_at=ENDED)
    Trial.objects.update(ended_at=ENDED)


@pytest.fixture
def told(ended):
    """The stages that are told for the day that is so many days after the end."""

    def asked(query, *, days):
        definition = definition_for(metric="rate", query=query, window=day_after_end(days))
        return [stage["trial"] for stage in json.loads(definition.stages)]

    return asked


@pytest.mark.parametrize(
    ("query", "days", "stages"),
    [
        (READY_MADE, 30, ["reorder-1"]),
        (READY_MADE, 32, []),
        (joined(), 30, ["reorder-1"]),
        (joined(), 32, []),
        (joined(within_days=60), 32, ["reorder-1"]),
        (joined(within_days=60), 90, ["reorder-1"]),
        (joined(within_days=60), 92, []),
    ],
)
def test_stages_are_told_until_their_last_unit_has_matured_and_a_while_longer(told, query, days, stages):
    assert told(query, days=days) == stages


def test_units_of_the_last_days_are_measured_when_they_have_matured_after_the_end(ended, tmp_path):
    exposed = [(unit, ENDED - timedelta(days=days)) for unit, days in ((1, 1), (2, 1), (3, 5))]
    with sqlite3.connect(tmp_path / "w.db") as db:
        db.execute("CREATE TABLE exposures (trial, arm, unit, moment)")
        db.execute("CREATE TABLE purchases (unit, moment, value)")
        db.executemany(
            "INSERT INTO exposures VALUES ('reorder-1', 'control', ?, ?)", [(u, str(at)) for u, at in exposed]
        )
        db.execute("INSERT INTO purchases VALUES (2, ?, 1)", [str(ENDED + timedelta(days=20))])
    db.close()
    plug = open_plug(kind="sql", config={"url": "sqlite:///w.db"}, secret="", limits=Limits(folders=(tmp_path,)))

    def measured(days):
        window = day_after_end(days)
        return [
            row.n
            for row in plug.read(window, definition_for(metric="m", query=joined(within_days=60), window=window)).rows
        ]

    assert [measured(days) for days in (32, 56, 61)] == [[], [1], [3]]


@pytest.mark.django_db
@pytest.mark.parametrize("query", ['{"columns": {"n": "n"}}', "{", joined(within_days="60")])
def test_whether_a_query_is_right_is_for_its_source_to_say(query):
    assert definition_for(metric="rate", query=query, window=day_after_end(1)).query == query
