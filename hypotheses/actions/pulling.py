"""The life of a pull: claimed under a lease, read outside any transaction, then landed once or failed with a sentence.

The database is the truth and its clock the only one: messages of the broker ring, and may be lost, doubled or stale.
Only the holder of the lease's token may write the outcome; a worker that was frozen past its lease finds it gone and
writes nothing.
"""

import logging
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from django.db import DatabaseError, DataError, connection, transaction
from django.db import Error as DatabaseErrors
from django.db.models import Q

from features.errors import Refusal
from features.texts import storable
from hypotheses.actions.backfilling import feed
from hypotheses.actions.claiming import MOST_ATTEMPTS, Claim, claim_next
from hypotheses.actions.landing import Landed, land_results
from hypotheses.actions.using import apart, land_use
from hypotheses.enums import PullState
from hypotheses.models import Metric, Pull, Source, Trial
from hypotheses.queries.asking import definition_for
from hypotheses.queries.clock import DatabaseTime, database_now
from hypotheses.queries.plug import plug_of
from hypotheses.sources.base import (
    PassingSourceError,
    PermanentSourceError,
    Reading,
    SourceError,
    Unreadable,
)

DRAIN_SECONDS: Final = 20.0
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 900.0
BREAKER_AFTER: Final = 5
BREAKER_REST: Final = 30.0
BREAKER_JITTER: Final = 0.2

NO_ROWS: Final = "No row of this window came."

LEAVING: Final = threading.Event()
"""Set when this process is asked to stop: a drain then ends after the pull in hand."""

log = logging.getLogger(__name__)


class LostLease(Exception):  # noqa: N818 (a fact of life here, not an error)
    """Somebody else holds this pull now: nothing was written."""


@dataclass(frozen=True, slots=True)
class Drained:
    """What a drain did, in pulls."""

    succeeded: int = 0
    failed: int = 0
    lost: int = 0

    @property
    def pulls(self) -> int:
        """All that were claimed."""
        return self.succeeded + self.failed + self.lost

    def __add__(self, other: "Drained") -> "Drained":
        return Drained(self.succeeded + other.succeeded, self.failed + other.failed, self.lost + other.lost)


def drain(
    *, worker: str, seconds: float = DRAIN_SECONDS, first: int | None = None, metric: Metric | None = None
) -> Drained:
    """Claim and carry out due pulls, one by one, until none is left, the time is up, or the process is leaving. When
    none is due, backfills get their next windows.

    first: the id of a pull that goes before the others, if it is due. metric: only its pulls.
    """
    ends = time.monotonic() + seconds
    counts = {"succeeded": 0, "failed": 0, "lost": 0}
    while not LEAVING.is_set() and time.monotonic() < ends:
        claim = claim_next(worker=worker, only=first, metric=metric)
        if claim is not None:
            counts[carry_out(claim)] += 1
        elif first is None and not feed(metric=metric):
            break
        first = None
    return Drained(**counts)


def carry_out(claim: Claim) -> str:
    """Read what was claimed and land it, or write down why not: `succeeded`, `failed`, or `lost` to another worker.

    When even the failure cannot be written, the database's error is let through: the lease runs out, and the pull is
    due again.
    """
    began = time.monotonic()
    try:
        reading = read(claim)
        finish(claim, reading=reading, seconds=time.monotonic() - began)
    except LostLease:
        log.warning("pull %s was taken over by another worker; its answer is dropped", claim.pull.pk)
        return "lost"
    except SourceError as error:
        return _failed(claim, error, seconds=time.monotonic() - began)
    except Exception as error:  # whatever it is, the pull says so, and the drain goes on
        log.exception("pull %s of %s could not be recorded", claim.pull.pk, claim.metric)
        if isinstance(error, DatabaseErrors):
            connection.close_if_unusable_or_obsolete()
        return _failed(claim, _not_recorded(error), seconds=time.monotonic() - began)
    log.info("pull %s of %s: %d rows", claim.pull.pk, claim.metric, len(reading.rows))
    return "succeeded"


def _not_recorded(error: Exception) -> SourceError:
    """Why an answer that came could not be written down; values that no column keeps are the source's to mend."""
    kind = type(error).__name__
    if isinstance(error, DataError | UnicodeError):
        return PermanentSourceError(
            f"The answer holds a value that cannot be kept ({kind}): a character or a number out of range. "
            "Leave it out of the query, then retry."
        )
    return PassingSourceError(f"The answer could not be recorded ({kind}). It is tried again.", about_source=False)


def _failed(claim: Claim, error: SourceError, *, seconds: float) -> str:
    try:
        fail(claim, error=error, seconds=seconds)
    except LostLease:
        return "lost"
    log.warning("pull %s of %s failed: %s", claim.pull.pk, claim.metric, error)
    return "failed"


