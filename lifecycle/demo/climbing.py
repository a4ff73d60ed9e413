"""The steps of the ladder that most rollouts take without drama, told in few words."""

from collections.abc import Mapping
from typing import Final

from lifecycle.demo.script import ADVANCE, STEPS, Decided, Laddered, When

SHORT: Final = (5, 25, 99)
"""The ladder of squads that ship often: three steps."""

REASONS: Final[Mapping[int, tuple[str, ...]]] = {
    1: (
        "A week at 1 % without a broken guardrail. Too few people to say more, and that was all we asked of it.",
        "Nothing gross happened, the dashboards are quiet, and the logging is complete. On to the next step.",
        "No harm seen at 1 %. The two bugs that support reported are fixed.",
    ),
    5: (
        "No harm at 5 %, and the effect points the right way. It goes on.",
        "The guardrails hold with ten times the people. Nothing speaks against the next step.",
        "At 5 % the caches behave and nobody wrote to support about it.",
    ),
    10: (
        "The minimum run is served, the load is as forecast, no guardrail moved. Now we want to know the effect.",
        "Systems hold at 10 %. We go to 25 % to prove what it does.",
        "Nothing worse, something better. 25 % will tell how much.",
    ),
    25: (
        "The interval lies above zero and the guardrails are within their margins: validated at 25 %.",
        "Validated. The estimate is a little below what the beta promised, and still well above the minimum effect.",
        "Proved at 25 %. Half of our customers next, to be sure that it holds for the late adopters too.",
    ),
    50: (
        "It holds at 50 %, in all markets that we looked at. To 99 % with the usual holdback.",
        "Validated a second time, with the newcomers among our customers in it.",
        "Same effect at twice the size. Nothing left to learn before the last step.",
    ),
    99: (
        "The systems hold, and the holdback agrees: released to everybody.",
        "Two weeks at 99 % without an incident; the holdback shows the effect we promised. It is in.",
        "The last step ran its full course, the effect stands against the holdback. Released.",
    ),
}

CALL: Final = "The minimum run is served and the squad has what it needs to decide."


def climb(
    start: When, *weeks: float, by: str = "", steps: tuple[int, ...] = STEPS, said: int = 0
) -> tuple[Decided, ...]:
    """One advance for each number of weeks spent on a step, from the lowest on; `start` is when the first was reached.

    `said` chooses among the wordings.
    """
    if not isinstance(start, float | int):
        raise TypeError("a climb is told in weeks")
    at = float(start)
    found = []
    for place, (step, served) in enumerate(zip(steps, weeks, strict=False)):
        at -= served
        reasons = REASONS[step]
        reason = reasons[(said + place) % len(reasons)]
        found.append(Decided(at=at, outcome=ADVANCE, reason=reason, by=by, call=CALL))
    return tuple(found)


def short_ladder(at: When) -> Laddered:
    """Three steps: 5 % to find harm, 25 % to prove the effect, 99 % to see it hold."""
    return Laddered(at, ((5, 7, 14), (25, 7, 28), (99, 7, 14)))
