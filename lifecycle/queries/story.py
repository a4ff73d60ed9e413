"""Everything that happened to a feature, oldest first."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Any

from django.db.models import F, Max, QuerySet
from django.utils import timezone

from features.enums import Phase, Status
from features.models import Feature
from lifecycle.enums import Cause, ExposureCause, Outcome, RemovalWork
from lifecycle.models import Consent, Decision, ExposureChange, GateCause, RemovalStep
from lifecycle.queries.curve import curve_of
from lifecycle.queries.decisions import criteria_unmet
from lifecycle.queries.events import Event, name_of, percent, start_of_day
from lifecycle.queries.story_beliefs import beliefs

_ANSWERS = {Outcome.ITERATE: "Iterate", Outcome.KILL: "Kill", Outcome.ADVANCE: "Advance"}


def story_of(*, feature: Feature, now: datetime) -> tuple[Event, ...]:
    """All that happened to one feature up to now, oldest first; the number of queries does not depend on how much.

    Things of the same moment stand in the order in which they can have caused each other.
    """
    parts = chain(
        _registered(feature),
        beliefs(feature),
        _tweaks(feature),
        _due(feature),
        _consents(feature),
        _decisions(feature),
        _exposure(feature),
        _removal(feature),
        _ended(feature),
        _money(feature, now),
    )
    return tuple(sorted((event for event in parts if event.at <= now), key=lambda event: event.at))


def _registered(feature: Feature) -> Iterator[Event]:
    told = f"“{feature.name}” was registered for the squad {feature.squad.name}."
    if feature.imported:
        told = f"“{feature.name}” began; it was imported from {feature.native.get('dataset', 'elsewhere')}."
    yield Event(feature.created_at, "registered", told, name_of(feature.created_by), {"feature": feature.key})


def _due(feature: Feature) -> Iterator[Event]:
    causes = GateCause.objects.filter(gate__feature=feature).select_related("by", "gate__stint")
    for cause in causes.order_by("at", "pk"):
        place = _place(cause.gate.stint.phase, cause.gate.stint.step_percent)
        if cause.cause == Cause.CALLED:
            what = f"A decision was asked for at the gate of {place}: {cause.detail}"
        else:
            word = Cause(cause.cause).label.lower()
            what = f"The gate of {place} fell due ({word}). {cause.detail}".rstrip()
        yield Event(cause.at, "gate_due", what, name_of(cause.by), {"gate": cause.gate_id, "cause": cause.cause})


def _consents(feature: Feature) -> Iterator[Event]:
    for consent in Consent.objects.filter(gate__feature=feature).select_related("by").order_by("at", "pk"):
        what = f"Consented to override {', '.join(consent.rules)}: {consent.reason}"
        yield Event(consent.at, "consent", what, name_of(consent.by), {"gate": consent.gate_id, "consent": consent.pk})


def _decisions(feature: Feature) -> Iterator[Event]:
    for one in Decision.objects.filter(feature=feature).select_related("by").order_by("at", "pk"):
        answer, place = _ANSWERS[Outcome(one.outcome)], _place(one.phase, one.step_percent)
        what = f"{answer}, decided in {place}, iteration {one.iteration}: {one.reason}{_against(one)}"
        by = name_of(one.by, one.policy or ("import" if one.imported else ""))
        links = {"decision": one.pk, "gate": one.gate_id, "outcome": one.outcome, "imported": one.imported}
        yield Event(one.at, "decision", what, by, links)


def _against(decision: Decision) -> str:
    if decision.overridden_elsewhere:
        unmet = ", ".join(criteria_unmet(decision))
        return f", against unmet criteria ({unmet}); who consented, and why, is not on record."
    return " Against unmet rules, with a second person's consent." if decision.override_reason else ""


def _exposure(feature: Feature) -> Iterator[Event]:
    """Moves of exposure that are no part of a decision; those of decisions are told with them."""
    changes = ExposureChange.objects.filter(feature=feature).exclude(cause=ExposureCause.DECIDED)
    for change in changes.select_related("by").order_by("at", "pk"):
        why = f": {change.reason}" if change.reason else ""
        moved = f"{percent(change.from_percent)} to {percent(change.to_percent)}"
        what = f"Exposure was {change.cause} from {moved}{why}"
        yield Event(change.at, "exposure", what, name_of(change.by), {"cause": change.cause})


def _tweaks(feature: Feature) -> Iterator[Event]:
    for tweak in _with_ends(feature.tweaks.select_related("created_by").order_by("created_at", "pk")):
        links = {"feature": tweak.key}
        yield Event(tweak.created_at, "tweak", f"The tweak “{tweak.name}” began.", name_of(tweak.created_by), links)
        if tweak.ended_on:
            word = "landed" if tweak.status == Status.LANDED else "ended without landing"
            yield Event(_end_of(tweak), "tweak", f"The tweak “{tweak.name}” {word}.", "", links)


def _removal(feature: Feature) -> Iterator[Event]:
    steps = RemovalStep.objects.filter(removal__feature=feature, done_at__isnull=False).select_related("done_by")
    for step in steps.order_by("done_at", "pk"):
        assert step.done_at is not None  # noqa: S101 (the query asks for it)
        what = f"Removal: {RemovalWork(step.work).label.lower()} confirmed. {step.note}".rstrip()
        yield Event(step.done_at, "removal", what, name_of(step.done_by))


def _ended(feature: Feature) -> Iterator[Event]:
    if feature.ended_on is not None:
        word = "landed in its parent" if feature.status == Status.LANDED else "is gone"
        what = f"“{feature.name}” {word}; it was in {Phase(feature.phase).label}."
        yield Event(_end_of(_with_ends(Feature.objects.filter(pk=feature.pk)).get()), "ended", what)


def _with_ends(features: QuerySet[Feature]) -> QuerySet[Feature]:
    """Features with the moments at which one ends: its last decision, and the last part of its removal."""
    return features.annotate(last_decided_at=Max("decisions__at"), removed_at=F("removal__completed_at"))


def _end_of(feature: Any) -> datetime:
    """When a feature ended; of one that was imported, and of which the day is all that is known, that day's beginning.

    feature: has ended, and carries its ends.
    """
    ends = [at for at in (feature.last_decided_at, feature.removed_at) if at is not None]
    that_day = [at for at in ends if timezone.localdate(at) == feature.ended_on]
    return max(that_day, default=start_of_day(feature.ended_on))


def _money(feature: Feature, now: datetime) -> Iterator[Event]:
    """The money that is worth telling: when spending began, the first return, break-even."""
    curve = curve_of(feature=feature, interval="month", now=now)
    first = next((point.start for point in curve.points if point.invested), None)
    if first is not None:
        what = f"The first investment, in {first:%B %Y}."
        yield Event(max(feature.created_at, start_of_day(first)), "money", what)
    if curve.first_return_on is not None:
        what = f"The first return, after {curve.shaded_area:,} {_unit(curve.unit, curve.currency)} before release."
        yield Event(start_of_day(curve.first_return_on), "money", what)
    if curve.break_even_on is not None:
        yield Event(start_of_day(curve.break_even_on), "money", "Break-even: all that went in has come back.")


def _unit(unit: str, currency: str) -> str:
    return currency if unit == "money" else "person-days"


def _place(phase: str, step: object) -> str:
    word = Phase(phase).label
    return word if step is None else f"{word} at {percent(step)}"
