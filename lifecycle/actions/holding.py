"""Due means held: what has to wait until somebody decides."""

from datetime import datetime

from features.errors import Conflict
from features.models import Feature
from hypotheses.actions.weighing import weigh_news
from lifecycle.actions.judging import judge_locked
from lifecycle.enums import GateState
from lifecycle.models import Gate
from lifecycle.queries.gates import is_unjudged


def undecided_gate(*, feature: Feature) -> Gate | None:
    """The gate of an active feature that is not decided, locked until the transaction ends; None when it has ended.

    The feature's own row is locked before, by the caller: that is the order everywhere.
    """
    gates = Gate.objects.select_for_update(of=("self",), no_key=True).select_related("stint__feature")
    return gates.filter(feature=feature).exclude(state=GateState.DECIDED).first()


def refuse_while_due(*, feature: Feature, now: datetime, what: str, code: str = "gate_due") -> Gate | None:
    """Refuse an act while the feature's gate is due; `what` completes the sentence. Gives the open gate, locked.

    What has landed is weighed, and a gate for which something is new is judged first: what is due does not wait for the
    clock to say so. The caller holds the feature's lock.

    Raises:
        Conflict: `gate_due` unless another `code` is given.
    """
    gate = undecided_gate(feature=feature)
    if gate is not None and gate.state == GateState.OPEN:
        if weigh_news(stint=gate.stint, now=now):
            gate.stint.refresh_from_db(fields=["facts_version"])
        if is_unjudged(gate, now=now):
            judge_locked(gate=gate, now=now)
    if gate is not None and gate.state == GateState.DUE:
        detail = f"The gate of {feature.name} is due: until it is decided, {what}. Decide it first (gate {gate.pk})."
        raise Conflict(code=code, detail=detail, extra={"gate": gate.pk})
    return gate


def locked_feature(feature: Feature) -> Feature:
    """The feature's row as it is now, locked until the transaction ends."""
    rows = Feature.objects.select_for_update(of=("self",), no_key=True).select_related("squad", "owner")
    return rows.get(pk=feature.pk)
