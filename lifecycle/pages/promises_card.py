"""What a feature promised at its gates and what it delivered, for its page."""

from dataclasses import dataclass

from django.utils import timezone

from lifecycle.charts import formats
from lifecycle.charts.table import Column, Row, Table
from lifecycle.design.tokens import phase_label
from lifecycle.queries.promises import Kept, Promise

COLUMNS = (
    Column("Gate", numeric=False),
    Column("Promised"),
    Column("Interval"),
    Column("Delivered"),
    Column("Within", numeric=False),
)


@dataclass(frozen=True, slots=True)
class PromisesCard:
    """A sentence about the promise that counts, and all of them as a table; `why` nothing was delivered yet."""

    sentence: str
    table: Table
    why: str


def promises_card(kept: Kept | None) -> PromisesCard | None:
    """None for a feature that is not released, or that promised nothing."""
    if kept is None or kept.released_at is None:
        return None
    promise = kept.speaking or kept.promises[-1]
    told = promise.delivered
    promised = f"Promised at {_gate(promise)}: {_effect(promise, promise.estimate)}."
    if told.estimate is None or told.as_of is None:
        return PromisesCard(f"{promised} What was delivered is not known.", _table(kept), told.why)
    where = "at the last step" if told.at_last_step else "after release"
    interval = formats.interval(told.low, told.high, unit=promise.unit)
    day = formats.day(timezone.localdate(told.as_of))
    delivered = f"Delivered {where}: {_effect(promise, told.estimate)}, interval {interval}, as of {day}."
    return PromisesCard(f"{promised} {delivered}", _table(kept), "")


def _table(kept: Kept) -> Table:
    rows = tuple(_row(promise) for promise in kept.promises)
    return Table("Promised at each gate, and delivered", COLUMNS, rows)


def _row(promise: Promise) -> Row:
    told, pair = promise.delivered, promise.pair
    within = "" if pair is None else "yes" if pair.within else "no"
    cells = (
        _gate(promise),
        _effect(promise, promise.estimate),
        formats.interval(promise.low, promise.high, unit=promise.unit),
        _effect(promise, told.estimate) if told.estimate is not None else formats.NOT_KNOWN,
        within,
    )
    return Row(cells)


def _gate(promise: Promise) -> str:
    return formats.percentage(promise.step) if promise.step is not None else phase_label(promise.phase)


def _effect(promise: Promise, value: float) -> str:
    return formats.effect(value, unit=promise.unit)
