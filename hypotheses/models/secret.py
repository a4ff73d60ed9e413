"""A text that is kept encrypted, and never shown again."""

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

PREFIX = "fernet:"


@lru_cache(maxsize=1)
def _ring(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def keyring() -> MultiFernet:
    """The installation's keys, the first one writes: `SECRETS_KEYS`, else one kept in the data folder (mode 0600)."""
    return _ring(tuple(settings.SECRETS_KEYS) or (_kept_key(),))


def _kept_key() -> str:
    kept = settings.VAR / "secrets_key"
    try:
        with kept.open("x") as file:
            kept.chmod(0o600)
            file.write(Fernet.generate_key().decode())
    except FileExistsError:
        pass
    return str(kept.read_text().strip())


class SecretField(models.TextField):  # type: ignore[type-arg]  # not generic at run time
    """Encrypted at rest with MultiFernet, so that keys rotate. A wrong key is an error, never silent ciphertext."""

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt on the way in; the empty text stays empty."""
        if not value:
            return ""
        return PREFIX + keyring().encrypt(str(value).encode()).decode()

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str:  # noqa: ARG002 (the signature that Django calls)
        """Decrypt on the way out.

        Raises:
            ImproperlyConfigured: none of the keys opens the stored text.
        """
        if not value:
            return ""
        try:
            return keyring().decrypt(value.removeprefix(PREFIX).encode()).decode()
        except InvalidToken as error:
            raise ImproperlyConfigured(
                "A stored secret cannot be read with the keys of this installation. "
                "Put the earlier key back into SECRETS_KEYS, or enter the secret again."
            ) from error