def read(claim: Claim) -> Reading:
    """Ask the source, outside any transaction. Whatever goes wrong comes out as a SourceError."""
    try:
        question = definition_for(metric=claim.metric, query=claim.query, window=claim.window)
        return plug_of(claim.pull.source).read(claim.window, question)
    except (SourceError, DatabaseError):
        raise
    except Exception as error:
        log.exception("pull %s of %s: the plug broke", claim.pull.pk, claim.metric)
        kind = type(error).__name__
        raise PassingSourceError(
            f"Reading failed in an unexpected way ({kind}). It is tried again; the worker's log says more.",
            about_source=False,
        ) from error


def finish(claim: Claim, *, reading: Reading, seconds: float) -> Landed:
    """Land what was read and mark the pull, in one transaction guarded by the token.

    Raises:
        LostLease: the lease is somebody else's by now; nothing was written.
        PermanentSourceError: the rows do not make sense, with the first of them; nothing was written.
    """
    try:
        with transaction.atomic():
            _settle(
                claim,
                state=PullState.SUCCEEDED,
                error="",
                fetch_seconds=seconds,
                rows=reading.count,
                bytes=reading.bytes,
            )
            strange = _strange(reading.unreadable)
            of_trials, of_use = apart(reading.rows)
            now, source = database_now(), claim.pull.source.key
            used = land_use(rows=of_use, now=now, pull=claim.pull, source=source)
            landed = land_results(
                rows=of_trials, now=now, pull=claim.pull, source=source, definition_hash=claim.definition_hash
            )
            landed = replace(
                landed,
                new=landed.new + used.new,
                revised=landed.revised + used.revised,
                unchanged=landed.unchanged + used.unchanged,
                left_out=landed.left_out.and_unregistered((*used.unknown, *strange)),
            )
            _tell(claim, landed.remark(of=reading.count) if reading.count else NO_ROWS)
            _the_source_answered(claim.pull.source_id)
    except Refusal as refusal:
        raise PermanentSourceError(refusal.detail) from refusal
    return landed


def _strange(unreadable: Sequence[Unreadable]) -> tuple[str, ...]:
    """The trials of rows that cannot be read. Nobody registered them, so it does not matter.

    Raises:
        PermanentSourceError: one of them is registered, or a row does not tell its trial.
    """
    named = [one.trial for one in unreadable]
    ours = {"", *Trial.objects.filter(key__in=named).values_list("key", flat=True)} if named else set()
    for one in unreadable:
        if one.trial in ours:
            raise PermanentSourceError(one.sentence)
    return tuple(named)


def _settle(claim: Claim, **outcome: object) -> None:
    """Write the outcome and give the lease back, if it is still ours."""
    held = Pull.objects.filter(pk=claim.pull.pk, state=PullState.RUNNING, lease_token=claim.token)
    if not held.update(lease_token=None, lease_until=None, finished_at=DatabaseTime(), **outcome):
        raise LostLease


def _tell(claim: Claim, remark: str) -> None:
    """Have a pull that succeeded say what it did not land."""
    if remark:
        Pull.objects.filter(pk=claim.pull.pk).update(error=storable(remark))
        log.warning("pull %s of %s: %s", claim.pull.pk, claim.metric, remark)


def _the_source_answered(source: int) -> None:
    troubled = Q(fail_streak__gt=0) | Q(breaker_until__isnull=False)
    Source.objects.filter(troubled, pk=source).update(fail_streak=0, breaker_until=None)


@transaction.atomic
def fail(claim: Claim, *, error: SourceError, seconds: float) -> None:
    """Write down why a pull failed: due again after a pause, or dead when asking again will not help.

    Raises:
        LostLease: the lease is somebody else's by now; nothing was written.
    """
    source = Source.objects.select_for_update(no_key=True).get(pk=claim.pull.source_id)
    dead = error.permanent or claim.pull.attempts >= MOST_ATTEMPTS
    pause = timedelta(seconds=error.retry_after or pause_after(claim.pull.attempts))
    _settle(
        claim,
        state=PullState.DEAD if dead else PullState.FAILED,
        error=storable(str(error)),
        fetch_seconds=seconds,
        **({} if dead else {"due_at": DatabaseTime(pause)}),
    )
    if error.about_source:
        _count_against(source)
    elif error.permanent:
        _the_source_answered(source.pk)


def pause_after(attempts: int) -> float:
    """Seconds until the next try: full jitter (anything up to the bound), so that failures do not come back as one."""
    return random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempts - 1)))  # noqa: S311 (jitter)


def _count_against(source: Source) -> None:
    """One more failure in a row; from the fifth on, and after a failed probe, the source rests for a while."""
    streak = source.fail_streak + 1
    rest = BREAKER_REST * random.uniform(1 - BREAKER_JITTER, 1 + BREAKER_JITTER)  # noqa: S311 (jitter)
    if streak >= BREAKER_AFTER:
        Source.objects.filter(pk=source.pk).update(
            fail_streak=streak, breaker_until=DatabaseTime(timedelta(seconds=rest))
        )
    else:
        Source.objects.filter(pk=source.pk).update(fail_streak=streak)
