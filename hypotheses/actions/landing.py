"""Results arrive: each fact once, a restated one as a revision beside the earlier one; whole batches or nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from features.actions.copying import copy_rows
from features.errors import BadInput, FieldError, Forbidden
from features.models import Feature, Stint
from features.queries.people import squads_of
from hypotheses.actions.hypothesis import lock_hypothesis
from hypotheses.actions.staging import StageBook
from hypotheses.enums import PullState
from hypotheses.models import Arm, Hypothesis, Metric, Pull, Result, Stage, Trial
from hypotheses.queries.falls import Counted, Fall, falls
from hypotheses.queries.falls import sentence as told
from hypotheses.queries.left_out import NOTHING, LeftOut
from hypotheses.queries.measured import Measured, measured
from hypotheses.sources.base import Row

AHEAD: Final = timedelta(minutes=5)
"""How far ahead of the database's clock a result may be as of: clocks differ a little."""
MOST_COMPLAINTS: Final = 50
SLICE: Final = 500
OWN: Final = (
    "stage", "metric", "arm", "as_of", "definition_hash", "revision",
    "window_start", "pass_number", "pull", "source", "recorded_at",
)  # fmt: skip
"""The columns of a result besides what it measures."""


@dataclass(frozen=True, slots=True)
class Landed:
    """What a batch came to, in rows. `left_out`: what a pull brought that is none of ours. `late`: what it read before
    that which stands. `fell`: the series of a pull whose counts fell; they are recorded.
    """

    new: int = 0
    revised: int = 0
    unchanged: int = 0
    left_out: LeftOut = NOTHING
    late: int = 0
    fell: tuple[Fall, ...] = ()

    def remark(self, *, of: int) -> str:
        """What was not landed, and why, and which counts fell; "" for nothing. of: how many rows came."""
        late = f"{self.late} of {of} rows came late: a reading that began after this one says otherwise, and stands."
        return " ".join(filter(None, (self.left_out.sentence(of=of), late if self.late else "", told(self.fell))))


class _Key(NamedTuple):
    """What a result is known by: the ids of its stage, metric and arm, and its moment."""

    stage: int
    metric: int
    arm: int
    as_of: datetime


class _Standing(NamedTuple):
    """The result that stands for a key now."""

    id: int
    revision: int
    definition_hash: str
    values: Measured


@dataclass(slots=True)
class _Batch:
    """The rows of one batch, with what they name, loaded once; and what is wrong with them.

    `places`: where each row stood when it came. `values`: what each measures, once that is checked.
    """

    rows: Sequence[Row]
    trials: Mapping[str, Trial]
    metrics: Mapping[str, Metric]
    arms: Mapping[tuple[str, str], Arm]
    places: Sequence[int]
    values: Sequence[Measured] = ()
    errors: list[FieldError] = field(default_factory=list)

    def leave_out(self, places: Collection[int]) -> tuple[str, ...]:
        """Go on without some rows. Gives the trial of each."""
        kept = [place for place in range(len(self.rows)) if place not in places]
        gone = tuple(self.rows[place].trial for place in sorted(places))
        self.rows, self.places = [self.rows[at] for at in kept], [self.places[at] for at in kept]
        self.values = [self.values[at] for at in kept] if self.values else ()
        return gone

    def complain(self, place: int, name: str, detail: str, *, code: str = "invalid") -> None:
        """Remember what is wrong with one field of one row."""
        self.errors.append(FieldError(f"rows.{self.places[place]}.{name}", code, detail))

    def refuse(self) -> None:
        """Raise BadInput when anything is wrong."""
        if self.errors:
            first = self.errors[0]
            _, place, name = first.field.split(".", 2)
            detail = f"Nothing was recorded. Row {int(place) + 1}, {name}: {first.detail}"
            raise BadInput(code="invalid", detail=detail, errors=tuple(self.errors[:MOST_COMPLAINTS]))


