"""Reading the history of a git repository through git itself, in a stream: no history is too long for the memory.

Only plumbing is called (`rev-list`, `diff-tree`), which does not follow what somebody has set in their own git. Trees
are compared, contents are never read: names of files, and of a message its first line.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import IO, Final

from features.errors import BadInput, wrong

CHUNK: Final = 1 << 18
MARK: Final = 12
"""How many digits of a commit's id are kept: enough to tell the commits of any repository apart."""

EPOCH: Final = date(1970, 1, 1)  # what git says of a date that it cannot read
_CO_AUTHORS: Final = "%(trailers:key=Co-authored-by,valueonly,unfold)"
_CONTACT: Final = re.compile(r"[^<>\n]*<[^<>\n]+>")
_POINTERS: Final = ("DIR", "WORK_TREE", "INDEX_FILE", "OBJECT_DIRECTORY", "COMMON_DIR", "NAMESPACE", "PREFIX")


FIX: Final = re.compile(r"\b(?:fix(?:es|ed|ing)?|(?:bug|hot)[- ]?fix(?:es|ed)?|bugs?|regressions?)\b", re.IGNORECASE)
"""What makes a commit a fix: one of these words in the first line of its message."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: its id, the day it was written on where its author was, its authors (`Name <mail>`), its paths.

    `fix`: the first line of its message says that it mends something (`FIX`).
    """

    id: str
    day: date
    authors: tuple[str, ...]
    paths: tuple[str, ...]
    fix: bool = False


