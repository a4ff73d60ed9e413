"""What imported days of work cost: by one rate that is given, or by the rate cards of the squads that own the features.

A card's rate is that of the person's role, in force on the day of the entry; without a role it is the squad's mean by
its seats. Where no card says what a day costs, it stays a day and is never shown as money.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, NamedTuple

from features.errors import FieldError, wrong
from features.importers.csv_file import nearest
from features.models import Feature
from features.numbers import CENT, person_days
from features.queries.rates import DayRate, Rates, load_rates

NOTHING: Final = Decimal(0)
SHOWN: Final = 10
MEAN: Final = "the mean of the squad's seats"


class Standing(NamedTuple):
    """An entry as it stands, so far as its price goes."""

    days: Decimal | None
    amount: Decimal | None
    currency: str
    rate: Decimal


class Owner(NamedTuple):
    """The squad that owns a feature."""

    id: int
    slug: str


@dataclass(frozen=True, slots=True)
class PersonRole:
    """A line of a map that says which role a person has."""

    line: int
    person: str
    role: str


class Whose(NamedTuple):
    """Whose work it is: for which feature, by people of which role (empty: none is named), on which day."""

    feature: str
    role: str
    day: date


@dataclass(slots=True)
class Prices:
    """What a day of work for a feature costs.

    `flat` is the one rate of everybody, and overrides the cards; `role` is that of people for whom none is named
    (empty: the squad's mean). With neither, days stay days.
    """

    flat: DayRate | None = None
    cards: Rates | None = None
    owners: Mapping[str, Owner] = field(default_factory=dict)
    role: str = ""
    _known: dict[tuple[int, str, date], DayRate | None] = field(default_factory=dict)

    def of(self, work: Whose) -> DayRate | None:
        """What one person-day costs then; None where days stay days."""
        if self.flat is not None or self.cards is None:
            return self.flat
        owner, role, day = self.owners[work.feature], work.role or self.role, work.day
        key = (owner.id, role, day)
        if key not in self._known:
            self._known[key] = (
                self.cards.rate_on(squad=owner.id, role=role, day=day)
                if role
                else self.cards.mean_on(squad=owner.id, day=day)
            )
        return self._known[key]

    def money(self, work: Whose, days: Decimal) -> dict[str, Any]:
        """What so many person-days cost, as columns of an entry; none where days stay days."""
        price = self.of(work)
        if price is None:
            return {}
        amount = (days * price.amount).quantize(CENT, ROUND_HALF_UP)
        return {"amount": amount, "currency": price.currency, "rate": price.rate}

    def noted(self, work: Whose) -> str:
        """What an entry says of a price from the card; empty where there is none."""
        price = self.of(work)
        if self.cards is None or price is None:
            return ""
        return f" Rate card: {work.role or self.role or MEAN}, {price.amount} {price.currency} a day."

    def told(self, parts: Iterable[tuple[Whose, Decimal]]) -> Iterator[str]:
        """What the rate cards say of so many person-days each: by which role, and which have no rate, and why."""
        if self.cards is None:
            return
        priced: dict[str, Decimal] = {}
        missing: dict[str, Decimal] = {}
        for work, days in parts:
            if self.of(work) is not None:
                name = work.role or self.role or MEAN
                priced[name] = priced.get(name, NOTHING) + days
            elif because := self._because(self.owners[work.feature], work.role or self.role, work.day):
                missing[because] = missing.get(because, NOTHING) + days
        if priced:
            by_role = ", ".join(f"{person_days(days)} by {name}" for name, days in sorted(priced.items()))
            yield f"Person-days at the squads' rate cards: {by_role}."
        for because, days in sorted(missing.items(), key=lambda one: -one[1])[:SHOWN]:
            yield f"{person_days(days)} person-days stay days: {because}."

    def _because(self, owner: Owner, role: str, day: date) -> str:
        """Why a day has no rate; empty where the squad has no card, and nobody named a role."""
        if self.cards is None or not (role or owner.id in self.cards.seats):
            return ""
        if role:
            return f"{owner.slug} has no rate for {role} on that day"
        lacking = self.cards.unpriced_on(squad=owner.id, day=day)
        if lacking:
            return f"the mean of {owner.slug} is not known without a rate for {' and '.join(lacking)} on that day"
        return f"{owner.slug} has no seats on that day"


def card_prices(*, features: Collection[str], role: str = "") -> Prices:
    """The prices of the squads that own these features, in three queries; `role` is whoever has none."""
    rows = Feature.objects.filter(key__in=features).values_list("key", "squad_id", "squad__slug")
    owners = {key: Owner(squad, slug) for key, squad, slug in rows}
    return Prices(cards=load_rates(squads={owner.id for owner in owners.values()}), owners=owners, role=as_kept(role))


def flat_price(amount: Decimal, *, currency: str, rate: Decimal) -> Prices:
    """One price for every person-day."""
    return Prices(flat=DayRate(amount, currency, rate))


def as_kept(role: str) -> str:
    """A role as the rate card writes it: small letters, single blanks."""
    return " ".join(role.lower().split())


def require_role(prices: Prices) -> None:
    """Refuse a role for everybody that no rate card knows.

    Raises:
        BadInput: with the roles that they know.
    """
    if prices.role and prices.cards is not None and prices.role not in prices.cards.roles:
        raise wrong("role", unknown_role(prices.role, prices), code="unknown")


def role_faults(people: Sequence[PersonRole], prices: Prices, *, where: str) -> list[FieldError]:
    """The lines whose role no rate card knows, as `where.3`, each with what to write instead."""
    if prices.cards is None:
        return []
    known = set(prices.cards.roles)
    return [
        FieldError(f"{where}.{each.line}.role", "unknown", unknown_role(each.role, prices, of=each.person))
        for each in people
        if each.role not in known
    ]


def unknown_role(role: str, prices: Prices, *, of: str = "") -> str:
    """What is said of a role that no rate card has."""
    known = prices.cards.roles if prices.cards else []
    whose = f" (of {of})" if of else ""
    if not known:
        return f"“{role}”{whose} is no role: the squads of these features have no rate card, and the house has none."
    named = f"{', '.join(known[: 2 * SHOWN])}{' and more' if len(known) > 2 * SHOWN else ''}"
    return f"“{role}”{whose} is no role of the rate cards.{nearest(role, known)} They know: {named}."


def repriced(now: Mapping[str, Standing], before: Mapping[str, Standing]) -> int:
    """How many entries have the days that stand already, at another price."""
    found = 0
    for name, entry in now.items():
        earlier = before.get(name)
        same_days = earlier is not None and earlier.days == entry.days
        found += same_days and earlier != entry
    return found
