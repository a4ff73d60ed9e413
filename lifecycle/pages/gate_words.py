"""What a gate asks, and what each answer will do, in words that are read from the phase table."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from features.enums import Phase
from features.models import Feature
from lifecycle.charts.formats import percentage
from lifecycle.enums import Outcome
from lifecycle.gates.facts import LadderFacts
from lifecycle.phases import Exposure, Fate, Move, Step, Tweak, move_of, rung_after, status_after
from lifecycle.queries.ladders import is_last

RULES: Final[dict[str, str]] = {
    "hypothesis_complete": "The hypothesis is complete",
    "finding_from_customers": "Customers were asked",
    "mvp_stated": "The smallest version is stated",
    "kin_lessons_read": "The lessons of its kin were read",
    "metric_has_source": "The metrics have a working source",
    "ladder_ready": "The ladder is ready",
    "removal_plan": "There is a way to take it out",
    "minimum_run": "The minimum run is served",
    "evidence_trusted": "The evidence can be trusted",
    "not_harmful": "It does no harm",
    "validated": "The hypothesis is validated",
    "systems_hold": "The systems hold",
    "local_maximum": "Tweaks no longer move it",
    "earns_its_keep": "It earns its keep",
    "budget_left": "The budget is not spent",
    "no_undecided_bundle": "It is not bundled with others",
}
CAUSES: Final[dict[str, str]] = {
    "time_box": "The time box ended",
    "budget": "The budget is spent",
    "evidence": "The evidence is decisive",
    "step_complete": "The step ran its full course",
    "review": "The pruning review opened",
    "called": "Somebody asked for it",
    "tweak_ended": "A tweak ended",
    "holdback_ends": "The holdback ends",
}
CHECKS: Final[dict[str, str]] = {
    "srm": "Sample ratio",
    "contaminated": "Units in two trials or two arms",
    "counted_twice": "Units in two stages",
    "stale": "Freshness of the data",
    "too_few_units": "Enough units",
    "unreadable": "Numbers that can be compared",
    "bundled": "Released together with others",
    "transfer": "Looked at those it is for",
    "moved_goalposts": "The goalposts moved",
}
QUESTIONS: Final[dict[str, str]] = {
    "mvp": "The MVP: the idea is right, this version of it is not",
    "hypothesis": "The hypothesis: we may be wrong about what people want",
    "measurement": "The measurement: we cannot tell from these data",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the three buttons: the answer, what it will do, and the key that goes to it."""

    outcome: str
    does: str
    advised: bool
    tweak: str

    @property
    def key(self) -> str:
        """The letter of its shortcut."""
        return self.outcome[0]


def question(*, feature: Feature, phase: str, step: Decimal | None, ladder: LadderFacts) -> str:
    """The gate's question, its page's title."""
    name = feature.name
    if phase == Phase.SHIP_IT and step is not None:
        return _step_question(feature, step, ladder)
    return {
        Phase.THINK_IT: f"Is {name} worth building?",
        Phase.BUILD_IT: f"Should {name} ship?",
        Phase.SHIP_IT: f"Should {name} go on?",
        Phase.TWEAK_IT: f"Is {name} good enough to leave?",
        Phase.MAINTAIN_IT: f"Does {name} earn its keep?",
    }[Phase(phase)]


def _step_question(feature: Feature, step: Decimal, ladder: LadderFacts) -> str:
    if not is_last(ladder, step):
        above = rung_after([rung.percent for rung in ladder.rungs], step)
        return f"Should {feature.name} go from {percentage(step)} to {percentage(above)}?"
    return f"Should {feature.name} {'land in its parent' if feature.parent_id else 'be released to all'}?"


def choices(
    *, feature: Feature, phase: str, step: Decimal | None, ladder: LadderFacts, exposed: bool, advised: str | None
) -> tuple[Choice, ...]:
    """The three answers with what each will do here, in the order of the page: iterate, kill, advance."""
    last, tweak = is_last(ladder, step), feature.parent_id is not None
    moves = [move_of(phase=Phase(phase), outcome=outcome, last_step=last, tweak=tweak) for outcome in Outcome]
    return tuple(
        Choice(
            outcome=move.outcome.value,
            does=_does(move, step=step, ladder=ladder, exposed=exposed),
            advised=move.outcome.value == advised,
            tweak=move.tweak.value,
        )
        for move in moves
    )


def _does(move: Move, *, step: Decimal | None, ladder: LadderFacts, exposed: bool) -> str:
    if move.outcome is Outcome.KILL:
        ends = status_after(move, exposed=exposed) == "ended"
        return "It ends here; nobody ever had it." if ends else "Exposure goes to 0% at once, and its removal begins."
    if move.outcome is Outcome.ITERATE:
        return _iterates(move, step)
    return _advances(move, step=step, ladder=ladder)


def _iterates(move: Move, step: Decimal | None) -> str:
    if move.tweak is Tweak.MUST:
        return "Start the next tweak, a small feature of its own."
    if move.to is not move.at:
        return f"Back to {move.to.label}: reinvest."
    where = f"{move.to.label} at {percentage(step)}" if move.step is Step.SAME else move.to.label
    return f"Another permutation, still in {where}."


def _advances(move: Move, *, step: Decimal | None, ladder: LadderFacts) -> str:
    if move.fate is Fate.LANDED:
        return "It lands: released to all, and its parent's baseline moves."
    if move.exposure is Exposure.RELEASED:
        held = f"; {percentage(ladder.holdback_percent)} is held back for a while" if ladder.holdback_percent else ""
        return f"Release it to all and move to {move.to.label}{held}."
    if move.exposure is Exposure.RAISED_TO_STEP:
        above = percentage(rung_after([rung.percent for rung in ladder.rungs], step))
        return (
            f"Raise exposure to {above}." if move.step is Step.NEXT else f"Move to {move.to.label}, at {above} first."
        )
    if move.to is move.at:
        return "Keep it until the next quarterly review."
    return f"Move to {move.to.label}."
