"""What is recommended, and why: the first row that matches (the table stands in docs/reference/gates.md)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

from features.enums import Phase
from hypotheses.enums import Verdict
from lifecycle.enums import GateState, Outcome, Question
from lifecycle.gates.facts import GateFacts
from lifecycle.gates.finding import RuleFinding
from lifecycle.gates.keeping import worth_keeping
from lifecycle.gates.registry import refusing


@dataclass(frozen=True, slots=True)
class Recommendation:
    """An answer, because of what; None: none yet, the gate is not due and can wait. `questions` go with an iterate."""

    outcome: Outcome | None
    because: str
    questions: tuple[Question, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As the API shows it and a decision keeps it."""
        outcome = self.outcome.value if self.outcome else None
        return {
            "outcome": outcome,
            "because": self.because,
            "questions": [question.value for question in self.questions],
        }


Row = Callable[[GateFacts, Sequence[RuleFinding]], Recommendation | None]

LAST_TRY: Final = 2
"""A refuted idea gets one more permutation; after the second it is recommended to end."""


def recommend(facts: GateFacts, findings: Sequence[RuleFinding]) -> Recommendation:
    """The first row of the table that matches what is seen."""
    matches = (row(facts, findings) for row in ROWS)
    found = next((match for match in matches if match is not None), None) or _undecided(facts, findings)
    return _with_the_hypothesis_on_the_table(facts, found)


def _harmful(facts: GateFacts, _: Sequence[RuleFinding]) -> Recommendation | None:
    if not facts.evidence.is_harmful:
        return None
    it = f"The treatment {facts.evidence.arm}" if facts.evidence.arm else "It"
    if facts.harmful_before:
        return Recommendation(Outcome.KILL, f"{it} does harm, and so did an earlier iteration. Lower its exposure now.")
    because = f"{it} does harm. Lower its exposure now, and try another permutation."
    return Recommendation(Outcome.ITERATE, because, (Question.MVP,))


def _invalid(facts: GateFacts, _: Sequence[RuleFinding]) -> Recommendation | None:
    if facts.evidence.verdict is not Verdict.INVALID:
        return None
    because = f"The evidence cannot be trusted ({facts.evidence.reason}): the measurement has to be mended."
    if facts.evidence.is_stale:
        because = "The data are merely stale: mend the source first; if that fails, question the measurement."
    return Recommendation(Outcome.ITERATE, because, (Question.MEASUREMENT,))


def _refuted(facts: GateFacts, _: Sequence[RuleFinding]) -> Recommendation | None:
    if facts.evidence.verdict is not Verdict.REFUTED:
        return None
    if facts.tweak:
        return Recommendation(Outcome.KILL, "The tweak is refuted; its parent stands.")
    if facts.phase not in {Phase.THINK_IT, Phase.BUILD_IT, Phase.SHIP_IT}:
        return None
    if facts.iteration >= LAST_TRY:
        return Recommendation(Outcome.KILL, f"Refuted, in iteration {facts.iteration}.")
    where = " at the same percentage" if facts.phase is Phase.SHIP_IT else ""
    return Recommendation(Outcome.ITERATE, f"Refuted: try one more permutation{where}.", (Question.HYPOTHESIS,))


def _worth(facts: GateFacts, _: Sequence[RuleFinding]) -> Recommendation | None:
    """Maintain It stands on its value against its cost, in place of the rows below."""
    if facts.phase is not Phase.MAINTAIN_IT:
        return None
    found = worth_keeping(facts.upkeep, currency=facts.currency)
    return Recommendation(found.outcome, found.because, found.questions)


def _advance(facts: GateFacts, findings: Sequence[RuleFinding]) -> Recommendation | None:
    if refusing(findings):
        return None
    by_arm = f" by {facts.evidence.arm}" if facts.evidence.arm else ""
    because = f"The hypothesis is validated{by_arm} and all must rules are met."
    if facts.evidence.verdict is not Verdict.VALIDATED:
        because = "All must rules are met."
    return Recommendation(Outcome.ADVANCE, because)


def _undecided(facts: GateFacts, findings: Sequence[RuleFinding]) -> Recommendation:
    """Inconclusive or missing. While nothing is asked it can wait; a due gate asks whether the plan can decide."""
    unmet = ", ".join(finding.code for finding in refusing(findings))
    if facts.state is GateState.OPEN:
        return Recommendation(None, f"Not yet. Still unmet: {unmet}; and nothing is due.")
    if facts.evidence.verdict is Verdict.INCONCLUSIVE:
        return _with_one_more_stint(facts)
    if facts.evidence.verdict is Verdict.MISSING:
        return Recommendation(Outcome.ITERATE, f"Not met: {unmet}; and no data have come.", _MEASURE)
    return Recommendation(Outcome.ITERATE, f"Not met: {unmet}.", _MEASURE)


def _with_one_more_stint(facts: GateFacts) -> Recommendation:
    """Inconclusive at a due gate: whether one more stint of the same length can decide it."""
    left, more = facts.evidence.days_left, facts.stint_days
    if facts.evidence.waits_for:
        named = " and ".join(facts.evidence.waits_for)
        because = (
            f"Inconclusive, and no further day decides it: nothing can be told of {named}. Measure it, or drop it."
        )
        return Recommendation(Outcome.ITERATE, because, _MEASURE)
    if left is None or more is None:
        told = f"about {left:.0f} more days decide it" if left is not None else "the plan can still decide it"
        return Recommendation(Outcome.ITERATE, f"Inconclusive, but {told}.", _MEASURE)
    needs = f"{ceil(left):,} more day{'s' if ceil(left) != 1 else ''}"
    if left > more:
        because = (
            f"Inconclusive, and the plan cannot decide it: about {needs} are needed, and one more stint gives {more}."
        )
        return Recommendation(Outcome.KILL, because)
    because = f"Inconclusive, but about {needs} decide it, and one more stint of the same length gives {more}."
    return Recommendation(Outcome.ITERATE, because, _MEASURE)


def _with_the_hypothesis_on_the_table(facts: GateFacts, found: Recommendation) -> Recommendation:
    """Two iterations in a row questioned the MVP alone: the third gate puts the hypothesis itself on the table."""
    if facts.mvp_in_a_row < LAST_TRY or found.outcome is not Outcome.ITERATE:
        return found
    because = (
        f"{found.because} The MVP alone was questioned {facts.mvp_in_a_row} times in a row: question the hypothesis."
    )
    return Recommendation(found.outcome, because, (Question.HYPOTHESIS,))


_MEASURE: Final = (Question.MEASUREMENT,)
ROWS: Final[tuple[Row, ...]] = (_harmful, _invalid, _refuted, _worth, _advance)
