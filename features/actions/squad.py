"""Making and changing tribes and squads, and who is in them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict, TypeVar, Unpack

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from features.actions.recording import record
from features.enums import Role, Standing
from features.errors import BadInput, Conflict, FieldError, Forbidden, LostRace, Missing, wrong
from features.models import Membership, Squad, Tribe
from features.models.squad import SLUG
from features.queries.people import may_act_for

Row = TypeVar("Row", Tribe, Squad)


@dataclass(frozen=True, slots=True)
class Member:
    """A person, by username, and what they are in a squad."""

    username: str
    role: Role = Role.MEMBER


class TribeChanges(TypedDict, total=False):
    """What can be changed of a tribe; `leaders` are usernames and replace those before."""

    name: str
    leaders: Sequence[str]


class SquadChanges(TypedDict, total=False):
    """What can be changed of a squad; `tribe` is a slug, `members` replace those before."""

    name: str
    tribe: str
    members: Sequence[Member]


@transaction.atomic
def create_tribe(*, slug: str, name: str, by: User | None, now: datetime, leaders: Sequence[str] = ()) -> Tribe:
    """Make a tribe. `by` None is the command line.

    Raises:
        Forbidden: not an administrator.
        BadInput: the slug, the name or a leader will not do.
        Conflict: `slug_taken`.
    """
    _only_administrators(by)
    people = _people(leaders, field="leaders.{}")
    tribe = _new(Tribe(slug=_checked(slug), name=_named(name)))
    tribe.leaders.set(people)
    record(act="tribe_created", subject=f"tribe:{slug}", by=by, now=now, body={"name": name, "leaders": list(leaders)})
    return tribe


@transaction.atomic
def edit_tribe(
    *, slug: str, by: User | None, now: datetime, version: int | None = None, **changes: Unpack[TribeChanges]
) -> Tribe:
    """Change a tribe's name or its leaders; `version` is the one that was read.

    Raises:
        Forbidden: not an administrator.
        BadInput: a new value will not do.
        LostRace: somebody changed it since that version.
    """
    _only_administrators(by)
    tribe = _locked(Tribe.objects.all(), slug)
    require_version(tribe.version, version)
    if "name" in changes:
        tribe.name = _named(changes["name"])
    if "leaders" in changes:
        tribe.leaders.set(_people(changes["leaders"], field="leaders.{}"))
    tribe.version += 1
    tribe.save(update_fields=["name", "version"])
    record(act="tribe_changed", subject=f"tribe:{slug}", by=by, now=now, body=dict(changes))
    return tribe


@transaction.atomic
def create_squad(
    *, slug: str, name: str, tribe: str, by: User | None, now: datetime, members: Sequence[Member] = ()
) -> Squad:
    """Make a squad with its members; a tribe that does not exist yet is made, named after its slug.

    Raises:
        Forbidden: not an administrator.
        BadInput: the slug, the name, the tribe or a member will not do.
        Conflict: `slug_taken`.
    """
    _only_administrators(by)
    people = _people([member.username for member in members], field="members.{}.username")
    squad = _new(Squad(slug=_checked(slug), name=_named(name), tribe=_tribe(tribe, by=by, now=now)))
    _enlist(squad, people, members)
    body = {"name": name, "tribe": tribe, "members": _as_body(members)}
    record(act="squad_created", subject=f"squad:{slug}", by=by, now=now, body=body)
    return squad


@transaction.atomic
def edit_squad(
    *, slug: str, by: User | None, now: datetime, version: int | None = None, **changes: Unpack[SquadChanges]
) -> Squad:
    """Change a squad: administrators everything, its leads its members; `version` is the one that was read.

    Raises:
        Forbidden: neither an administrator nor, for members, one of its leads.
        BadInput: a new value will not do.
        LostRace: somebody changed it since that version.
    """
    squad = _locked(Squad.objects.all(), slug)
    _require_may_edit(by, squad, changes)
    require_version(squad.version, version)
    if "name" in changes:
        squad.name = _named(changes["name"])
    if "tribe" in changes:
        squad.tribe = _tribe(changes["tribe"], by=by, now=now)
    if "members" in changes:
        members = changes["members"]
        people = _people([member.username for member in members], field="members.{}.username")
        squad.memberships.all().delete()
        _enlist(squad, people, members)
    squad.version += 1
    squad.save(update_fields=["name", "tribe", "version"])
    body = {**changes, "members": _as_body(changes["members"])} if "members" in changes else dict(changes)
    record(act="squad_changed", subject=f"squad:{slug}", by=by, now=now, body=body)
    return squad


def require_version(current: int, expected: int | None) -> None:
    """Refuse to change a row that has changed since it was read; without an expectation anything goes.

    Raises:
        LostRace: `changed_meanwhile`.
    """
    if expected is not None and expected != current:
        raise changed_meanwhile()


def changed_meanwhile() -> LostRace:
    """The refusal of a change to a row that somebody else changed first."""
    return LostRace(
        code="changed_meanwhile",
        detail="Somebody changed this since you read it. Read it again, then send your change with the new ETag.",
    )


def _require_may_edit(by: User | None, squad: Squad, changes: SquadChanges) -> None:
    if by is None or by.is_superuser:
        return
    if set(changes) <= {"members"} and may_act_for(by, squad, at_least=Standing.LEAD):
        return
    raise Forbidden(
        code="not_yours",
        detail=f"Administrators change squads; leads of {squad.name} and its tribe's leaders change its members.",
    )


def _only_administrators(by: User | None) -> None:
    if by is not None and not (by.is_superuser and by.is_active):
        raise Forbidden(code="not_yours", detail="Only administrators make and change tribes and squads.")


def _checked(slug: str, field: str = "slug") -> str:
    try:
        SLUG(slug)
    except ValidationError as error:
        raise wrong(field, str(error.message)) from error
    return slug


def _new(row: Row) -> Row:
    """Save it, unless somebody else was first to take the slug."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        detail = f"“{row.slug}” exists already. Choose another slug, or change that one."
        raise Conflict(code="slug_taken", detail=detail) from error
    return row


