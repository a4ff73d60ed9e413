"""Taking a feature out of the product: planned before it ships, work after a kill, ended when all of it is done."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from features.actions.recording import record
from features.actions.stint import note_new_facts
from features.enums import Status
from features.errors import Conflict, wrong
from features.models import Feature, Stint
from features.queries.people import require_may_act_for
from features.texts import needed_text
from lifecycle.actions.holding import locked_feature
from lifecycle.actions.retrospecting import open_after_removal
from lifecycle.enums import RemovalWork
from lifecycle.models import Removal, RemovalStep

GONE = frozenset({Status.ENDED, Status.LANDED})


@transaction.atomic
def plan_removal(*, feature: Feature, plan: str, owner: User | None, by: User, now: datetime) -> Removal:
    """Write how the feature would be taken out, and who owns that; until the work is done it can be changed.

    Work that has begun keeps its owner until another is named.

    Raises:
        BadInput: no plan, or an owner who is not active. Forbidden: not of the squad. Conflict: `feature_ended`.
    """
    feature = locked_feature(feature)
    require_may_act_for(by, feature.squad)
    plan = needed_text(plan, "plan", "Write how the feature is taken out again.")
    if owner is not None and not owner.is_active:
        raise wrong("owner", f"{owner.get_username()} is not active any more. Name somebody who is.", code="unknown")
    if feature.status in GONE:
        raise Conflict(code="feature_ended", detail=f"{feature.name} is gone already.")
    begun = Removal.objects.select_related("owner").filter(feature=feature, started_at__isnull=False).first()
    owner = owner or (begun.owner if begun is not None else None)
    removal, _ = Removal.objects.update_or_create(feature=feature, defaults={"plan": plan, "owner": owner})
    for stint_id in Stint.objects.filter(feature=feature, ended_at__isnull=True).values_list("pk", flat=True):
        note_new_facts(stint_id=stint_id)
    body = {"plan": removal.plan, "owner": owner.get_username() if owner else None}
    record(act="removal.planned", subject=f"feature:{feature.key}", by=by, now=now, body=body)
    return removal


def start_removal(*, feature: Feature, by: User | None, now: datetime) -> Removal:
    """Begin the work after a kill, within the decision's transaction. Without a planned owner it is the feature's, or
    whoever decided.
    """
    removal, _ = Removal.objects.get_or_create(feature=feature)
    removal.started_at = removal.started_at or now
    removal.owner = removal.owner or feature.owner or by
    removal.save(update_fields=["started_at", "owner"])
    steps = [RemovalStep(removal=removal, work=work) for work in RemovalWork]
    RemovalStep.objects.bulk_create(steps, ignore_conflicts=True)
    return removal


@transaction.atomic
def confirm_removal_step(*, feature: Feature, work: str, by: User, now: datetime, note: str = "") -> Removal:
    """Confirm that one part of the work is done; with the last one the feature ends. The same again changes nothing.

    Raises:
        BadInput: no such work. Forbidden: not of the squad.
        Conflict: `not_removing`; `already_confirmed` by somebody else, or with another note, with who and when.
    """
    feature = locked_feature(feature)
    require_may_act_for(by, feature.squad)
    if work not in set(RemovalWork):
        raise wrong("work", f"The work is one of {', '.join(RemovalWork)}.", code="unknown_word")
    removal = Removal.objects.filter(feature=feature, started_at__isnull=False).first()
    if removal is None:
        raise Conflict(code="not_removing", detail=f"{feature.name} is not being removed: nothing was killed.")
    step = RemovalStep.objects.filter(removal=removal, work=work, done_at__isnull=True)
    if not step.update(done_at=now, done_by=by, note=note):
        _require_the_same(removal, work, by, note)
        return removal
    body = {"work": work, "note": note}
    if not removal.steps.filter(done_at__isnull=True).exists():
        _end(feature, removal, now)
        body["ended"] = feature.key
    record(act="removal.confirmed", subject=f"feature:{feature.key}", by=by, now=now, body=body)
    if "ended" in body:
        open_after_removal(feature=feature, now=now)
    return removal


def _require_the_same(removal: Removal, work: str, by: User, note: str) -> None:
    done = removal.steps.select_related("done_by").get(work=work)
    if done.done_by == by and done.note == note:
        return
    assert done.done_by is not None and done.done_at is not None  # noqa: S101, PT018 (it is confirmed)
    who = done.done_by.get_username()
    said = f" with the note “{done.note}”" if done.note else ""
    detail = f"{who} confirmed this at {done.done_at:%Y-%m-%d %H:%M %Z}{said}. It is confirmed once; yours is not kept."
    raise Conflict(
        code="already_confirmed", detail=detail, extra={"work": work, "done_by": who, "done_at": done.done_at}
    )


def _end(feature: Feature, removal: Removal, now: datetime) -> None:
    """All is gone: a fact, not a decision (the one way in which a feature's status changes without one)."""
    removal.completed_at = max(now, removal.started_at or now)
    removal.save(update_fields=["completed_at"])
    feature.status, feature.ended_on = Status.ENDED, timezone.localdate(now)
    feature.version += 1
    feature.save(update_fields=["status", "ended_on", "version"])
