"""Registering a feature: it exists, it is in Think It, and its first gate stands."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from features.actions.feature import tags_of
from features.actions.recording import record
from features.enums import Phase, Status
from features.errors import Conflict, FieldError, inside
from features.models import Feature, Squad
from features.queries.people import require_may_act_for
from hypotheses.actions.hypothesis import write_hypothesis
from hypotheses.queries.checking import Complaints
from lifecycle.actions.holding import refuse_while_due
from lifecycle.actions.opening import open_stint_with_gate
from lifecycle.queries.naming import LONGEST_KEY, RESERVED, read_key, read_name
from lifecycle.queries.terms import Terms, read_terms

TRIES: Final = 5


@transaction.atomic
def register_feature(
    *,
    name: str,
    squad: Squad,
    by: User | None,
    now: datetime,
    key: str | None = None,
    summary: str = "",
    owner: User | None = None,
    tags: Sequence[str] = (),
    parent: Feature | None = None,
    succeeds: Feature | None = None,
    time_box_days: int | None = None,
    budget: Mapping[str, Any] | str | Decimal | None = None,
    hypothesis: Mapping[str, Any] | None = None,
) -> Feature:
    """Register a feature: it starts in Think It with its first stint and gate, and with a hypothesis if one is given.

    A key that is left out is made from the name and made unique. With a `parent` it is a tweak: the parent has to be in
    Tweak It, and its gate must not be due. `succeeds` names the feature that this one takes up again.

    Raises:
        BadInput: with every wrong field. Forbidden: not of the squad, or of the parent's.
        Conflict: `key_taken`; `not_in_tweak_it` or `gate_due` of the parent.
    """
    require_may_act_for(by, squad)
    if parent is not None:
        require_may_act_for(by, parent.squad)
    wrong = Complaints()
    terms = read_terms(time_box_days=time_box_days, budget=budget, wrong=wrong)
    name, key = read_name(name, "name", wrong), read_key(key, "key", wrong)
    if owner is not None and not owner.is_active:
        wrong.add("owner", f"{owner.get_username()} is not active any more. Name somebody who is.", code="unknown")
    wrong.refuse("The feature was not registered")
    if parent is not None:
        _require_tweakable(parent, now)
    return create_feature(
        name=name,
        squad=squad,
        key=key,
        summary=summary or "",
        owner=owner,
        tags=tags,
        parent=parent,
        succeeds=succeeds,
        terms=terms,
        hypothesis=hypothesis,
        by=by,
        now=now,
    )


def create_feature(
    *,
    name: str,
    squad: Squad,
    key: str | None,
    summary: str,
    owner: User | None,
    tags: Sequence[str],
    parent: Feature | None,
    succeeds: Feature | None,
    terms: Terms,
    hypothesis: Mapping[str, Any] | None,
    by: User | None,
    now: datetime,
) -> Feature:
    """Write a feature that was checked already, within the caller's transaction."""
    feature = Feature(
        name=name,
        summary=summary,
        squad=squad,
        owner=owner,
        parent=parent,
        succeeds=succeeds,
        created_at=now,
        created_by=by,
    )
    _save_with_key(feature, key)
    if tags:
        feature.tags.set(tags_of(tags))
    open_stint_with_gate(feature=feature, phase=Phase.THINK_IT, terms=terms, by=by, now=now)
    if hypothesis:
        with inside("hypothesis"):
            write_hypothesis(feature=feature, by=by, now=now, **hypothesis)
    body = {
        "name": name,
        "squad": squad.slug,
        "parent": parent.key if parent else None,
        "succeeds": succeeds.key if succeeds else None,
    }
    record(act="feature.registered", subject=f"feature:{feature.key}", by=by, now=now, body=body)
    return feature


def free_key(name: str) -> str:
    """A key made from a name: `One-tap reorder` → `one-tap-reorder`, with the first free number where it is taken."""
    stem = slugify(name).replace("_", "-")[: LONGEST_KEY - 6].strip("-") or "feature"
    stem = "-".join(part for part in stem.split("-") if part)
    taken = RESERVED | set(Feature.objects.filter(key__startswith=stem).values_list("key", flat=True))
    if stem not in taken:
        return stem
    return next(f"{stem}-{number}" for number in range(2, len(taken) + 3) if f"{stem}-{number}" not in taken)


def _save_with_key(feature: Feature, key: str | None) -> None:
    """Save under the key, or under a free one that is looked for again when somebody else took it meanwhile."""
    for _ in range(TRIES):
        feature.key = key or free_key(feature.name)
        try:
            with transaction.atomic():
                feature.save(force_insert=True)
        except IntegrityError:
            continue
        return
    detail = f"A feature with the key “{feature.key}” exists already; keys are never used twice. Choose another."
    raise Conflict(code="key_taken", detail=detail, errors=[FieldError("key", "taken", detail)])


def _require_tweakable(parent: Feature, now: datetime) -> None:
    """A tweak starts from a released feature in Tweak It whose gate does not wait; its row is locked until then."""
    parent = Feature.objects.select_for_update(no_key=True).get(pk=parent.pk)
    if parent.status != Status.ACTIVE or parent.phase != Phase.TWEAK_IT:
        where = Phase(parent.phase).label if parent.status == Status.ACTIVE else Status(parent.status).label
        detail = f"A tweak needs a parent in Tweak It; {parent.name} is in “{where}”."
        raise Conflict(code="not_in_tweak_it", detail=detail, errors=[FieldError("parent", "not_in_tweak_it", detail)])
    refuse_while_due(feature=parent, now=now, what="no tweak can start")
