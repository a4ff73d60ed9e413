"""Writing the next version of a hypothesis, as far as the gate allows it."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from features.actions.stint import note_new_facts
from features.errors import LostRace
from features.models import Feature
from features.queries.people import require_may_act_for
from hypotheses.actions.hypothesis import write_hypothesis
from hypotheses.models import Hypothesis
from hypotheses.queries.hypotheses import current_hypothesis
from lifecycle.actions.holding import locked_feature, refuse_while_due


@transaction.atomic
def revise_hypothesis(
    *, feature: Feature, by: User, now: datetime, after: int | None = None, **fields: Any
) -> Hypothesis:
    """Write the next version while the stint has no data of its own and its gate is not due. What says the same as the
    version that stands gives that one.

    `after`: the version that was read before, 0 for none; left out, it follows whichever stands.

    Raises:
        BadInput: with every wrong field. Forbidden: not of the squad.
        LostRace: `changed_meanwhile`, another version came after the one that was read, and says something else.
        Conflict: `hypothesis_locked` while the gate is due, or once the stint has results or findings.
    """
    feature = locked_feature(feature)
    require_may_act_for(by, feature.squad)
    gate = refuse_while_due(feature=feature, now=now, what="the hypothesis cannot be revised", code="hypothesis_locked")
    if gate is not None:
        note_new_facts(stint_id=gate.stint_id)
    before = current_hypothesis(feature=feature)
    written = write_hypothesis(feature=feature, by=by, now=now, **fields)
    if after is not None and before is not None and after != before.version != written.version:
        raise _written_meanwhile(before)
    return written


def _written_meanwhile(standing: Hypothesis) -> LostRace:
    who = standing.created_by.get_username() if standing.created_by else "An import"
    detail = (
        f"{who} wrote version {standing.version} while you were writing. Nothing of yours was written: "
        "read that version first, then send yours again, and it comes after it."
    )
    return LostRace(code="changed_meanwhile", detail=detail, extra={"version": standing.version})
