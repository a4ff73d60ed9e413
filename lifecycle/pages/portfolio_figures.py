"""What the page of the portfolio and its quarterly pack both show: a sentence, five numbers, and the cards below."""

from decimal import Decimal
from typing import Any, Final

from django.conf import settings

from lifecycle.charts import formats
from lifecycle.design.tokens import phase_label
from lifecycle.pages import portfolio_charts as charts
from lifecycle.pages.portfolio_charts import in_unit, said, when
from lifecycle.queries.portfolio.earned import Earned
from lifecycle.queries.portfolio.endings import Killed, Saving
from lifecycle.queries.portfolio.investment import Comparison, Stack
from lifecycle.queries.portfolio.summary import Shaded, Summary, shaded

ENOUGH: Final = 5
"""With fewer features released in the period, the distribution of all time is shown."""
SHOWN: Final = 10
"""So many rows of what waits; the rest stands on the page of what is owed."""


def figures(found: Summary, stack: Stack) -> dict[str, Any]:
    """All that the cards show. `stack` is what is drawn, which may be stacked by something else than phases."""
    gates, early = found.waiting.gates, [_early(one) for one in found.endings.early]
    return {
        "found": found,
        "lead": sentence(found),
        "tiles": tiles(found),
        "stack": charts.stack_chart(stack),
        "stack_days": _free_days(stack),
        "comparison": charts.comparison_table(found.comparison) if found.comparison else None,
        "compared_with": when(found.comparison.before) if found.comparison else "",
        "histogram": charts.histogram_chart(_lying(found)),
        "histogram_of": _told(found),
        "running": {"count": len(found.before_return.running), "said": said(found.before_return.so_far)},
        "deaths": charts.deaths_chart(found.endings),
        "early": early[:SHOWN],
        "early_more": early[SHOWN:],
        "saved": saved(found),
        "times": charts.times_chart(found.pace.times),
        "answers": charts.answers_table(found.pace.answers),
        "imported": sum(one.imported for one in found.pace.answers),
        "flows": charts.flows_table(found.pace.flows),
        "upkeep": found.upkeep,
        "upkeep_spark": charts.upkeep_spark(found.upkeep),
        "upkeep_table": charts.upkeep_table(found.upkeep),
        "upkeep_facts": _upkeep(found),
        "earned": _earned(found.earned),
        "waiting": [(one, _undecided(one.undecided.amount, one.undecided.unpriced)) for one in gates[:SHOWN]],
        "waiting_more": max(len(gates) - SHOWN, 0),
        "waiting_now": said(found.waiting.now),
        "waited_before": said(found.waiting.before) if found.waiting.answered else "",
    }


def sentence(found: Summary) -> str:
    """The period in two sentences."""
    spent = f"{said(found.stack.total)} was invested from {when(found.period)}{charts.so_far(found.period)}"
    if found.comparison:
        spent += f", {_against(found.comparison)}"
    running = found.before_return.running
    if not running:
        return f"{spent}. No feature is on its way to its release."
    many, far = formats.plural(len(running), "feature"), said(found.before_return.so_far)
    if len(running) == 1:
        return f"{spent}. {many} is not released yet and has cost {far} so far."
    return f"{spent}. {many} are not released yet and have cost {far} so far."


def _against(comparison: Comparison) -> str:
    now, before = comparison.whole.now, comparison.whole.before
    unit = now.unit if now.money or now.days else before.unit
    change = now.within(unit) - before.within(unit)
    than = f"than in {when(comparison.before)}"
    if not before.within(unit):
        return f"and nothing in {when(comparison.before)}"
    if not change:
        return f"as much as in {when(comparison.before)}"
    return f"{in_unit(abs(change), unit)} {'more' if change > 0 else 'less'} {than}"


