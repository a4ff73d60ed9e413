"""A source's row, opened as the plug that reads it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from hypotheses.models import Source
from hypotheses.sources.base import ConfigError, Limits, PermanentSourceError, Plug, resolve_secret
from hypotheses.sources.registry import open_plug

READ_SECONDS = 30.0
"""Deadline of one read: with the drain's budget it stays below Celery's soft time limit, and that below the lease."""


def limits() -> Limits:
    """What this installation allows: local files in `VAR` or in `SOURCE_FILES`, but never the installation's own; of
    HTTP the open internet and `PULL_ALLOWED_NETWORKS`.
    """
    var = Path(settings.VAR)
    own = [var / "secret_key", var / "secrets_key", var / "up.lock"]
    database = str(settings.DATABASES["default"]["NAME"])
    if "sqlite" in settings.DATABASES["default"]["ENGINE"]:
        own += [Path(database + suffix) for suffix in ("", "-wal", "-shm", "-journal")]
    folders = (var, *(Path(folder).expanduser() for folder in settings.SOURCE_FILES))
    networks = tuple(settings.PULL_ALLOWED_NETWORKS)
    return Limits(folders=folders, apart=tuple(own), networks=networks, seconds=READ_SECONDS)


def plug_of(source: Source) -> Plug:
    """The plug of a source with its own settings and its secret.

    Raises:
        PermanentSourceError: its settings are wrong, or its secret cannot be resolved.
    """
    return plug_with(kind=source.kind, config=source.config, secret=source.secret)


def plug_with(*, kind: str, config: Mapping[str, Any], secret: str) -> Plug:
    """The plug for these settings; `secret` may be a reference. Raises as `plug_of`."""
    try:
        return open_plug(kind=kind, config=config, secret=resolve_secret(secret, os.environ), limits=limits())
    except ConfigError as error:
        raise PermanentSourceError(f"The source's setting “{error.field}” is wrong: {error.detail}") from error
