"""What a source plug is given, what it gives back, and how it says no.

A plug turns (window, definition) into sufficient statistics. It knows nothing of Django: limits and secrets are passed
in. Retries are not its business either; they live in the ledger of pulls.
"""

import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol, TypeVar, get_type_hints

from hypotheses.sources.addresses import Network

SECRET_REFERENCE = "env:"  # noqa: S105 (how a reference begins, not a secret)
SECRET_PREFIX = "PULL_"  # noqa: S105 (the prefix that limits references)
_SHOWN: Final = 60
_UNWRITABLE: Final = re.compile("[\x00\ud800-\udfff]")


def can_be_stored(text: str) -> bool:
    """Whether a database takes it: JSON can bring the character U+0000 and half a surrogate pair, which none does."""
    return _UNWRITABLE.search(text) is None


def storable(text: str) -> str:
    """The text with U+FFFD in place of each character that no database takes."""
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def shown(value: object) -> str:
    """A value as sentences quote it."""
    text = storable(str(value))
    return f"“{text if len(text) <= _SHOWN else text[: _SHOWN - 1] + '…'}”"


class SourceError(Exception):
    """A read that failed. Its text is one or two sentences for the person who has to mend it; it never holds a secret,
    and it can be stored whatever value an engine quotes in it.

    `about_source` tells whether the source as a whole is in trouble (unreachable, refusing), which its circuit breaker
    counts, or only this one question. `retry_after`: seconds that the source itself asked us to wait.
    """

    permanent: ClassVar[bool] = False

    def __init__(self, sentence: str, *, about_source: bool = False, retry_after: float | None = None) -> None:
        super().__init__(storable(sentence))
        self.about_source = about_source
        self.retry_after = retry_after


class PermanentSourceError(SourceError):
    """Asking again will not help: a bad query, a wrong column, refused, forbidden. A person has to act."""

    permanent = True


class PassingSourceError(SourceError):
    """Asking again may help: unreachable, too slow, locked, not there yet."""

    def __init__(self, sentence: str, *, about_source: bool = True, retry_after: float | None = None) -> None:
        super().__init__(sentence, about_source=about_source, retry_after=retry_after)


class ConfigError(ValueError):
    """One setting of a source is wrong: its name, and a sentence that says how to mend it."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of time that is asked for: later than `start`, up to and including `end`; both with a time zone."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Definition:
    """What is asked: the metric's key, and its query in the form that the source understands (may be blank).

    `stages`: the stages of the trials of that time, as JSON text, for queries that use `:stages`: an array of
    `{"trial", "stage", "started_at", "ended_at"}`, times in ISO 8601, `ended_at` null while it is open.
    """

    metric: str
    query: str = ""
    stages: str = "[]"


BINDS: Final = ("window_start", "window_end", "metric", "stages")
"""What a query may use, each with a colon before it."""


def asks_for(query: str, bind: str) -> bool:
    """Whether a query uses one of them."""
    return re.search(rf"(?<![:\w]):{bind}\b", query) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The sufficient statistics of one arm of a trial, for one metric, cumulative within its stage, as of one moment.

    Either `mean` and `var` (sample variance, ddof 1), or `sum` and `sum_squares` as decimal texts, which are converted
    exactly; for a proportion `mean` or `sum` alone is enough. A ratio needs `mean_x`, `var_x` and `cov_xy` (x is what
    it is divided by). `stage` None: the stage that was open at `as_of`. `opens_stage`: a `stage` that the trial
    does not have yet is opened; without it such a name is a mistake. `n` are the matured units, `n_assigned` all that
    were assigned, `n_multi_arm` those of them that were seen in other arms too. The values have the right types;
    whether they make sense together is for the landing to say.
    """

    trial: str
    metric: str
    arm: str
    as_of: datetime
    n: int
    stage: str | None = None
    mean: float | None = None
    var: float | None = None
    sum: str | None = None
    sum_squares: str | None = None
    mean_x: float | None = None
    var_x: float | None = None
    cov_xy: float | None = None
    n_assigned: int | None = None
    n_multi_arm: int | None = None
    design_weight: float | None = None
    opens_stage: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row with a value that is not of its type: the trial that it names ("" when that cannot be told), and what is
    wrong. It fails the pull if the trial is ours; a row of somebody else's does not stand in the way.
    """

    trial: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What one read brought: the rows, those that cannot be read, and how many bytes were read for them (as near as
    the plug can tell).
    """

    rows: tuple[Row, ...]
    bytes: int
    unreadable: tuple[Unreadable, ...] = ()

    @property
    def count(self) -> int:
        """How many rows came, readable or not."""
        return len(self.rows) + len(self.unreadable)


