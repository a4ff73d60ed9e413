"""The register of features as lists read it: flat rows, in two queries however many there are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import DateTimeField, Exists, FilteredRelation, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast

from features.models import Feature, StintCost, Tag
from features.numbers import money, percentage, person_days
from hypotheses.models import Hypothesis
from hypotheses.queries.evidence import standing_verdict
from lifecycle.models import GateCause

COLUMNS: Final = (
    "id", "key", "name", "summary", "phase", "status", "iteration", "step_percent", "exposure_percent",
    "ceiling_percent", "released_on", "ended_on", "imported", "created_at", "version", "squad__slug", "owner__username",
    "parent__key", "gate__id", "gate__state", "gate__due_on", "gate__due_at", "verdict", "invested", "invested_days",
    "undecided_spend", "undecided_days",
)  # fmt: skip
CAUSE, TAG = "cause", "tag"


@dataclass(frozen=True, slots=True)
class Words:
    """What hangs on one feature: its tags, and why its gate is due."""

    tags: list[str] = field(default_factory=list)
    causes: list[tuple[str, str, datetime, str]] = field(default_factory=list)


def register(*, now: datetime) -> QuerySet[Feature]:
    """All features with their undecided gate (`gate`), the verdict as it reads now, and what they cost so far.

    `invested` is money in `CURRENCY`, `invested_days` the person-days that carry no money; `undecided_…` the part of
    them that was spent since the gate fell due. None where there is no entry.
    """
    costs = StintCost.objects.filter(feature=OuterRef("pk"))
    late = costs.filter(stint__gate=OuterRef("gate__pk"))
    return Feature.objects.annotate(
        gate=FilteredRelation("gates", condition=~Q(gates__state="decided")),
        verdict=standing_verdict(now),
        invested=_sum(costs, "money"),
        invested_days=_sum(costs, "unpriced_days"),
        undecided_spend=_sum(late, "undecided"),
        undecided_days=_sum(late, "undecided_unpriced"),
    )


def _sum(costs: QuerySet[StintCost], column: str) -> Subquery:
    # grouped by a constant, because the rows of a subquery are already those of one feature
    return Subquery(costs.order_by().values(one=Value(1)).annotate(sum=Sum(column)).values("sum"))


def matching(words: str) -> Q:
    """Features that speak of these words: in name, key, summary, or what their hypotheses say."""
    said = Q(change__icontains=words) | Q(audience__icontains=words) | Q(reason__icontains=words)
    hypotheses = Hypothesis.objects.filter(said, feature=OuterRef("pk"))
    own = Q(name__icontains=words) | Q(key__icontains=words) | Q(summary__icontains=words)
    return own | Q(Exists(hypotheses))


def words_of(rows: Iterable[Mapping[str, Any]]) -> dict[int, Words]:
    """Tags and causes of many rows of the register, by the feature's id, in one query."""
    ids = [row["id"] for row in rows]
    found = {pk: Words() for pk in ids}
    causes = GateCause.objects.filter(gate__feature__in=ids).exclude(gate__state="decided")
    told = causes.order_by().values_list("gate__feature_id", Value(CAUSE), "cause", "key", "at", "detail")
    never = Cast(Value(None), DateTimeField())
    tags = Tag.objects.filter(features__in=ids).order_by()
    tagged = tags.values_list("features__id", Value(TAG), "name", Value(""), never, Value(""))
    for pk, kind, word, key, at, detail in told.union(tagged, all=True):
        if pk not in found:
            continue
        if kind == TAG:
            found[pk].tags.append(word)
        else:
            found[pk].causes.append((word, key, at, detail))
    for words in found.values():
        words.tags.sort()
        words.causes.sort(key=lambda cause: cause[2])
    return found


def feature_json(row: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """A row of the register as the API shows it: money and person-days as texts, percentages as numbers."""
    return {
        "key": row["key"],
        "name": row["name"],
        "squad": row["squad__slug"],
        "owner": row["owner__username"],
        "summary": row["summary"],
        "tags": words.tags,
        "parent": row["parent__key"],
        "phase": row["phase"],
        "status": row["status"],
        "iteration": row["iteration"],
        "step": percentage(row["step_percent"]),
        "exposure_percent": percentage(row["exposure_percent"]),
        "ceiling_percent": percentage(row["ceiling_percent"]),
        "gate": _gate(row, words),
        "invested": money(row["invested"] or Decimal(0)),
        "invested_days": person_days(row["invested_days"] or Decimal(0)),
        "undecided_spend": money(row["undecided_spend"] or Decimal(0)),
        "undecided_days": person_days(row["undecided_days"] or Decimal(0)),
        "verdict": row["verdict"],
        "released_on": _day(row["released_on"]),
        "ended_on": _day(row["ended_on"]),
        "imported": row["imported"],
        "created_at": row["created_at"].isoformat(),
    }


def _gate(row: Mapping[str, Any], words: Words) -> dict[str, Any] | None:
    if row["gate__id"] is None:
        return None
    due_at = row["gate__due_at"]
    return {
        "id": row["gate__id"],
        "state": row["gate__state"],
        "due_on": _day(row["gate__due_on"]),
        "due_at": due_at.isoformat() if due_at else None,
        "due_because": [
            {"cause": cause, "key": key, "at": at.isoformat(), "detail": detail}
            for cause, key, at, detail in words.causes
        ],
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
