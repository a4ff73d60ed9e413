"""Who gets the feature: laying out the ladder, lowering exposure at once, and coming back up to what was decided."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from features.actions.recording import record
from features.actions.stint import note_new_facts
from features.enums import Phase, Status
from features.errors import Conflict, wrong
from features.models import Feature
from features.numbers import percentage, read_decimal
from features.queries.people import require_may_act_for
from features.texts import needed_text, visible
from hypotheses.actions.trial import open_stages
from hypotheses.queries.checking import Complaints
from lifecycle.actions.holding import locked_feature, refuse_while_due, undecided_gate
from lifecycle.enums import ExposureCause
from lifecycle.gates.facts import LadderFacts
from lifecycle.models import ExposureChange, Ladder, LadderStep
from lifecycle.phases import HOLDBACK_DAYS, Rung, plain
from lifecycle.queries.ladders import ladder_of

STEP_FIELDS = ("percent", "purpose", "minimum_days", "full_course_days", "status")
MOST_STEPS: Final = 50
LARGEST_HOLDBACK: Final = Decimal(50)


@transaction.atomic
def lower_exposure(
    *, feature: Feature, percent: Any, reason: str, by: User | None, now: datetime, safety: bool = False
) -> ExposureChange:
    """Lower who gets the feature: allowed to every member, at once, also while the gate is due. The ceiling stays.

    `safety`: the safety policy does it (`by` None). It opens a new stage in each running trial.

    Raises:
        BadInput: not a percentage below the present one, or no reason. Forbidden: not of the squad.
    """
    feature = locked_feature(feature)
    require_may_act_for(by, feature.squad)
    to = read_percent(percent)
    reason = needed_text(reason, "reason", "Say why the exposure is lowered.")
    if to >= feature.exposure_percent:
        raise wrong("percent", _not_lower(feature), code="not_lower")
    cause = ExposureCause.SAFETY if safety else ExposureCause.LOWERED
    return _expose(feature, to, cause=cause, reason=reason, by=by, now=now)


def _not_lower(feature: Feature) -> str:
    now, ceiling = plain(feature.exposure_percent), plain(feature.ceiling_percent)
    if feature.exposure_percent >= feature.ceiling_percent:
        return f"The exposure is {now} %, the decided ceiling; give a lower one. It rises at gates only."
    back = f"It comes back up to the decided {ceiling} % while the gate is not due"
    return f"The exposure is {now} %; give a lower one. {back}; above that it rises at gates only."


@transaction.atomic
def restore_exposure(
    *, feature: Feature, percent: Any, reason: str = "", by: User | None, now: datetime
) -> ExposureChange:
    """Come back up, to the decided ceiling at most, while the gate is not due.

    Raises:
        BadInput: not a percentage above the present one. Forbidden: not of the squad.
        Conflict: `decided_at_gates` above the ceiling; `gate_due`.
    """
    feature = locked_feature(feature)
    require_may_act_for(by, feature.squad)
    to = read_percent(percent)
    if to > feature.ceiling_percent:
        detail = f"At most {plain(feature.ceiling_percent)} % is decided. More is decided at the gate only."
        raise Conflict(
            code="decided_at_gates", detail=detail, extra={"ceiling_percent": percentage(feature.ceiling_percent)}
        )
    if to <= feature.exposure_percent:
        detail = f"The exposure is {plain(feature.exposure_percent)} % already."
        raise wrong("percent", detail, code="not_higher")
    refuse_while_due(feature=feature, now=now, what="exposure cannot rise")
    return _expose(feature, to, cause=ExposureCause.RESTORED, reason=visible(reason or ""), by=by, now=now)


def _expose(
    feature: Feature, to: Decimal, *, cause: ExposureCause, reason: str, by: User | None, now: datetime
) -> ExposureChange:
    before, feature.exposure_percent = feature.exposure_percent, to
    feature.version += 1
    feature.save(update_fields=["exposure_percent", "version"])
    gate = undecided_gate(feature=feature)
    if gate is not None:
        open_stages(feature=feature, stint=gate.stint, percent=to, now=now)
    change = ExposureChange.objects.create(
        feature=feature, from_percent=before, to_percent=to, cause=cause, reason=reason, at=now, by=by
    )
    body = {"from": before, "to": to, "cause": cause, "reason": reason}
    record(act="exposure.changed", subject=f"feature:{feature.key}", by=by, now=now, body=body, by_name="safety policy")
    return change


@transaction.atomic
def set_ladder(
    *,
    feature: Feature,
    steps: Sequence[Mapping[str, Any]],
    by: User,
    now: datetime,
    holdback_percent: Any = None,
) -> Ladder:
    """Lay out the steps that are not reached yet; those that are reached have to be named as they are.

    steps: `{percent, purpose, minimum_days, full_course_days}`, ascending. The holdback stays as it was (1 % at first)
    unless it is given, as far as the last step leaves room for it.

    Raises:
        BadInput: with every wrong field. Forbidden: not of the squad.
        Conflict: `gate_due`; `step_reached` for a change of what was reached; `feature_ended`.
    """
    feature = locked_feature(feature)
    require_may_act_for(by, feature.squad)
    rungs = read_steps(steps)
    if feature.status != Status.ACTIVE:
        raise Conflict(code="feature_ended", detail=f"{feature.name} goes no further; it has no steps ahead.")
    refuse_while_due(feature=feature, now=now, what="the ladder cannot change")
    before = ladder_of(feature=feature)
    _require_reached_kept(feature, before, rungs)
    holdback = _holdback(holdback_percent, rungs, before.holdback_percent)
    if holdback != before.holdback_percent and feature.released_on is not None:
        raise Conflict(code="step_reached", detail="The feature is released; its holdback is decided at the gate.")
    ladder = store_ladder(feature=feature, facts=LadderFacts(rungs=rungs, holdback_percent=holdback))
    gate = undecided_gate(feature=feature)
    if gate is not None:
        note_new_facts(stint_id=gate.stint_id)
    body = {"steps": [percentage(rung.percent) for rung in rungs], "holdback_percent": holdback}
    record(act="ladder.set", subject=f"feature:{feature.key}", by=by, now=now, body=body)
    return ladder


def store_ladder(*, feature: Feature, facts: LadderFacts | None = None) -> Ladder:
    """Write a ladder; without `facts`, the one that is in force, once: from then on the house's default may change."""
    stored = Ladder.objects.filter(feature=feature).first()
    if facts is None:
        if stored is not None:
            return stored
        facts = ladder_of(feature=feature)
    ladder = stored or Ladder(feature=feature, version=0)
    ladder.holdback_percent = facts.holdback_percent
    ladder.version += 1
    ladder.save()
    ladder.steps.all().delete()
    LadderStep.objects.bulk_create(
        LadderStep(
            ladder=ladder,
            percent=rung.percent,
            purpose=rung.purpose,
            minimum_days=rung.minimum_days,
            full_course_days=rung.full_course_days,
        )
        for rung in facts.rungs
    )
    return ladder


