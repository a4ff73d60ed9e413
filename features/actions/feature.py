"""Changing what a feature says about itself. What it is allowed to be next is decided at gates."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypedDict, Unpack

from django.contrib.auth.models import User
from django.db import transaction

from features.actions.recording import record
from features.actions.squad import require_version
from features.actions.summing import hand_over
from features.errors import Missing, wrong
from features.models import Feature, Squad, Tag
from features.queries.people import require_may_act_for

LONGEST_TAG: Final = 40


class FeatureChanges(TypedDict, total=False):
    """What can be changed: `owner` is a username or None, `squad` a slug, `tags` replace those before."""

    name: str
    summary: str
    owner: str | None
    tags: Sequence[str]
    squad: str


@transaction.atomic
def edit_feature(
    *, key: str, by: User | None, now: datetime, version: int | None = None, **changes: Unpack[FeatureChanges]
) -> Feature:
    """Change name, summary, owner, tags or squad of a feature; `version` is the one that was read.

    Handing a feature to another squad takes somebody who may write for both.

    Raises:
        Missing: no such feature.
        Forbidden: not of its squad.
        BadInput: the owner or the squad does not exist, a name is blank.
        LostRace: somebody changed it since that version.
    """
    feature = (
        Feature.objects.select_for_update(no_key=True, of=("self",)).select_related("squad").filter(key=key).first()
    )
    if feature is None:
        raise Missing(code="not_found", detail=f"There is no feature “{key}”.")
    require_may_act_for(by, feature.squad)
    require_version(feature.version, version)
    if not changes:
        return feature
    _change(feature, by, changes)
    feature.version += 1
    feature.save(update_fields=["name", "summary", "owner", "squad", "version"])
    if "tags" in changes:
        feature.tags.set(tags_of(changes["tags"]))
    record(act="feature_changed", subject=f"feature:{key}", by=by, now=now, body=dict(changes))
    return feature


def _change(feature: Feature, by: User | None, changes: FeatureChanges) -> None:
    if "name" in changes:
        feature.name = changes["name"].strip()
        if not feature.name:
            raise wrong("name", "Give it a name.")
    if "summary" in changes:
        feature.summary = changes["summary"]
    if "owner" in changes:
        feature.owner = owner_of(changes["owner"])
    if "squad" in changes:
        squad = _squad(changes["squad"])
        require_may_act_for(by, squad)
        if squad.pk != feature.squad_id:
            hand_over(feature=feature, to=squad)
        feature.squad = squad


def owner_of(username: str | None) -> User | None:
    """The person who is to own a feature.

    Raises:
        BadInput: nobody has that username, or no longer works here.
    """
    if username is None:
        return None
    person = User.objects.filter(username=username, is_active=True).first()
    if person is None:
        raise wrong("owner", f"Nobody active has the username “{username}”.", code="unknown")
    return person


def tags_of(names: Sequence[str]) -> list[Tag]:
    """The tags of these words, made where they are new. Doubles count once.

    Raises:
        BadInput: a tag is blank or longer than 40 characters.
    """
    wanted = list(dict.fromkeys(name.strip() for name in names))
    for place, name in enumerate(wanted):
        if not 0 < len(name) <= LONGEST_TAG:
            raise wrong(f"tags.{place}", f"A tag has 1 to {LONGEST_TAG} characters.")
    Tag.objects.bulk_create([Tag(name=name) for name in wanted], ignore_conflicts=True)
    return list(Tag.objects.filter(name__in=wanted))


def _squad(slug: str) -> Squad:
    squad = Squad.objects.filter(slug=slug).first()
    if squad is None:
        raise wrong("squad", f"There is no squad “{slug}”.", code="unknown")
    return squad
