"""Boundaries of the planned mode: a maximum sample is declared, looks are counted in information, and α is spent on
them.

Lan & DeMets (1983) with O'Brien-Fleming-type, Pocock-type, Kim-DeMets power and Hwang-Shih-DeCani spending; the
classical Pocock (1977) and O'Brien-Fleming (1979) constants. Crossing probabilities by recursive integration
(Armitage, McPherson & Rowe 1969) on the grid of Jennison & Turnbull (2000, ch. 19), good to about 1e-5.
"""

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from math import ceil, exp, expm1, inf, isfinite, log, log1p, pi, sqrt

from hypotheses.statistics.bounds import require_finite, require_level
from hypotheses.statistics.normal import above, height_above, log_above, quantile

MOST_LOOKS = 200
FINEST_GRID = 90
FAR = 14.0
"""Beyond this height earlier looks cannot have stopped the trial by any probability that counts."""

Density = tuple[list[float], list[float]]
"""Places z of one look, and at each the weight of not having stopped before (density × Simpson weight)."""


class Spending(StrEnum):
    """How α is spent over the information."""

    OBRIEN_FLEMING = "obrien_fleming"
    POCOCK = "pocock"
    POWER = "power"
    HWANG_SHIH_DECANI = "hwang_shih_decani"


def log_spent(spending: Spending, fraction: float, alpha: float, shape: float) -> float:
    """Logarithm of the one-sided α spent so far. shape: ρ (> 0) of power, γ of Hwang-Shih-DeCani."""
    if spending is Spending.OBRIEN_FLEMING:
        return log(2) + log_above(-quantile(alpha / 2) / sqrt(fraction))
    if spending is Spending.POCOCK:
        return log(alpha * log1p((exp(1) - 1) * fraction))
    if spending is Spending.POWER:
        return log(alpha) + shape * log(fraction)
    return log(alpha * (expm1(-shape * fraction) / expm1(-shape) if shape else fraction))


def spending_boundaries(
    fractions: Sequence[float], *, alpha: float, two_sided: bool, spending: Spending, shape: float = 2.0
) -> list[float]:
    """The z that the statistic must reach at each look, for looks at growing information fractions, the last ≤ 1.

    Two-sided: |z| is compared, α/2 is spent on each side. Infinite where a look has nothing to spend.
    Raises ValueError for fractions that do not grow within (0, 1], α outside (0, 1), or too many looks.
    """
    require_fractions(fractions)
    require_level(alpha, "alpha")
    require_finite(shape, "the shape of the spending")
    if spending is Spending.POWER and shape <= 0:
        raise ValueError(f"The power of the spending must be above 0, not {shape!r}.")
    side = alpha / 2 if two_sided else alpha
    budget = [log_spent(spending, fraction, side, shape) for fraction in fractions]
    heights: list[float] = []
    density: Density | None = None
    for look, fraction in enumerate(fractions):
        before = fractions[look - 1] if look else 0.0
        spent_before = budget[look - 1] if look else -inf
        increment = budget[look] + log(-expm1(spent_before - budget[look])) if budget[look] > spent_before else -inf
        heights.append(next_height(increment, density, before, fraction))
        if look + 1 < len(fractions):
            ends = (-heights[-1] if two_sided else -inf, heights[-1])
            density = carried(density, before, fraction, ends, fractions[look + 1])
    return heights


def next_height(log_increment: float, density: Density | None, before: float, now: float) -> float:
    """The height that is crossed now, and not before, with the given probability."""
    if log_increment == -inf:
        return inf
    simple = height_above(log_increment)
    if density is None or simple > FAR:
        return simple
    increment = exp(log_increment)
    return bisected(lambda z: crossing(density, before, now, z) > increment, -1.0 * FAR, simple)


def bisected(still_low: Callable[[float], bool], low: float, high: float) -> float:
    """Where a condition that holds below some place stops holding, to 1e-9."""
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if still_low(middle) else (low, middle)
    return (low + high) / 2


def crossing(density: Density, before: float, now: float, height: float) -> float:
    """P(not stopped before, and at or above the height now)."""
    step = sqrt(now - before)
    top, slope = height * sqrt(now) / step, sqrt(before) / step
    return sum(weight * above(top - slope * z) for z, weight in zip(*density, strict=True))


