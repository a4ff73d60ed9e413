"""Living through the lives: every act through the product's own action, in the order of time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from features.enums import Phase, Status
from features.errors import Conflict, Refusal
from features.models import Feature, Squad
from hypotheses.actions.finding import add_finding
from hypotheses.actions.hypothesis import current_stint, lock_hypothesis
from hypotheses.actions.trial import end_trial, register_trial
from hypotheses.enums import FindingKind
from hypotheses.models import Trial
from lifecycle.actions.calling import call_gate
from lifecycle.actions.consenting import consent
from lifecycle.actions.deciding import decide
from lifecycle.actions.registering import register_feature
from lifecycle.actions.removing import confirm_removal_step, plan_removal
from lifecycle.actions.rolling_out import lower_exposure, set_ladder
from lifecycle.demo.calendar import DAY, Calendar
from lifecycle.demo.exposure import HELD_BACK
from lifecycle.demo.scoring import score_at_birth
from lifecycle.demo.script import (
    Act,
    Called,
    Confirmed,
    Decided,
    Found,
    Laddered,
    Life,
    Lowered,
    Planned,
    WhenDue,
)
from lifecycle.demo.warehouse import CONTROL, TREATMENT, trial_of
from lifecycle.enums import GateState, Outcome
from lifecycle.models import Gate

PURPOSES = {1: "Find gross harm", 5: "Find harm", 10: "See the systems under load", 25: "Prove the effect",
            50: "Prove it again", 99: "See it hold"}  # fmt: skip


class StoryError(Exception):
    """A life that cannot be lived as it is told: which one, which act, and what the product said."""


@dataclass(slots=True)
class Course:
    """How far a life has been lived: the number of acts behind it, and its feature once it is there."""

    life: Life
    done: int = 0
    feature: Feature | None = None

    @property
    def ahead(self) -> Act | None:
        """The next act."""
        return self.life.acts[self.done] if self.done < len(self.life.acts) else None


@dataclass(slots=True)
class Company:
    """Everybody and everything that the acts need."""

    calendar: Calendar
    people: Mapping[str, User]
    squads: Mapping[str, Squad]
    courses: dict[str, Course] = field(default_factory=dict)

    def live(self, *, until: datetime) -> None:
        """Carry out everything that happens before a moment, the earliest first."""
        while (course := self._next(until)) is not None:
            self._step(course)

    def waiting(self) -> list[int]:
        """The features, by id, that are answered as soon as their gates fall due."""
        courses = self.courses.values()
        return [course.feature.pk for course in courses if course.feature and isinstance(course.ahead, WhenDue)]

    def answer_what_is_due(self, *, now: datetime) -> None:
        """Give the answers that wait for nothing but the gate to fall due."""
        for course in self.courses.values():
            act = course.ahead
            if isinstance(act, WhenDue) and course.feature is not None:
                gate = Gate.objects.filter(feature=course.feature, state=GateState.DUE).first()
                if gate is not None and gate.due_at is not None and gate.due_at + act.wait * DAY <= now:
                    self._guarded(course, act, now)
                    course.done += 0 if act.again else 1

    def end_holdbacks(self, *, now: datetime) -> None:
        """End the trials of features whose holdback has been measured long enough."""
        for trial in Trial.objects.filter(ended_at__isnull=True, feature__released_on__lte=(now - HELD_BACK).date()):
            end_trial(trial=trial, by=trial.feature.owner, now=now)

    def _next(self, until: datetime) -> Course | None:
        """The course whose next step comes first, if that is before the moment."""
        due = [(when, key) for key, course in self.courses.items() if (when := self._when(course)) is not None]
        first = min(due, default=None)
        return self.courses[first[1]] if first is not None and first[0] < until else None

    def _when(self, course: Course) -> datetime | None:
        if course.feature is None:
            return None if course.life.parent else self.calendar.moment(course.life.born, course.life)
        place = self._timed(course)
        if place is None:
            return None
        return self.calendar.moment(course.life.acts[place].at, course.life, order=place + 1)  # type: ignore[union-attr]

    def _timed(self, course: Course) -> int | None:
        """The place of the next act with a time of its own; answers that wait before it are left out when it comes."""
        places = range(course.done, len(course.life.acts))
        return next((place for place in places if not isinstance(course.life.acts[place], WhenDue)), None)

    def _step(self, course: Course) -> None:
        now = self._when(course)
        assert now is not None  # noqa: S101 (`_next` asked)
        if course.feature is None:
            course.feature = self._register(course.life, now)
            score_at_birth(life=course.life, feature=course.feature, people=self.people, now=now)
            return
        place = self._timed(course)
        assert place is not None  # noqa: S101 (`_next` asked)
        self._guarded(course, course.life.acts[place], now)
        course.done = place + 1

    def _guarded(self, course: Course, act: Act, now: datetime) -> None:
        try:
            self._carry_out(course, act, now)
        except Refusal as refusal:
            told = f"{course.life.key}, {now:%Y-%m-%d}, {type(act).__name__} {course.done}: {refusal.detail}"
            raise StoryError(told) from refusal

    def _carry_out(self, course: Course, act: Act, now: datetime) -> None:
        feature = course.feature
        assert feature is not None  # noqa: S101 (registered before its first act)
        feature.refresh_from_db()
        by = self.people[act.by or course.life.owner] if not isinstance(act, Planned | Laddered) else None
        owner = self.people[course.life.owner]
        match act:
            case Found():
                add_finding(feature=feature, by=by, now=now, **_finding(act))
            case Decided() | WhenDue():
                self._decide(course, act, now)
            case Called():
                call_gate(gate_id=_gate(feature).pk, by=by or owner, now=now, reason=act.reason)
            case Lowered():
                lower_exposure(feature=feature, percent=act.percent, reason=act.reason, by=by, now=now)
            case Planned():
                plan_removal(feature=feature, plan=act.plan, owner=self.people[act.owner], by=owner, now=now)
            case Laddered():
                set_ladder(feature=feature, steps=_steps(act), by=owner, now=now)
            case Confirmed():
                confirm_removal_step(feature=feature, work=act.work.value, by=by or owner, now=now, note=act.note)

    def _register(self, life: Life, now: datetime) -> Feature:
        owner = self.people[life.owner]
        return register_feature(
            name=life.name,
            key=life.key,
            squad=self.squads[life.squad],
            by=owner,
            owner=owner,
            now=now,
            summary=life.summary,
            tags=life.tags,
            time_box_days=life.time_box,
            budget=life.budget,
            hypothesis=life.belief.fields(),
        )

    def _decide(self, course: Course, act: Decided | WhenDue, now: datetime) -> None:
        feature, life = course.feature, course.life
        assert feature is not None  # noqa: S101 (registered before its first act)
        gate, by, before = _gate(feature), self.people[act.by or life.owner], feature.phase
        answer: dict[str, Any] = {
            "gate_id": gate.pk,
            "by": by,
            "now": now,
            "outcome": act.outcome.value,
            "reason": act.reason,
            "questions": [question.value for question in act.questions],
            "next": self._next_terms(act),
            "override": self._overridden(act, gate, now),
        }
        try:
            decide(**answer)
        except Conflict as conflict:
            if conflict.code != "gate_not_due" or not isinstance(act, Decided) or not act.call:
                raise
            call_gate(gate_id=gate.pk, by=by, now=now, reason=act.call)
            decide(**answer)
        feature.refresh_from_db()
        self._after(course, before, by, now)
        if act.tweak:
            self.courses[act.tweak].feature = Feature.objects.get(key=act.tweak)

    def _next_terms(self, act: Decided | WhenDue) -> dict[str, Any] | None:
        """The terms of the next stint, with the tweak that the answer starts."""
        if act.outcome is Outcome.KILL:
            return None
        terms: dict[str, Any] = {}
        if isinstance(act, Decided):
            terms = {
                "time_box_days": act.time_box,
                "budget": dict(act.budget) if act.budget else None,
                "hypothesis": dict(act.changes) if act.changes else None,
            }
        if act.tweak:
            tweak = self.courses[act.tweak].life
            terms["tweak"] = {
                "name": tweak.name,
                "key": tweak.key,
                "summary": tweak.summary,
                "owner": tweak.owner,
                "tags": list(tweak.tags),
                "hypothesis": tweak.belief.fields(),
                "time_box_days": tweak.time_box,
                "budget": dict(tweak.budget) if tweak.budget else None,
            }
        return terms

    def _overridden(self, act: Decided | WhenDue, gate: Gate, now: datetime) -> dict[str, Any] | None:
        """Against the rules: a second person consents first."""
        if not isinstance(act, Decided) or act.override is None:
            return None
        given = consent(
            gate_id=gate.pk,
            by=self.people[act.override.consent_by],
            now=now,
            rules=["validated"],
            reason=act.override.consent,
        )
        return {"reason": act.override.reason, "consent": given.pk}

    def _after(self, course: Course, before: str, by: User, now: datetime) -> None:
        """What follows a move by hand: the trial is registered with the first customer."""
        life, feature = course.life, course.feature
        if feature is None or life.experiment is None:
            return
        if before == Phase.BUILD_IT and feature.phase == Phase.SHIP_IT:
            register_trial(
                key=trial_of(life),
                feature=feature,
                by=by,
                now=now,
                name=f"{life.name}: rollout",
                unit=life.experiment.unit,
                audience=life.belief.audience,
                arms=[
                    {"name": CONTROL, "role": "control", "share": 1},
                    {"name": TREATMENT, "role": "treatment", "share": 1},
                ],
            )
        if feature.phase == Phase.SHIP_IT and feature.status == Status.ACTIVE:
            lock_hypothesis(stint=current_stint(feature=feature), now=now)  # the data of this stint begin to come now


def _gate(feature: Feature) -> Gate:
    return Gate.objects.exclude(state=GateState.DECIDED).get(feature=feature)


def _finding(act: Found) -> dict[str, Any]:
    counted = act.kind is FindingKind.PROTOTYPE_TEST or act.hits is not None
    return {
        "kind": act.kind.value,
        "cohort": {"market": act.market, "population": act.population.value},
        "successes": act.hits if counted else None,
        "trials": act.tried if counted else None,
        "note": act.note,
    }


def _steps(act: Laddered) -> list[dict[str, Any]]:
    return [
        {"percent": percent, "purpose": PURPOSES[percent], "minimum_days": least, "full_course_days": full}
        for percent, least, full in act.steps
    ]
