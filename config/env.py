"""What the environment says about this installation, each value checked once, at start.

Every setting has a default that works on one machine, or a clear error. docs/reference/settings.md lists them all.
"""

import base64
import binascii
import re
import secrets
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from environs import Env, validate
from environs.exceptions import EnvValidationError

BASE_DIR: Final = Path(__file__).resolve().parent.parent

FERNET_BYTES: Final = 32

env = Env(expand_vars=False)


def iana_zone(name: str) -> str:
    """Accept the name of a time zone that this machine knows."""
    if name not in available_timezones():
        raise EnvValidationError(
            f"TIME_ZONE={name!r} is not a time zone of the IANA database, for example Europe/Stockholm", []
        )
    return str(ZoneInfo(name))


def currency_code(code: str) -> str:
    """Accept what has the form of an ISO 4217 currency code."""
    if not re.fullmatch("[A-Z]{3}", code):
        raise EnvValidationError(
            f"CURRENCY={code!r} is not three capital letters, as ISO 4217 writes currencies: EUR", []
        )
    return code


def private_networks(texts: list[str]) -> list[IPv4Network | IPv6Network]:
    """Accept networks, each as 10.1.0.0/16 or as one address."""
    found = []
    for text in texts:
        try:
            found.append(ip_network(text.strip(), strict=False))
        except ValueError:
            raise EnvValidationError(
                f"PULL_ALLOWED_NETWORKS: {text!r} is not a network, for example 10.1.0.0/16 or fd00:1::/64", []
            ) from None
    return found


def fernet_keys(texts: list[str]) -> list[str]:
    """Accept keys that Fernet can encrypt with. The sentence names the place of a wrong one, never the key."""
    keys = [text.strip() for text in texts]
    for place, key in enumerate(keys, 1):
        try:
            length = len(base64.urlsafe_b64decode(key))
        except (binascii.Error, ValueError):
            length = 0
        if length != FERNET_BYTES:
            raise EnvValidationError(
                f"SECRETS_KEYS: key {place} is not 32 bytes in url-safe base64. Make one with: "
                "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'",
                [],
            )
    return keys


def data_folder() -> Path:
    """Where the installation keeps its data: `VAR`, by default `var/` beside manage.py; made when missing."""
    folder = Path(env.str("VAR", "") or BASE_DIR / "var").expanduser().resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EnvValidationError(
            f"VAR={folder} cannot be made: {error.strerror}. Name a folder that can be written", []
        ) from error
    return folder


def secret_key(folder: Path) -> str:
    """The signing key: `SECRET_KEY`, else one that is made once and kept in the data folder, for its owner only."""
    if given := env.str("SECRET_KEY", ""):
        return given
    kept = folder / "secret_key"
    try:
        with kept.open("x") as file:
            kept.chmod(0o600)
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return kept.read_text().strip()


VAR = data_folder()
SECRET_KEY = secret_key(VAR)
DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
BEHIND_TLS = env.bool("BEHIND_TLS", False)
DATABASE_URL = env.str("DATABASE_URL", "") or f"sqlite:///{VAR / 'db.sqlite3'}"
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "") or "memory://localhost"
CURRENCY = currency_code(env.str("CURRENCY", "EUR"))
TIME_ZONE = iana_zone(env.str("TIME_ZONE", "UTC"))
EMAIL_URL = env.str("EMAIL_URL", "") or "console://"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "fourstroke@localhost")
SECRETS_KEYS = fernet_keys(env.list("SECRETS_KEYS", []))
SOURCE_FILES: list[str] = env.list("SOURCE_FILES", [])
PULL_ALLOWED_NETWORKS = private_networks(env.list("PULL_ALLOWED_NETWORKS", []))
REVIEW_PREPARED_DAYS = env.int("REVIEW_PREPARED_DAYS", 28, validate=validate.Range(min=0, max=92))
REVIEW_OPENED_DAYS = env.int("REVIEW_OPENED_DAYS", 14, validate=validate.Range(min=0, max=92))
THINK_IT_BREAKER_DAYS = env.int("THINK_IT_BREAKER_DAYS", 0, validate=validate.Range(min=0, max=3650))
LOG_LEVEL = env.str("LOG_LEVEL", "INFO", validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR"]))
