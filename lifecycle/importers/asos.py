"""The ASOS Digital Experiments Dataset, replayed day by day through the product's own path.

Liu, Cardoso, Couturier and McCoy (2021), CC BY 4.0: 78 experiments with 99 treatments, four metrics, snapshots twice a
day. Each series (experiment, variant, metric) becomes a feature with a hypothesis of its own and a registered trial;
each day's window is planned, claimed and read from the file by the worker's code; results are weighed, gates judged.

The data set says neither what was hoped for nor how small an effect would have mattered. The replay assumes for every
series that more is better, and a minimum effect that is a share of the control's mean at the first snapshot.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import duckdb
from django.contrib.auth.models import User

from features.actions.squad import create_squad, create_tribe
from features.errors import wrong
from features.models import Squad
from hypotheses.actions.metric import create_metric
from hypotheses.actions.planning import plan
from hypotheses.actions.pulling import drain
from hypotheses.actions.source import create_source
from hypotheses.actions.trial import register_trial
from hypotheses.actions.weighing import weigh_all
from hypotheses.enums import EffectScale, MetricKind
from lifecycle.actions.judging import judge_all
from lifecycle.actions.registering import register_feature

COLUMNS: Final = (
    "experiment_id", "variant_id", "metric_id", "time_since_start", "count_c", "count_t", "mean_c", "mean_t",
    "variance_c", "variance_t",
)  # fmt: skip
MEASURED: Final = ("mean_c", "mean_t", "variance_c", "variance_t")
STARTS: Final = datetime(2020, 1, 6, tzinfo=UTC)
"""When every experiment starts here: the data set gives days since its own start only."""

KINDS: Final = {"1": MetricKind.PROPORTION, "2": MetricKind.MEAN, "3": MetricKind.MEAN, "4": MetricKind.MEAN}
"""Metric 1 is a share (its variance is that of a yes or no), 2 and 3 are counts, 4 is an amount."""

DAY: Final = timedelta(days=1)
WORKER: Final = "replay"


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """One treatment's course on one metric; `days` until its last snapshot, `snapshots` in the file."""

    experiment: str
    variant: str
    metric: str
    days: int
    snapshots: int

    @property
    def key(self) -> str:
        """What its feature and its trial are called here."""
        return f"asos-{self.experiment}-v{self.variant}-m{self.metric}"


@dataclass(frozen=True, slots=True)
class Replayed:
    """What the replay did: the series, days lived, pulls carried out and failed, evidence weighed, gates fallen due."""

    series: tuple[Series, ...]
    days: int
    pulls: int
    failed: int
    weighed: int
    fell_due: int


def convert(*, file: Path, folder: Path, experiments: int | None = None, part: tuple[int, int] = (0, 1)) -> Path:
    """Write the data set once more as Parquet, as it is, so that each pull reads it in milliseconds.

    experiments: only the first so many by id; part: of those, every so many-th, as (number, parts).

    Raises:
        BadInput: the file is missing, cannot be read, or is not this data set.
    """
    path = folder / "asos.parquet"
    if not file.is_file():
        raise wrong("file", f"There is no file {file}.", code="missing")
    try:
        with duckdb.connect(":memory:") as engine:
            # every column as text: an experiment's id may look like a number
            found = engine.read_csv(str(file), all_varchar=True, header=True)
            missing = [column for column in COLUMNS if column not in found.columns]
            if missing:
                raise wrong("file", f"{file.name} lacks the column {missing[0]}; it is not the ASOS data set.")
            ids = sorted(row[0] for row in found.project("experiment_id").distinct().fetchall())
            chosen = [duckdb.ConstantExpression(one) for one in ids[:experiments][part[0] :: part[1]]]
            found.filter(duckdb.ColumnExpression("experiment_id").isin(*chosen)).write_parquet(str(path))
    except duckdb.Error as error:
        raise wrong("file", f"{file.name} cannot be read: {str(error).splitlines()[0]}", code="unreadable") from error
    return path


def series_of(*, path: Path) -> tuple[Series, ...]:
    """The series in the converted file."""
    with duckdb.connect(":memory:") as engine:
        rows = engine.execute(
            "SELECT experiment_id, variant_id, metric_id, "
            "CAST(ceil(max(CAST(time_since_start AS DOUBLE))) AS INTEGER), count(*) "
            "FROM read_parquet(?) GROUP BY ALL ORDER BY ALL",
            [str(path)],
        ).fetchall()
    return tuple(Series(*row) for row in rows)


