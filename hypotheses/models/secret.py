"""A text that is kept encrypted, and never shown again."""

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

PREFIX = "fernet:"


class Under(StrEnum):
    """Which of the installation's keys a stored text was encrypted with."""

    FIRST = "first"
    EARLIER = "earlier"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A stored text that none of the keys opens. It is no text: whoever uses it as one fails. Saved, it stays."""

    stored: str = field(repr=False)


@lru_cache(maxsize=1)
def _ring(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def keyring() -> MultiFernet:
    """The installation's keys, the first one writes: `SECRETS_KEYS`, else those kept in the data folder."""
    return _ring(_keys())


def _keys() -> tuple[str, ...]:
    return tuple(settings.SECRETS_KEYS) or _kept_keys()


def _kept_keys() -> tuple[str, ...]:
    """The keys in `VAR/secrets_key`, one a line; the file is made with one key (mode 0600), and comes whole or not."""
    kept = Path(settings.VAR) / "secrets_key"
    if not kept.exists():
        with tempfile.NamedTemporaryFile("w", dir=kept.parent, prefix=".secrets_key-") as made:
            made.write(Fernet.generate_key().decode())
            made.flush()
            with suppress(FileExistsError):  # another process was faster
                os.link(made.name, kept)
    return tuple(kept.read_text().split())


def under(stored: str) -> Under:
    """Which key opens a stored text."""
    token = stored.removeprefix(PREFIX).encode()
    first, *earlier = _keys()
    for key in (first, *earlier):
        try:
            Fernet(key).decrypt(token)
        except InvalidToken:
            continue
        return Under.FIRST if key == first else Under.EARLIER
    return Under.NONE


class SecretField(models.TextField):  # type: ignore[type-arg]  # not generic at run time
    """Encrypted at rest with MultiFernet, so that keys rotate. A wrong key is never silent ciphertext: `Unreadable`."""

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt on the way in; the empty text stays empty, and what cannot be read stays as it is stored."""
        if isinstance(value, Unreadable):
            return value.stored
        if not value:
            return ""
        return PREFIX + keyring().encrypt(str(value).encode()).decode()

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | Unreadable:  # noqa: ARG002 (the signature that Django calls)
        """Decrypt on the way out. One text that no key opens stops nobody from reading the other columns and rows."""
        if not value:
            return ""
        try:
            return keyring().decrypt(value.removeprefix(PREFIX).encode()).decode()
        except InvalidToken:
            return Unreadable(value)