@dataclass(slots=True)
class Listed:
    """The commits of a history that are to be read, merges aside, as ids in a file; and what was seen on the way."""

    ids: IO[bytes]
    commits: int = 0
    chosen: int = 0
    undated: int = 0
    ahead: int = 0
    found: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository on this machine and the commit that its history is read from."""

    folder: Path
    name: str
    tip: str


def open_repository(folder: Path, *, ref: str = "HEAD") -> Repository:
    """Find the repository that a folder is, or lies in; bare ones too.

    Raises:
        BadInput: git is not installed, there is no repository, it is shallow, or `ref` leads to no commit.
    """
    if not folder.is_dir():
        raise wrong("repository", f"There is no folder {folder}.")
    asked = ("rev-parse", "--is-shallow-repository", "--absolute-git-dir")
    shallow, _, git_dir = ask(folder, *asked).partition("\n")
    if shallow == "true":
        raise wrong(
            "repository",
            f"{folder} is a shallow clone: the beginning of its history is missing, and its oldest commit would count "
            "for all of it. Run `git fetch --unshallow` there first.",
        )
    try:
        top = Path(ask(folder, "rev-parse", "--show-toplevel"))
    except BadInput:  # a bare repository has no work tree
        top = Path(git_dir)
    try:
        tip = ask(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    except BadInput as error:
        detail = f"“{ref}” leads to no commit in {folder}: it has none yet, or another branch has (--ref BRANCH)."
        raise wrong("repository", detail) from error
    return Repository(folder, top.name.removesuffix(".git"), tip)


@contextmanager
def listed(
    repository: Repository, *, since: date | None, until: date, sought: frozenset[str] = frozenset()
) -> Iterator[Listed]:
    """List the commits that were written from `since` to `until`, by their authors' own days.

    `sought` are ids (their first `MARK` digits) to look for in the whole history, whatever their day; `found` has
    those that are there, merges included.
    """
    with tempfile.TemporaryFile() as ids:
        list_ = Listed(ids)
        command = ("rev-list", "--format=%as %P", repository.tip)
        with _running(repository.folder, *command) as out:
            for head in out:
                commit, line = head.removeprefix(b"commit ").strip(), out.readline()
                _choose(list_, commit, line, since, until)
                if (mark := commit[:MARK].decode()) in sought:
                    list_.found.add(mark)
        ids.seek(0)
        yield list_


def _choose(list_: Listed, commit: bytes, line: bytes, since: date | None, until: date) -> None:
    written, *parents = line.split()
    if len(parents) > 1:
        return
    list_.commits += 1
    day = _day(written)
    if day is None:
        list_.undated += 1
    elif day > until:
        list_.ahead += 1
    elif since is None or day >= since:
        list_.chosen += 1
        list_.ids.write(commit + b"\n")


def read_commits(repository: Repository, list_: Listed, *, co_authors: bool = False) -> Iterator[Commit]:
    """The listed commits that change a file, in the order of the list. Authors are named as `.mailmap` has them.

    A renamed file is two paths: the one that went and the one that came.
    """
    known = _mailmap(repository, list_) if co_authors else {}
    fields = ["", "%H", "%as", "%aN <%aE>", "%s", _CO_AUTHORS if co_authors else ""]
    command = (
        "diff-tree", "--stdin", "--root", "-r", "-z", "--no-renames", "--name-only", "--encoding=UTF-8",
        f"--format={'%x00'.join(fields)}",
    )  # fmt: skip
    list_.ids.seek(0)
    with _running(repository.folder, *command, stdin=list_.ids) as out:
        tokens = _tokens(out)
        next(tokens, None)  # each commit begins with an empty token; no path is empty
        for commit in tokens:
            day, author, subject, others, first = (next(tokens) for _ in range(5))
            paths = [first.removeprefix("\n"), *iter(lambda: next(tokens, ""), "")]
            contacts = (known.get(other.strip()) for other in others.splitlines())
            authors = dict.fromkeys([author, *(contact for contact in contacts if contact)])
            yield Commit(commit, date.fromisoformat(day), tuple(authors), tuple(paths), bool(FIX.search(subject)))


def _mailmap(repository: Repository, list_: Listed) -> Mapping[str, str]:
    """The co-authors of the listed commits, each as `.mailmap` names them."""
    found: dict[str, None] = {}
    list_.ids.seek(0)
    command = ("rev-list", "--no-walk=unsorted", "--stdin", f"--format={_CO_AUTHORS}")
    with _running(repository.folder, *command, stdin=list_.ids) as out:
        for line in out:
            contact = line.decode(errors="replace").strip()
            if _CONTACT.fullmatch(contact):
                found[contact] = None
    asked = "".join(f"{contact}\n" for contact in found)
    answers = ask(repository.folder, "check-mailmap", "--stdin", send=asked).splitlines() if found else []
    return dict(zip(found, answers, strict=True))


def _tokens(out: IO[bytes]) -> Iterator[str]:
    rest = b""
    while chunk := out.read(CHUNK):
        *whole, rest = (rest + chunk).split(b"\0")
        for token in whole:
            yield token.decode(errors="surrogateescape")


def _day(written: bytes) -> date | None:
    try:
        day = date.fromisoformat(written.decode())
    except ValueError:
        return None
    return day if day > EPOCH else None


def _git(folder: Path, words: Sequence[str]) -> list[str]:
    git = shutil.which("git")
    if git is None:
        raise wrong("repository", "git is not installed here, or not on the PATH. Histories are read with it.")
    return [git, "-C", str(folder), *words]


def _environment() -> dict[str, str]:
    """Ours without what points git at another repository, as hooks do; messages in English."""
    pointers = {f"GIT_{name}" for name in _POINTERS}
    return {name: value for name, value in os.environ.items() if name not in pointers} | {"LC_ALL": "C"}


def ask(folder: Path, *words: str, send: str = "") -> str:
    """What git answers, as text.

    Raises:
        BadInput: it refused.
    """
    command = _git(folder, words)
    done = subprocess.run(command, env=_environment(), check=False, capture_output=True, input=os.fsencode(send))
    if done.returncode:
        raise _failed(folder, done.stderr)
    return os.fsdecode(done.stdout).removesuffix("\n")


@contextmanager
def _running(folder: Path, *words: str, stdin: IO[bytes] | None = None) -> Iterator[IO[bytes]]:
    """The output of a git that runs beside us; it ends with us, and what it could not read is an error."""
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            _git(folder, words),
            env=_environment(),
            stdin=stdin if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
        )
        try:
            with process:
                assert process.stdout is not None  # noqa: S101 (it is a pipe, as asked for)
                try:
                    yield process.stdout
                except BaseException:
                    process.kill()
                    raise
        finally:
            complaints.seek(0)
            said = complaints.read()
        if process.returncode:
            raise _failed(folder, said)


def _failed(folder: Path, said: bytes) -> BadInput:
    lines = said.decode(errors="replace").strip().splitlines() or ["it ended without a word"]
    if "not a git repository" in lines[0]:
        return wrong("repository", f"{folder} is not a git repository, and lies in none.")
    return wrong("repository", f"git could not read {folder}: {' '.join(lines[-5:])}")
