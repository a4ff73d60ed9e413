"""What a share of a squad's week comes to, in person-days and money: the arithmetic of booking, and of its preview.

Each of the five working days costs percent × people × rate, as seats and rates say on that day. Days that are alike (in
one month, one stint, with as many people at one rate) are one entry, which carries the first of them. So an ordinary
week is one entry for each role; a week in which a gate was decided, a month began or a rate changed is cut there, and
months, stints and budgets add up to the day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

from features.models import Feature
from features.numbers import CENT, THOUSANDTH
from features.queries.rates import DayRate, Rates, working_days
from features.queries.stints import Stay, stint_of


@dataclass(frozen=True, slots=True)
class Part:
    """Some days of one role for one feature; `amount` in the currency of the rate, None where no rate is known.

    `since` is the first of the days, `on` the one that the entry carries: the same, but for days outside of the
    feature's life.
    """

    since: date
    on: date
    role: str
    people: Decimal
    days: int
    person_days: Decimal
    price: DayRate | None

    @property
    def amount(self) -> Decimal | None:
        """What these person-days cost."""
        return None if self.price is None else (self.person_days * self.price.amount).quantize(CENT, ROUND_HALF_UP)

    @property
    def amount_base(self) -> Decimal | None:
        """The same in `CURRENCY`."""
        if self.price is None or self.amount is None:
            return None
        return (self.amount * self.price.rate).quantize(CENT, ROUND_HALF_UP)


def parts_of(
    *, feature: Feature, stints: Sequence[Stay], percent: Decimal, squad: int, week: date, rates: Rates
) -> list[Part]:
    """What so many percent of the squad's week, which begins on this Monday, come to for the feature."""
    days = _lived(feature, stints, working_days(week))
    there = [stint_of(stints, day) for day in days]
    people = [rates.people_on(squad=squad, day=day) for day in working_days(week)]
    found = []
    for role in sorted({role for roles in people for role in roles}):
        alike = []
        for day, stint, roles, worked in zip(days, there, people, working_days(week), strict=True):
            price = rates.rate_on(squad=squad, role=role, day=worked)
            key = (day.replace(day=1), stint.pk if stint else None, roles.get(role, Decimal(0)), price)
            alike.append((worked, day, key))
        for (_, _, heads, price), run in groupby(alike, key=lambda one: one[2]):
            same = list(run)
            effort = (percent * heads * len(same) / 100).quantize(THOUSANDTH, ROUND_HALF_UP)
            if effort:
                found.append(Part(same[0][0], same[0][1], role, heads, len(same), effort, price))
    return found


def _lived(feature: Feature, stints: Sequence[Stay], days: Sequence[date]) -> list[date]:
    """The days, those before the feature's first or after its end moved to that day, where the week holds it.

    What was worked in the week of its first or last day was worked for it while it was there.
    """
    began = stints[0].first if stints else None
    ended = feature.ended_on
    first = began if began in days else days[0]
    last = ended if ended in days else days[-1]
    assert first is not None and last is not None  # noqa: PT018, S101 (each is one of the days)
    return [min(max(day, first), last) for day in days]