def tiles(found: Summary) -> list[dict[str, Any]]:
    """The five numbers; what is not known says so."""
    lying, waiting, share = found.shaded.spread, found.waiting, found.upkeep.share
    before = "nothing to compare with"
    if found.comparison:
        before = f"{said(found.comparison.whole.before)} in the period compared"
    middle = "none was released in the period"
    if lying:
        middle = f"median of {lying.count} released: {in_unit(lying.median, found.shaded.unit)}"
    many = formats.plural(len(waiting.gates), "gate")
    return [
        {"label": f"Invested{charts.so_far(found.period)}", "value": said(found.stack.total), "note": before},
        {"label": "Before return, so far", "value": said(found.before_return.so_far), "note": middle},
        {
            "label": "Undecided",
            "value": said(waiting.now),
            "note": f"while {many} wait{'s' if len(waiting.gates) == 1 else ''}" if waiting.gates else "no gate waits",
            "tone": "bad" if waiting.now.money or waiting.now.days else "",
        },
        {"label": "Saved by early kills", **saved(found)},
        {
            "label": "Maintenance share",
            "value": None if share is None else formats.percent(share, 0),
            "note": found.upkeep.told,
        },
    ]


def saved(found: Summary) -> dict[str, Any]:
    """What early kills saved, in both units, and of how many of them it can be told."""
    endings = found.endings
    early, known = len(endings.early), [unit for unit in ("money", "days") if endings.counted(unit)]
    if not early:
        return {"value": in_unit(Decimal(0), "money"), "note": "nothing was killed early"}
    note = f"{sum(endings.counted(unit) for unit in known)} of {formats.plural(early, 'early kill')}"
    if not known:
        return {"value": None, "note": f"too few like features for {formats.plural(early, 'early kill')}"}
    return {"value": " and ".join(in_unit(endings.saved(unit), unit) for unit in known), "note": note}


def _lying(found: Summary) -> Shaded:
    """How spend before return lies: of the period, or of all time where the period says too little."""
    return found.shaded if len(found.shaded.features) >= ENOUGH else shaded(found.before_return)


def _told(found: Summary) -> str:
    count = len(found.shaded.features)
    return "released in the period" if count >= ENOUGH else f"of all time; {count} released in the period"


def _free_days(stack: Stack) -> str:
    if stack.unit == "days" or not stack.total.days:
        return ""
    return f"{formats.person_days(stack.total.days)} without a rate are not in the picture: they are no money."


def _early(one: Killed) -> dict[str, Any]:
    return {"killed": one, "phase": phase_label(one.phase), "spent": said(one.cost), **_saving(one.saving)}


def _saving(saving: Saving | None) -> dict[str, Any]:
    if saving is None or saving.saved is None:
        return {"saved": None, "method": saving.why if saving else ""}
    typical, spent = in_unit(saving.typical, saving.unit), in_unit(saving.spent, saving.unit)
    method = f"{typical} (median of {saving.count} released, {saving.name}) − {spent}"
    return {"saved": in_unit(saving.saved, saving.unit), "method": method}


def _undecided(amount: Decimal, days: Decimal) -> str:
    money = formats.money_short(amount, settings.CURRENCY) if amount or not days else ""
    free = f"{formats.person_days_short(days)} without a rate" if days else ""
    return " and ".join(part for part in (money, free) if part)


def _upkeep(found: Summary) -> list[tuple[str, str]]:
    upkeep = found.upkeep
    facts = [("Tweak It and Maintain It", said(upkeep.maintenance)), ("All that was spent", said(upkeep.whole))]
    if upkeep.outside.entries:
        facts.append(("Outside of any phase", said(upkeep.outside)))
    return facts


def _earned(earned: Earned) -> list[tuple[str, str | None, str]]:
    """Name, value and note of each figure of return."""
    priced = f"{earned.priced} of {formats.plural(earned.released, 'released feature')} priced"
    first, even = earned.first_return, earned.break_even
    return [
        ("Returned since release", formats.money_short(earned.returned, settings.CURRENCY), priced),
        (
            "Return factor",
            None if earned.factor is None else f"×{earned.factor:.2f}",
            f"of {formats.money_short(earned.invested, settings.CURRENCY)} in the priced ones" if earned.factor else "",
        ),
        (
            "First return after release",
            _days(first.median) if first else None,
            f"median of {first.count}" if first else "",
        ),
        (
            "Break-even after release",
            _days(even.median) if even else None,
            f"median of the {earned.repaid} that have come so far" if even else "",
        ),
    ]


def _days(value: Decimal) -> str:
    return formats.plural(round(value), "day")
