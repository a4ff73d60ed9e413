"""Diminishing returns: is a feature at its local maximum, so that the next tweak is not worth starting?"""

from collections.abc import Sequence
from dataclasses import dataclass

from hypotheses.statistics.bounds import require_finite, require_level, require_positive
from hypotheses.statistics.normal import below
from hypotheses.statistics.sequence import half_width

TOO_UNLIKELY = 0.10
"""Below this chance of reaching the minimum effect, the next tweak is not promising."""

ENOUGH_FOR_A_LINE = 3


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the tweaks so far say of the next one: its expected effect, the variance of that expectation, and the chance
    that it reaches the minimum effect. All three are None before the second tweak. `diminishing`: better move on.
    """

    next: float | None
    variance: float | None
    prob_next_at_least_mei: float | None
    diminishing: bool


def outlook(*, effects: Sequence[float], variances: Sequence[float], mei: float, alpha: float = 0.10) -> Outlook:
    """Looks at a parent's tweaks in order: effects in the good direction, with the variance (> 0) of each.

    Diminishing when the last two were refuted (their always-valid 1 − α interval stays below the minimum effect), or
    when, from three tweaks on, a line weighted by 1 / variance gives the next one less than 10 %.
    Raises ValueError for lists of different lengths and numbers that cannot be.
    """
    if len(effects) != len(variances):
        raise ValueError(f"There are {len(effects)} effects but {len(variances)} variances.")
    require_positive(mei, "the minimum effect")
    require_level(alpha, "alpha")
    for effect, variance in zip(effects, variances, strict=True):
        require_finite(effect, "an effect")
        require_positive(variance, "the variance of an effect")
    refuted = [is_refuted(e, v, mei, alpha) for e, v in zip(effects, variances, strict=True)]
    exhausted = len(refuted) >= 2 and all(refuted[-2:])
    if len(effects) < 2:
        return Outlook(None, None, None, False)
    ahead, spread = extrapolated(effects, variances)
    chance = below((ahead - mei) / spread**0.5)
    return Outlook(ahead, spread, chance, exhausted or (len(effects) >= ENOUGH_FOR_A_LINE and chance < TOO_UNLIKELY))


def is_refuted(effect: float, variance: float, mei: float, alpha: float = 0.10) -> bool:
    """Whether the always-valid 1 − α interval of an effect in the good direction stays below the minimum effect."""
    return effect + half_width(variance, mei, alpha) < mei


def extrapolated(effects: Sequence[float], variances: Sequence[float]) -> tuple[float, float]:
    """The weighted least-squares line through the effects at 1, 2, …, at the next place, and its variance there."""
    weights = [1 / variance for variance in variances]
    whole = sum(weights)
    places = range(1, len(effects) + 1)
    middle = sum(w * x for w, x in zip(weights, places, strict=True)) / whole
    level = sum(w * y for w, y in zip(weights, effects, strict=True)) / whole
    spread = sum(w * (x - middle) * (x - middle) for w, x in zip(weights, places, strict=True))
    tilt = sum(w * (x - middle) * (y - level) for w, x, y in zip(weights, places, effects, strict=True)) / spread
    reach = len(effects) + 1 - middle
    return level + tilt * reach, 1 / whole + reach * reach / spread
