"""A source's row, opened as the plug that reads it."""

import os
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from hypotheses.models import Metric, Source
from hypotheses.models.secret import Unreadable
from hypotheses.sources.base import (
    ConfigError,
    Definition,
    Limits,
    PassingSourceError,
    PermanentSourceError,
    Plug,
    Reading,
    Window,
    resolve_secret,
    without_secret,
)
from hypotheses.sources.registry import PLUGS, open_plug

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


def is_pulled(metric: Metric) -> bool:
    """Whether it has a source that is asked, and not one that pushes."""
    return metric.source is not None and metric.source.kind in PLUGS


def plug_of(source: Source) -> Plug:
    """The plug of a source with its own settings and its secret.

    Raises:
        PermanentSourceError: its settings are wrong, or its secret cannot be resolved.
        PassingSourceError: none of this process's keys opens its secret; another worker's may, while keys are rotated.
    """
    if isinstance(source.secret, Unreadable):
        raise PassingSourceError(
            "The source's secret cannot be opened with the keys of this installation. Put the earlier key back behind "
            "the first one in SECRETS_KEYS and restart, or enter the secret again."
        )
    return plug_with(kind=source.kind, config=source.config, secret=source.secret)


def plug_with(*, kind: str, config: Mapping[str, Any], secret: str) -> Plug:
    """The plug for these settings; `secret` may be a reference. Raises as `plug_of`."""
    resolved = resolve_secret(secret, os.environ)
    try:
        return _Discreet(open_plug(kind=kind, config=config, secret=resolved, limits=limits()), resolved)
    except ConfigError as error:
        raise PermanentSourceError(f"The source's setting “{error.field}” is wrong: {error.detail}") from error


@dataclass(frozen=True, slots=True)
class _Discreet:
    """A plug whose errors, the unexpected ones too, do not quote its secret: they end in pages and logs."""

    plug: Plug
    secret: str

    def read(self, window: Window, definition: Definition) -> Reading:
        with _unquoted(self.secret):
            return self.plug.read(window, definition)

    def check(self) -> str:
        with _unquoted(self.secret):
            return self.plug.check()


@contextmanager
def _unquoted(secret: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if not _quotes(error, secret):
            raise
        for each in _chain(error):
            each.args = tuple(without_secret(arg, secret) if isinstance(arg, str) else arg for arg in each.args)
        if not _quotes(error, secret):
            raise
        kind = type(error).__name__  # it keeps the secret elsewhere than in its arguments
        raise PassingSourceError(f"Reading failed in an unexpected way ({kind}).", about_source=False) from None


def _quotes(error: BaseException, secret: str) -> bool:
    return bool(secret) and any(secret in line for line in traceback.format_exception(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and those that it came of."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
