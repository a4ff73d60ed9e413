"""Recording what trials share: with another trial of ours, or with one that another system runs."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q

from features.actions.recording import record
from features.errors import wrong
from features.queries.people import require_may_act_for
from features.texts import needed_text
from hypotheses.actions.source import checked_key, key_taken
from hypotheses.enums import ArmRole
from hypotheses.models import Arm, ExternalTrial, Overlap, Stage, Trial
from hypotheses.queries.catalogue import require_catalogue_writer
from hypotheses.queries.checking import Complaints
from hypotheses.statistics import overlap as statistics

AHEAD: Final = timedelta(minutes=5)
LARGEST: Final = 2**53
COUNTED: Final = ("n_arms", "cells", "means", "variances")


@transaction.atomic
def register_external_trial(*, key: str, name: str, system: str, by: User | None, now: datetime) -> ExternalTrial:
    """Make a trial of another system known, for its overlap with ours. system: which one, in a word (“LaunchDarkly”).

    Raises:
        BadInput: with every wrong field. Forbidden: in no squad. Conflict: `key_taken`, by it or by a trial of ours.
    """
    require_catalogue_writer(by)
    complaints = Complaints()
    made = ExternalTrial(
        key=checked_key(key, complaints),
        name=complaints.text(name, "name", most=160) or key,
        system=complaints.text(system, "system", most=80),
        created_at=now,
        created_by=by,
    )
    if not made.system:
        complaints.add("system", "Name the system that runs it.", code="required")
    complaints.refuse("The trial was not registered")
    if ExternalTrial.objects.filter(key=made.key).exists() or Trial.objects.filter(key=made.key).exists():
        raise key_taken("trial", made.key)
    made.save(force_insert=True)
    body = {"name": made.name, "system": made.system}
    record(act="external_trial.registered", subject=f"trial:{made.key}", by=by, now=now, body=body)
    return made


@transaction.atomic
def record_overlap(
    *,
    trial: Trial,
    other: str,
    by: User | None,
    now: datetime,
    treatment: str = "",
    as_of: datetime | None = None,
    declared: bool = False,
    note: str = "",
    **counted: Any,
) -> Overlap:
    """Record what one treatment of a trial shares with another trial (a key, of ours or of another system).

    counted: `n_arms` (units of control and treatment), `cells` (2 × 2: those of them that are in the other trial too,
    rows by our arms, columns by the other's), and for an interaction `means` and `variances` of the metric in the
    cells. declared: nothing is counted, but a person knows that the other trial disturbs this one; `note` says why.
    treatment: its name, where the trial has several. as_of: now unless stated. Known by (treatment, other, as_of): sent
    again unchanged it writes nothing, with other numbers it is the next revision. The evidence from then on is weighed
    again.

    Raises:
        BadInput: with every wrong field. Forbidden: not of the squad.
    """
    require_may_act_for(by, trial.feature.squad)
    Trial.objects.select_for_update(no_key=True).get(pk=trial.pk)
    made = Overlap(trial=trial, as_of=as_of or now, declared=declared, recorded_at=now, recorded_by=by)
    complaints = Complaints()
    complaints.unknown(counted, COUNTED)
    made.treatment = _treatment(trial, treatment, complaints)
    _other(made, other, complaints)
    made.note = complaints.text(note, "note")
    _check_moment(made, as_of, now, complaints)
    _count(made, counted, complaints)
    complaints.refuse("The overlap was not recorded")
    return _kept(made, now)


def _check_moment(made: Overlap, as_of: datetime | None, now: datetime, complaints: Complaints) -> None:
    if as_of is not None and as_of.tzinfo is None:
        complaints.add("as_of", "Give the time with its offset, for example 2026-01-31T06:00:00+00:00.")
    elif as_of is not None and as_of > now + AHEAD:
        complaints.add(
            "as_of", f"{as_of.isoformat()} lies in the future. Units are counted as of a moment that has come."
        )
    elif as_of is not None and as_of < made.trial.started_at:
        complaints.add(
            "as_of", f"{made.trial.key} began at {made.trial.started_at.isoformat()}; it shared nobody before."
        )


def _treatment(trial: Trial, name: str, complaints: Complaints) -> Arm:
    known = {arm.name: arm for arm in trial.arms.filter(role=ArmRole.TREATMENT).order_by("pk")}
    if name in known or (not name and len(known) == 1):
        return known.get(name) or next(iter(known.values()))
    said = f"{trial.key} has no treatment “{name}”." if name else f"{trial.key} has several treatments."
    complaints.add("treatment", f"{said} Name one of {', '.join(known)}.", code="unknown")
    return next(iter(known.values()))


def _other(made: Overlap, key: str, complaints: Complaints) -> None:
    made.other = Trial.objects.filter(key=key).first()
    made.external = None if made.other else ExternalTrial.objects.filter(key=key).first()
    if made.other is None and made.external is None:
        detail = f"No trial has the key “{str(key)[:80]}”. Register one that another system runs at external-trials/."
        complaints.add("other", detail, code="unknown")
    elif made.other == made.trial:
        complaints.add("other", "A trial shares all of its units with itself. Name another one.")


def _count(made: Overlap, counted: Mapping[str, Any], complaints: Complaints) -> None:
    """The tables, checked by the engine that weighs them."""
    given: dict[str, Any] = {name: counted.get(name) for name in COUNTED}
    if made.declared:
        if any(value is not None for value in given.values()):
            complaints.add("declared", "It is declared or counted, not both. Leave the counts out, or `declared`.")
        if not made.note:
            complaints.add("note", "Say why the other trial disturbs this one.", code="required")
        return
    for name in ("n_arms", "cells"):
        if given[name] is None:
            complaints.add(name, "Give the counts, or declare the overlap with a note.", code="required")
    if complaints.errors:
        return
    if any(abs(number) > LARGEST for name in ("n_arms", "cells") for number in _numbers(given[name])):
        complaints.add("cells", f"Counts are whole numbers up to {LARGEST:,}.", code="out_of_range")
        return
    try:
        statistics.overlap(**given)
    except (ValueError, TypeError, ArithmeticError) as error:
        complaints.add("cells", f"{error}")
    for name, value in given.items():
        setattr(made, name, value)


def _numbers(table: Any) -> Iterator[float]:
    """All numbers of a list, or of a list of lists."""
    for each in table if isinstance(table, Sequence) and not isinstance(table, str) else ():
        if isinstance(each, Sequence):
            yield from _numbers(each)
        elif isinstance(each, int | float):
            yield each


def _kept(made: Overlap, now: datetime) -> Overlap:
    """Write it, unless it says what stands."""
    stands = Overlap.objects.filter(
        treatment=made.treatment, other=made.other, external=made.external, as_of=made.as_of, superseded_at=None
    ).first()
    if stands is not None:
        same = ("declared", "note", *COUNTED)
        if all(getattr(stands, name) == getattr(made, name) for name in same):
            return stands
        Overlap.objects.filter(pk=stands.pk).update(superseded_at=now)
        made.revision = stands.revision + 1
    made.save(force_insert=True)
    _weigh_again(made.trial, made.other)
    body = {"other": (made.other or made.external).key, "declared": made.declared, "note": made.note}  # type: ignore[union-attr]  # the database keeps one of them
    record(act="overlap.recorded", subject=f"trial:{made.trial.key}", by=made.recorded_by, now=now, body=body)
    return made


def _weigh_again(trial: Trial, other: Trial | None) -> None:
    """Both, where the other is ours too: what depends on each other disturbs both. Evidence whose inputs are the same
    stays as it is, so that every stage may be looked at. In the order of their ids, so that two who record each other's
    never wait for one another.
    """
    for pk in sorted({trial.pk, other.pk} if other else {trial.pk}):
        Stage.objects.filter(trial=pk, landed__gt=0).update(landed=F("landed") + 1)


@transaction.atomic
def withdraw_overlap(
    *, trial: Trial, other: str, by: User | None, now: datetime, reason: str, treatment: str = ""
) -> int:
    """Take back what was declared of a trial and another one; it stays in the table and in the history. Gives how many
    declarations those were.

    Raises:
        BadInput: no reason, or nothing is declared. Forbidden: not of the squad.
    """
    require_may_act_for(by, trial.feature.squad)
    reason = needed_text(reason, "note", "Say why it does not disturb after all.")
    Trial.objects.select_for_update(no_key=True).get(pk=trial.pk)
    declared = Overlap.objects.filter(trial=trial, declared=True, superseded_at=None).filter(
        Q(other__key=other) | Q(external__key=other)
    )
    if treatment:
        declared = declared.filter(treatment__name=treatment)
    count = declared.update(superseded_at=now)
    if not count:
        raise wrong("other", f"Nothing is declared of {trial.key} and “{other[:80]}”.")
    _weigh_again(trial, None)
    body = {"other": other, "reason": reason}
    record(act="overlap.withdrawn", subject=f"trial:{trial.key}", by=by, now=now, body=body)
    return count
