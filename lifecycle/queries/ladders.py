"""A feature's ladder, whether it was laid out by its squad or is still the house's default."""

from decimal import Decimal

from features.models import Feature
from lifecycle.gates.facts import LadderFacts
from lifecycle.models import Ladder
from lifecycle.phases import DEFAULT_HOLDBACK, DEFAULT_LADDER, Rung

DEFAULT = LadderFacts(rungs=DEFAULT_LADDER, holdback_percent=DEFAULT_HOLDBACK)


def ladder_of(*, feature: Feature) -> LadderFacts:
    """The steps, lowest first, and the holdback."""
    ladder = Ladder.objects.filter(feature=feature).prefetch_related("steps").first()
    return ladder_facts(ladder)


def ladder_facts(ladder: Ladder | None) -> LadderFacts:
    """What a stored ladder says; the house's default where none is stored, or one without steps."""
    if ladder is None:
        return DEFAULT
    steps = sorted(ladder.steps.all(), key=lambda step: step.percent)
    rungs = tuple(Rung(step.percent, step.purpose, step.minimum_days, step.full_course_days) for step in steps)
    return LadderFacts(rungs=rungs or DEFAULT_LADDER, holdback_percent=ladder.holdback_percent)


def rung_at(ladder: LadderFacts, percent: Decimal | None) -> Rung | None:
    """The step of this percentage, None when there is none."""
    return next((rung for rung in ladder.rungs if rung.percent == percent), None)


def is_last(ladder: LadderFacts, percent: Decimal | None) -> bool:
    """Whether no step is above this percentage."""
    return percent is not None and all(rung.percent <= percent for rung in ladder.rungs)
