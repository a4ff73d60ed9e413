"""What people do about evidence that is qualified or too early: clear a mark with a reason, look all the same."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from features.actions.recording import record
from features.actions.stint import note_new_facts
from features.errors import Conflict, wrong
from features.models import Feature, Stint
from features.queries.people import require_may_act_for
from features.texts import needed_text
from hypotheses.enums import MarkCode, Readiness, Reason
from hypotheses.models import Clearance, Unfolding
from hypotheses.queries.evidence import evidence_of
from hypotheses.queries.freshness import MINIMUM_DAYS
from hypotheses.queries.marks import facts_of


@transaction.atomic
def clear_mark(*, feature: Feature, code: str, reason: str, by: User, now: datetime) -> int:
    """Say why evidence that carries a mark may be used all the same. Gives how many marks of this code were cleared.

    It holds for what the mark says now: another bundle is another mark. A mark that is cleared already stays as it is.

    Raises:
        BadInput: no reason, or no such mark. Forbidden: not of the squad.
        Conflict: `mark_stays`, employees do not become customers by a reason.
    """
    require_may_act_for(by, feature.squad)
    reason = needed_text(reason, "reason", "Say why the evidence may be used all the same.")
    view = evidence_of(feature=feature, now=now)
    marks = [mark for mark in view.marks if mark["code"] == code]
    if not marks or view.stint_id is None:
        carried = ", ".join(sorted({mark["code"] for mark in view.marks})) or "none"
        raise wrong("code", f"The evidence carries no mark “{code}”. It carries: {carried}.")
    if code == MarkCode.TRANSFER and view.reason == Reason.FINDINGS:
        detail = "Findings among employees stay what they are. Ask customers, and add what you find."
        raise Conflict(code="mark_stays", detail=detail)
    # The stint's row orders two who clear at once.
    Stint.objects.select_for_update(no_key=True).only("pk").get(pk=view.stint_id)
    known = set(Clearance.objects.filter(stint=view.stint_id, code=code).values_list("facts", flat=True))
    fresh = {facts_of(mark): mark["detail"] for mark in marks if facts_of(mark) not in known}
    Clearance.objects.bulk_create(
        Clearance(stint_id=view.stint_id, code=code, facts=facts, detail=detail, reason=reason, at=now, by=by)
        for facts, detail in fresh.items()
    )
    if fresh:
        note_new_facts(stint_id=view.stint_id)
        body = {"code": code, "marks": list(fresh.values()), "reason": reason}
        record(act="mark.cleared", subject=f"feature:{feature.key}", by=by, now=now, body=body)
    return len(fresh)


@transaction.atomic
def unfold(*, feature: Feature, by: User, now: datetime, minimum_days: float = MINIMUM_DAYS) -> bool:
    """Have somebody look at numbers that are folded away; that is kept. False where there are none, nothing is folded,
    or they looked at this moment's numbers before. minimum_days: the minimum run of the step, which is what folds.
    """
    view = evidence_of(feature=feature, now=now, minimum_days=minimum_days)
    if view.stint_id is None or view.as_of is None or view.primary is None or view.state != Readiness.TOO_EARLY:
        return False
    _, made = Unfolding.objects.get_or_create(stint_id=view.stint_id, as_of=view.as_of, by=by, defaults={"at": now})
    if made:
        body = {"as_of": view.as_of}
        record(act="evidence.unfolded", subject=f"feature:{feature.key}", by=by, now=now, body=body)
    return made
