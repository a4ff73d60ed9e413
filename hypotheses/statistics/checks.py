"""The trust checks in words: what is asked of the results before any number of theirs is read.

Each metric that may validate is asked: its units may be others than the primary's, or counted in another way.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from hypotheses.enums import Reason
from hypotheses.statistics.case import FEWEST_UNITS, TrialCase
from hypotheses.statistics.effect import Effect
from hypotheses.statistics.overlap import several_arms
from hypotheses.statistics.sample_ratio import SampleRatio


@dataclass(frozen=True, slots=True)
class Check:
    """One trust check: `ok` is None where it could not be made; `p` where it is a test."""

    code: Reason
    ok: bool | None
    p: float | None
    detail: str


def trust_checks(case: TrialCase, effect: Effect | None, ratio: SampleRatio) -> Iterable[Check]:
    """Fresh data, sample ratio, contamination, enough units: each with a sentence for the page. effect, ratio: the
    primary's.
    """
    units = (effect.n_control, effect.n_treatment) if effect else (0, 0)
    stale = case.stale or ("" if effect else "an arm has no matured unit")
    yield Check(Reason.STALE, not stale, None, f"Not to be read: {stale}." if stale else "The data are fresh.")
    yield _split(case, ratio)
    strays = _strays(case, sum(units))
    clean = "No other trial and no other arm disturbs the comparison."
    yield Check(Reason.CONTAMINATED, not strays, None, f"Contaminated: {strays}." if strays else clean)
    if twice := _counted_twice(case):
        yield Check(Reason.COUNTED_TWICE, False, None, f"Counted twice: {twice}.")
    few = f"{units[0]:,.0f} units in control, {units[1]:,.0f} in treatment; at least {FEWEST_UNITS} are needed in each."
    yield Check(Reason.TOO_FEW_UNITS, min(units) >= FEWEST_UNITS, None, few)


def _split(case: TrialCase, primary: SampleRatio) -> Check:
    """The test that speaks most against the split: the primary's, unless that of another success metric does more."""
    ratios = [("", primary), *((other.name, other.sample_ratio) for other in case.successes)]
    name, ratio = min(ratios, key=lambda each: 2.0 if each[1].p is None else each[1].p)
    ok = None if ratio.p is None else not ratio.mismatch
    return Check(Reason.SRM, ok, ratio.p, f"{name}: {split_detail(ratio)}" if name else split_detail(ratio))


def split_detail(ratio: SampleRatio) -> str:
    """The sample ratio test in words."""
    if ratio.p is None:
        return "Nobody told how many units were assigned, so the split could not be tested."
    if ratio.mismatch:
        return f"The arms do not have the designed sizes (p = {ratio.p:.2g}): assignment or logging is broken."
    return f"The arms have the designed sizes (p = {ratio.p:.2g})."


def _strays(case: TrialCase, units: float) -> str:
    """Another trial, or units in several arms: of the primary, else of the first success metric that has them."""
    if case.contaminated:
        return case.contaminated
    if several_arms(case.n_multi_arm, units):
        return f"{case.n_multi_arm:,.0f} units were seen in several arms"
    found = (f"{other.n_multi_arm:,.0f} units of {other.name}" for other in case.successes if other.has_strays)
    told = next(found, "")
    return f"{told} were seen in several arms" if told else ""


def _counted_twice(case: TrialCase) -> str:
    found = (f"in {other.name}, {other.counted_twice}" for other in case.successes if other.counted_twice)
    return case.counted_twice or next(found, "")
