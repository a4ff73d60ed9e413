"""Weighing what has landed: stored results become evidence, each moment once."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import F
from django.db.models.fields.json import KT

from features.actions.stint import note_new_facts
from features.models import Feature, Stint
from hypotheses.actions.standing import restate_standing
from hypotheses.models import Evidence, Stage
from hypotheses.queries.bodies import Outcome, digest_of, outcome_at
from hypotheses.queries.planned_looks import planned_looks
from hypotheses.queries.snapshots import looks
from hypotheses.queries.weighable import Weighable, readings, weighable

log = logging.getLogger(__name__)

TRIES: Final = 3
"""How often one call weighs again when somebody else weighed the same stint meanwhile; then the next tick does."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The evidence that stands for one moment: its row, its revision and the name of its inputs."""

    pk: int
    revision: int
    digest: str


@dataclass(frozen=True, slots=True)
class Fresh:
    """One moment weighed, and what it replaces (None when it is the first for its moment)."""

    as_of: datetime
    outcome: Outcome
    replaces: Stored | None


def weigh_all(*, now: datetime, limit: int = 500) -> int:
    """Weigh every stint with results newer than its evidence, oldest first, at most `limit` of them.

    Gives the number of evidence rows written. A stint that cannot be weighed is logged and does not hold up the others.
    """
    waiting = Stage.objects.filter(landed__gt=F("weighed")).order_by("stint_id").values_list("stint_id", flat=True)
    written = 0
    for stint in Stint.objects.filter(pk__in=waiting.distinct()[:limit]).select_related("feature").order_by("pk"):
        try:
            written += weigh_stint(stint=stint, now=now)
        except Exception:  # one broken stint must not keep the evidence of all others from being weighed
            log.exception("stint %s of %s could not be weighed", stint.pk, stint.feature.key)
    return written


def weigh_news(*, stint: Stint, now: datetime) -> int:
    """Weigh what a stint has received that no evidence has seen, as `weigh_stint`; one query when that is nothing.

    For acts that stand on evidence: what has landed counts, also while the clock has not come round or stands still.
    """
    if not Stage.objects.filter(stint=stint, landed__gt=F("weighed")).exists():
        return 0
    return weigh_stint(stint=stint, now=now)


def weigh_stint(*, stint: Stint, now: datetime) -> int:
    """Weigh each as-of time of a stint that is new or whose inputs changed. Gives the number of rows written.

    Reads and computes outside the transaction, writes in one. Restated results give the moment its next revision; the
    earlier one stays. Asking again writes nothing. Results that land meanwhile are left for the next call; of two
    workers that weigh the same stint at once, the slower one finds the stages weighed and starts over.
    """
    for _ in range(TRIES):
        facts = weighable(stint=stint)
        fresh = _weigh(facts)
        written = _write(facts=facts, fresh=fresh, now=now)
        if written is not None:
            return written
    return 0


def _weigh(facts: Weighable) -> list[Fresh]:
    """What is new: moments without evidence, and those whose inputs have another name than the stored one."""
    yardstick = facts.yardstick
    if yardstick is None:
        return []
    rows = readings(facts=facts)
    stored = _stored(facts)
    return [
        Fresh(look.as_of, outcome_at(facts=facts, yardstick=yardstick, look=look), known)
        for look in planned_looks(facts=facts, yardstick=yardstick, looks=looks(facts=facts, readings=rows))
        if (known := stored.get(look.as_of)) is None
        or known.digest != digest_of(facts=facts, yardstick=yardstick, look=look)
    ]


def _stored(facts: Weighable) -> dict[datetime, Stored]:
    rows = Evidence.objects.filter(stint=facts.stint_id, superseded_at__isnull=True)
    found = rows.annotate(digest=KT("body__basis__digest")).values_list("as_of", "pk", "revision", "digest")
    return {as_of: Stored(pk, revision, digest) for as_of, pk, revision, digest in found}


@transaction.atomic
def _write(*, facts: Weighable, fresh: list[Fresh], now: datetime) -> int | None:
    """Store what was weighed; None, with nothing written, when the stages were weighed by somebody else since the
    reading.
    """
    # The feature's row orders this against decisions, which open and close stages; the stint's against other weighers.
    Feature.objects.select_for_update(no_key=True).only("pk").get(pk=facts.feature_id)
    Stint.objects.select_for_update(no_key=True).only("pk").get(pk=facts.stint_id)
    if not _mark_weighed(facts):
        transaction.set_rollback(True)
        return None
    changed = _changed(fresh)
    replaced = [each.replaces.pk for each in changed if each.replaces]
    if replaced:
        Evidence.objects.filter(pk__in=replaced).update(superseded_at=now)
    if facts.yardstick is not None and changed:
        hypothesis = facts.yardstick.hypothesis_id
        Evidence.objects.bulk_create([_row(facts, hypothesis, each, now) for each in changed])
        note_new_facts(stint_id=facts.stint_id)
    restate_standing(stints=[facts.stint_id], now=now)
    return len(changed)


def _mark_weighed(facts: Weighable) -> bool:
    """Set each stage's `weighed` to what had landed at the reading, if nobody moved it since: compare and set."""
    return all(
        Stage.objects.filter(pk=stage.pk, weighed=stage.weighed).update(weighed=stage.landed)
        for stage in sorted(facts.stages, key=lambda stage: stage.pk)
    )


def _changed(fresh: list[Fresh]) -> list[Fresh]:
    """Without those that say the same as before from other inputs: what changes nothing is no revision."""
    bodies = Evidence.objects.in_bulk([each.replaces.pk for each in fresh if each.replaces])
    return [
        each
        for each in fresh
        if each.replaces is None or said(bodies[each.replaces.pk].body) != said(each.outcome.body)
    ]


def said(body: dict[str, object]) -> dict[str, object]:
    """A body without what it was made from."""
    return {name: value for name, value in body.items() if name != "basis"}


def _row(facts: Weighable, hypothesis: int, fresh: Fresh, now: datetime) -> Evidence:
    outcome = fresh.outcome
    low, high = outcome.interval or (None, None)
    return Evidence(
        feature_id=facts.feature_id,
        stint_id=facts.stint_id,
        hypothesis_id=hypothesis,
        as_of=fresh.as_of,
        weighed_at=now,
        verdict=outcome.verdict,
        reason=outcome.reason,
        state=outcome.state,
        estimate=outcome.estimate,
        low=low,
        high=high,
        days_left=outcome.days_left,
        body=outcome.body,
        revision=fresh.replaces.revision + 1 if fresh.replaces else 1,
    )
