"""Writing the warehouse files: daily facts of every trial, past and to come, from what the treatments really do.

A file holds one row for each trial, metric, arm and stretch of time: units that were assigned and that have matured,
and the sum and the sum of squares of the metric over them. Days behind us carry their own noise; the year ahead is told
in weeks, so that the demo goes on for as long as somebody serves it. Same seed, same numbers.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from math import sqrt
from pathlib import Path
from random import Random
from typing import Final

import duckdb

from hypotheses.enums import MetricKind
from lifecycle.demo.calendar import DAY, WEEK, Calendar
from lifecycle.demo.catalogue import MEASURES, STORES, Measure
from lifecycle.demo.exposure import Stretch, stretches
from lifecycle.demo.script import Life

CONTROL, TREATMENT = "control", "treatment"
MATURED: Final = 0.97
"""The share of assigned units whose outcome is known by the next morning."""
AHEAD: Final = 56 * WEEK
WEEKEND: Final = 1.22
FOREVER: Final = datetime(2200, 1, 1)  # noqa: DTZ001 (files hold UTC without a zone)
COLUMNS: Final = (
    "trial", "metric", "arm", "weight", "opened", "shut", "opens", "closes", "n", "assigned", "total", "squares",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of a warehouse file; times are UTC without a zone."""

    trial: str
    metric: str
    arm: str
    weight: float
    opened: datetime
    shut: datetime
    opens: datetime
    closes: datetime
    n: float
    assigned: float
    total: float
    squares: float


def trial_of(life: Life) -> str:
    """The key of a life's trial."""
    return f"{life.key}-rollout"


def write_files(
    *, lives: Sequence[Life], calendar: Calendar, folder: Path, sources: Iterable[str] | None = None
) -> None:
    """Write the files of all sources that have one (or of those named) into a folder, from the truth of these lives."""
    folder.mkdir(parents=True, exist_ok=True)
    facts = list(_facts(lives, calendar))
    for key, store in STORES.items():
        if store.file and (sources is None or key in sources):
            _write(folder / store.file, [fact for fact in facts if MEASURES[fact.metric].source == key])


def break_file(path: Path) -> None:
    """Spoil a CSV file as exports do get spoiled: after a change of the tool, the columns carry other names."""
    lines = path.read_text().splitlines(keepends=True)
    lines[0] = lines[0].replace("trial,", "experiment_name,")
    _replace(path, "".join(lines))


def _facts(lives: Sequence[Life], calendar: Calendar) -> Iterator[Fact]:
    for life in lives:
        if life.experiment is None:
            continue
        for number, stretch in enumerate(stretches(life, calendar)):
            for key in life.belief.metrics:
                yield from _of_stretch(life, key, stretch, number, calendar)


def _of_stretch(life: Life, key: str, stretch: Stretch, number: int, calendar: Calendar) -> Iterator[Fact]:
    assert life.experiment is not None  # noqa: S101 (asked before)
    measure, primary = MEASURES[key], key == life.belief.metric
    gain = stretch.effect if primary else stretch.moves.get(key, 0.0)
    for arm, share, weight in _arms(stretch.percent):
        # one stream for who comes (the same for all metrics of an arm), one for what they do
        people = Random(f"{life.key} {number} {arm}")  # noqa: S311 (a demo, not a secret)
        deeds = Random(f"{life.key} {number} {arm} {key}")  # noqa: S311
        seen = 1.0 - life.experiment.lost if arm == TREATMENT else 1.0
        mean = measure.mean + (gain if arm == TREATMENT else 0.0)
        for opens, closes in _spans(stretch, calendar):
            units = life.experiment.units * share * ((closes - opens) / DAY) * _season(opens, closes)
            assigned = max(0.0, units + people.gauss(0, 1) * sqrt(units)) * seen
            n = assigned * MATURED
            total, squares = _sums(measure, mean, n, deeds)
            yield Fact(
                trial_of(life), key, arm, weight, _plain(stretch.opened), _plain(stretch.shut), _plain(opens),
                _plain(closes), round(n, 3), round(assigned, 3), round(total, 4), round(squares, 4),
            )  # fmt: skip


def _arms(percent: int) -> Iterator[tuple[str, float, float]]:
    """Each arm, its share of all units, its design weight: a control as large as the treatment, where there is room."""
    control = min(percent, 100 - percent)
    yield CONTROL, control / 100, float(control)
    yield TREATMENT, percent / 100, float(percent)


def _spans(stretch: Stretch, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    """Days up to the making of the demo, then weeks."""
    ends = stretch.shut or calendar.made + AHEAD
    opens = stretch.opened
    while opens < ends:
        closes = min(opens + (DAY if opens < calendar.made else WEEK), ends)
        yield opens, closes
        opens = closes


def _season(opens: datetime, closes: datetime) -> float:
    """Weekends are livelier; a whole week is as it is."""
    return WEEKEND if closes - opens <= DAY and opens.weekday() >= 5 else 1.0  # noqa: PLR2004 (Saturday)


def _sums(measure: Measure, mean: float, n: float, deeds: Random) -> tuple[float, float]:
    """Sum and sum of squares of a metric over n units that were drawn around a mean."""
    if n <= 0:
        return 0.0, 0.0
    variance = mean * (1 - mean) if measure.kind is MetricKind.PROPORTION else measure.spread**2
    seen = mean + deeds.gauss(0, 1) * sqrt(variance / n)
    if measure.kind is MetricKind.PROPORTION:
        seen = min(max(seen, 0.0), 1.0)
        return n * seen, n * seen
    return n * seen, n * (variance + seen * seen)


def _plain(moment: datetime | None) -> datetime:
    return moment.replace(tzinfo=None) if moment is not None else FOREVER


def _write(path: Path, facts: Sequence[Fact]) -> None:
    """CSV as it is, Parquet by way of CSV; never seen half written."""
    text = path.with_suffix(".csv.part")
    with text.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(astuple(fact) for fact in facts)
    if path.suffix == ".csv":
        text.replace(path)
        return
    packed = path.with_suffix(".part")
    with duckdb.connect() as engine:
        read = "SELECT * FROM read_csv(?, header = true, all_varchar = false, sample_size = -1)"
        engine.execute(f"COPY ({read}) TO '{_quoted(packed)}' (FORMAT parquet)", [str(text)])
    text.unlink()
    packed.replace(path)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _replace(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    part.write_text(text)
    part.replace(path)
