"""Whether a shipped feature earns its keep: its worth against its upkeep."""

from dataclasses import dataclass

from lifecycle.enums import Outcome, Question
from lifecycle.gates.facts import Upkeep


@dataclass(frozen=True, slots=True)
class Keeping:
    """What follows from worth and upkeep, because of what; `questions` go with an iterate."""

    outcome: Outcome
    because: str
    questions: tuple[Question, ...] = ()


def worth_keeping(upkeep: Upkeep, *, currency: str) -> Keeping:
    """Whether a shipped feature earns its keep: killed where the most that it was worth is less than what is known of
    its upkeep, kept where the least is more than all of it, with the estimate for unknown months; else reinvested in.
    """
    low, high, cost = upkeep.value_low, upkeep.value_high, upkeep.cost
    if low is None or high is None or cost is None:
        because = f"{_unknown(upkeep)}: find out, or make it worth keeping."
        return Keeping(Outcome.ITERATE, because, (Question.MEASUREMENT,))
    most = upkeep.cost_most if upkeep.cost_most is not None else cost
    if high < cost:
        because = f"It was worth {high:,.0f} at most, and cost {cost:,.0f} {currency} in the last twelve months."
        return Keeping(Outcome.KILL, because)
    spent = f"{cost:,.0f}" if most == cost else f"{cost:,.0f} to {most:,.0f}"
    if low > most:
        because = f"It was worth {low:,.0f} at least, and cost {spent} {currency} in the last twelve months."
        return Keeping(Outcome.ADVANCE, because)
    because = f"It was worth between {low:,.0f} and {high:,.0f}, and cost {spent} {currency} in the last twelve months."
    return Keeping(Outcome.ITERATE, because, (Question.MVP,))


def _unknown(upkeep: Upkeep) -> str:
    worthless = upkeep.value_low is None or upkeep.value_high is None
    if upkeep.cost is not None:
        return "It is not known what it is worth"
    if upkeep.days:
        took = f"It took {upkeep.days:,.1f} person-days in the last twelve months, at no rate that is known"
        return f"{took}, and nobody knows what it is worth" if worthless else took
    return "It is known neither what it is worth nor what it costs" if worthless else "It is not known what it costs"