def keep_holdback(*, feature: Feature, owner: User | None, now: datetime, tweak: bool) -> None:
    """At release: the holdback gets an owner and an end. A tweak keeps none, and neither does a ladder without one."""
    ladder = Ladder.objects.get(feature=feature)
    if tweak or not ladder.holdback_percent:
        ladder.holdback_closed_at = now
    else:
        ladder.holdback_owner = owner
        ladder.holdback_ends_on = timezone.localdate(now) + timedelta(days=HOLDBACK_DAYS)
    ladder.save(update_fields=["holdback_owner", "holdback_ends_on", "holdback_closed_at"])


def close_holdback(*, feature: Feature, now: datetime) -> None:
    """The holdback ends, once: everybody has the feature, or nobody."""
    Ladder.objects.filter(feature=feature, holdback_closed_at__isnull=True).update(holdback_closed_at=now)


def read_percent(value: Any, name: str = "percent") -> Decimal:
    """A percentage from 0 to 100 with at most two decimal places.

    Raises:
        BadInput: it is none.
    """
    percent = read_decimal(value)
    if percent is None or not 0 <= percent <= 100 or percent != round(percent, 2):  # noqa: PLR2004
        raise wrong(name, "This must be a percentage from 0 to 100, with at most two decimal places.")
    return percent


