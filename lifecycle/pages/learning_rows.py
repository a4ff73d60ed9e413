"""The cost of learning as the gate's table shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any

from django.conf import settings

from lifecycle.charts import formats


@dataclass(frozen=True, slots=True)
class LearningRow:
    """One percentage in words."""

    percent: str
    days: str
    exposed: str
    expected: str
    worst: str


def learning_rows(candidates: Sequence[Mapping[str, Any]]) -> list[LearningRow]:
    """The candidates in the order of the ladder."""
    return [
        LearningRow(
            percent=f"{one['percent']:g}%",
            days=formats.plural(ceil(one["days"]), "day"),
            exposed=formats.count(round(one["exposed"])),
            expected=_loss(one["expected_loss"], one["unit"], one.get("expected_money")),
            worst=_loss(one["worst_loss"], one["unit"], one.get("worst_money")),
        )
        for one in candidates
    ]


def _loss(amount: float, unit: str, money: str | None) -> str:
    """A sum over units: of a share so many of them, else in the metric's unit; and in money where it has a price."""
    if amount <= 0:
        return "nothing"
    number = f"{amount:,.0f}" if amount >= 10 else f"{amount:.2g}"  # noqa: PLR2004 (two digits below ten)
    told = number if unit in ("share", "") else f"{number} {unit}"
    return told if money is None else f"{told}, {formats.money_short(Decimal(money), settings.CURRENCY)}"
