"""Diminishing returns: what a feature's tweaks brought so far, and what that says of the next one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from features.enums import Status
from features.models import Feature
from hypotheses.enums import Better, Verdict
from hypotheses.statistics.diminishing import ENOUGH_FOR_A_LINE, Outlook, is_refuted, outlook
from lifecycle.enums import Outcome
from lifecycle.models import Decision
from lifecycle.queries.carried import FROZEN, carried_by

UNTRUSTED: Final = (Verdict.INVALID, Verdict.MISSING)
OVER: Final = (Status.LANDED, Status.ENDED, Status.REMOVING)
LEAST: Final = 0.01
RUN: Final = 2
"""So many refuted tweaks in a row say that there is no more to get."""


@dataclass(frozen=True, slots=True)
class TweakEffect:
    """What one tweak brought, by the evidence that decided on it: in the metric's unit, in the good direction.

    `carried_by`: the further success metric that validated it where its primary did not; "" otherwise.
    """

    key: str
    name: str
    landed: bool
    metric: str
    minimum_effect: float
    effect: float
    variance: float
    refuted: bool
    carried_by: str = ""


@dataclass(frozen=True, slots=True)
class TweakOutlook:
    """The tweaks that were measured on one metric, in the order in which they ended, and the outlook of the next.

    `carried`: the last tweak that another success metric validated. What it brought is no effect on this metric, and
    whoever could bring it is at no end: the tweaks are counted from there on. `left_out`: ended tweaks that are not
    among them, for that, or because no trial told their effect or it was on another metric.
    """

    tweaks: tuple[TweakEffect, ...]
    left_out: int
    outlook: Outlook
    carried: TweakEffect | None = None

    @property
    def diminishing(self) -> bool:
        """Whether the feature is at a local maximum."""
        return self.outlook.diminishing

    @property
    def sentence(self) -> str:
        """What it says, and what to do; empty while there are fewer than two measured tweaks, and none was carried."""
        if self.carried is None:
            return self._told
        told = f"“{self.carried.name}” was validated by {self.carried.carried_by}, another success metric than "
        return f"{told}{self.carried.metric}: the tweaks are counted from there on. {self._told}".rstrip()

    @property
    def _told(self) -> str:
        chance = self.outlook.prob_next_at_least_mei
        if chance is None:
            return ""
        if len(self.tweaks) >= RUN and all(tweak.refuted for tweak in self.tweaks[-RUN:]):
            told = "The last two tweaks were refuted"
        elif len(self.tweaks) >= ENOUGH_FOR_A_LINE:
            told = f"By the line through {len(self.tweaks)} tweaks the next one reaches the minimum effect with a "
            told += f"chance of {_percent(chance)}"
        else:
            return "Two tweaks were measured; from three on a line tells what the next one can bring."
        if not self.diminishing:
            return f"{told}."
        return f"{told}: a local maximum. Move on, or try a bold experiment."

    def as_json(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "diminishing": self.diminishing,
            "sentence": self.sentence,
            "next": self.outlook.next,
            "chance": self.outlook.prob_next_at_least_mei,
            "tweaks": [
                {"feature": one.key, "metric": one.metric, "effect": one.effect, "refuted": one.refuted}
                for one in self.tweaks
            ],
            "left_out": self.left_out,
            "carried": (
                {"feature": self.carried.key, "metric": self.carried.metric, "by": self.carried.carried_by}
                if self.carried
                else None
            ),
        }


def tweak_outlook(*, feature: Feature) -> TweakOutlook | None:
    """The outlook of a feature's next tweak; None while no tweak of it has ended. One query.

    The metric and the minimum effect are those of the tweak that was measured last: a line through effects on
    different metrics says nothing. Nor does one through a tweak that another success metric validated.
    """
    over: dict[int, list[dict[str, Any]]] = {}
    for row in _decisions(feature):
        over.setdefault(row["feature_id"], []).append(row)
    if not over:
        return None
    in_order = sorted(over.values(), key=lambda rows: (rows[-1]["at"], rows[-1]["pk"]))
    known = [effect for rows in in_order if (effect := _effect(rows)) is not None]
    on_one = [one for one in known if one.metric == known[-1].metric]
    carried = max((at for at, one in enumerate(on_one) if one.carried_by), default=None)
    alike = _judged(on_one if carried is None else on_one[carried + 1 :])
    found = outlook(
        effects=[one.effect for one in alike],
        variances=[one.variance for one in alike],
        mei=alike[-1].minimum_effect if alike else 1.0,
    )
    return TweakOutlook(alike, len(over) - len(alike), found, None if carried is None else on_one[carried])


def _decisions(feature: Feature) -> list[dict[str, Any]]:
    rows = Decision.objects.filter(feature__parent=feature, feature__status__in=OVER, imported=False)
    fields = ("pk", "at", "outcome", "moved_to", "feature_id", "feature__key", "feature__name")
    return list(rows.order_by("at", "pk").values(*fields, *FROZEN))


def _effect(rows: Sequence[dict[str, Any]]) -> TweakEffect | None:
    """By the evidence that decided: of one that landed, the sharpest since its last iterate; else that of its end."""
    landed = rows[-1]["moved_to"].get("status") == Status.LANDED
    since = max((at for at, row in enumerate(rows) if row["outcome"] == Outcome.ITERATE), default=-1) + 1
    known = [row for row in (rows[since:] if landed else rows[-1:]) if _is_known(row)]
    if not known:
        return None
    row = min(known, key=lambda one: one["evidence__primary"]["variance"])
    primary = row["evidence__primary"]
    sign = -1 if primary["direction"] == Better.DOWN else 1
    return TweakEffect(
        key=row["feature__key"],
        name=row["feature__name"],
        landed=landed,
        metric=primary["metric"],
        minimum_effect=primary["minimum_effect"],
        effect=sign * primary["estimate"],
        variance=primary["variance"],
        refuted=False,
        carried_by=next(filter(None, map(carried_by, known)), ""),
    )


def _is_known(row: dict[str, Any]) -> bool:
    primary = row["evidence__primary"] or {}
    known = all(primary.get(name) for name in ("variance", "interval", "minimum_effect", "direction"))
    return known and row["evidence__verdict"] not in UNTRUSTED


def _judged(tweaks: Sequence[TweakEffect]) -> tuple[TweakEffect, ...]:
    """Each held against the minimum effect that is asked now."""
    return tuple(
        replace(one, refuted=is_refuted(one.effect, one.variance, tweaks[-1].minimum_effect)) for one in tweaks
    )


def _percent(share: float) -> str:
    """No chance is ever certain."""
    if share < LEAST:
        return "less than 1 %"
    return "more than 99 %" if share > 1 - LEAST else f"{share * 100:.0f} %"
