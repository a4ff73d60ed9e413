"""What was spent, as the portfolio counts it: money, and apart from it person-days that carry none."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import DecimalField, Q, Sum, Value
from django.db.models.functions import Coalesce

from features.numbers import money, person_days

NOTHING: Final = Decimal(0)
SUMS: Final = ("money", "unpriced_days", "person_days", "entries", "unpriced")
"""The columns of the ledger's sums that an `Amount` is made of, in its order."""
_ZERO = Value(NOTHING, output_field=DecimalField(max_digits=24, decimal_places=3))


@dataclass(frozen=True, slots=True)
class Amount:
    """Money in `CURRENCY`, and person-days without a rate (`days`), which are never money.

    `worked` are all person-days, those that carry money too. `entries` tells nothing recorded from recorded as zero.
    """

    money: Decimal = NOTHING
    days: Decimal = NOTHING
    worked: Decimal = NOTHING
    entries: int = 0
    unpriced: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        """Both together."""
        return Amount(
            self.money + other.money,
            self.days + other.days,
            self.worked + other.worked,
            self.entries + other.entries,
            self.unpriced + other.unpriced,
        )

    def __sub__(self, other: "Amount") -> "Amount":
        """What is left."""
        return self + Amount(-other.money, -other.days, -other.worked, -other.entries, -other.unpriced)

    @property
    def unit(self) -> str:
        """`money` as soon as any is there, else `days`."""
        return "days" if self.days and not self.money else "money"

    def within(self, unit: str) -> Decimal:
        """The money, or the days without a rate."""
        return self.days if unit == "days" else self.money

    def as_json(self) -> dict[str, str]:
        """As the API shows it: money, and person-days without a rate."""
        return {"amount": money(self.money), "person_days": person_days(self.days)}


def total(amounts: Iterable[Amount]) -> Amount:
    """All of them together."""
    return sum(amounts, start=Amount())


def sums(prefix: str = "", which: Q | None = None) -> dict[str, Any]:
    """The sums of rows of the ledger's sums, to annotate with; `which` narrows the rows that count."""
    fields = {"money": "money", "days": "unpriced_days", "worked": "person_days"}
    found: dict[str, Any] = {f"s_{prefix}{name}": Coalesce(Sum(of, filter=which), _ZERO) for name, of in fields.items()}
    for name in ("entries", "unpriced"):
        found[f"s_{prefix}{name}"] = Coalesce(Sum(name, filter=which), 0)
    return found


def amount_of(row: Mapping[str, Any], prefix: str = "") -> Amount:
    """The amount in a row that was annotated with `sums`."""
    start = f"s_{prefix}"
    return Amount(
        row[f"{start}money"],
        row[f"{start}days"],
        row[f"{start}worked"],
        row[f"{start}entries"],
        row[f"{start}unpriced"],
    )
