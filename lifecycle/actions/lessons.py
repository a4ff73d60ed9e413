"""What is learnt: lessons of a published retrospective, evidence for and against them, and reading those of the kin."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction

from features.actions.recording import record
from features.actions.stint import note_new_facts
from features.enums import Phase, Status
from features.errors import Conflict, Missing
from features.models import Feature, Stint
from features.queries.people import require_may_act_for
from features.texts import LONGEST, needed_text, storable, visible
from hypotheses.queries.checking import Complaints
from lifecycle.actions.holding import locked_feature
from lifecycle.enums import Side
from lifecycle.models import Decision, KinReading, Lesson, LessonEvidence, Retrospective
from lifecycle.queries.kin import kin_of
from lifecycle.queries.lessons import status_from
from lifecycle.queries.looking_back import WrittenLesson

LINK = URLValidator(schemes=["http", "https"])
LONGEST_LINK = 500


def learn(*, of: Retrospective, written: Sequence[WrittenLesson], by: User, now: datetime) -> list[Lesson]:
    """Write the lessons of a retrospective, within the caller's transaction. One that the library had already is
    evidence for the lesson that it repeats.

    Raises:
        BadInput: it repeats a lesson that there is not, or one of its own retrospective.
    """
    earlier = _repeated(of, [one.repeats for one in written if one.repeats is not None], written)
    about = _about(of.feature)
    learnt = []
    for one in written:
        before = earlier.get(one.repeats) if one.repeats is not None else None
        lesson = Lesson.objects.create(
            retrospective=of,
            feature=of.feature,
            kind=one.kind,
            statement=one.statement,
            detail=one.detail,
            about=about,
            repeats=before,
            learnt_at=now,
        )
        learnt.append(lesson)
        if before is not None:
            _add(before, Side.FOR, feature=of.feature, note=f"Learnt again: {one.statement}", by=by, now=now)
    return learnt


@transaction.atomic
def add_evidence(
    *,
    lesson_id: int,
    side: str,
    note: str,
    by: User,
    now: datetime,
    feature: str | None = None,
    decision: int | None = None,
    url: str = "",
) -> LessonEvidence:
    """Say what speaks for or against a lesson: a feature (key), a decision (id) or a link, with a note that says how.

    Everybody who is signed in may: a lesson belongs to the house. The lesson's status follows at once.

    Raises:
        Missing: there is no such lesson. BadInput: with every wrong field.
    """
    lesson = Lesson.objects.select_for_update(of=("self",), no_key=True).filter(pk=lesson_id).first()
    if lesson is None:
        raise Missing(code="not_found", detail=f"There is no lesson {lesson_id}.")
    complaints = Complaints()
    if side not in set(Side):
        complaints.add("side", f"Evidence is one of {', '.join(Side)}.", code="unknown_word")
    note = visible(storable(note or ""))
    if not note:
        complaints.add("note", "Say in a sentence how this speaks for the lesson or against it.", code="required")
    if len(note) > LONGEST:
        complaints.add("note", f"This is {len(note):,} characters long; {LONGEST:,} fit. Shorten it.")
    named, made = _sources(feature, decision, complaints)
    url = _link(url, complaints)
    if named is None and not url and not complaints.errors:
        complaints.add("feature", "Name a feature, a decision or a link: evidence can be looked at.", code="required")
    complaints.refuse("The evidence was not added")
    return _add(lesson, Side(side), feature=named, decision=made, url=url, note=note, by=by, now=now)


@transaction.atomic
def acknowledge_kin(*, feature: Feature, by: User, now: datetime, note: str = "") -> KinReading:
    """Say that the squad has read the lessons of the feature's kin, as they stand now. The same again changes nothing.

    Raises:
        Forbidden: not of the squad. Conflict: `feature_ended`; `no_kin`, there is no lesson to read.
    """
    feature = locked_feature(feature)
    require_may_act_for(by, feature.squad)
    if feature.status != Status.ACTIVE:
        raise Conflict(code="feature_ended", detail=f"{feature.name} does not go on; its kin can still be looked at.")
    kin = kin_of(feature=feature)
    if not kin.lessons:
        raise Conflict(code="no_kin", detail=f"The library holds no lesson of the kin of {feature.name} yet.")
    if not kin.unread:
        return KinReading.objects.filter(feature=feature).select_related("by").latest("pk")
    reading = KinReading.objects.create(
        feature=feature,
        lessons=[one.lesson.pk for one in kin.lessons],
        note=needed_text(note, "note", "") if visible(note) else "",
        at=now,
        by=by,
    )
    stints = Stint.objects.filter(feature=feature, phase=Phase.THINK_IT, ended_at__isnull=True)
    for stint_id in stints.values_list("pk", flat=True):
        note_new_facts(stint_id=stint_id)
    body = {"lessons": reading.lessons, "note": reading.note}
    record(act="kin_lessons.read", subject=f"feature:{feature.key}", by=by, now=now, body=body)
    return reading


def _add(
    lesson: Lesson,
    side: Side,
    *,
    note: str,
    by: User,
    now: datetime,
    feature: Feature | None = None,
    decision: Decision | None = None,
    url: str = "",
) -> LessonEvidence:
    """Write one piece, and what the lesson's status is with it."""
    added = LessonEvidence.objects.create(
        lesson=lesson, side=side, feature=feature, decision=decision, url=url, note=note, at=now, by=by
    )
    before, lesson.status = lesson.status, status_from(lesson=lesson)
    lesson.save(update_fields=["status"])
    body = {
        "lesson": lesson.pk,
        "evidence": added.pk,
        "side": side.value,
        "feature": feature.key if feature else None,
        "decision": decision.pk if decision else None,
        "url": url,
        "note": note,
        "status": lesson.status,
        "was": before,
    }
    record(act="lesson.evidence_added", subject=f"lesson:{lesson.pk}", by=by, now=now, body=body)
    return added


