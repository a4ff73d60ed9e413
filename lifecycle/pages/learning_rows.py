"""The cost of learning as the gate's table shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

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
            expected=_loss(one["expected_loss"], one["unit"]),
            worst=_loss(one["worst_loss"], one["unit"]),
        )
        for one in candidates
    ]


def _loss(amount: float, unit: str) -> str:
    """A sum over units: of a share so many of them, else in the metric's unit."""
    if amount <= 0:
        return "nothing"
    number = f"{amount:,.0f}" if amount >= 10 else f"{amount:.2g}"  # noqa: PLR2004 (two digits below ten)
    return number if unit in ("share", "") else f"{number} {unit}"
