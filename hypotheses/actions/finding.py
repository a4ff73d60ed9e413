"""Recording evidence without a trial."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction

from features.actions.recording import record
from features.actions.stint import note_new_facts
from features.models import Feature
from features.queries.people import require_may_act_for
from hypotheses.actions.hypothesis import current_stint, lock_hypothesis
from hypotheses.actions.standing import restate_standing
from hypotheses.enums import FindingKind, Population
from hypotheses.models import Finding
from hypotheses.queries.checking import Complaints

COHORT_FIELDS = ("market", "population")
is_address = URLValidator(schemes=["http", "https"])


@transaction.atomic
def add_finding(
    *,
    feature: Feature,
    by: User | None,
    now: datetime,
    kind: str,
    cohort: Mapping[str, Any] | None = None,
    successes: int | None = None,
    trials: int | None = None,
    target: float | None = None,
    note: str = "",
    url: str = "",
) -> Finding:
    """Record a prototype test (`successes` of `trials` against a `target` rate, 0.5 unless stated), interviews, a
    report.

    cohort: `{market, population}`, who was looked at; the population has to be named. The first finding of a stint
    locks its hypothesis. Recorded in the history as the last step.

    Raises:
        BadInput: with every wrong field. Forbidden: not of the squad. Conflict: `feature_ended`.
    """
    require_may_act_for(by, feature.squad)
    wrong = Complaints()
    who = wrong.mapping(cohort if cohort is not None else {}, "cohort")
    wrong.unknown(who, COHORT_FIELDS, prefix="cohort.")
    made = Finding(
        kind=wrong.word(kind, "kind", FindingKind),
        market=wrong.text(who.get("market"), "cohort.market", most=80),
        population=wrong.word(who.get("population"), "cohort.population", Population),
        successes=wrong.count(successes, "successes"),
        trials=wrong.count(trials, "trials"),
        target=_target(target, wrong),
        note=wrong.text(note, "note"),
        url=_address(url, wrong),
        at=now,
        by=by,
    )
    _check_counts(made, wrong)
    wrong.refuse("The finding was not recorded")
    return _recorded(made, feature=feature)


def _recorded(made: Finding, *, feature: Feature) -> Finding:
    """Write the finding, what it locks and what it rings."""
    made.feature, made.stint = feature, current_stint(feature=feature)
    made.save()
    lock_hypothesis(stint=made.stint, now=made.at)
    note_new_facts(stint_id=made.stint.pk)
    restate_standing(stints=[made.stint.pk], now=made.at)
    body = {
        name: getattr(made, name)
        for name in ("kind", "market", "population", "successes", "trials", "target", "note", "url")
    }
    record(act="finding.added", subject=f"feature:{feature.key}", by=made.by, now=made.at, body={"id": made.pk, **body})
    return made


def _target(value: Any, wrong: Complaints) -> float:
    target = wrong.number(value, "target")
    if target is None:
        return 0.5
    if not 0 < target < 1:
        detail = (
            "The target rate is a share above 0 and below 1, for example 0.5. No test shows that everybody succeeds."
        )
        wrong.add("target", detail, code="out_of_range")
    return target


def _address(value: Any, wrong: Complaints) -> str:
    address = wrong.text(value, "url", most=200)
    if address:
        try:
            is_address(address)
        except ValidationError:
            wrong.add("url", "This is not a web address; it starts with https:// or http://.")
    return address


def _check_counts(made: Finding, wrong: Complaints) -> None:
    """Counts come together, nobody succeeds twice, and a prototype test is counted."""
    named = {error.field for error in wrong.errors}
    if named & {"successes", "trials"}:
        return
    if (made.successes is None) != (made.trials is None):
        missing = "successes" if made.successes is None else "trials"
        wrong.add(missing, "Give both counts or none: how many succeeded, of how many.", code="required")
    elif made.trials is None or made.successes is None:
        if made.kind == FindingKind.PROTOTYPE_TEST:
            wrong.add("trials", "A prototype test is counted: say how many succeeded, of how many.", code="required")
    elif made.trials < 1:
        wrong.add("trials", "At least one person has to have tried.", code="out_of_range")
    elif made.successes > made.trials:
        detail = f"{made.successes} of {made.trials} cannot succeed; nobody succeeds more than once."
        wrong.add("successes", detail, code="out_of_range")
