"""Writing the next version of a hypothesis, as far as the gate allows it."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from features.actions.stint import note_new_facts
from features.models import Feature
from features.queries.people import require_may_act_for
from hypotheses.actions.hypothesis import write_hypothesis
from hypotheses.models import Hypothesis
from lifecycle.actions.holding import locked_feature, refuse_while_due


@transaction.atomic
def revise_hypothesis(*, feature: Feature, by: User, now: datetime, **fields: Any) -> Hypothesis:
    """Write the next version while the stint has no data of its own and its gate is not due.

    Raises:
        BadInput: with every wrong field. Forbidden: not of the squad.
        Conflict: `hypothesis_locked` while the gate is due, or once the stint has results or findings.
    """
    feature = locked_feature(feature)
    require_may_act_for(by, feature.squad)
    gate = refuse_while_due(feature=feature, now=now, what="the hypothesis cannot be revised", code="hypothesis_locked")
    if gate is not None:
        note_new_facts(stint_id=gate.stint_id)
    return write_hypothesis(feature=feature, by=by, now=now, **fields)
