"""How the house learns from its ends: what is owed, and how often what was known is learnt again."""

from dataclasses import dataclass

from lifecycle.charts import formats
from lifecycle.queries.portfolio.scope import Period, Scope
from lifecycle.queries.retrospectives import Learning, OwedRetrospective, learning, owed


@dataclass(frozen=True, slots=True)
class LearntCard:
    """A sentence, the figures, and the retrospectives that are owed, the longest first."""

    sentence: str
    facts: tuple[tuple[str, str | None, str], ...]
    owed: tuple[OwedRetrospective, ...]
    more: int


SHOWN = 5


def learnt_card(*, period: Period, scope: Scope) -> LearntCard:
    """The figures of a period; what is owed is told as it stands now. Five queries."""
    found, waiting = learning(period=period, scope=scope), owed(scope=scope)
    rate = None if found.repeat_rate is None else formats.percent(found.repeat_rate, 0)
    facts = (
        ("Retrospectives published", str(found.published), f"{found.owed} owed now"),
        ("Lessons learnt", str(found.lessons), "in those"),
        ("Repeat rate", rate, f"{found.repeated} of {found.lessons} were in the library already"),
        ("Read, and repeated", str(found.read_before), "acknowledged as read before they were learnt again"),
    )
    return LearntCard(_sentence(found), facts, tuple(waiting[:SHOWN]), max(len(waiting) - SHOWN, 0))


def _sentence(found: Learning) -> str:
    if not found.lessons:
        return "No lesson was published in the period."
    if not found.repeated:
        return f"{formats.plural(found.lessons, 'lesson')}, and none of them was known before."
    known = f"{found.repeated} of {formats.plural(found.lessons, 'lesson')}"
    one = found.repeated == 1
    return f"{known} {'was' if one else 'were'} in the library before {'it was' if one else 'they were'} learnt again."
