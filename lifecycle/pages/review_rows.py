"""The items of a review in words: what a row of its table shows, and what may be done in it."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.dateparse import parse_date

from features.models import Squad
from features.queries.people import squads_of
from lifecycle.charts import formats
from lifecycle.enums import GateState
from lifecycle.models import Review, ReviewItem
from lifecycle.queries.deciders import deciding_for
from lifecycle.queries.review_items import a_quarter, decision_of

WORDS: Final = {"advance": "Keep", "iterate": "Tweak", "kill": "Kill"}
"""The three answers as a review calls them, in the order of their keys: 1, 2, 3."""
DONE: Final = {"advance": "Kept", "iterate": "Tweaked", "kill": "Killed"}
_TWICE: Final = 2
_DAYS_A_MONTH: Final = 30.44
_MONTHS_A_YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class Powers:
    """What a person may do in a review: decide and propose, asked by squad; nothing more once it is closed."""

    decides: Callable[[Squad, str], bool]
    proposes: frozenset[int]


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item as its row shows it. `state` is a word for what of it can change, for pages that ask for changes."""

    item: ReviewItem
    value: str | None
    value_range: str
    upkeep: str | None
    upkeep_note: str
    ratio: str
    loses: bool
    age: str
    phase: str
    last: str
    doubts: str
    decision: Any
    may_decide: bool
    may_propose: bool
    state: str

    @property
    def answer(self) -> str:
        """The outcome that stands: decided, or recommended."""
        return str(self.decision.outcome if self.decision else self.item.recommended)

    @property
    def may(self) -> bool:
        """Whether the person who looks has something to say about it."""
        return self.may_decide or self.may_propose

    @property
    def answers(self) -> list[tuple[str, str, bool, bool]]:
        """The three answers: outcome, word, whether it stands, whether it is recommended."""
        stands = self.decision.outcome if self.decision else ""
        return [(name, word, name == stands, name == self.item.recommended) for name, word in WORDS.items()]


def powers(review: Review, person: User) -> Powers:
    """What a person may do in this review; at most five queries."""
    if review.closed_at is not None:
        return Powers(lambda _squad, _phase: False, frozenset())
    squads = Squad.objects.values_list("pk", flat=True)
    decides = deciding_for(person) if review.opened_at is not None else lambda _squad, _phase: False
    return Powers(decides, squads_of(person, list(squads)))


def row_of(item: ReviewItem, powers: Powers) -> ItemRow:
    """The row of an item that was read by `items_of`."""
    facts, decision = item.facts, decision_of(item)
    phase = str(facts.get("phase") or item.gate.stint.phase)
    waits = item.gate.state != GateState.DECIDED
    ratio = Decimal(facts["ratio"]) if facts.get("ratio") else None
    return ItemRow(
        item=item,
        value=_money(item.value),
        value_range=_range(item),
        upkeep=_money(item.cost),
        upkeep_note=_upkeep_note(item),
        ratio=f"{formats.compact(ratio)}×" if ratio is not None else "",
        loses=ratio is not None and ratio < 1,
        age=age_words(facts.get("age_days")),
        phase=phase,
        last=_last(facts.get("last_decision")),
        doubts=_doubts(item.doubts),
        decision=decision,
        may_decide=waits and powers.decides(item.squad, phase),
        may_propose=waits and item.squad_id in powers.proposes,
        state=f"{item.pk}.{item.version}.{decision.pk if decision else 0}",
    )


def age_words(days: int | None) -> str:
    """`5 months`, `2 years` since its release; that it is not known, where it is not."""
    if days is None:
        return formats.NOT_KNOWN
    months = int(days / _DAYS_A_MONTH)
    if months < 1:
        return formats.plural(days, "day")
    if months < 2 * _MONTHS_A_YEAR:
        return formats.plural(months, "month")
    return formats.plural(months // _MONTHS_A_YEAR, "year")


def _money(twelve_months: Decimal | None) -> str | None:
    return None if twelve_months is None else formats.money_short(a_quarter(twelve_months), settings.CURRENCY)


def _range(item: ReviewItem) -> str:
    if item.value_low is None or item.value_high is None or item.value_low == item.value_high:
        return ""
    return f"{_money(item.value_low)} to {_money(item.value_high)}"


def _upkeep_note(item: ReviewItem) -> str:
    """What carries no money, and what is estimated: months without an entry, at the mean of those with one."""
    notes = []
    unknown = item.facts.get("months_unknown") or 0
    if unknown and item.cost is not None and item.cost_most is not None and item.cost_most > item.cost:
        notes.append(f"≈ {_money(item.cost_most)} with {formats.plural(unknown, 'month')} estimated")
    elif unknown:
        notes.append(f"{formats.plural(unknown, 'month')} without an entry")
    if item.days:
        notes.append(f"{formats.person_days_short(item.days / 4)} without a rate")
    return ", ".join(notes)


def _last(last: dict[str, Any] | None) -> str:
    if not last:
        return ""
    word = {"advance": "Advanced", "iterate": "Iterated", "kill": "Killed"}.get(last["outcome"], last["outcome"])
    return f"{word} {formats.day_short(parse_date(last['on']))}"


def _doubts(times: int) -> str:
    if not times:
        return ""
    return "kept against advice" + (f" {times}×" if times >= _TWICE else " once")