@transaction.atomic
def land_results(
    *,
    rows: Sequence[Row],
    now: datetime,
    by: User | None = None,
    pull: Pull | None = None,
    source: str = "api",
    definition_hash: str | None = None,
) -> Landed:
    """Record results, all of them or none, within the caller's transaction if there is one.

    Known by (stage, metric, arm, as_of): an unchanged one writes nothing; a changed one is the next revision and the
    earlier one stays; a pull never overwrites what was read or pushed after it had begun to read. The first result of
    a stint locks its hypothesis. Counts that fell since the last snapshot are recorded: the evidence says so. What is
    pushed has to be of its stage's time; a source that names a stage is believed. What a pull brings of trials that are
    not registered, from before their first stage, and for new stages of features that have ended, is left out and
    counted.

    by: who sends them; None is the system. pull: the pull that brought them. source: what brought them, in a word.
    definition_hash: what the metric's definition was when it was asked; left out, what it is now.

    Raises:
        BadInput: every wrong field, as `rows.3.var`. Forbidden: a trial of another squad's feature.
    """
    batch = _load(rows)
    unregistered = batch.leave_out(_strange(batch)) if pull else ()
    _check(batch, now)
    _require_allowed(batch, by)
    if not batch.rows:
        return Landed(left_out=LeftOut(unregistered))
    book = _lock(batch)
    left_out = LeftOut(unregistered)
    if pull:
        ended = batch.leave_out(book.closed(batch.rows))
        left_out = LeftOut(unregistered, ended, batch.leave_out(book.before_all(batch.rows)))
    _open_stages(batch, book, now, believed=pull is not None)
    keys = _keys(batch, book)
    landing = _Landing(batch, keys, _standing(keys), pull, definition_hash)
    landing.compare()
    fell = falls(landing.counted(), name=landing.arm_at) if pull else ()
    if landing.fresh:
        _write(landing, book, now, source)
    unchanged = len(keys) - len(landing.fresh) - landing.late
    return Landed(landing.new, landing.revised, unchanged, left_out, landing.late, fell)


def _strange(batch: _Batch) -> set[int]:
    """The places of the rows of trials that are not registered."""
    return {place for place, row in enumerate(batch.rows) if row.trial not in batch.trials}


def _load(rows: Sequence[Row]) -> _Batch:
    trials = Trial.objects.select_related("feature__squad").in_bulk({row.trial for row in rows}, field_name="key")
    metrics = Metric.objects.in_bulk({row.metric for row in rows}, field_name="key")
    arms = Arm.objects.filter(trial__in=trials.values()).select_related("trial")
    return _Batch(rows, trials, metrics, {(arm.trial.key, arm.name): arm for arm in arms}, range(len(rows)))


def _check(batch: _Batch, now: datetime) -> None:
    """Find what each row measures; refuse when any row is wrong."""
    values = []
    latest = now + AHEAD
    seen: dict[tuple[object, ...], int] = {}
    for place, row in enumerate(batch.rows):
        _check_names(batch, place, row)
        _check_moment(batch, place, row, latest)
        identity = (row.trial, row.metric, row.arm, row.stage, row.as_of)
        first = seen.setdefault(identity, place)
        if first != place and batch.rows[first] != row:
            detail = f"Row {batch.places[first] + 1} says something else for the same arm and moment. Send one of them."
            batch.complain(place, "as_of", detail, code="duplicate")
        metric = batch.metrics.get(row.metric)
        if metric is None:
            continue
        value = measured(row, kind=metric.kind, complain=lambda name, detail: batch.complain(place, name, detail))  # noqa: B023
        if value is not None:
            values.append(value)
    batch.refuse()
    batch.values = values


def _check_names(batch: _Batch, place: int, row: Row) -> None:
    trial = batch.trials.get(row.trial)
    if trial is None:
        detail = f"No trial with the key “{row.trial[:80]}” is registered. Register it first, or leave its rows out."
        batch.complain(place, "trial", detail, code="unknown")
    elif (row.trial, row.arm) not in batch.arms:
        known = ", ".join(name for key, name in batch.arms if key == row.trial)
        detail = f"The trial {row.trial} has no arm “{row.arm[:60]}”. Its arms are {known}."
        batch.complain(place, "arm", detail, code="unknown")
    if row.metric not in batch.metrics:
        detail = f"No metric with the key “{row.metric[:80]}” is in the catalogue. Add it first."
        batch.complain(place, "metric", detail, code="unknown")
    if row.stage is not None and not 0 < len(row.stage.strip()) <= 40:  # noqa: PLR2004 (the column's width)
        batch.complain(place, "stage", "The name of a stage has 1 to 40 characters.")
    if row.opens_stage and row.stage is None:
        batch.complain(place, "opens_stage", "Name the stage that it opens.")


