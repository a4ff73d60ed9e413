"""The charts and tables of the portfolio, made from its figures."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from features.enums import Phase
from lifecycle.charts import formats
from lifecycle.charts.bars import BarsChart, NamedBar
from lifecycle.charts.box_plot import BoxChart, Boxed
from lifecycle.charts.histogram import HistogramBar, HistogramChart
from lifecycle.charts.sparkline import Spark
from lifecycle.charts.stacked_area import Layer, StackChart, gathered
from lifecycle.charts.table import Column, Row, Table
from lifecycle.design.tokens import phase_label
from lifecycle.queries.portfolio.amounts import Amount
from lifecycle.queries.portfolio.endings import Endings
from lifecycle.queries.portfolio.investment import Compared, Comparison, Stack
from lifecycle.queries.portfolio.pace import Answers, Flow, TimeInPhase
from lifecycle.queries.portfolio.scope import Period, quarter_name
from lifecycle.queries.portfolio.summary import Shaded
from lifecycle.queries.portfolio.upkeep import Upkeep

PHASES = frozenset(map(str, Phase))


def said(amount: Amount) -> str:
    """An amount in short: money, and the days without a rate beside it; days alone where there is no money."""
    if not amount.days:
        return formats.money_short(amount.money, settings.CURRENCY)
    free = f"{formats.person_days_short(amount.days)} without a rate"
    return f"{formats.money_short(amount.money, settings.CURRENCY)} and {free}" if amount.money else free


def in_unit(value: Decimal | None, unit: str) -> str:
    """A figure in short, in money or in days."""
    return formats.NOT_KNOWN if value is None else formats.amount(value, unit=unit, currency=settings.CURRENCY)


def when(period: Period) -> str:
    """``December 2025 to November 2026``; one month alone is named once."""
    if period.first.replace(day=1) == period.last.replace(day=1):
        return formats.month(period.first)
    return f"{formats.month(period.first)} to {formats.month(period.last)}"


def stack_chart(stack: Stack) -> StackChart:
    """Investment over time, in the unit that it has."""
    unit = stack.unit
    layers = [
        Layer(one.name, tuple(amount.within(unit) for amount in one.amounts), _hue(stack, one.key))
        for one in stack.series
        if one.total.within(unit)
    ]
    return StackChart(stack.starts, gathered(layers), stack.interval, unit, settings.CURRENCY)


def _hue(stack: Stack, key: str) -> str:
    """Phases wear their own colour, and what stands outside of them none."""
    return (key if key in PHASES else "none") if stack.by == "phase" else ""


def comparison_table(comparison: Comparison) -> Table:
    """One row a layer: this period, the other, and the difference."""
    columns = (Column("Invested", numeric=False), Column("This period"), Column("Compared with"), Column("Difference"))
    rows = (*comparison.layers, comparison.whole)
    return Table("This period against another", columns, tuple(_compared(one) for one in rows))


def _compared(one: Compared) -> Row:
    unit = one.now.unit if one.now.money or one.now.days else one.before.unit
    change = one.difference.within(unit)
    sign = "+" if change > 0 else ""
    return Row((one.name, said(one.now), said(one.before), f"{sign}{in_unit(change, unit)}"))


def histogram_chart(shaded: Shaded) -> HistogramChart:
    """How spend before return lies."""
    found = shaded.spread
    return HistogramChart(
        title="Spend before return",
        bars=tuple(HistogramBar(one.low, one.high, one.count) for one in shaded.bins),
        median=found.median if found else None,
        lower=found.lower if found else None,
        upper=found.upper if found else None,
        unit=shaded.unit,
        currency=settings.CURRENCY,
    )


def deaths_chart(endings: Endings) -> BarsChart:
    """The cost of failure by the phase of the kill."""
    cost, unit = endings.cost, endings.cost.unit
    bars = tuple(
        NamedBar(
            phase_label(one.phase), one.cost.within(unit), f"{one.count} killed" if one.count else "none", one.phase
        )
        for one in endings.by_phase
    )
    count = len(endings.killed)
    says = f"{formats.plural(count, 'feature')} killed had cost {said(cost)}." if count else ""
    return BarsChart("Cost of failure", bars if count else (), says, unit=unit, currency=settings.CURRENCY)


def times_chart(times: Sequence[TimeInPhase]) -> BoxChart:
    """Days in each phase."""
    return BoxChart(rows=tuple(_boxed(one) for one in times))


def _boxed(one: TimeInPhase) -> Boxed:
    note = f"{one.running} go on" if one.running != 1 else "1 goes on"
    name, found = phase_label(one.phase), one.visits
    if found is None:
        return Boxed(name, note=note, phase=one.phase)
    ends = (found.low, found.lower, found.median, found.upper, found.high)
    return Boxed(name, found.count, *ends, note, one.phase)


def answers_table(answers: Sequence[Answers]) -> Table:
    """How gates were answered, phase by phase."""
    columns = (Column("Phase", numeric=False), *map(Column, ("Decisions", "Iterate", "Kill", "Advance")))
    rows = []
    for one in answers:
        shares = (one.rate(word) for word in ("iterate", "kill", "advance"))
        told = ("–" if share is None else formats.percent(share, 0) for share in shares)
        rows.append(Row((phase_label(one.phase), formats.count(one.count), *told)))
    return Table("How gates were answered", columns, tuple(rows))


def flows_table(flows: Sequence[Flow]) -> Table:
    """Features into and out of each phase, quarter by quarter, the newest first."""
    heads = (*(phase.label for phase in Phase), "Ended", "Landed")
    rows = []
    for one in reversed(flows):
        pairs = (f"{came} / {left}" for came, left in zip(one.entered, one.left, strict=True))
        quarter = quarter_name(one.quarter).replace("-", "\N{NON-BREAKING HYPHEN}")
        rows.append(Row((quarter, *pairs, str(one.ended), str(one.landed))))
    return Table(
        "Features into and out of each phase", (Column("Quarter", numeric=False), *map(Column, heads)), tuple(rows)
    )


def upkeep_spark(upkeep: Upkeep) -> Spark:
    """The maintenance share by month, from nothing up."""
    shares = tuple(None if share is None else float(share) for share in upkeep.shares)
    return Spark(shares, "maintain_it", f"Maintenance share by month. {upkeep.told}")


def upkeep_table(upkeep: Upkeep) -> Table:
    """The maintenance share month by month."""
    columns = (Column("Month", numeric=False), Column("Maintenance share"))
    rows = (
        Row((formats.month(month), formats.NOT_KNOWN if share is None else formats.percent(share, 0)))
        for month, share in zip(upkeep.months, upkeep.shares, strict=True)
    )
    return Table("Maintenance share by month", columns, tuple(rows))


def so_far(period: Period) -> str:
    """Said beside a period that is not over."""
    today: date = timezone.localdate()
    return " so far" if period.holds(today) and today < period.last else ""
