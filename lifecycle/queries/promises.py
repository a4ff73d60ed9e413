"""Promise against delivery: the effect that stood behind each decision to advance, and what came of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import QuerySet

from features.enums import Phase, Status
from features.models import Feature
from hypotheses.enums import Better, Verdict
from hypotheses.models import Evidence
from hypotheses.statistics.calibration import Pair
from lifecycle.enums import Delivery, Outcome
from lifecycle.models import Decision
from lifecycle.queries.carried import FROZEN, own_verdict
from lifecycle.queries.delivered import NO_RESULT, NOT_RELEASED, UNTRUSTED, Delivered, delivered_by, unknown

LATER_STEP: Final = "What a tweak delivers is measured at its last step, and nothing comes after this one."
OTHER_VERSION: Final = "Another version of it was released: what this gate saw was changed by an iterate."
OTHER_METRIC: Final = "What was measured since its release is another metric."
REDEFINED: Final = "The metric was defined anew since: the two numbers do not measure the same."


@dataclass(frozen=True, slots=True)
class Promise:
    """What was promised at one gate: the effect that its decision to advance froze, in the metric's unit.

    `verdict`: what the evidence said of that effect, so where another success metric carried it, that of the primary.
    `counts`: it is the one of its feature that speaks for it in squads and the portfolio, which is the first that was
    made on a validated hypothesis for what was released.
    """

    decision: int
    gate: int
    at: datetime
    phase: str
    step: Decimal | None
    verdict: str
    metric: str
    unit: str
    direction: str
    minimum_effect: float
    estimate: float
    low: float
    high: float
    delivered: Delivered
    treatment_version: int = 1
    evidence: int | None = None
    counts: bool = False

    @property
    def scale(self) -> float:
        """What turns an effect in the metric's unit into minimum effects in the good direction."""
        return (-1 if self.direction == Better.DOWN else 1) / self.minimum_effect

    @property
    def pair(self) -> Pair | None:
        """Both, in the good direction and in minimum effects, so that metrics can be compared; None while unknown."""
        if self.delivered.estimate is None:
            return None
        scale = self.scale
        low, high = sorted((self.low * scale, self.high * scale))
        return Pair(self.estimate * scale, low, high, self.delivered.estimate * scale)


@dataclass(frozen=True, slots=True)
class Kept:
    """One feature with its promises, oldest first, and what it delivered."""

    feature_id: int
    key: str
    name: str
    squad: str
    squad_name: str
    tribe: str
    released_at: datetime | None
    delivered: Delivered
    promises: tuple[Promise, ...]

    @property
    def speaking(self) -> Promise | None:
        """The promise that speaks for the feature."""
        return next((promise for promise in self.promises if promise.counts), None)


def promises_of(*, feature: Feature, now: datetime) -> Kept | None:
    """The promises of one feature; None where none was made. Four queries."""
    kept = _kept(Decision.objects.filter(feature=feature), now)
    return kept[0] if kept else None


def all_promises(*, now: datetime, squad: str = "", tribe: str = "") -> list[Kept]:
    """Those of all features that made any, by their key; of a squad or a tribe (slugs). Four queries, however many."""
    decisions = Decision.objects.all()
    if squad:
        decisions = decisions.filter(feature__squad__slug=squad)
    if tribe:
        decisions = decisions.filter(feature__squad__tribe__slug=tribe)
    return _kept(decisions, now)


_FIELDS: Final = (
    "pk", "gate_id", "at", "phase", "step_percent", "moved_to", "feature_id", "feature__key", "feature__name",
    "feature__parent_id", "feature__squad__slug", "feature__squad__name", "feature__squad__tribe__slug",
    "gate__stint__treatment_version", "evidence__evidence_id", *FROZEN,
)  # fmt: skip


def _kept(decisions: QuerySet[Decision], now: datetime) -> list[Kept]:
    rows = decisions.filter(outcome=Outcome.ADVANCE, imported=False).order_by("feature__key", "at", "pk")
    by_feature: dict[int, list[dict[str, Any]]] = {}
    for row in rows.values(*_FIELDS):
        by_feature.setdefault(row["feature_id"], []).append(row)
    promising = {pk: rows for pk, rows in by_feature.items() if any(_is_promise(row) for row in rows)}
    delivered = delivered_by(feature_ids=[pk for pk in promising if _release(promising[pk])], now=now)
    definitions = _definitions(promising.values())
    return [_feature(rows, delivered.get(pk, unknown(NO_RESULT)), definitions) for pk, rows in promising.items()]


