"""Sample ratio: were units assigned in the shares that the design asked for? If not, the comparison is not one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import erfc, exp, fsum, inf, lgamma, log, sqrt

from hypotheses.statistics.bounds import require_count, require_positive, require_variance

MISMATCH_BELOW = 0.001
"""A p-value below this makes evidence invalid: rare enough to leave on for every trial and every day."""

Cells = tuple[Sequence[float], Sequence[float]]
"""One stage: units assigned to each arm, and the design weight of each arm, in the same order."""


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """Pearson's chi-square summed over stages, its degrees of freedom, and the probability of a larger one by chance.

    `p` is None where nothing could be tested (no assignment known, or one arm only).
    """

    chi2: float
    df: int
    p: float | None

    @property
    def mismatch(self) -> bool:
        """Whether the split is not the designed one."""
        return self.p is not None and self.p < MISMATCH_BELOW


def sample_ratio(stages: Sequence[Cells]) -> SampleRatio:
    """Tests the assigned units of all stages against their design weights.

    Stages with nobody assigned say nothing; an arm with weight 0 is not part of its stage, and units in it refute the
    split outright. Raises ValueError for uneven lengths, negative or infinite counts and weights.
    """
    for observed, weights in stages:
        require_split(observed, weights)
    return summed(stages)


def require_split(observed: Sequence[float], weights: Sequence[float]) -> None:
    """Raises ValueError, with a sentence, for one stage that cannot be tested."""
    if len(observed) != len(weights):
        raise ValueError(f"There are {len(observed)} counts of assigned units but {len(weights)} design weights.")
    for count in observed:
        require_count(count, "the number of assigned units")
    for weight in weights:
        require_variance(weight, "a design weight")
    if sum(observed) and not 0 < sum(weights) < inf:
        raise ValueError("The design weights of a stage must add up to a finite number above 0.")


def summed(stages: Iterable[Cells]) -> SampleRatio:
    """`sample_ratio` of stages that were checked before."""
    chi2, df = 0.0, 0
    for observed, weights in stages:
        if len(observed) == 2 and weights[0] and weights[1]:  # nearly every trial, so worth a short way
            (a, b), (v, w) = observed, weights
            if total := a + b:
                expect_a, expect_b = total * v / (v + w), total * w / (v + w)
                chi2 += (a - expect_a) * (a - expect_a) / expect_a + (b - expect_b) * (b - expect_b) / expect_b
                df += 1
            continue
        total = sum(observed)
        if not total:
            continue
        whole = sum(weights)
        for count, weight in zip(observed, weights, strict=True):
            if weight:
                expected = total * weight / whole
                chi2 += (count - expected) * (count - expected) / expected
                df += 1
            elif count:
                chi2 = inf
        df -= 1
    if df == 1:
        return SampleRatio(chi2, 1, erfc(sqrt(chi2 / 2)))
    if chi2 == inf:
        return SampleRatio(chi2, df, 0.0)
    return SampleRatio(chi2, df, chi2_survival(chi2, df) if df else None)


def chi2_survival(chi2: float, df: int) -> float:
    """P(χ² with df degrees of freedom ≥ chi2), to full precision in the far tail: finite sums, no series to cut off.

    Source: Abramowitz & Stegun 26.4.4-5. df ≥ 1; chi2 ≥ 0.
    """
    if df < 1 or not chi2 >= 0:
        raise ValueError(f"A chi-square is 0 or more with at least one degree of freedom, not {chi2!r} with {df!r}.")
    half = chi2 / 2
    if not half or half == inf:
        return 0.0 if half else 1.0
    if df == 1:
        return erfc(sqrt(half))
    if df == 2:
        return exp(-half)
    odd = df % 2
    powers = (k + 0.5 * odd for k in range(df // 2))
    terms = fsum(exp(a * log(half) - half - lgamma(a + 1)) for a in powers)
    return min(1.0, terms + (erfc(sqrt(half)) if odd else 0.0))


def sequential_p(batches: Sequence[Cells], *, concentration: float = 10_000) -> float:
    """The smallest p so far of a test that may be looked at after every batch (Lindon & Malek, arXiv 2011.03567).

    The shares are compared with a Dirichlet mixture centred on the design, `concentration` being how many units'
    worth of trust the design gets. When the design weights change, a new stage begins: the mixture is centred anew
    and the evidence of the stages multiplies, which keeps the test valid. Raises ValueError as `sample_ratio`, and
    for a weight of 0.
    """
    require_positive(concentration, "the concentration")
    log_evidence = strongest = 0.0
    design: list[float] = []
    trust: list[float] = []
    for observed, weights in batches:
        require_split(observed, weights)
        for weight in weights:
            require_positive(weight, "a design weight")
        shares = [weight / sum(weights) for weight in weights]
        if shares != design:
            design, trust = shares, [concentration * share for share in shares]
        log_evidence += batch_log_evidence(observed, design, trust)
        trust = [prior + count for prior, count in zip(trust, observed, strict=True)]
        strongest = max(strongest, log_evidence)
    return exp(-strongest)


def batch_log_evidence(observed: Sequence[float], shares: Sequence[float], trust: Sequence[float]) -> float:
    """Logarithm of how much likelier the mixture makes one batch than the design does."""
    units, mass = sum(observed), sum(trust)
    arms = zip(observed, shares, trust, strict=True)
    return fsum(
        [lgamma(mass) - lgamma(mass + units)]
        + [lgamma(prior + count) - lgamma(prior) - count * log(share) for count, share, prior in arms]
    )
