"""Cloud bills in the FinOps FOCUS format (1.0 and later): what features cost, by one of their tags.

Charges are added up exactly by feature, day and currency, and rounded so that the entries of a feature add up to its
part of the bill to the cent. Credits, refunds and corrections are negative charges of the same feature: see `spread`.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from features.actions.investment import INVESTMENTS, InvestmentRow
from features.actions.ledger import CURRENCY_CODE
from features.enums import Category
from features.importers.cells import NO_DAY, day_of
from features.importers.csv_file import Column, CsvFile, Line, LineErrors, Table
from features.importers.into_ledger import Placed, Reading
from features.importers.investments import remarks_of
from features.importers.mapping import known_features, rate_of
from features.numbers import money, read_decimal

COSTS: Final = {"effective": "EffectiveCost", "billed": "BilledCost"}
KINDS: Final = ("value",)
"""What a mapping of tag values has beside `feature`."""
CENT: Final = Decimal("0.01")
NOTHING: Final = Decimal(0)
NAMED: Final = 10
TIMED: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})([T ].*)?")
Sum = tuple[str, str]
"""A feature and a currency."""


def read_focus(
    *,
    file: CsvFile,
    tag: str,
    mapping: Mapping[tuple[str, str], str] | None = None,
    cost: str = "effective",
    rates: Mapping[str, Decimal],
    source: str = "",
) -> Reading:
    """A bill as entries of infrastructure.

    `tag` is the key whose value names the feature: by `mapping` (from ("value", word in lower case)), else as its key.
    `cost`: `effective` (commitments spread over their use) or `billed` (as on the invoice). `rates` by currency.

    Raises:
        BadInput: a column is missing, or the rate of a currency.
    """
    bill = _Bill(tag, COSTS[cost])
    words = {word: key for (_, word), key in mapping.items()} if mapping else {key: key for key in known_features()}
    for line in file.lines(_table(COSTS[cost]), bill.errors):
        bill.take(line, words)
    known_as = source or f"focus:{file.stem}"[:80]
    entries, left = bill.entries(known_as, rates)

    def rows(errors: LineErrors) -> Iterator[Placed]:
        errors.take(bill.errors)
        yield from entries

    remarks = [*remarks_of(file), *bill.told(), *left]
    return Reading(name=file.name, book=INVESTMENTS, source=known_as, rows=rows, remarks=remarks)


def spread(days: Mapping[date, Decimal]) -> tuple[dict[date, Decimal], Decimal]:
    """The cents of each day, none below zero, and what is left over (zero or negative).

    Fractions of cents are carried from day to day, so that the days add up to the rounded sum. A day below zero (a
    credit, a refund) is taken off the days after it, then off those before: it lowers what the feature cost, and is
    neither a loss of data nor something that the feature has earned. What it is more than everything is left over.
    """
    cents: dict[date, Decimal] = {}
    total = booked = NOTHING
    for day in sorted(days):
        total += days[day]
        cents[day] = max(NOTHING, _rounded(total) - booked)
        booked += cents[day]
    over = booked - max(NOTHING, _rounded(total))
    for day in sorted(days, reverse=True):
        taken = min(over, cents[day])
        cents[day] -= taken
        over -= taken
    return cents, min(NOTHING, _rounded(total))


def tags_of(text: str) -> Mapping[str, str] | None:
    """The tags of a charge: a JSON object, also without its braces (as Azure had it), or a list of keys and values.
    None when it is neither.
    """
    if not text or text.lower() == "null":
        return {}
    for form in (text, "{" + text + "}"):
        try:
            found = json.loads(form)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, list):
            found = {str(one.get("key", "")): one.get("value") for one in found if isinstance(one, dict)}
        if isinstance(found, dict):
            return {str(key): "" if value is None else str(value) for key, value in found.items()}
    return None


@dataclass(slots=True)
class _Bill:
    """One bill, added up."""

    tag: str
    cost: str
    errors: LineErrors = field(default_factory=LineErrors)
    booked: dict[Sum, dict[date, Decimal]] = field(default_factory=lambda: defaultdict(dict))
    lines: dict[tuple[Sum, date], int] = field(default_factory=dict)
    totals: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    kinds: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    strays: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def take(self, line: Line, words: Mapping[str, str]) -> None:
        """Add one charge; what is wrong with it goes to the errors."""
        before = self.errors.count
        amount, day = self._amount(line), self._day(line)
        currency, tags = line["BillingCurrency"].upper(), tags_of(line["Tags"])
        if not CURRENCY_CODE.fullmatch(currency):
            self.errors.add(
                line.number, "BillingCurrency", f"“{currency}” is not a currency as ISO 4217 writes it: USD."
            )
        if tags is None:
            self.errors.add(line.number, "Tags", "The tags are no JSON object, such as {“feature”: “one-tap-reorder”}.")
        if self.errors.count > before:
            return
        assert amount is not None  # noqa: S101 (each of them left an error)
        assert day is not None  # noqa: S101
        self.totals[currency] += amount
        self.kinds[line["ChargeCategory"] or "Other", currency] += amount
        value = _value(tags or {}, self.tag)
        feature = words.get(value.lower())
        if feature is None:
            self.strays[value, currency] += amount
            return
        days = self.booked[feature, currency]
        days[day] = days.get(day, NOTHING) + amount
        self.lines.setdefault(((feature, currency), day), line.number)

    def _amount(self, line: Line) -> Decimal | None:
        amount = read_decimal(line[self.cost])
        if amount is None:
            said = f"“{line[self.cost]}” is not a number with a decimal point, as FOCUS asks for."
            self.errors.add(line.number, self.cost, said)
        elif abs(amount.adjusted()) > 20 and amount:  # noqa: PLR2004 (no bill has such a number)
            self.errors.add(line.number, self.cost, f"“{line[self.cost]}” is not an amount of money.")
        return amount

    def _day(self, line: Line) -> date | None:
        text = line["ChargePeriodStart"]
        found = TIMED.fullmatch(text)
        day = day_of(found[1]) if found else None
        if day is None:
            self.errors.add(line.number, "ChargePeriodStart", NO_DAY.format(text))
        return day

    def entries(self, source: str, rates: Mapping[str, Decimal]) -> tuple[list[Placed], list[str]]:
        """The entries, and what is said of credits that were more than the cost."""
        found: list[Placed] = []
        left: list[str] = []
        for (feature, currency), days in sorted(self.booked.items()):
            cents, over = spread(days)
            rate = rate_of(currency, rates)
            for day, amount in cents.items():
                row = self._entry(feature, currency, day, amount)
                found.append((self.lines[(feature, currency), day], InvestmentRow(**row, rate=rate, source=source)))
            if over:
                left.append(
                    f"{feature} was credited {money(-over)} {currency} more than it cost in this file. That is not "
                    "recorded: an investment is never below zero, and a credit is nothing that the feature earned."
                )
        return found, left

    def _entry(self, feature: str, currency: str, day: date, amount: Decimal) -> dict[str, Any]:
        return {
            "feature": feature,
            "on": day,
            "category": Category.INFRASTRUCTURE,
            "amount": amount,
            "currency": currency,
            "external_id": f"{feature}:{day}:{currency}",
            "note": f"Cloud bill, {self.cost} by the tag “{self.tag}”.",
        }

    def told(self) -> Iterator[str]:
        """What the bill comes to, and what of it is nobody's: the sum, and what part of the whole it is."""
        for currency, total in sorted(self.totals.items()):
            ours = (sum(days.values(), NOTHING) for (_, c), days in self.booked.items() if c == currency)
            kinds = [(kind, amount) for (kind, c), amount in sorted(self.kinds.items()) if c == currency]
            booked = sum(ours, NOTHING)
            yield f"{money(total)} {currency} in all ({_listed(kinds)}); {money(booked)} belongs to features."
            yield from self._strays(currency, total)

    def _strays(self, currency: str, total: Decimal) -> Iterator[str]:
        strays = {value: amount for (value, c), amount in self.strays.items() if c == currency}
        if "" in strays:
            none = strays.pop("")
            yield f"{money(none)} {currency}{_share(none, total)} has no tag “{self.tag}”, and is not recorded."
        if strays:
            largest = sorted(strays.items(), key=lambda one: -abs(one[1]))
            amount = sum(strays.values(), NOTHING)
            more = f" and {len(largest) - NAMED} more" if len(largest) > NAMED else ""
            yield (
                f"{money(amount)} {currency}{_share(amount, total)} has a tag “{self.tag}” that leads to no feature, "
                f"and is not recorded: {_listed(largest[:NAMED])}{more}."
            )


def _listed(amounts: Sequence[tuple[str, Decimal]]) -> str:
    return ", ".join(f"{name} {money(amount)}" for name, amount in amounts)


def _share(part: Decimal, total: Decimal) -> str:
    return f" ({100 * part / total:.1f}%)" if total > 0 and part >= 0 else ""


def _value(tags: Mapping[str, str], tag: str) -> str:
    """The value of a tag. AWS sets `user:` before the keys that people give; capitals do not count."""
    wanted = {tag.lower(), f"user:{tag.lower()}"}
    return next((value.strip() for key, value in tags.items() if key.lower() in wanted), "")


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def _table(cost: str) -> Table:
    names = (cost, "BillingCurrency", "ChargePeriodStart", "Tags")
    return Table((*(Column(name, needed=True) for name in names), Column("ChargeCategory")), strict=False)