def _locked(rows: QuerySet[Row], slug: str) -> Row:
    row = rows.select_for_update(no_key=True).filter(slug=slug).first()
    if row is None:
        raise Missing(code="not_found", detail=f"There is nothing called “{slug}”.")
    return row


def _named(name: str) -> str:
    if not name.strip():
        raise wrong("name", "Give it a name.")
    return name.strip()


def _people(usernames: Sequence[str], *, field: str) -> list[User]:
    """The people of these usernames, in their order; `field` is how an error names the place."""
    known = {user.username: user for user in User.objects.filter(username__in=usernames)}
    errors = list(_doubts(usernames, known.keys(), field))
    if errors:
        raise BadInput(code="invalid", detail=errors[0].detail, errors=errors)
    return [known[username] for username in usernames]


def _doubts(usernames: Sequence[str], known: Iterable[str], field: str) -> Iterable[FieldError]:
    names, seen = set(known), set()
    for place, username in enumerate(usernames):
        if username not in names:
            yield FieldError(field.format(place), "unknown", f"Nobody has the username “{username}”.")
        elif username in seen:
            yield FieldError(field.format(place), "duplicate", f"“{username}” is named twice.")
        seen.add(username)


def _tribe(slug: str, *, by: User | None, now: datetime) -> Tribe:
    found = Tribe.objects.filter(slug=slug).first()
    if found:
        return found
    _checked(slug, "tribe")
    return create_tribe(slug=slug, name=slug.replace("-", " ").capitalize(), by=by, now=now)


def _enlist(squad: Squad, people: Sequence[User], members: Sequence[Member]) -> None:
    Membership.objects.bulk_create(
        Membership(squad=squad, person=person, role=member.role) for person, member in zip(people, members, strict=True)
    )


def _as_body(members: Sequence[Member]) -> list[dict[str, str]]:
    return [{"username": member.username, "role": str(member.role)} for member in members]
