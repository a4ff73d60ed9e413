"""What somebody writes into a retrospective, read and checked before any of it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from features.texts import LONGEST, storable, visible
from hypotheses.queries.checking import Complaints
from lifecycle.enums import LessonKind

TEXTS: Final = {
    "went_well": "what went well",
    "went_wrong": "what went wrong",
    "could_go_better": "what went well but could go better",
}
"""The three questions of every retrospective."""
LONGEST_STATEMENT: Final = 300
MOST_LESSONS: Final = 40


@dataclass(frozen=True, slots=True)
class WrittenLesson:
    """One lesson as it is written. `id`: the published one that is worded anew; `in_library`: None is not answered."""

    kind: str
    statement: str
    detail: str = ""
    in_library: bool | None = None
    repeats: int | None = None
    id: int | None = None

    def as_json(self) -> dict[str, Any]:
        """As a draft keeps it."""
        return {
            "kind": self.kind,
            "statement": self.statement,
            "detail": self.detail,
            "in_library": self.in_library,
            "repeats": self.repeats,
        }


@dataclass(frozen=True, slots=True)
class Written:
    """A retrospective as it is written."""

    went_well: str
    went_wrong: str
    could_go_better: str
    lessons: tuple[WrittenLesson, ...]

    @property
    def texts(self) -> dict[str, str]:
        """The three texts by name."""
        return {name: getattr(self, name) for name in TEXTS}


def read_retrospective(
    *,
    went_well: str,
    went_wrong: str,
    could_go_better: str,
    lessons: Sequence[Mapping[str, Any]],
    whole: bool,
) -> Written:
    """What is written. `whole`: it is to be published, so nothing may be left open.

    Raises:
        BadInput: with every field that is wrong or missing.
    """
    complaints = Complaints()
    given = {"went_well": went_well, "went_wrong": went_wrong, "could_go_better": could_go_better}
    texts = {name: _text(value, name, complaints, whole=whole) for name, value in given.items()}
    if len(lessons) > MOST_LESSONS:
        complaints.add("lessons", f"A retrospective holds {MOST_LESSONS} lessons at most. Keep those that matter.")
    if whole and not lessons:
        complaints.add("lessons", "Write at least one lesson: what would you do differently?", code="required")
    read = tuple(_lesson(row, f"lessons.{at}", complaints, whole=whole) for at, row in enumerate(lessons))
    complaints.refuse("The retrospective was not saved")
    return Written(**texts, lessons=read)


def _text(value: str, name: str, complaints: Complaints, *, whole: bool) -> str:
    text = visible(storable(value or ""))
    if len(text) > LONGEST:
        complaints.add(name, f"This is {len(text):,} characters long; {LONGEST:,} fit. Shorten it.")
    if whole and not text:
        said = f"Say {TEXTS[name]}. When it is nothing, say that, and how you know."
        complaints.add(name, said, code="required")
    return text


def _lesson(row: Mapping[str, Any], at: str, complaints: Complaints, *, whole: bool) -> WrittenLesson:
    kind, statement = str(row.get("kind") or ""), visible(storable(str(row.get("statement") or "")))
    detail, repeats = visible(storable(str(row.get("detail") or ""))), row.get("repeats")
    known = True if repeats is not None else row.get("in_library")
    if kind not in set(LessonKind) and (kind or whole):
        complaints.add(f"{at}.kind", f"A lesson is about one of {', '.join(LessonKind)}.", code="unknown_word")
    if not statement:
        complaints.add(f"{at}.statement", "Say the lesson in one sentence, or leave its row empty.", code="required")
    if len(statement) > LONGEST_STATEMENT:
        said = f"This is {len(statement)} characters long; {LONGEST_STATEMENT} fit. Say the rest below it."
        complaints.add(f"{at}.statement", said)
    if len(detail) > LONGEST:
        complaints.add(f"{at}.detail", f"This is {len(detail):,} characters long; {LONGEST:,} fit. Shorten it.")
    _library(at, complaints, known=known, repeats=repeats, whole=whole and row.get("id") is None)
    return WrittenLesson(kind, statement, detail, known, repeats, row.get("id"))


def _library(at: str, complaints: Complaints, *, known: bool | None, repeats: int | None, whole: bool) -> None:
    """Whether the library had it already is asked of every lesson, and answered before it is published."""
    if whole and known is None:
        said = "Was this already in the library? Say no, or name the lesson it repeats."
        complaints.add(f"{at}.in_library", said, code="required")
    if whole and known and repeats is None:
        complaints.add(f"{at}.repeats", "Name the lesson of the library that this repeats.", code="required")
