"""Why the Beta rule said what it said of a finding, and how many more people would change it."""

from collections.abc import Iterator
from itertools import count

from hypotheses.enums import Reason, Verdict
from hypotheses.statistics.beta import REFUTES_TO, VALIDATES_FROM, judged, probability_at_least
from hypotheses.statistics.reasoning import Reasoning, Step
from hypotheses.statistics.unfolding import Line

FAR = 50
"""More people than this in a row are not counted: then the finding is far from changing."""


def finding_reasoning(*, successes: int, trials: int, target: float, probability: float) -> Reasoning:
    """The three rows of the rule, the arithmetic, and the next people in a row that would change it."""
    verdict = judged(probability)
    return Reasoning(
        steps=tuple(_steps(verdict, probability)),
        arithmetic=tuple(_lines(successes, trials, target, probability)),
        neighbours=(),
        changes=tuple(_changes(successes, trials, target, verdict)),
        again="A trial says more than any number of findings."
        if verdict is not Verdict.INCONCLUSIVE
        else "Look again after the next people.",
    )


def _steps(verdict: Verdict, probability: float) -> Iterator[Step]:
    rows = (
        (Verdict.VALIDATED, f"Is P at least {VALIDATES_FROM}?", f"P = {probability:.4g}."),
        (Verdict.REFUTED, f"Is P at most {REFUTES_TO}?", f"P = {probability:.4g}."),
        (Verdict.INCONCLUSIVE, "Everything between.", f"{REFUTES_TO} < P < {VALIDATES_FROM}."),
    )
    found = False
    for row, asks, says in rows:
        if found:
            yield Step(row, Reason.FINDINGS, asks, "Not asked: an earlier row matched.", None)
            continue
        found = row is verdict
        yield Step(row, Reason.FINDINGS, asks, says, found)


def _lines(successes: int, trials: int, target: float, probability: float) -> Iterator[Line]:
    yield Line("seen", "successes of people", f"{successes:,} of {trials:,}")
    yield Line("before", "every rate is as likely: Beta(1, 1)", "")
    yield Line("after", "Beta(1 + successes, 1 + failures)", f"Beta({1 + successes:,}, {1 + trials - successes:,})")
    yield Line("P", f"chance that the rate is at least {target:.0%}", f"{probability:.4g}")


def _changes(successes: int, trials: int, target: float, verdict: Verdict) -> Iterator[str]:
    if verdict is not Verdict.VALIDATED:
        yield _in_a_row(successes, trials, target, Verdict.VALIDATED, step=1)
    if verdict is not Verdict.REFUTED:
        yield _in_a_row(successes, trials, target, Verdict.REFUTED, step=0)
    if verdict is not Verdict.INCONCLUSIVE:
        yield _in_a_row(successes, trials, target, Verdict.INCONCLUSIVE, step=int(verdict is Verdict.REFUTED))


def _in_a_row(successes: int, trials: int, target: float, wanted: Verdict, *, step: int) -> str:
    """So many more successes (step 1) or failures (step 0), one after another, for another verdict."""
    what = "succeed" if step else "fail"
    for more in count(1):
        if more > FAR:
            break
        chance = probability_at_least(successes=successes + step * more, units=trials + more, target=target)
        if judged(chance) is wanted:
            people = "the next one" if more == 1 else f"the next {more} people"
            return f"{str(wanted).capitalize()} if {people} {what}{'s' if more == 1 else ''}."
    return f"{str(wanted).capitalize()} would take more than {FAR} people who {what}, one after another."
