"""Making and changing sources. A secret goes in and never comes out again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction

from features.actions.recording import record
from features.actions.squad import require_version
from features.errors import Conflict, FieldError, Forbidden, wrong
from features.models.squad import SLUG
from hypotheses.enums import SourceKind
from hypotheses.models import Source
from hypotheses.queries.catalogue import require_catalogue_writer, require_source_keeper
from hypotheses.queries.checking import Complaints
from hypotheses.queries.plug import limits
from hypotheses.sources.base import SECRET_PREFIX, SECRET_REFERENCE, ConfigError
from hypotheses.sources.registry import open_plug

MOST_AT_ONCE: Final = 100
WITHOUT_SECRET: Final = frozenset({SourceKind.FILE, SourceKind.PUSH})
CHANGEABLE: Final = ("name", "config", "secret", "max_concurrency", "owner")


@transaction.atomic
def create_source(
    *,
    key: str,
    name: str,
    kind: str,
    by: User | None,
    now: datetime,
    config: Mapping[str, Any] | None = None,
    secret: str = "",
    max_concurrency: int = 2,
    owner: User | None = None,
) -> Source:
    """Add a source to the catalogue; its owner is who adds it, unless another is named.

    config: the settings of its kind: `{"path": …}` for a file, `{"url": …}` for a SQL engine, none for a push.
    secret: the password itself, or `env:PULL_NAME` to take it from the worker's environment (administrators only); none
    for a file or a push.

    Raises:
        BadInput: with every wrong field. Forbidden: in no squad. Conflict: `key_taken`.
    """
    require_catalogue_writer(by)
    complaints = Complaints()
    source = Source(
        key=checked_key(key, complaints),
        name=complaints.text(name, "name", most=160) or key,
        kind=complaints.word(kind, "kind", SourceKind),
        config=dict(complaints.mapping(config or {}, "config")),
        secret=secret,
        max_concurrency=_at_once(max_concurrency, complaints),
        owner=owner or by,
        created_at=now,
    )
    _check_settings(source, complaints)
    _check_has_secret(source, secret, complaints)
    complaints.refuse("The source was not added")
    _check_secret(secret, by)
    if Source.objects.filter(key=source.key).exists():
        raise key_taken("source", source.key)
    source.save(force_insert=True)
    record(
        act="source.added", subject=f"source:{source.key}", by=by, now=now, body=_told(source, ("kind", *CHANGEABLE))
    )
    return source


@transaction.atomic
def edit_source(
    *, source: Source, by: User | None, now: datetime, version: int | None = None, **changes: Any
) -> Source:
    """Change a source's name, config, secret, max_concurrency or owner; what is not given stays.

    Where it points and its secret change together: otherwise a stored secret could be sent to another address.
    version: the one that was read, to refuse a lost race.

    Raises:
        BadInput: with every wrong field. Forbidden: not its keeper. LostRace: it has changed since `version`.
    """
    source = Source.objects.select_for_update(of=("self",)).get(pk=source.pk)
    require_source_keeper(by, source)
    require_version(source.version, version)
    complaints = Complaints()
    complaints.unknown(changes, CHANGEABLE)
    moved = "config" in changes and changes["config"] != source.config
    if moved and source.secret and source.kind not in WITHOUT_SECRET and "secret" not in changes:
        complaints.add("secret", "The source points elsewhere now. Enter its secret again.", code="required")
    _apply(source, changes, complaints)
    complaints.refuse("The source was not changed")
    if "secret" in changes:
        _check_secret(source.secret, by)
    source.version += 1
    source.save()
    record(act="source.changed", subject=f"source:{source.key}", by=by, now=now, body=_told(source, tuple(changes)))
    return source


def _apply(source: Source, changes: Mapping[str, Any], complaints: Complaints) -> None:
    if "name" in changes:
        source.name = complaints.text(changes["name"], "name", most=160) or source.key
    if "config" in changes:
        source.config = dict(complaints.mapping(changes["config"], "config"))
    if "secret" in changes:
        source.secret = complaints.text(changes["secret"], "secret")
        _check_has_secret(source, source.secret, complaints)
    if "max_concurrency" in changes:
        source.max_concurrency = _at_once(changes["max_concurrency"], complaints)
    if "owner" in changes:
        source.owner = changes["owner"]
    _check_settings(source, complaints)


def _check_settings(source: Source, complaints: Complaints) -> None:
    """The plug itself says whether it can be opened with these settings; nothing is read."""
    if source.kind == SourceKind.PUSH:
        complaints.unknown(source.config, (), prefix="config.")
    elif source.kind:
        try:
            open_plug(kind=source.kind, config=source.config, secret="", limits=limits())
        except ConfigError as error:
            complaints.add(f"config.{error.field}", error.detail)


def _check_has_secret(source: Source, secret: str, complaints: Complaints) -> None:
    """One that nothing would ever use is refused: whoever sent it believes that it protects something."""
    if secret and source.kind in WITHOUT_SECRET:
        complaints.add("secret", f"A source of the kind “{source.kind}” has no secret. Leave it out.")


def _check_secret(secret: str, by: User | None) -> None:
    """A reference reads the workers' environment, so only administrators give one."""
    if not secret.startswith(SECRET_REFERENCE):
        return
    if not secret.removeprefix(SECRET_REFERENCE).startswith(SECRET_PREFIX):
        raise wrong(
            "secret", f"A reference names a variable that begins with {SECRET_PREFIX}: env:{SECRET_PREFIX}NAME."
        )
    if by is not None and not by.is_superuser:
        raise Forbidden(code="not_yours", detail="Only administrators may point a secret to the environment.")


def _at_once(value: Any, complaints: Complaints) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_AT_ONCE:
        complaints.add("max_concurrency", f"This must be a whole number from 1 to {MOST_AT_ONCE}.", code="out_of_range")
        return 1
    return value


def _told(source: Source, names: tuple[str, ...]) -> dict[str, Any]:
    """What the audit keeps: of the secret only that there is one, of the owner the name."""
    told = {name: getattr(source, name) for name in names if name not in ("secret", "owner")}
    if "secret" in names:
        told["secret"] = "given" if source.secret else "none"
    if "owner" in names:
        told["owner"] = source.owner.get_username() if source.owner else None
    return told


def checked_key(value: Any, complaints: Complaints) -> str:
    """A key of the catalogue: lower-case letters, digits, single hyphens."""
    key = complaints.text(value, "key", most=80)
    try:
        SLUG(key)
    except ValidationError as error:
        complaints.add("key", str(error.message))
    return key


def key_taken(what: str, key: str) -> Conflict:
    """The refusal of a second row with the same key."""
    detail = f"A {what} with the key {key} is in the catalogue already."
    return Conflict(code="key_taken", detail=detail, errors=[FieldError("key", "taken", detail)])
