"""Looking back: opened where a feature ends, written together, published for good with every version on record."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from features.actions.recording import record
from features.actions.squad import require_version
from features.enums import Phase, Status
from features.errors import Conflict, wrong
from features.models import Feature
from features.queries.people import require_may_act_for
from lifecycle.actions.holding import locked_feature
from lifecycle.actions.lessons import learn
from lifecycle.enums import Ending, Outcome
from lifecycle.models import Decision, Lesson, Retrospective, RetrospectiveRevision
from lifecycle.queries.looking_back import TEXTS, Written, WrittenLesson, read_retrospective
from lifecycle.queries.retrospectives import latest_of, revision_body

GONE = {Status.REMOVING: Ending.KILLED, Status.ENDED: Ending.REMOVED, Status.LANDED: Ending.LANDED}


def ending_of(decision: Decision) -> Ending | None:
    """Whether a decision ends something that is looked back on. Keeping a feature for another quarter does not."""
    if decision.outcome == Outcome.KILL:
        return Ending.KILLED
    if decision.moved_to.get("status") == Status.LANDED:
        return Ending.LANDED
    moves_on = decision.phase == Phase.TWEAK_IT and decision.moved_to.get("phase") == Phase.MAINTAIN_IT
    return Ending.MOVED_ON if moves_on else None


def open_after(decision: Decision) -> Retrospective | None:
    """Owe a retrospective where a decision has ended something, within its transaction. One that is owed already is
    taken over: it then tells the whole story, and stays owed since its first day.
    """
    ending = ending_of(decision)
    if ending is None:
        return None
    return _owe(decision.feature, ending, decision=decision, now=decision.at)


def open_after_removal(*, feature: Feature, now: datetime) -> Retrospective | None:
    """Owe one when a feature is gone that no decision here has killed; what was killed here owes its own since then."""
    if Retrospective.objects.filter(feature=feature, ending=Ending.KILLED).exists():
        return None
    return _owe(feature, Ending.REMOVED, decision=None, now=now)


@transaction.atomic
def write_retrospective(
    *,
    feature: Feature,
    by: User,
    now: datetime,
    went_well: str = "",
    went_wrong: str = "",
    could_go_better: str = "",
    lessons: Sequence[Mapping[str, Any]] = (),
    publish: bool = False,
    after: int | None = None,
) -> Retrospective:
    """Save a draft of a feature's latest retrospective, or publish it. What is published already gets a next revision.

    A lesson is {kind, statement, detail, in_library, repeats}; `id` of one that is published words it anew. `after`:
    the version that was read. A feature that had ended before (imported, say) may be looked back on as well.

    Raises:
        BadInput: with every wrong field. Forbidden: not of the squad.
        Conflict: `not_ended`. LostRace: `changed_meanwhile`, with `version`.
    """
    feature = locked_feature(feature)
    require_may_act_for(by, feature.squad)
    found = latest_of(feature=feature) or _owe(feature, _ended_as(feature), decision=None, now=now)
    if after is not None:
        require_version(found.version, after)
    published = found.published_at is not None
    written = read_retrospective(
        went_well=went_well,
        went_wrong=went_wrong,
        could_go_better=could_go_better,
        lessons=lessons,
        whole=publish or published,
    )
    if published:
        return _revise(found, written, by=by, now=now)
    return _publish(found, written, by=by, now=now) if publish else _keep(found, written, by=by, now=now)


def _owe(feature: Feature, ending: Ending, *, decision: Decision | None, now: datetime) -> Retrospective:
    owed = Retrospective.objects.filter(feature=feature, published_at__isnull=True).first()
    retrospective = owed or Retrospective(feature=feature, opened_at=now)
    retrospective.ending, retrospective.decision = ending, decision or retrospective.decision
    retrospective.save()
    body = {"retrospective": retrospective.pk, "ending": ending.value, "decision": decision.pk if decision else None}
    record(act="retrospective.opened", subject=f"feature:{feature.key}", by=None, now=now, body=body)
    return retrospective


def _ended_as(feature: Feature) -> Ending:
    ending = GONE.get(Status(feature.status))
    if ending is None:
        detail = f"{feature.name} goes on. A retrospective opens by itself at each end: killed, landed, moved on."
        raise Conflict(code="not_ended", detail=detail)
    return ending


def _keep(found: Retrospective, written: Written, *, by: User, now: datetime) -> Retrospective:
    """Save the draft; the same again changes nothing."""
    draft = [one.as_json() for one in written.lessons]
    if (found.draft, _texts(found)) == (draft, written.texts):
        return found
    _write(found, written, by=by, now=now)
    found.draft = draft
    found.save()
    body = {"retrospective": found.pk, "version": found.version}
    record(act="retrospective.drafted", subject=f"feature:{found.feature.key}", by=by, now=now, body=body)
    return found


def _publish(found: Retrospective, written: Written, *, by: User, now: datetime) -> Retrospective:
    now = max(now, found.opened_at)  # a clock that was set back does not turn back time
    _write(found, written, by=by, now=now)
    found.draft, found.published_at, found.published_by = [], now, by
    found.save()
    learn(of=found, written=written.lessons, by=by, now=now)
    _note(found, "retrospective.published", by=by, now=now)
    return found


def _revise(found: Retrospective, written: Written, *, by: User, now: datetime) -> Retrospective:
    """Word what is published anew, or add a lesson; nothing that was published goes away."""
    before = revision_body(found)
    known = {one.pk: one for one in found.lessons.all()}
    named = {one.id for one in written.lessons if one.id is not None}
    if strange := named - set(known):
        raise wrong("lessons", f"There is no lesson {min(strange)} in this retrospective.", code="unknown")
    if left_out := set(known) - named:
        detail = (
            f"Lesson {min(left_out)} was published and stays. Name it with its id; what turned out wrong is answered "
            "with evidence against it."
        )
        raise wrong("lessons", detail, code="published")
    for one in written.lessons:
        if one.id is not None:
            _reword(known[one.id], one)
    learn(of=found, written=[one for one in written.lessons if one.id is None], by=by, now=now)
    if _texts(found) == written.texts and revision_body(found) == before:
        return found
    _write(found, written, by=by, now=now)
    found.save()
    _note(found, "retrospective.revised", by=by, now=now)
    return found


def _reword(lesson: Lesson, written: WrittenLesson) -> None:
    wanted = (written.kind, written.statement, written.detail)
    if (lesson.kind, lesson.statement, lesson.detail) != wanted:
        lesson.kind, lesson.statement, lesson.detail = wanted
        lesson.save(update_fields=["kind", "statement", "detail"])


def _texts(found: Retrospective) -> dict[str, str]:
    return {name: getattr(found, name) for name in TEXTS}


def _write(found: Retrospective, written: Written, *, by: User, now: datetime) -> None:
    for name, text in written.texts.items():
        setattr(found, name, text)
    found.written_by, found.written_at = by, now
    found.version += 1


def _note(found: Retrospective, act: str, *, by: User, now: datetime) -> None:
    """Keep what is published now, whole, and append the act."""
    number = found.revisions.count() + 1
    body = revision_body(found)
    RetrospectiveRevision.objects.create(retrospective=found, number=number, body=body, at=now, by=by)
    told = {"retrospective": found.pk, "revision": number, **body}
    record(act=act, subject=f"feature:{found.feature.key}", by=by, now=now, body=told)