def read_steps(steps: Any) -> tuple[Rung, ...]:
    """The steps of a ladder as somebody sends them.

    Raises:
        BadInput: with every wrong field.
    """
    wrongs = Complaints()
    if isinstance(steps, str | Mapping) or not isinstance(steps, Sequence) or not 1 <= len(steps) <= MOST_STEPS:
        raise wrong("steps", f"This must be a list of 1 to {MOST_STEPS} steps, each with its percent.")
    rungs = [_read_step(row, f"steps.{at}", wrongs) for at, row in enumerate(steps)]
    for at in range(1, len(rungs)):
        if not wrongs.errors and rungs[at].percent <= rungs[at - 1].percent:
            wrongs.add(f"steps.{at}.percent", "Steps rise: each is higher than the one before.", code="not_ascending")
    wrongs.refuse("The ladder was not changed")
    return tuple(rungs)


def _read_step(value: Any, name: str, wrongs: Complaints) -> Rung:
    row = wrongs.mapping(value, name)
    wrongs.unknown(row, STEP_FIELDS, prefix=f"{name}.")
    percent = wrongs.number(row.get("percent"), f"{name}.percent")
    if percent is None or not 0 < percent <= 100 or round(percent, 2) != percent:  # noqa: PLR2004
        wrongs.add(f"{name}.percent", "A step is above 0 and up to 100 %, with at most two decimal places.")
        percent = 1.0
    minimum = wrongs.count(row.get("minimum_days"), f"{name}.minimum_days")
    full = wrongs.count(row.get("full_course_days"), f"{name}.full_course_days")
    minimum = 7 if minimum is None else minimum
    if full is not None and full < max(minimum, 1):
        wrongs.add(f"{name}.full_course_days", "The full course is at least a day, and the minimum run.")
    purpose = wrongs.text(row.get("purpose"), f"{name}.purpose", most=200)
    return Rung(Decimal(str(percent)), purpose, minimum, full)


def _holdback(value: Any, rungs: Sequence[Rung], before: Decimal) -> Decimal:
    room: Decimal = Decimal(100) - rungs[-1].percent
    most = min(room, LARGEST_HOLDBACK)
    holdback = min(most, before) if value is None else read_percent(value, "holdback_percent")
    if holdback > most:
        detail = f"The last step leaves {plain(room)} %; a holdback is {plain(LARGEST_HOLDBACK)} % at most."
        raise wrong("holdback_percent", detail, code="out_of_range")
    return holdback


def _require_reached_kept(feature: Feature, before: LadderFacts, rungs: Sequence[Rung]) -> None:
    """What was reached is history: its steps stay as they are, and at least the present one is among them."""
    if feature.phase in {Phase.THINK_IT, Phase.BUILD_IT}:
        return
    top = feature.step_percent if feature.step_percent is not None else Decimal(100)
    kept = tuple(rung for rung in rungs if rung.percent <= top)
    was = tuple(rung for rung in before.rungs if rung.percent <= top)
    if kept != was:
        steps = "; ".join(_told(rung) for rung in was)
        detail = f"These steps are reached; send them as they are, purpose and days included: {steps}."
        raise Conflict(code="step_reached", detail=detail)


def _told(rung: Rung) -> str:
    course = f"full course {rung.full_course_days} days" if rung.full_course_days is not None else "no full course"
    return f"{plain(rung.percent)} % (“{rung.purpose}”, minimum run {rung.minimum_days} days, {course})"
