"""What lies in a repository now: how long its files are, where a word stands, which dependencies are pinned."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any, Final

from features.errors import BadInput
from features.importers.git_log import Repository, ask

_PINNED_LINE: Final = re.compile(r"^\s*[A-Za-z0-9][\w.\-\[\], ]*={2,3}\s*[^\s*]+", re.MULTILINE)
_PINNED_TEXT: Final = re.compile(r"""["'][A-Za-z0-9][\w.\-\[\], ]*={2,3}\s*[^"'*]+["']""")
_EXACT: Final = re.compile(r"=?v?\d+(\.\d+)*([-+][\w.+-]+)?")
_NPM: Final = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")


def lines_of(repository: Repository) -> Iterator[tuple[str, int]]:
    """Each text file of the tip with the number of its lines; files that git takes for binary are left out."""
    empty = ask(repository.folder, "hash-object", "-t", "tree", "--stdin")
    told = ask(repository.folder, "diff-tree", "-r", "-z", "--numstat", "--no-renames", empty, repository.tip)
    for entry in filter(None, told.split("\0")):
        added, _, path = entry.split("\t", 2)
        if added.isdecimal():
            yield path, int(added)


def files_with(repository: Repository, word: str) -> int:
    """How many text files of the tip hold a word, as a whole word."""
    try:
        found = ask(repository.folder, "grep", "-I", "-l", "-z", "-w", "-F", "-e", word, repository.tip)
    except BadInput:
        return 0  # git says by its exit code that there is none
    return len([path for path in found.split("\0") if path])


def pins_in(repository: Repository, path: str) -> int | None:
    """How many dependencies a file holds back at one version; None: it is no manifest that can be read."""
    reader = _reader(path)
    if reader is None:
        return None
    return reader(ask(repository.folder, "cat-file", "blob", f"{repository.tip}:{path}"))


def _reader(path: str) -> Callable[[str], int] | None:
    name = PurePosixPath(path).name.lower()
    in_folder = PurePosixPath(path).parent.name.lower() == "requirements"
    if name.endswith(".txt") and (in_folder or name.startswith(("requirements", "constraints"))):
        return lambda text: len(_PINNED_LINE.findall(text))
    if name in {"pyproject.toml", "setup.py", "setup.cfg"}:
        return lambda text: len(_PINNED_TEXT.findall(text))
    return _pinned_by_npm if name == "package.json" else None


def _pinned_by_npm(text: str) -> int:
    with suppress(ValueError, RecursionError):
        found = json.loads(text)
        if isinstance(found, dict):
            return sum(_exact(found.get(name)) for name in _NPM)
    return 0


def _exact(versions: Any) -> int:
    kept = versions if isinstance(versions, Mapping) else {}
    return sum(isinstance(version, str) and bool(_EXACT.fullmatch(version)) for version in kept.values())
