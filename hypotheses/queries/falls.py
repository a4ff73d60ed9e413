"""Counts that fell: what is cumulative within its stage should not."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from django.db.models import OuterRef, Subquery

from hypotheses.models import Arm, Result

NAMED: Final = 3


class Counted(NamedTuple):
    """How many units one arm had in one stage, for one metric (their ids), as of a moment; `place`: where it came."""

    stage: int
    metric: int
    arm: int
    as_of: datetime
    n: int
    place: int


@dataclass(frozen=True, slots=True)
class Fall:
    """A series whose count is lower than it was at the snapshot before. `name`: of which arm, for people."""

    name: str
    before: int
    after: int


def falls(counted: Iterable[Counted], *, name: Callable[[int], str]) -> tuple[Fall, ...]:
    """Of each series the first fall, among what is given and from the result that stands before it. One query for all
    series that begin at the same moment. name: of the arm that stands at a place.
    """
    series: dict[tuple[int, int, int], list[Counted]] = defaultdict(list)
    for one in counted:
        series[one.stage, one.metric, one.arm].append(one)
    for many in series.values():
        many.sort(key=lambda one: one.as_of)
    before = _before([many[0] for many in series.values()])
    found = (_first_fall(many, before.get(key)) for key, many in series.items())
    return tuple(Fall(name(one.place), before, one.n) for before, one in filter(None, found))


def _first_fall(many: list[Counted], before: int | None) -> tuple[int, Counted] | None:
    for one in many:
        if before is not None and one.n < before:
            return before, one
        before = one.n
    return None


def _before(firsts: list[Counted]) -> dict[tuple[int, int, int], int]:
    """The count that stands last before each of these."""
    together: dict[tuple[int, datetime], list[Counted]] = defaultdict(list)
    for one in firsts:
        together[one.metric, one.as_of].append(one)
    found: dict[tuple[int, int, int], int] = {}
    for (metric, as_of), many in together.items():
        earlier = Result.objects.filter(
            stage=OuterRef("trial__stages"), arm=OuterRef("pk"), metric=metric, as_of__lt=as_of, superseded_at=None
        ).order_by("-as_of")
        arms = Arm.objects.filter(pk__in={one.arm for one in many}, trial__stages__in={one.stage for one in many})
        for stage, arm, n in arms.values_list("trial__stages", "pk", Subquery(earlier.values("n")[:1])):
            if n is not None:
                found[stage, metric, arm] = n
    return found


def sentence(fell: tuple[Fall, ...]) -> str:
    """Which counts fell, and what to do; "" for none."""
    if not fell:
        return ""
    named = ", ".join(f"{fall.name} from {fall.before:,} to {fall.after:,}" for fall in fell[:NAMED])
    more = f" and {len(fell) - NAMED} more" if len(fell) > NAMED else ""
    return (
        f"Counts fell: {named}{more}. They are cumulative within their stage, so the evidence of that moment is "
        "not read. Correct the query; or read that time again, with a backfill, if the source has restated it."
    )