def query_of(metric: str) -> str:
    """The SELECT of one metric: it maps the data set's columns to ours, one row for each arm.

    Units are counted in both arms; the design is taken as half and half, which for some experiments it was not. A
    snapshot that lacks a mean or a variance is left out: it is missing, not zero, and one row that cannot be weighed
    would have the worker refuse its whole window.
    """
    started = f"TIMESTAMPTZ '{STARTS:%Y-%m-%d %H:%M:%S+00}'"
    named = "'asos-' || experiment_id || '-v' || variant_id || '-m' || metric_id AS trial"
    moment = f"{started} + to_seconds(round(CAST(time_since_start AS DOUBLE) * 86400)) AS as_of"
    whole = " AND ".join(f"{name} IS NOT NULL" for name in MEASURED)
    arms = [
        f"SELECT {named}, '{arm}' AS arm, {moment}, CAST(count_{end} AS DOUBLE)::BIGINT AS n, "  # noqa: S608 (our words)
        f"CAST(count_{end} AS DOUBLE)::BIGINT AS n_assigned, CAST(mean_{end} AS DOUBLE) AS mean, "
        f"CAST(variance_{end} AS DOUBLE) AS var FROM source WHERE metric_id = '{metric}' AND {whole}"
        for arm, end in (("control", "c"), ("treatment", "t"))
    ]
    window = "as_of > :window_start AND as_of <= :window_end"
    return f"SELECT * FROM ({' UNION ALL '.join(arms)}) WHERE {window}"  # noqa: S608 (our words)


def replay(
    *,
    file: Path,
    folder: Path,
    minimum_effect: float,
    experiments: int | None = None,
    part: tuple[int, int] = (0, 1),
    every: int = 1,
    tell: Callable[[str], None] = print,
) -> Replayed:
    """Live through the experiments in this installation's database. `folder`: where the worker may read files.

    minimum_effect: a share of the control's mean at the first snapshot. every: after how many days results are weighed
    and gates judged; each snapshot is weighed in any case, but gates then fall due so many days later at most. part:
    only every so many-th experiment, so that several processes can share the work.

    Raises:
        BadInput: the file is not the ASOS data set.
    """
    path = convert(file=file, folder=folder, experiments=experiments, part=part)
    series = series_of(path=path)
    if not series:
        return Replayed((), 0, 0, 0, 0, 0)
    by = User.objects.create_superuser("replay", password=None)
    squad = _squad(by)
    _catalogue(path, series, by)
    for one in series:
        _begin(one, squad=squad, minimum_effect=minimum_effect, by=by)
    tell(f"{len(series)} series registered")
    return _live(series, every=every, tell=tell)


def _squad(by: User) -> Squad:
    create_tribe(slug="asos", name="ASOS", by=by, now=STARTS)
    return create_squad(slug="asos", name="ASOS", tribe="asos", by=by, now=STARTS)


def _catalogue(path: Path, series: Sequence[Series], by: User) -> None:
    source = create_source(
        key="asos", name="ASOS experiments", kind="file", config={"path": str(path)}, by=by, now=STARTS
    )
    for metric in sorted({one.metric for one in series}):
        create_metric(
            key=f"asos-metric-{metric}",
            name=f"ASOS metric {metric}",
            kind=KINDS.get(metric, MetricKind.MEAN),
            better="up",
            source=source,
            query=query_of(metric),
            schedule={"every_seconds": 86_400, "start": STARTS},
            by=by,
            now=STARTS,
        )


def _begin(one: Series, *, squad: Squad, minimum_effect: float, by: User) -> None:
    feature = register_feature(
        name=f"Experiment {one.experiment}, variant {one.variant}, metric {one.metric}",
        key=one.key,
        squad=squad,
        by=by,
        now=STARTS,
        time_box_days=max(one.days, 1),
        hypothesis={
            "change": f"variant {one.variant}",
            "audience": "the experiment's units",
            "metric": f"asos-metric-{one.metric}",
            "direction": "up",
            "minimum_effect": minimum_effect,
            "effect_scale": EffectScale.RELATIVE.value,
            "reason": "The data set does not say; the replay assumes that more is better.",
        },
    )
    arms = [{"name": name, "role": name, "share": 0.5} for name in ("control", "treatment")]
    register_trial(key=one.key, feature=feature, arms=arms, by=by, now=STARTS)


def _live(series: Sequence[Series], *, every: int, tell: Callable[[str], None]) -> Replayed:
    days = max(one.days for one in series)
    pulls = failed = weighed = fell_due = 0
    for day in range(1, days + 1):
        now = STARTS + day * DAY
        plan(now=now)
        drained = drain(worker=WORKER, seconds=600)
        pulls, failed = pulls + drained.pulls, failed + drained.failed
        if day % every == 0 or day == days:
            weighed += weigh_all(now=now, limit=len(series))
            fell_due += judge_all(now=now)
        if day % 10 == 0 or day == days:
            tell(f"day {day} of {days}: {pulls} pulls, {weighed} weighings, {fell_due} gates due")
    return Replayed(tuple(series), days, pulls, failed, weighed, fell_due)
