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

from lifecycle.enums import Escalation, GateState
from lifecycle.models import Gate, Notice

log = logging.getLogger(__name__)

PAUSE: Final = timedelta(minutes=10)
LONG_PAUSE: Final = timedelta(hours=6)
SOON: Final = 6
"""So many attempts follow each other by the short pause, all others by the long one."""


def deliver_notices(*, now: datetime, limit: int = 100) -> int:
    """Send the notices that wait, oldest first. Gives how many were delivered.

    Of two workers exactly one claims a notice. A worker that dies between sending and marking leaves it claimed, and it
    is sent again after a pause: at least once, and in practice once.
    """
    rested = Q(claimed_at__isnull=True)
    rested |= Q(attempts__lt=SOON, claimed_at__lte=now - PAUSE) | Q(claimed_at__lte=now - LONG_PAUSE)
    waiting = Notice.objects.filter(rested, delivered_at__isnull=True).order_by("at", "pk")
    delivered = 0
    for notice in waiting.select_related("gate__feature__squad__tribe", "gate__stint")[:limit]:
        claim = Notice.objects.filter(pk=notice.pk, delivered_at__isnull=True, claimed_at=notice.claimed_at)
        if claim.update(claimed_at=now, attempts=F("attempts") + 1) == 1:
            delivered += _deliver(notice, now)
    return delivered


def _deliver(notice: Notice, now: datetime) -> bool:
    people = recipients(gate=notice.gate, level=Escalation(notice.level))
    try:
        told = _send(notice, people)
    except (SMTPException, OSError, ValueError) as error:  # tried again later; the reason is kept
        log.warning("notice %s was not sent: %s", notice.pk, error)
        Notice.objects.filter(pk=notice.pk).update(error=str(error)[:500])
        return False
    Notice.objects.filter(pk=notice.pk, delivered_at__isnull=True).update(delivered_at=now, error=told)
    return True


def _send(notice: Notice, people: Collection[str]) -> str:
    """Send one notice; gives why nobody was written to, or nothing."""
    gate = notice.gate
    if gate.state == GateState.DECIDED:
        return "It was decided before this was sent."
    if not people:
        return "Nobody to be told has a mail address; it is seen on the list of what is owed."
    content = {"gate": gate, "feature": gate.feature, "level": notice.level, "causes": gate.causes.all()}
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