def _is_promise(row: Mapping[str, Any]) -> bool:
    """Whether the gate saw an effect that could be trusted, on the way to the release."""
    primary = row["evidence__primary"] or {}
    known = all(primary.get(name) for name in ("interval", "minimum_effect", "direction"))
    on_the_way = row["phase"] in {Phase.THINK_IT, Phase.BUILD_IT, Phase.SHIP_IT}
    return known and on_the_way and row["evidence__verdict"] not in UNTRUSTED


def _release(rows: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The decision that released to all: into Tweak It, or for a tweak into its parent."""
    ends = (row for row in rows if row["phase"] == Phase.SHIP_IT and _leaves_ship_it(row["moved_to"]))
    return next(ends, None)


def _leaves_ship_it(moved_to: Mapping[str, Any]) -> bool:
    return moved_to.get("phase") == Phase.TWEAK_IT or moved_to.get("status") == Status.LANDED


def _definitions(features: Iterable[list[dict[str, Any]]]) -> dict[int, dict[str, str]]:
    """How the metrics were defined under the evidence of the promises, by its id."""
    ids = [row["evidence__evidence_id"] for rows in features for row in rows if _is_promise(row)]
    rows = Evidence.objects.filter(pk__in=[pk for pk in ids if pk is not None])
    return {pk: found or {} for pk, found in rows.values_list("pk", "body__basis__definitions")}


def _feature(rows: list[dict[str, Any]], measured: Delivered, definitions: Mapping[int, Mapping[str, str]]) -> Kept:
    row, release = rows[0], _release(rows)
    if release is None:
        measured = unknown(NOT_RELEASED)
    elif row["feature__parent_id"] is not None:
        measured = _at_last_step(release, definitions)
    made = [_promise(one, measured) for one in rows if _is_promise(one)]
    promises = [
        replace(one, delivered=_fitting(one, release, definitions.get(one.evidence or 0, {}))) if release else one
        for one in made
    ]
    speaking = next((one for one in promises if _speaks(one, release)), None)
    return Kept(
        feature_id=row["feature_id"],
        key=row["feature__key"],
        name=row["feature__name"],
        squad=row["feature__squad__slug"],
        squad_name=row["feature__squad__name"],
        tribe=row["feature__squad__tribe__slug"],
        released_at=release["at"] if release else None,
        delivered=measured,
        promises=tuple(replace(one, counts=one is speaking) for one in promises),
    )


def _at_last_step(release: Mapping[str, Any], definitions: Mapping[int, Mapping[str, str]]) -> Delivered:
    """What a tweak delivered: its trials end as it lands, so the evidence of its last step is the last there is."""
    if not _is_promise(release):
        return unknown(NO_RESULT)
    primary, of = release["evidence__primary"], definitions.get(release["evidence__evidence_id"], {})
    low, high = primary["interval"]
    return Delivered(
        state=Delivery.MEASURED,
        metric=primary["metric"],
        estimate=primary["estimate"],
        low=low,
        high=high,
        as_of=release["at"],
        at_last_step=True,
        definition=of.get(primary["metric"], ""),
    )


def _promise(row: Mapping[str, Any], delivered: Delivered) -> Promise:
    primary = row["evidence__primary"]
    low, high = primary["interval"]
    return Promise(
        decision=row["pk"],
        gate=row["gate_id"],
        at=row["at"],
        phase=row["phase"],
        step=row["step_percent"],
        verdict=own_verdict(row),
        metric=primary["metric"],
        unit=primary["unit"],
        direction=primary["direction"],
        minimum_effect=primary["minimum_effect"],
        estimate=primary["estimate"],
        low=low,
        high=high,
        delivered=delivered,
        treatment_version=row["gate__stint__treatment_version"],
        evidence=row["evidence__evidence_id"],
    )


def _fitting(promise: Promise, release: Mapping[str, Any], definitions: Mapping[str, str]) -> Delivered:
    """What was delivered, where it can be held against this promise; else why it cannot."""
    delivered = promise.delivered
    if delivered.at_last_step and promise.decision == release["pk"]:
        return unknown(LATER_STEP)
    if delivered.state is Delivery.UNKNOWN:
        return delivered
    if promise.treatment_version != release["gate__stint__treatment_version"]:
        return unknown(OTHER_VERSION)
    if promise.metric != delivered.metric:
        return unknown(OTHER_METRIC)
    before = definitions.get(promise.metric, "")
    return unknown(REDEFINED) if delivered.definition and before and before != delivered.definition else delivered


def _speaks(promise: Promise, release: Mapping[str, Any] | None) -> bool:
    if release is None or promise.verdict != Verdict.VALIDATED:
        return False
    return bool(promise.treatment_version == release["gate__stint__treatment_version"])
