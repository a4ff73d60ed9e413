"""Promise against delivery over squads and the portfolio: how much of what gates promised has arrived."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hypotheses.statistics.calibration import Calibration
from hypotheses.statistics.ranks import ENOUGH, RankCorrelation
from lifecycle.charts import formats
from lifecycle.charts.promise_and_delivery import Kept as Point
from lifecycle.charts.promise_and_delivery import PromiseChart
from lifecycle.charts.table import Column, Row, Table
from lifecycle.pages.week import places
from lifecycle.queries.calibration import Group, Report, pair_of, report
from lifecycle.queries.foresight import Foresight, Told, foresight
from lifecycle.queries.promises import Kept

COLUMNS = (
    Column("Measured"),
    Column("Bias"),
    Column("Interval"),
    Column("Part that arrived"),
    Column("Kept within the promise"),
)


@require_safe
def calibration_page(request: HttpRequest) -> HttpResponse:
    """`/calibration/`; `?squad=` and `?tribe=` (slugs) narrow it."""
    squad, tribe = (request.GET.get(name, "").replace("\x00", "") for name in ("squad", "tribe"))
    found = report(now=timezone.now(), squad=squad, tribe=tribe)
    scores = foresight(measured=found.features, squad=squad, tribe=tribe)
    context = {
        "scores": _scores(scores),
        "scores_sentence": _scores_sentence(scores),
        "report": found,
        "chart": _chart(found),
        "tiles": _tiles(found),
        "by_squad": _table("Promise against delivery by squad", "Squad", found.by_squad),
        "by_step": _table("Promise against delivery by step", "Promised at", found.by_step),
        "waiting": [(kept, kept.speaking.delivered.why if kept.speaking else "") for kept in found.waiting],
        "places": places(),
        "squad": squad,
        "tribe": tribe,
    }
    return render(request, "lifecycle/calibration.html", context)


def _chart(found: Report) -> PromiseChart:
    points = (_point(kept) for kept in found.features)
    return PromiseChart(tuple(point for point in points if point), found.whole.bias, found.whole.bias_interval)


def _point(kept: Kept) -> Point | None:
    pair, promise = pair_of(kept), kept.speaking
    if pair is None or promise is None or promise.delivered.low is None or promise.delivered.high is None:
        return None
    scale = promise.scale
    low, high = sorted((promise.delivered.low * scale, promise.delivered.high * scale))
    return Point(kept.name, pair.promised, pair.low, pair.high, pair.delivered, low, high)


def _tiles(found: Report) -> list[dict[str, Any]]:
    """Four numbers; what is not known says so."""
    whole = found.whole
    return [
        {"label": "Measured after release", "value": formats.count(whole.count), "note": _waiting(found)},
        {"label": "Bias, in minimum effects", "value": _signed(whole.bias), "note": _range(whole.bias_interval)},
        {
            "label": "Part of the promise that arrived",
            "value": _percent(whole.shrinkage),
            "note": _percents(whole.shrinkage_interval),
        },
        {
            "label": "Delivered within the promised interval",
            "value": f"{whole.covered} of {whole.count}" if whole.count else None,
            "note": _percents(whole.coverage_interval),
        },
    ]


def _waiting(found: Report) -> str:
    return f"{len(found.waiting)} more released, not known" if found.waiting else ""


def _table(caption: str, head: str, groups: tuple[Group, ...]) -> Table:
    rows = tuple(Row((group.name, *_cells(group.result))) for group in groups)
    return Table(caption, (Column(head, numeric=False), *COLUMNS), rows)


def _cells(result: Calibration) -> tuple[str, ...]:
    return (
        formats.count(result.count),
        _signed(result.bias) or formats.NOT_KNOWN,
        _range(result.bias_interval).removeprefix("interval ") or formats.NOT_KNOWN,
        _percent(result.shrinkage) or formats.NOT_KNOWN,
        f"{result.covered} of {result.count}",
    )


def _signed(value: float | None) -> str | None:
    return formats.signed_number(round(value, 2)) if value is not None else None


def _percent(value: float | None) -> str | None:
    return formats.percent(value, 0) if value is not None else None


def _range(ends: tuple[float, float] | None) -> str:
    return f"interval {_signed(ends[0])} to {_signed(ends[1])}" if ends else ""


def _percents(ends: tuple[float, float] | None) -> str:
    return f"interval {_percent(ends[0])} to {_percent(ends[1])}" if ends else ""


TOLD_COLUMNS = (
    Column("Measured"),
    Column("ρ with effect"),
    Column("Interval"),
    Column("Priced"),
    Column("ρ with return"),
    Column("Interval"),
)


def _scores(found: Foresight) -> list[Table]:
    """What scores told: of the house and by squad, and by goal; none where nothing that was scored is known."""
    if not found.features:
        return []
    whole, squads = (found.whole,), found.by_squad
    return [
        _told_table("Scores against what came, by squad", "Squad", (*whole, *squads) if len(squads) > 1 else squads),
        _told_table("Points against what came, by goal", "Goal", found.by_goal),
    ]


def _told_table(caption: str, head: str, rows: tuple[Told, ...]) -> Table:
    columns = (Column(head, numeric=False), *TOLD_COLUMNS)
    return Table(caption, columns, tuple(Row((one.name, *_ranks(one.effect), *_ranks(one.returns))) for one in rows))


def _ranks(found: RankCorrelation) -> tuple[str, str, str]:
    if found.rho is None or found.interval is None:
        return formats.count(found.count), "too few to tell" if found.count < ENOUGH else "no order", ""
    low, high = found.interval
    return formats.count(found.count), _signed(found.rho) or "", f"{_signed(low)} to {_signed(high)}"


def _scores_sentence(found: Foresight) -> str:
    """Whether the order of the scores was that of what came."""
    effect = found.whole.effect
    if effect.rho is None or effect.interval is None:
        measured = formats.plural(effect.count, "scored feature")
        return f"{measured} measured after release: too few to tell below {ENOUGH}."
    told = f"Over {effect.count} features the rank correlation of score and delivered effect is {_signed(effect.rho)}"
    told += f", interval {_signed(effect.interval[0])} to {_signed(effect.interval[1])}"
    if not effect.tells:
        return f"{told}: the scores may have known nothing."
    return f"{told}: what was scored higher delivered {'more' if effect.rho > 0 else 'less'}."