def _check_moment(batch: _Batch, place: int, row: Row, latest: datetime) -> None:
    if row.as_of.tzinfo is None:
        batch.complain(place, "as_of", "Give the time with its offset, for example 2026-01-31T06:00:00+00:00.")
    elif row.as_of > latest:
        detail = f"{row.as_of.isoformat()} lies in the future. Results are as of a moment that has come"
        detail += "; times without an offset are UTC."
        batch.complain(place, "as_of", detail)


def _require_allowed(batch: _Batch, by: User | None) -> None:
    allowed = squads_of(by, {trial.feature.squad_id for trial in batch.trials.values()})
    refused = [
        FieldError(f"rows.{place}.trial", "not_yours", f"The trial {row.trial} belongs to another squad.")
        for place, row in zip(batch.places, batch.rows, strict=True)
        if batch.trials[row.trial].feature.squad_id not in allowed
    ]
    if refused:
        detail = f"{refused[0].detail} Its members, its tribe's leaders and administrators may record its results."
        raise Forbidden(code="not_yours", detail=detail, errors=tuple(refused[:MOST_COMPLAINTS]))


def _lock(batch: _Batch) -> StageBook:
    """The stages of the batch's trials, locked.

    Locks are taken in the house's order: features first (only when a stage is opened or a hypothesis will be locked, so
    that a decision on the feature is not in the way of every result), then stages by id.
    """
    book = StageBook(batch.trials.values())
    features = {trial.feature_id for trial in batch.trials.values()}
    unlocked = Hypothesis.objects.filter(feature__in=features, locked_at__isnull=True)
    if book.missing(batch.rows) or unlocked.exists():
        list(Feature.objects.select_for_update(no_key=True).filter(pk__in=features).order_by("pk").values_list("pk"))
    book.lock()
    return book


def _open_stages(batch: _Batch, book: StageBook, now: datetime, *, believed: bool) -> None:
    """Open the stages that the batch names for the first time. Refuse what fits no stage.

    believed: a row that names a stage may be from before it.
    """
    for place, detail in book.open_missing(batch.rows, now=now):
        batch.complain(place, "stage", detail, code="unknown")
    batch.refuse()
    for place, detail in () if believed else book.too_early(batch.rows):
        batch.complain(place, "as_of", detail)
    batch.refuse()


def _keys(batch: _Batch, book: StageBook) -> list[_Key]:
    return [
        _Key(
            book.stage_of(row).pk,
            batch.metrics[row.metric].pk,
            batch.arms[row.trial, row.arm].pk,
            row.as_of,
        )
        for row in batch.rows
    ]


def _standing(keys: Iterable[_Key]) -> dict[_Key, _Standing]:
    """The current results at the keys: one query for all stages that are asked for over the same stretch of time."""
    wanted: dict[tuple[int, int], list[datetime]] = defaultdict(list)
    for key in keys:
        wanted[key.metric, key.stage].append(key.as_of)
    stretches: dict[tuple[int, datetime, datetime], list[int]] = defaultdict(list)
    for (metric, stage), moments in wanted.items():
        stretches[metric, min(moments), max(moments)].append(stage)
    found: dict[_Key, _Standing] = {}
    for (metric, first, last), stages in stretches.items():
        rows = Result.objects.filter(
            stage__in=stages, metric=metric, as_of__range=(first, last), superseded_at__isnull=True
        ).values_list("stage_id", "arm_id", "as_of", "id", "revision", "definition_hash", *Measured._fields)
        for row in rows.iterator():
            found[_Key(row[0], metric, row[1], row[2])] = _Standing._make((*row[3:6], Measured._make(row[6:])))
    return found


def _read_moments(ids: Sequence[int]) -> dict[int, datetime]:
    """When these results were read: when their pull began; of what was pushed, when it came."""
    found: dict[int, datetime] = {}
    for start in range(0, len(ids), SLICE):
        rows = Result.objects.filter(pk__in=ids[start : start + SLICE])
        found.update(rows.values_list("pk", Coalesce("pull__started_at", "recorded_at")))
    return found


