"""Registering controlled comparisons, opening their stages as exposure moves, and ending them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction

from features.actions.recording import record
from features.actions.stint import note_new_facts
from features.errors import BadInput, Conflict, FieldError
from features.models import Feature, Stint
from features.models.squad import SLUG
from features.queries.people import require_may_act_for
from hypotheses.actions.hypothesis import current_stint
from hypotheses.actions.standing import restate_standing
from hypotheses.enums import ArmRole, Population
from hypotheses.models import Arm, Stage, Standing, Trial
from hypotheses.queries.allocation import label_of, shares_after
from hypotheses.queries.checking import Complaints
from hypotheses.queries.hypotheses import hypothesis_in_force

ARM_FIELDS = ("name", "role", "share")


@transaction.atomic
def register_trial(
    *,
    key: str,
    feature: Feature,
    arms: Sequence[Mapping[str, Any]],
    by: User | None,
    now: datetime,
    name: str = "",
    unit: str = "user",
    audience: str = "",
    market: str = "",
    population: str = Population.CUSTOMERS,
    exclusive: bool = False,
    started_at: datetime | None = None,
    ended_at: datetime | None = None,
    stage: str = "",
) -> Trial:
    """Register a trial for the hypothesis in force, and open its first stage in the feature's current stint.

    arms: `{name, role (control, treatment, holdback), share}`: exactly one control, at least one treatment; shares are
    any positive weights. started_at: now unless stated; ended_at for a trial that is over already. stage: the first
    stage's label, by default the step's percentage, or 1.

    Raises:
        BadInput: with every wrong field. Forbidden: not of the squad. Conflict: `key_taken`, `feature_ended`.
    """
    require_may_act_for(by, feature.squad)
    stint = current_stint(feature=feature)
    wrong = Complaints()
    trial = Trial(
        key=_key(key, wrong),
        feature=feature,
        hypothesis=hypothesis_in_force(stint=stint),
        name=wrong.text(name, "name", most=160),
        unit=wrong.text(unit, "unit", most=60) or "user",
        audience=wrong.text(audience, "audience"),
        market=wrong.text(market, "market", most=80),
        population=wrong.word(population, "population", Population),
        exclusive=bool(exclusive),
        started_at=_moment(started_at, "started_at", wrong) or now,
        ended_at=_moment(ended_at, "ended_at", wrong),
        created_at=now,
    )
    if trial.ended_at is not None and trial.ended_at < trial.started_at:
        wrong.add("ended_at", "A trial cannot end before it starts.", code="out_of_range")
    drawn = _arms(arms, wrong)
    label = wrong.text(stage, "stage", most=40)
    wrong.refuse("The trial was not registered")
    _write(trial, arms=drawn, stint=stint, label=label, now=now)
    body = {"feature": feature.key, "arms": [{field: getattr(arm, field) for field in ARM_FIELDS} for arm in drawn]}
    record(act="trial.registered", subject=f"trial:{trial.key}", by=by, now=now, body=body)
    return trial


def _write(trial: Trial, *, arms: Sequence[Arm], stint: Stint, label: str, now: datetime) -> None:
    if Trial.objects.filter(key=trial.key).exists():
        detail = f"A trial with the key {trial.key} is registered already; keys are never used twice."
        raise Conflict(code="key_taken", detail=detail, errors=[FieldError("key", "taken", detail)])
    trial.save(force_insert=True)
    for arm in arms:
        arm.trial = trial
    Arm.objects.bulk_create(arms)
    Stage.objects.create(
        trial=trial,
        stint=stint,
        number=1,
        label=label or label_of(stint.step_percent),
        percent=stint.step_percent,
        shares={arm.name: arm.share for arm in arms},
        started_at=trial.started_at,
        ended_at=trial.ended_at,
    )
    if trial.ended_at is None:
        restate_standing(stints=Standing.objects.filter(stint=stint).values_list("stint", flat=True), now=now)


def _key(value: Any, wrong: Complaints) -> str:
    key = wrong.text(value, "key", most=80)
    try:
        SLUG(key)
    except ValidationError as error:
        wrong.add("key", str(error.message))
    return key


def _moment(value: Any, name: str, wrong: Complaints) -> datetime | None:
    if value is None or (isinstance(value, datetime) and value.tzinfo is not None):
        return value
    wrong.add(name, "This must be a time with its offset, for example 2026-03-02T09:00:00+00:00.")
    return None


def _arms(rows: Any, wrong: Complaints) -> list[Arm]:
    if isinstance(rows, str | Mapping) or not isinstance(rows, Sequence):
        wrong.add("arms", "This must be a list of arms, each with name, role and share.")
        return []
    arms = [_arm(row, f"arms.{at}", wrong) for at, row in enumerate(rows)]
    names = [arm.name for arm in arms]
    for at, name in enumerate(names):
        if name and name in names[:at]:
            wrong.add(f"arms.{at}.name", f"Two arms cannot both be called {name}.", code="duplicate")
    roles = [arm.role for arm in arms]
    if roles.count(ArmRole.CONTROL) != 1:
        wrong.add("arms", "A trial has exactly one control arm, which everything is compared with.", code="control")
    if ArmRole.TREATMENT not in roles:
        wrong.add("arms", "A trial has at least one treatment arm.", code="treatment")
    return arms


def _arm(value: Any, name: str, wrong: Complaints) -> Arm:
    row = wrong.mapping(value, name)
    wrong.unknown(row, ARM_FIELDS, prefix=f"{name}.")
    called = wrong.text(row.get("name"), f"{name}.name", most=60)
    if not called:
        wrong.add(f"{name}.name", "Each arm has a name.", code="required")
    share = wrong.number(row.get("share", 1.0), f"{name}.share")
    if share is None or share <= 0:
        detail = "A share is above 0: the part of the units that this arm is meant to get."
        wrong.add(f"{name}.share", detail, code="out_of_range")
    return Arm(name=called, role=wrong.word(row.get("role"), f"{name}.role", ArmRole), share=share or 1.0)


@transaction.atomic
def end_trial(*, trial: Trial, by: User | None, now: datetime, ended_at: datetime | None = None) -> Trial:
    """End a trial (now, or at an earlier time) and close its open stage. A trial that has ended stays as it is.

    Results that arrive afterwards are still weighed; data that stop coming are then no longer stale.

    Raises:
        BadInput: an end before the start, or in the future. Forbidden: not of the squad.
    """
    require_may_act_for(by, trial.feature.squad)
    trial = Trial.objects.select_for_update(of=("self",), no_key=True).select_related("feature").get(pk=trial.pk)
    if trial.ended_at is not None:
        return trial
    ended_at = ended_at or now
    stage = trial.stages.filter(ended_at__isnull=True).first()
    earliest = max(trial.started_at, stage.started_at) if stage else trial.started_at
    if not earliest <= ended_at <= now:
        detail = f"The end must lie between {earliest:%Y-%m-%d %H:%M} and now."
        raise BadInput(code="invalid", detail=detail, errors=[FieldError("ended_at", "out_of_range", detail)])
    trial.ended_at = ended_at
    trial.version += 1
    trial.save(update_fields=["ended_at", "version"])
    if stage:
        Stage.objects.filter(pk=stage.pk).update(ended_at=ended_at)
        note_new_facts(stint_id=stage.stint_id)
    restate_standing(stints=trial.stages.values_list("stint_id", flat=True).distinct(), now=now)
    record(act="trial.ended", subject=f"trial:{trial.key}", by=by, now=now, body={"ended_at": ended_at})
    return trial


@transaction.atomic
def open_stages(*, feature: Feature, stint: Stint, percent: Decimal | None, now: datetime) -> list[Stage]:
    """Exposure moved, or a new stint begins: in each running trial close the open stage and open the next in this
    stint.

    Called by the act that moves exposure, which records it. A trial whose open stage is already of this stint and this
    percentage keeps it, so asking twice changes nothing. A stage that has not begun yet is moved instead of closed.
    Gives the stages that are open afterwards.
    """
    opened = []
    for trial in feature.trials.filter(ended_at__isnull=True).prefetch_related("arms").order_by("pk"):
        stage = trial.stages.select_for_update(no_key=True).filter(ended_at__isnull=True).order_by("number").first()
        opened.append(_next_stage(trial=trial, stage=stage, stint=stint, percent=percent, now=now))
    return opened


def _next_stage(*, trial: Trial, stage: Stage | None, stint: Stint, percent: Decimal | None, now: datetime) -> Stage:
    if stage is not None and stage.stint_id == stint.pk and stage.percent == percent:
        return stage
    taken = {label: number for number, label in trial.stages.values_list("number", "label")}
    number = max(taken.values(), default=0) + 1
    fresh = Stage(
        trial=trial,
        stint=stint,
        number=number,
        label=_free(label_of(percent), taken),
        percent=percent,
        shares=_shares(trial, stage, percent),
        started_at=now,
    )
    if stage is not None and stage.landed == 0 and stage.started_at >= now:
        fresh.pk, fresh.number, fresh.started_at = stage.pk, stage.number, stage.started_at
        fresh.save(force_update=True)
        return fresh
    if stage is not None:
        Stage.objects.filter(pk=stage.pk).update(ended_at=max(now, stage.started_at))
        fresh.started_at = max(now, stage.started_at)
    fresh.save(force_insert=True)
    return fresh


def _free(label: str, taken: Mapping[str, int]) -> str:
    """The label, or the label with the first number that makes it a new one: `25`, `25-2`, `25-3`."""
    again = 1
    free = label
    while free in taken:
        again += 1
        free = f"{label}-{again}"
    return free


def _shares(trial: Trial, stage: Stage | None, percent: Decimal | None) -> dict[str, float]:
    return shares_after(
        arms=list(trial.arms.all()),
        shares=stage.shares if stage else {},
        before=stage.percent if stage else None,
        after=percent,
    )
