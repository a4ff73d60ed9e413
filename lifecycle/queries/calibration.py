"""How promises came out over squads and the portfolio: one pair a feature, and apart the gates of each step."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from features.numbers import percentage
from hypotheses.statistics.calibration import Calibration, Pair, calibration
from lifecycle.enums import Delivery
from lifecycle.queries.promises import Kept, Promise, all_promises


@dataclass(frozen=True, slots=True)
class Group:
    """The promises of one squad, or of the gates at one step (a text of its percentage), and how they came out."""

    slug: str
    name: str
    result: Calibration


@dataclass(frozen=True, slots=True)
class Report:
    """Promise against delivery over features. All effects in minimum effects, in the good direction.

    `features`: those with a promise that speaks for them and was measured. `waiting`: released ones with such a promise
    of which nothing is known yet. `by_step` holds the promises of every gate, also of those that nobody had validated.
    """

    whole: Calibration
    by_squad: tuple[Group, ...]
    by_step: tuple[Group, ...]
    features: tuple[Kept, ...]
    waiting: tuple[Kept, ...]


def report(*, now: datetime, squad: str = "", tribe: str = "") -> Report:
    """Promise against delivery of the portfolio, a tribe or a squad: four queries, however many features there are."""
    kept = all_promises(now=now, squad=squad, tribe=tribe)
    speaking = [one for one in kept if one.speaking is not None]
    measured = [one for one in speaking if pair_of(one) is not None]
    return Report(
        whole=calibration(_pairs(one.speaking for one in measured)),
        by_squad=_by_squad(measured),
        by_step=_by_step(kept),
        features=tuple(measured),
        waiting=tuple(one for one in speaking if pair_of(one) is None),
    )


def pair_of(kept: Kept) -> Pair | None:
    """What speaks for a feature: promised and delivered, in minimum effects."""
    return kept.speaking.pair if kept.speaking is not None else None


def result_of(kept: Kept | None) -> Calibration:
    """How the promise of one feature came out."""
    return calibration(_pairs([kept.speaking] if kept else []))


def _pairs(promises: Iterable[Promise | None]) -> list[Pair]:
    return [pair for one in promises if one is not None and (pair := one.pair) is not None]


def _by_squad(kept: Sequence[Kept]) -> tuple[Group, ...]:
    names = {one.squad: one.squad_name for one in kept}
    return tuple(
        Group(slug, name, calibration(_pairs(one.speaking for one in kept if one.squad == slug)))
        for slug, name in sorted(names.items(), key=lambda item: item[1].casefold())
    )


def _by_step(kept: Sequence[Kept]) -> tuple[Group, ...]:
    measured = [one for feature in kept for one in feature.promises if one.pair is not None and one.step is not None]
    steps: list[Decimal] = sorted({one.step for one in measured if one.step is not None})
    return tuple(
        Group(f"{percentage(step):g}", f"{percentage(step):g}%", calibration(_pairs(_at(measured, step))))
        for step in steps
    )


def _at(promises: Sequence[Promise], step: Decimal) -> list[Promise]:
    return [one for one in promises if one.step == step]


def report_json(found: Report) -> dict[str, Any]:
    """As the API shows it."""
    return {
        "unit": "minimum_effects",
        "summary": calibration_json(found.whole),
        "by_squad": _groups_json(found.by_squad, "squad"),
        "by_step": _groups_json(found.by_step, "step", number=float),
        "features": [_pair_json(one) for one in found.features],
        "waiting": [_waiting_json(one) for one in found.waiting],
    }


def _groups_json(groups: Iterable[Group], word: str, number: Callable[[str], Any] = str) -> list[dict[str, Any]]:
    return [{word: number(group.slug), **calibration_json(group.result)} for group in groups]


def calibration_json(result: Calibration) -> dict[str, Any]:
    """Bias, shrinkage and coverage with their intervals, as the API shows them."""
    return {
        "count": result.count,
        "bias": result.bias,
        "bias_interval": _ends(result.bias_interval),
        "shrinkage": result.shrinkage,
        "shrinkage_interval": _ends(result.shrinkage_interval),
        "covered": result.covered,
        "coverage": result.coverage,
        "coverage_interval": _ends(result.coverage_interval),
    }


def _ends(ends: tuple[float, float] | None) -> list[float] | None:
    return list(ends) if ends is not None else None


def _pair_json(kept: Kept) -> dict[str, Any]:
    pair = pair_of(kept)
    assert pair is not None  # noqa: S101 (the report holds measured ones apart)
    return {
        "feature": kept.key,
        "squad": kept.squad,
        "gate": kept.speaking.gate if kept.speaking else None,
        "promised": pair.promised,
        "promised_interval": [pair.low, pair.high],
        "delivered": pair.delivered,
        "difference": pair.difference,
        "within": pair.within,
    }


def _waiting_json(kept: Kept) -> dict[str, Any]:
    told = kept.speaking.delivered if kept.speaking else kept.delivered
    return {"feature": kept.key, "squad": kept.squad, "state": str(told.state), "why": told.why}


def kept_json(key: str, kept: Kept | None) -> dict[str, Any]:
    """One feature's promises as the API shows them; effects in the metric's unit."""
    return {
        "feature": key,
        "released_at": kept.released_at.isoformat() if kept and kept.released_at else None,
        "promises": [_promise_json(one) for one in kept.promises] if kept else [],
        "summary": calibration_json(result_of(kept)),
    }


def _promise_json(promise: Promise) -> dict[str, Any]:
    told, pair = promise.delivered, promise.pair
    return {
        "decision": promise.decision,
        "gate": promise.gate,
        "at": promise.at.isoformat(),
        "phase": promise.phase,
        "step": percentage(promise.step),
        "verdict": promise.verdict,
        "metric": promise.metric,
        "unit": promise.unit,
        "direction": promise.direction,
        "minimum_effect": promise.minimum_effect,
        "estimate": promise.estimate,
        "interval": [promise.low, promise.high],
        "delivered": {
            "state": str(Delivery(told.state)),
            "why": told.why,
            "estimate": told.estimate,
            "interval": [told.low, told.high] if told.estimate is not None else None,
            "as_of": told.as_of.isoformat() if told.as_of else None,
            "at_last_step": told.at_last_step,
        },
        "within": pair.within if pair else None,
        "counts": promise.counts,
    }
