"""What features delivered after full release: the effect that the data told then, or why none is known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import DateTimeField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from features.enums import Phase, Status
from features.models import Feature
from hypotheses.enums import Readiness, Reason, Verdict
from hypotheses.models import Evidence
from hypotheses.queries.freshness import MINIMUM_DAYS
from lifecycle.enums import Delivery
from lifecycle.models import Decision

DAY: Final = timedelta(days=1)
RELEASED: Final = (Phase.TWEAK_IT, Phase.MAINTAIN_IT)
UNTRUSTED: Final = (Verdict.INVALID, Verdict.MISSING)
NOT_RELEASED: Final = "It is not released to all yet."
NO_RESULT: Final = "No result that can be trusted has come since its release."
TOO_EARLY: Final = "It is too early to tell: the data since its release have less than half of what they need."
TOO_FEW: Final = "It is too early to tell: since its release fewer than 100 units have come in an arm."
SHORT: Final = "It is too early to tell: the data since its release are of less than a week."


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a feature delivered, in its metric's unit; without numbers unless it is measured, and `why` then says so.

    `at_last_step`: a tweak's, whose trials end as it lands, so that its last step is the last that was measured.
    `definition`: the digest of the metric's definition under the data; empty where they named none.
    """

    state: Delivery
    why: str = ""
    metric: str = ""
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    as_of: datetime | None = None
    at_last_step: bool = False
    definition: str = ""


def unknown(why: str) -> Delivered:
    """Nothing is known, which is not zero."""
    return Delivered(Delivery.UNKNOWN, why)


def delivered_by(*, feature_ids: Iterable[int], now: datetime) -> dict[int, Delivered]:
    """What released features delivered, by their id: two queries, however many there are. One without a trusted
    result since its release is left out.

    Of the first stint after the release that has one, the newest counts, before a tweak of the feature landed: from
    then on it is another feature that is measured.
    """
    rows = Evidence.objects.filter(pk__in=_newest(feature_ids, now))
    return {row["feature_id"]: _delivered(row) for row in rows.values(*_FIELDS)}


_FIELDS: Final = (
    "feature_id", "as_of", "estimate", "low", "high", "state", "reason",
    "body__primary__metric", "body__basis__run_from", "body__basis__definitions",
)  # fmt: skip


def _newest(feature_ids: Iterable[int], now: datetime) -> list[int]:
    landings = Decision.objects.filter(feature__parent=OuterRef("pk"), moved_to__status=Status.LANDED.value)
    told = Evidence.objects.filter(
        feature=OuterRef("pk"),
        stint__phase__in=RELEASED,
        superseded_at__isnull=True,
        estimate__isnull=False,
        low__isnull=False,
        as_of__lte=Coalesce(OuterRef("landed_at"), Value(now, output_field=DateTimeField())),
    ).exclude(verdict__in=UNTRUSTED)
    found = (
        Feature.objects.filter(pk__in=list(feature_ids))
        .annotate(landed_at=Subquery(landings.order_by("at").values("at")[:1]))
        .annotate(newest=Subquery(told.order_by("stint__number", "-as_of").values("pk")[:1]))
    )
    return [pk for pk in found.values_list("newest", flat=True) if pk is not None]


def _delivered(row: Mapping[str, Any]) -> Delivered:
    metric = row["body__primary__metric"] or ""
    early = _too_early(row)
    if early:
        return Delivered(Delivery.TOO_EARLY, early, metric, as_of=row["as_of"])
    return Delivered(
        state=Delivery.MEASURED,
        metric=metric,
        estimate=row["estimate"],
        low=row["low"],
        high=row["high"],
        as_of=row["as_of"],
        definition=(row["body__basis__definitions"] or {}).get(metric, ""),
    )


def _too_early(row: Mapping[str, Any]) -> str:
    """Why the data since a release tell nothing yet; empty when they do. Its numbers are then folded away here too."""
    run_from = row["body__basis__run_from"]
    if row["reason"] == Reason.TOO_FEW_UNITS:
        return TOO_FEW
    if run_from and (row["as_of"] - datetime.fromisoformat(run_from)) / DAY < MINIMUM_DAYS:
        return SHORT
    return TOO_EARLY if row["state"] == Readiness.TOO_EARLY else ""