@dataclass(frozen=True, slots=True)
class Limits:
    """What this installation allows a plug.

    `folders`: local files must lie in one of them. `apart`: files that are never read, because they are the
    installation's own. `networks`: those that HTTP may reach besides the open internet. `seconds`: deadline of one
    whole read. `rows`, `bytes`: the most that one read may bring.
    """

    folders: tuple[Path, ...] = ()
    apart: tuple[Path, ...] = ()
    networks: tuple[Network, ...] = ()
    seconds: float = 30.0
    rows: int = 100_000
    bytes: int = 1_000_000_000


class Plug(Protocol):
    """A source that has been opened with its settings. Making one must be cheap and must not touch the network."""

    def read(self, window: Window, definition: Definition) -> Reading:
        """The statistics of one metric in one window.

        Raises:
            PermanentSourceError, PassingSourceError: with a sentence for a person.
        """
        ...

    def check(self) -> str:
        """Try the source without a metric; a sentence that says what was found. Raises as `read`."""
        ...


Settings = TypeVar("Settings")


def configured(form: type[Settings], given: Mapping[str, Any]) -> Settings:
    """The settings dataclass of a plug, made from what a person entered.

    Raises:
        ConfigError: an unknown, missing or wrongly typed setting, or one that the dataclass itself refuses.
    """
    known = {each.name: each for each in fields(form)}  # type: ignore[arg-type]  # every form is a dataclass
    kinds = get_type_hints(form)
    for name, value in given.items():
        if name not in known:
            raise ConfigError(name, f"“{name}” is not a setting of this kind of source. It has: {', '.join(known)}.")
        if not isinstance(value, kinds[name]) or (isinstance(value, bool) and kinds[name] is not bool):
            raise ConfigError(name, f"“{name}” has to be a {_KIND_NAMES[kinds[name]]}.")
    for name, each in known.items():
        if name not in given and each.default is MISSING:
            raise ConfigError(name, f"“{name}” is needed.")
    return form(**given)


_KIND_NAMES: Mapping[type, str] = {str: "text", int: "whole number", bool: "true or false"}


def resolve_secret(secret: str, environment: Mapping[str, str]) -> str:
    """The secret itself: `env:PULL_NAME` is looked up in the environment, anything else is taken as it is.

    The prefix keeps a source from asking for secrets that are not meant for sources, such as `env:DATABASE_URL`.
    """
    if not secret.startswith(SECRET_REFERENCE):
        return secret
    name = secret.removeprefix(SECRET_REFERENCE)
    if not name.startswith(SECRET_PREFIX):
        raise PermanentSourceError(
            f"The secret points to the variable {name}. Only variables that begin with {SECRET_PREFIX} may be used."
        )
    if name not in environment:
        raise PermanentSourceError(
            f"The secret points to the variable {name}, which this process's environment does not "
            "have. Set it for every worker and for the web, then restart them.",
            about_source=True,
        )
    return environment[name]


def without_secret(sentence: str, secret: str) -> str:
    """The sentence with the secret blacked out, should an engine have quoted it."""
    return sentence.replace(secret, "•••") if secret else sentence


def first_line(error: BaseException, *, longest: int = 300) -> str:
    """What an engine said, in one line short enough to show, without the full stop at its end."""
    said = " ".join(line.strip() for line in str(error).splitlines()[:3] if line.strip(" ^"))
    return (said[: longest - 1] + "…" if len(said) > longest else said).rstrip(".! ")
