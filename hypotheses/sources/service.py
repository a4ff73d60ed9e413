"""What the plugs for HTTP services share: where a service is, how its secret travels, how its JSON is read."""

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit

from hypotheses.sources.base import ConfigError, PermanentSourceError
from hypotheses.sources.wire import shown

ACCEPT: Final = {"Accept": "application/json"}
_HEADER: Final = re.compile(r"[A-Za-z0-9-]{1,80}")


@dataclass(frozen=True, slots=True)
class ServiceConfig:
    """`url`: where the service's addresses begin, for example `https://experiments.example.org/api`. `header`: the one
    that carries the secret; `Authorization` sends it as a bearer token, any other as it is.
    """

    url: str
    header: str = "Authorization"

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            fault = parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0
        except ValueError:
            fault = True
        if fault:
            raise ConfigError("url", "This is not an address. Write it as https://host/path.")
        if parts.username is not None or parts.password is not None:
            raise ConfigError("url", "Leave name and password out of the address; enter a token as the secret.")
        if parts.query or parts.fragment:
            raise ConfigError("url", "Leave out what follows the path; parameters belong to the metric's query.")
        if not _HEADER.fullmatch(self.header):
            raise ConfigError("header", "The name of a header has letters, digits and hyphens.")

    def secret_headers(self, secret: str) -> dict[str, str]:
        """The header that carries the secret; none without one.

        Raises:
            PermanentSourceError: a character that no header can carry.
        """
        if not secret:
            return {}
        if not secret.isascii() or not secret.isprintable():
            raise PermanentSourceError("The secret holds a character that no header can carry. Enter it again.")
        return {self.header: f"Bearer {secret}" if self.header.lower() == "authorization" else secret}

    def address(self, path: str) -> str:
        """An address of the service.

        Raises:
            PermanentSourceError: it leads elsewhere.
        """
        return self.url.rstrip("/") + "/" + path.lstrip("/") if path else self.url


def parsed(body: bytes, url: str) -> Any:
    """JSON, with decimals kept exact.

    Raises:
        PermanentSourceError: it is none, or holds NaN or Infinity.
    """
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        said = str(error)[:100] if isinstance(error, ValueError) else "it is nested too deeply"
        raise PermanentSourceError(f"{shown(url)} did not answer with JSON that can be read: {said}.") from None


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is not a number that can be weighed; leave out rows without data")
