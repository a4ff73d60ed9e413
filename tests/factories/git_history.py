"""Histories of git, made by `git fast-import`: as many commits as a story needs, written in a moment."""

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path

GIT = ("git", "-c", "init.defaultBranch=main", "-c", "core.quotePath=false")


@dataclass(frozen=True)
class Work:
    """One commit: who, when (a day, a moment, or git's own `seconds offset`), and the paths that it changes."""

    by: str = "Alma <alma@example.org>"
    on: object = None
    paths: tuple = ("app/a.py",)
    moved: tuple = ()
    message: str = "work"
    merges: str = ""

    @property
    def at(self):
        if isinstance(self.on, str):
            return self.on
        moment = self.on if isinstance(self.on, datetime) else datetime.combine(self.on, time(12), UTC)
        return f"{int(moment.timestamp())} {moment:%z}"


def git(folder, *words, **more):
    done = subprocess.run([*GIT, "-C", str(folder), *words], check=True, capture_output=True, **more)
    return done.stdout.decode().strip()


def new_repository(folder: Path, *, bare: bool = False) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", *(["--bare"] if bare else []))
    return folder


def commit_all(folder: Path, works: Iterable[Work], *, branch: str = "main") -> Path:
    """Add commits on top of a branch, or begin it."""
    stream = written(
        works, branch=branch, tip=git(folder, "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")
    )
    with subprocess.Popen(
        [*GIT, "-C", str(folder), "fast-import", "--quiet", "--force"], stdin=subprocess.PIPE
    ) as process:
        for part in stream:
            process.stdin.write(part)
        process.stdin.close()
    assert process.returncode == 0
    return folder


def written(works, *, branch, tip):
    for number, work in enumerate(works):
        message = work.message.encode()
        head = f"commit refs/heads/{branch}\nauthor {work.by} {work.at}\ncommitter {work.by} {work.at}\n"
        yield head.encode() + b"data %d\n%s\n" % (len(message), message)
        if number == 0 and tip:
            yield f"from {tip}\n".encode()
        if work.merges:
            yield f"merge {work.merges}\n".encode()
        for old, new in work.moved:
            yield b"R %s %s\n" % (quoted(old), quoted(new))
        for path in work.paths:
            content = f"{tip}{number} {work.message}".encode()
            yield b"M 100644 inline %s\ndata %d\n%s\n" % (quoted(path), len(content), content)
        yield b"\n"


def quoted(path):
    """A path as fast-import reads every name: in quotes, odd bytes as octal numbers."""
    raw = path if isinstance(path, bytes) else path.encode()
    plain = b"".join(b"\\%03o" % byte if byte < 32 or byte > 126 or byte in b'"\\' else bytes([byte]) for byte in raw)
    return b'"%s"' % plain
