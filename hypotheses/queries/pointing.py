"""Where a source points, as everybody may see it: never with a secret in it."""

from urllib.parse import urlsplit

from hypotheses.models import Source

UNREADABLE = "an address that cannot be shown"


def points_to(source: Source) -> str:
    """The path of a file, or the address of an engine or a service; empty for a push.

    Settings that hold a password are refused when they are entered. What was stored all the same, by hand or by an
    earlier version, is not shown either.
    """
    given = source.config if isinstance(source.config, dict) else {}
    where = str(given.get("url") or given.get("path") or "")
    return shown_address(where) if "://" in where else where


def shown_address(address: str) -> str:
    """An address without its password and without all that follows its path; who signs in stays.

    An unescaped `/`, `?` or `#` in a password moves the rest of it, and the `@`, out of the place for names. Such an
    address is not shown at all.
    """
    scheme, _, rest = address.partition("://")
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return UNREADABLE
    if "@" in rest.removeprefix(parts.netloc):
        return UNREADABLE
    who, at, host = parts.netloc.rpartition("@")
    return f"{scheme}://{who.partition(':')[0]}{at}{host}{parts.path}"
