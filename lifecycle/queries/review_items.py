"""The items of a review as they are read: chosen, in an order, a page at a time; and each with all its facts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import DecimalField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import NullIf

from lifecycle.enums import Outcome
from lifecycle.models import Review, ReviewItem
from lifecycle.queries.portfolio.pack import plain
from lifecycle.queries.reviews import DECIDED

PAGE: Final = 50
QUARTERS: Final = Decimal(4)
"""Items hold twelve months; people think of upkeep by the quarter."""
STATES: Final = ("undecided", "decided", "proposed")
RATIO: Final = ExpressionWrapper(
    F("value") * Decimal("1.0") / NullIf("cost", Decimal(0)), output_field=DecimalField(max_digits=30, decimal_places=6)
)
SORTS: Final[Mapping[str, tuple[Any, bool]]] = {
    "rank": (F("rank"), False),
    "value": (F("value"), True),
    "upkeep": (F("cost"), True),
    "ratio": (RATIO, False),
    "age": (F("feature__released_on"), False),
    "name": (F("feature__name"), False),
}
"""By what items are ordered, and whether the largest come first unless it is turned round."""
HEAD: Final = (
    "rank", "feature", "name", "squad", "tribe", "phase", "iteration", "released_on", "age_days", "currency",
    "value", "value_low", "value_high", "upkeep", "upkeep_with_estimate", "upkeep_days", "months_known",
    "months_unknown", "last_cost_on", "ratio", "last_outcome", "last_decided_on", "kept_against_advice", "recommended",
    "because", "proposed", "proposed_by", "proposed_reason", "decided", "decided_by", "decided_at", "decided_reason",
    "rare_but_critical",
)  # fmt: skip
"""The columns of the CSV file: money of twelve months, in `currency`; what is not known is empty."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which items are asked for: slugs, an answer, one of `STATES`, `doubts` for those kept against advice; and how.

    `turned`: the other way round than is usual for the order. Pages count from 1.
    """

    squad: str = ""
    tribe: str = ""
    recommended: str = ""
    state: str = ""
    doubts: bool = False
    sort: str = "rank"
    turned: bool = False
    page: int = 1

    @property
    def narrowed(self) -> bool:
        """Whether not all items are asked for."""
        return bool(self.squad or self.tribe or self.recommended or self.state or self.doubts)


@dataclass(frozen=True, slots=True)
class Page:
    """The items of one page, how many there are in all, and how many pages; at least one, empty as it may be."""

    items: list[ReviewItem]
    count: int
    number: int
    pages: int


def items_of(review: Review) -> QuerySet[ReviewItem]:
    """The items with all that a row shows, worst first; one query."""
    rows = review.items.select_related(
        "feature", "squad__tribe", "gate__stint", "gate__decision__by", "proposed_by", "review"
    )
    return rows.order_by("rank", "pk")


def page_of(review: Review, asked: Asked) -> Page:
    """The page that is asked for, or the last one where there are fewer. Two queries."""
    rows = items_of(review).filter(_chosen(asked))
    count = rows.count()
    pages = max(1, -(-count // PAGE))
    number = min(max(asked.page, 1), pages)
    start = (number - 1) * PAGE
    return Page(list(_ordered(rows, asked)[start : start + PAGE]), count, number, pages)


def _chosen(asked: Asked) -> Q:
    found = Q()
    if asked.squad:
        found &= Q(squad__slug=asked.squad)
    if asked.tribe:
        found &= Q(squad__tribe__slug=asked.tribe)
    if asked.recommended:
        found &= Q(recommended=asked.recommended)
    if asked.doubts:
        found &= Q(doubts__gt=0)
    if asked.state == "proposed":
        found &= ~Q(proposed="")
    elif asked.state:
        found &= DECIDED if asked.state == "decided" else ~DECIDED
    return found


def _ordered(rows: QuerySet[ReviewItem], asked: Asked) -> QuerySet[ReviewItem]:
    """What is not known comes last, whichever way round."""
    by, largest_first = SORTS[asked.sort]
    down = largest_first != asked.turned
    return rows.order_by(by.desc(nulls_last=True) if down else by.asc(nulls_last=True), "rank", "pk")


def weighed(review: Review) -> list[tuple[str, Decimal | None, Decimal | None, str, str | None]]:
    """Name, value, upkeep, recommendation and decision (None: not decided) of every item, worst first; one query."""
    rows = review.items.order_by("rank", "pk")
    return list(rows.values_list("feature__name", "value", "cost", "recommended", "gate__decision__outcome"))


def a_quarter(amount: Decimal | None) -> Decimal | None:
    """What twelve months come to by the quarter."""
    return None if amount is None else amount / QUARTERS


def decision_of(item: ReviewItem) -> Any:
    """The decision on its gate; None while it has none."""
    return getattr(item.gate, "decision", None)


def cells(item: ReviewItem, currency: str) -> Iterator[str]:
    """The cells of the CSV file, in the order of `HEAD`; no text of them is taken for a formula."""
    facts, last = item.facts, item.facts.get("last_decision") or {}
    decision = decision_of(item)
    yield str(item.rank)
    yield from (plain(text) for text in (item.feature.key, item.feature.name, item.squad.slug, item.squad.tribe.slug))
    yield from (_word(facts.get(name)) for name in ("phase", "iteration", "released_on", "age_days"))
    yield currency
    amounts = (item.value, item.value_low, item.value_high, item.cost, item.cost_most)
    yield from ("" if amount is None else f"{amount:.2f}" for amount in amounts)
    yield f"{item.days.normalize():f}"
    yield from (_word(facts.get(name)) for name in ("months_known", "months_unknown", "last_cost_on", "ratio"))
    yield from (_word(last.get(name)) for name in ("outcome", "on"))
    yield from (str(item.doubts), item.recommended, plain(item.because))
    yield from (item.proposed, plain(item.proposed_by.get_username()) if item.proposed_by else "")
    yield plain(item.proposed_reason)
    yield from _decided(decision)
    yield plain(item.critical_reason) if decision and decision.outcome == Outcome.ADVANCE else ""


def _decided(decision: Any) -> tuple[str, str, str, str]:
    if decision is None:
        return "", "", "", ""
    by = plain(decision.by.get_username()) if decision.by else ""
    return decision.outcome, by, decision.at.isoformat(timespec="seconds"), plain(decision.reason)


def _word(value: Any) -> str:
    return "" if value is None else str(value)
