"""Sending what people are to be told. A notice is claimed, sent outside of any transaction, and marked."""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Final

from django.contrib.auth.models import User
from django.core.mail import send_mail
from django.db.models import F, Q
from django.template.loader import render_to_string

from lifecycle.enums import Cause, Escalation, GateState
from lifecycle.models import Gate, Notice

log = logging.getLogger(__name__)

PAUSE: Final = timedelta(minutes=10)
LONG_PAUSE: Final = timedelta(hours=6)
SLICE: Final = 500
NAMED: Final = 20
"""So many features are named in a mail about a review."""
SOON: Final = 6
"""So many attempts follow each other by the short pause, all others by the long one."""


def deliver_notices(*, now: datetime, limit: int = 100) -> int:
    """Send the notices that wait, oldest first. Gives how many were delivered.

    Of two workers exactly one claims a notice. A worker that dies between sending and marking leaves it claimed, and it
    is sent again after a pause: at least once, and in practice once.
    """
    waiting = Notice.objects.filter(_rested(now), delivered_at__isnull=True).order_by("at", "pk")
    delivered = 0
    for notice in waiting.select_related("gate__feature__squad__tribe", "gate__stint")[:limit]:
        claim = Notice.objects.filter(pk=notice.pk, delivered_at__isnull=True, claimed_at=notice.claimed_at)
        if claim.update(claimed_at=now, attempts=F("attempts") + 1) == 1:
            delivered += _deliver(notice, now)
    return delivered


def _rested(now: datetime) -> Q:
    """Never claimed, or tried so long ago that it is tried again."""
    again = Q(attempts__lt=SOON, claimed_at__lte=now - PAUSE) | Q(claimed_at__lte=now - LONG_PAUSE)
    return Q(claimed_at__isnull=True) | again


def _deliver(notice: Notice, now: datetime) -> int:
    people = recipients(gate=notice.gate, level=Escalation(notice.level))
    others = _told_together(notice, now)
    notices = Notice.objects.filter(pk__in=[notice.pk, *others])
    try:
        told = _send(notice, people, others)
    except (SMTPException, OSError, ValueError) as error:  # tried again later; the reason is kept
        log.warning("notice %s was not sent: %s", notice.pk, error)
        notices.update(error=str(error)[:500])
        return 0
    return notices.filter(delivered_at__isnull=True).update(delivered_at=now, error=told)


def _told_together(notice: Notice, now: datetime) -> list[int]:
    """The notices, claimed with this one, that go to the same people because of the same pruning review: a review asks
    for hundreds of decisions at once, and nobody reads hundreds of mails.
    """
    review = notice.gate.causes.filter(cause=Cause.REVIEW).order_by("-at").first()
    if review is None or notice.gate.state == GateState.DECIDED:
        return []
    squad = notice.gate.feature.squad
    same = {
        Escalation.SQUAD: Q(gate__feature__squad=squad),
        Escalation.TRIBE: Q(gate__feature__squad__tribe=squad.tribe_id),
        Escalation.LEADERSHIP: Q(),
    }[Escalation(notice.level)]
    gates = Gate.objects.filter(state=GateState.DUE, causes__cause=Cause.REVIEW, causes__key=review.key)
    waiting = Notice.objects.filter(same, level=notice.level, gate__in=gates, delivered_at__isnull=True)
    ids = list(waiting.filter(_rested(now)).exclude(pk=notice.pk).values_list("pk", flat=True))
    for start in range(0, len(ids), SLICE):
        free = Notice.objects.filter(_rested(now), pk__in=ids[start : start + SLICE])
        free.update(claimed_at=now, attempts=F("attempts") + 1)
    return ids


def _send(notice: Notice, people: Collection[str], others: Collection[int] = ()) -> str:
    """Send one notice, with the others that are told in the same mail; gives why nobody was written to, or nothing."""
    gate = notice.gate
    if gate.state == GateState.DECIDED:
        return "It was decided before this was sent."
    if not people:
        return "Nobody to be told has a mail address; it is seen on the list of what is owed."
    content = {"gate": gate, "feature": gate.feature, "level": notice.level, "causes": gate.causes.all()}
    if others:
        named = Notice.objects.filter(pk__in=list(others)[:NAMED]).values_list("gate__feature__name", flat=True)
        names = sorted([gate.feature.name, *named])
        content |= {"names": names, "count": len(others) + 1, "more": len(others) + 1 - len(names)}
        subject = f"The pruning review asks for {len(others) + 1} decisions"
        send_mail(subject, render_to_string("mail/review_due.txt", content), None, sorted(people))
        return ""
    subject = f"{gate.feature.name}: a decision is due"
    send_mail(subject, render_to_string("mail/gate_due.txt", content), None, sorted(people))
    return ""


def recipients(*, gate: Gate, level: Escalation) -> frozenset[str]:
    """The mail addresses of a level: the squad's members, the tribe's leaders, or the administrators."""
    who = {
        Escalation.SQUAD: Q(memberships__squad=gate.feature.squad_id),
        Escalation.TRIBE: Q(tribes_led=gate.feature.squad.tribe_id),
        Escalation.LEADERSHIP: Q(is_superuser=True),
    }[level]
    people = User.objects.filter(who, is_active=True).exclude(email="")
    return frozenset(people.values_list("email", flat=True))
