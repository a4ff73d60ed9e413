"""What a page on paper may load: our own static files, from disk. Nothing is ever fetched from a network."""

import mimetypes
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation
from django.utils._os import safe_join

REFUSED = "A page on paper loads nothing but our own static files, and this is none: {}"


def on_shelf(address: str, root: str) -> Path:
    """The file that stands behind ``address``, an address below ``root``.

    Raises:
        ValueError: it is elsewhere, or there is no such file.
    """
    if not address.startswith(root):
        raise ValueError(REFUSED.format(address))
    name = unquote(urlsplit(address[len(root) :]).path)
    path = Path(_collected(name) or finders.find(name) or "")
    if not path.is_file():
        raise ValueError(REFUSED.format(address))
    return path


def _collected(name: str) -> str | None:
    """The file as `collectstatic` put it, which knows the hashed names too."""
    try:
        path = Path(safe_join(settings.STATIC_ROOT, name))
    except SuspiciousFileOperation as outside:
        raise ValueError(REFUSED.format(name)) from outside
    return str(path) if path.is_file() else None


def fetched(address: str, root: str) -> tuple[bytes, dict[str, Any]]:
    """The bytes of a file on the shelf, and its headers."""
    path = on_shelf(address, root)
    return path.read_bytes(), {"Content-Type": mimetypes.guess_type(path.name)[0] or "application/octet-stream"}
