"""Keeping what was answered to a write, so that the same request sent again is answered again and not done again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from django.contrib.auth.models import User
from django.db import IntegrityError, OperationalError, transaction

from features.errors import Conflict, Refusal
from features.models import Reply

KEPT_FOR: Final = timedelta(days=30)
UNANSWERED: Final = 0


class AnotherRequest(Refusal):
    """The key was used for another request."""

    status = 422
    title = "The key was used before"


def claim_reply(*, person: User, key: str, fingerprint: str, now: datetime) -> tuple[Reply, bool]:
    """The reply that stands under a key, and whether it is new and still to be given.

    Call it inside the transaction of the write itself: the row is the lock. A second request with the key waits until
    the first has committed and then finds its answer; if the first is rolled back, the second is the first.

    Raises:
        AnotherRequest: `idempotency_key_reused`.
        Conflict: `idempotency_in_progress`, the first takes longer than the database lets the second wait.
    """
    # each person's writes sweep what was kept for that person, so that nobody waits for another's sweep
    Reply.objects.filter(person=person, created_at__lt=now - KEPT_FOR).delete()
    try:
        with transaction.atomic():
            fresh = Reply(person=person, key=key, fingerprint=fingerprint, status=UNANSWERED, created_at=now)
            fresh.save(force_insert=True)
    except OperationalError as error:
        detail = "The same request is being carried out at this moment. Send it again in a few seconds."
        raise Conflict(code="idempotency_in_progress", detail=detail) from error
    except IntegrityError:
        return _earlier(person, key, fingerprint), False
    return fresh, True


def _earlier(person: User, key: str, fingerprint: str) -> Reply:
    reply = Reply.objects.get(person=person, key=key)
    if reply.fingerprint != fingerprint:
        detail = "This Idempotency-Key was sent with another request. Use a new key for a new request."
        raise AnotherRequest(code="idempotency_key_reused", detail=detail)
    return reply


def keep_reply(*, reply: Reply, status: int, body: str, headers: dict[str, str]) -> None:
    """Write down what was answered, in the transaction of the write."""
    reply.status, reply.body, reply.headers = status, body, headers
    reply.save(update_fields=["status", "body", "headers"])


@transaction.atomic
def answer_once(
    *, person: User, key: str, fingerprint: str, now: datetime, act: Callable[[], tuple[str, str]]
) -> tuple[str, str, bool]:
    """Carry out what a form asks, once: the address it leads to, what is said there, and whether it was done now.

    `act` gives address and sentence. What it refuses leaves the key free: the form can be mended and sent again.

    Raises:
        AnotherRequest: `idempotency_key_reused`, with other content. Conflict: `idempotency_in_progress`.
    """
    try:
        reply, is_new = claim_reply(person=person, key=key, fingerprint=fingerprint, now=now)
    except AnotherRequest as error:
        raise form_sent() from error
    if is_new:
        address, said = act()
        keep_reply(reply=reply, status=HTTPStatus.FOUND, body=said, headers={"Location": address})
    return reply.headers["Location"], reply.body, is_new


def form_sent() -> AnotherRequest:
    """The refusal of a form that was carried out before and now says something else."""
    detail = "This form was sent already, and is recorded as it was then. Open a new one to record another."
    return AnotherRequest(code="idempotency_key_reused", detail=detail)