def carried(density: Density | None, before: float, now: float, ends: tuple[float, float], after: float) -> Density:
    """The density at this look of trials that go on (z between the ends), on a grid fine enough for the step ahead."""
    fineness = max(18, min(FINEST_GRID, ceil(4 / sqrt((after - now) / now))))
    places, weights = simpson(*ends, fineness)
    if density is None:
        return places, [w * exp(-z * z / 2) / sqrt(2 * pi) for z, w in zip(places, weights, strict=True)]
    step = sqrt(now - before)
    scale, slope = sqrt(now) / step, sqrt(before) / step
    peak = scale / sqrt(2 * pi)
    came_from = [(slope * z, weight * peak) for z, weight in zip(*density, strict=True)]
    reached = []
    for z, w in zip(places, weights, strict=True):
        here = scale * z
        reached.append(w * sum(p * exp(-0.5 * gap * gap) for m, p in came_from if -FAR < (gap := here - m) < FAR))
    return places, reached


def simpson(low: float, high: float, fineness: int) -> Density:
    """Places and Simpson weights of Jennison & Turnbull's grid (dense in the middle) between two ends."""
    ends = sorted({max(low, -edge(fineness)), min(high, edge(fineness)), *inner(fineness, low, high)})
    if len(ends) == 1 or ends[0] >= ends[-1]:
        return [], []
    places, weights = [ends[0]], [0.0]
    for left, right in pairwise(ends):
        sixth = (right - left) / 6
        weights[-1] += sixth
        places += [(left + right) / 2, right]
        weights += [4 * sixth, sixth]
    return places, weights


def edge(fineness: int) -> float:
    """Where the grid ends on either side."""
    return 3 + 4 * log(fineness)


def inner(fineness: int, low: float, high: float) -> Iterator[float]:
    """The grid's own places that lie between the ends."""
    for i in range(1, 6 * fineness):
        if i < fineness:
            place = -3 - 4 * log(fineness / i)
        elif i <= 5 * fineness:
            place = -3 + 3 * (i - fineness) / (2 * fineness)
        else:
            place = 3 + 4 * log(fineness / (6 * fineness - i))
        if low < place < high:
            yield place


@lru_cache(maxsize=64)
def pocock_constant(looks: int, *, alpha: float) -> float:
    """C of Pocock's test: two-sided, equally spaced looks, stop when |z| ≥ C at any of them."""
    return classical(looks, alpha, lambda _: 1.0)


@lru_cache(maxsize=64)
def obrien_fleming_constant(looks: int, *, alpha: float) -> float:
    """C of O'Brien & Fleming's test: two-sided, equally spaced looks, stop when |z| ≥ C √(K/k) at look k of K."""
    return classical(looks, alpha, lambda look: sqrt(looks / look))


def classical(looks: int, alpha: float, shape: Callable[[int], float]) -> float:
    """The constant with which a shape of boundary is crossed with probability α."""
    require_level(alpha, "alpha")
    if not (isfinite(looks) and 1 <= looks <= MOST_LOOKS and looks == int(looks)):
        raise ValueError(f"The number of looks must be whole, from 1 to {MOST_LOOKS}, not {looks!r}.")
    single = -quantile(alpha / 2)
    heights = [shape(look) for look in range(1, int(looks) + 1)]
    low, high = single, max(-quantile(alpha / 2 / looks), single + 1e-6)
    while high - low > 1e-6:
        middle = (low + high) / 2
        too_often = ever_crossed([middle * height for height in heights]) > alpha
        low, high = (middle, high) if too_often else (low, middle)
    return (low + high) / 2


def ever_crossed(heights: Sequence[float]) -> float:
    """P(|z| reaches its height at some look), equally spaced looks, no effect."""
    looks, density, crossed = len(heights), None, 0.0
    for look, height in enumerate(heights, start=1):
        before, now, after = (look - 1) / looks, look / looks, (look + 1) / looks
        crossed += 2 * (above(height) if density is None else crossing(density, before, now, height))
        if look < looks:
            density = carried(density, before, now, (-height, height), after)
    return crossed


def require_fractions(fractions: Sequence[float]) -> None:
    """Raises ValueError unless the fractions grow within (0, 1] and are not too many."""
    if not 1 <= len(fractions) <= MOST_LOOKS:
        raise ValueError(f"There must be 1 to {MOST_LOOKS} looks, not {len(fractions)}.")
    if not all(a < b for a, b in zip((0.0, *fractions), (*fractions, 1.0 + 1e-9), strict=True)):
        raise ValueError("The information fractions must grow, from above 0 to at most 1.")
