"""Which local files a source may read."""

import stat
from pathlib import Path

from hypotheses.sources.base import Limits, PassingSourceError, PermanentSourceError


def allowed_file(path: str, limits: Limits) -> Path:
    """The real path of a file that the installation lets sources read; a relative one starts in the first folder.

    Links are followed before the check, so that none leads out of the folders.

    Raises:
        PermanentSourceError: outside the allowed folders, the installation's own, no plain file, too large.
        PassingSourceError: missing or not readable; it may still come.
    """
    if "\x00" in path or not path.strip():
        raise PermanentSourceError("The source names no file. Enter the path of a file in its settings.")
    real = (limits.folders[0] / path if limits.folders else Path(path)).resolve()
    if not any(real.is_relative_to(folder.resolve()) for folder in limits.folders):
        folders = ", ".join(str(folder) for folder in limits.folders) or "none"
        raise PermanentSourceError(
            f"The file {real} lies outside the folders that sources may read ({folders}). "
            "Move it there, or ask the operator to add its folder to SOURCE_FILES."
        )
    if any(real == own.resolve() for own in limits.apart):
        raise PermanentSourceError(
            f"The file {real} belongs to this installation itself and is never read as a source."
        )
    return _readable(real, limits)


def _readable(real: Path, limits: Limits) -> Path:
    try:
        found = real.stat()
    except FileNotFoundError as error:
        raise PassingSourceError(
            f"The file {real} does not exist. Put it there, or correct the path in the source."
        ) from error
    except OSError as error:
        raise PassingSourceError(f"The file {real} cannot be reached: {error.strerror}.") from error
    if not stat.S_ISREG(found.st_mode):
        raise PermanentSourceError(f"{real} is not a plain file. Name the file itself in the source.")
    if found.st_size == 0:
        raise PassingSourceError(f"The file {real} is empty. If it is not being written right now, write it again.")
    if found.st_size > limits.bytes:
        raise PermanentSourceError(
            f"The file {real} has {found.st_size:,} bytes; at most {limits.bytes:,} are read. "
            "Aggregate it to one row for each arm and day."
        )
    return real