def _sources(
    feature: str | None, decision: int | None, complaints: Complaints
) -> tuple[Feature | None, Decision | None]:
    """The feature and the decision that are named; a decision's feature where only that is given."""
    made = Decision.objects.select_related("feature").filter(pk=decision).first() if decision is not None else None
    if decision is not None and made is None:
        complaints.add("decision", f"There is no decision {decision}.", code="unknown")
    named = Feature.objects.filter(key=feature).first() if feature else None
    if feature and named is None:
        complaints.add("feature", f"There is no feature “{feature}”.", code="unknown")
    if made is not None and named is not None and made.feature_id != named.pk:
        complaints.add("decision", f"Decision {made.pk} was made on {made.feature.key}, not on {named.key}.")
    return named or (made.feature if made else None), made


def _link(url: str, complaints: Complaints) -> str:
    url = visible(url or "")
    if not url:
        return ""
    try:
        LINK(url)
    except ValidationError:
        complaints.add("url", "Give a whole address, for example https://wiki.example.org/interviews.")
    if len(url) > LONGEST_LINK:
        complaints.add("url", f"This is {len(url)} characters long; {LONGEST_LINK} fit.")
    return url


def _repeated(of: Retrospective, ids: Collection[int], written: Sequence[WrittenLesson]) -> dict[int, Lesson]:
    """The lessons that are repeated, locked: of one that was itself a repetition, the one it repeated."""
    if not ids:
        return {}
    found = {one.pk: one for one in Lesson.objects.filter(pk__in=ids).exclude(retrospective=of)}
    complaints = Complaints()
    for at, one in enumerate(written):
        if one.repeats is not None and one.repeats not in found:
            said = f"There is no lesson {one.repeats} in the library that this could repeat."
            complaints.add(f"lessons.{at}.repeats", said, code="unknown")
    complaints.refuse("The retrospective was not published")
    first = {pk: one.repeats_id or one.pk for pk, one in found.items()}
    locked = Lesson.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=set(first.values()))
    rows = {one.pk: one for one in locked.order_by("pk")}
    return {pk: rows[root] for pk, root in first.items()}


def _about(feature: Feature) -> str:
    """What the search finds a lesson by, beside its own words."""
    return " ".join((feature.name, feature.summary, *feature.tags.values_list("name", flat=True)))