def _read_since(pull: Pull, began: datetime) -> list[tuple[datetime, datetime]]:
    """The windows that other pulls of its schedule have read, having begun later. Few can have: those at its side."""
    others = Pull.objects.filter(schedule=pull.schedule_id, state=PullState.SUCCEEDED, finished_at__gt=began)
    return list(others.filter(started_at__gt=began).order_by().values_list("window_start", "window_end"))


@dataclass(slots=True)
class _Landing:
    """One batch against what stands: `fresh` are the places of the rows that say something new."""

    batch: _Batch
    keys: Sequence[_Key]
    standing: dict[_Key, _Standing]
    pull: Pull | None
    definition_hash: str | None
    fresh: list[int] = field(default_factory=list)
    superseded: list[int] = field(default_factory=list)
    revised: int = 0
    late: int = 0

    @property
    def new(self) -> int:
        """How many rows are the first of their key."""
        return len(self.fresh) - self.revised

    def compare(self) -> None:
        """Find the rows that say something new; of those, an older reading than that which stands comes late."""
        done: set[_Key] = set()
        says: list[int] = []
        for place, key in enumerate(self.keys):
            if key not in done and self._says_more(place, self.standing.get(key)):
                done.add(key)
                says.append(place)
        late = self._late(says)
        self.late = len(late)
        self.fresh = [place for place in says if place not in late]
        self.superseded = [stands.id for place in self.fresh if (stands := self.standing.get(self.keys[place]))]
        self.revised = len(self.superseded)

    def _late(self, places: Sequence[int]) -> set[int]:
        """The places of the rows that were read before what stands: before the reading that brought it, or a later one
        of their time that found it unchanged. What is pushed is as new as its arrival.
        """
        began = self.pull.started_at if self.pull is not None else None
        if self.pull is None or began is None:
            return set()
        standing = {place: stands.id for place in places if (stands := self.standing.get(self.keys[place]))}
        read_at = _read_moments(list(standing.values()))
        since = _read_since(self.pull, began) if standing else []
        return {
            place
            for place, pk in standing.items()
            if began < read_at[pk] or any(first < self.keys[place].as_of <= last for first, last in since)
        }

    def _says_more(self, place: int, stands: _Standing | None) -> bool:
        if stands is None:
            return True
        return stands.values != self.batch.values[place] or stands.definition_hash != self.hash_of(place)

    def counted(self) -> Iterator[Counted]:
        """The counts of the rows that say something new."""
        return (Counted(*self.keys[place], self.batch.values[place].n, place) for place in self.fresh)

    def arm_at(self, place: int) -> str:
        """Which arm a row is of, for people."""
        return f"{self.batch.rows[place].arm} of {self.batch.rows[place].trial}"

    def hash_of(self, place: int) -> str:
        """The definition that a row was measured under."""
        if self.definition_hash is not None:
            return self.definition_hash
        return self.batch.metrics[self.batch.rows[place].metric].definition_hash


def _write(landing: _Landing, book: StageBook, now: datetime, source: str) -> None:
    _supersede(landing.superseded, now)
    copy_rows(Result, names=(*OWN, *Measured._fields), rows=_columns(landing, now, source))
    changed = {landing.keys[place].stage for place in landing.fresh}
    Stage.objects.filter(pk__in=changed).update(landed=F("landed") + 1)
    for stint in Stint.objects.filter(pk__in=book.stints(changed)).order_by("feature_id", "id"):
        if Hypothesis.objects.filter(feature=stint.feature_id, locked_at__isnull=True).exists():
            lock_hypothesis(stint=stint, now=now)


def _supersede(ids: Sequence[int], now: datetime) -> None:
    for start in range(0, len(ids), SLICE):
        Result.objects.filter(pk__in=ids[start : start + SLICE]).update(superseded_at=now)


def _columns(landing: _Landing, now: datetime, source: str) -> Iterator[tuple[Any, ...]]:
    """The rows that say something new, in the order of `OWN` and then of what is measured."""
    pull = landing.pull
    came = (pull.window_start, pull.pass_number, pull.pk) if pull else (None, 0, None)
    tail = (*came, source[:80], now)
    for place in landing.fresh:
        key = landing.keys[place]
        stands = landing.standing.get(key)
        revision = stands.revision + 1 if stands else 1
        yield (*key, landing.hash_of(place), revision, *tail, *landing.batch.values[place])
