"""The form of a retrospective: three texts and rows for lessons, kept when they are refused."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.utils.text import Truncator

from lifecycle.enums import LessonKind
from lifecycle.models import Lesson, Retrospective
from lifecycle.pages.fields import LongText
from lifecycle.queries.kin import Kin
from lifecycle.queries.looking_back import LONGEST_STATEMENT, MOST_LESSONS

EMPTY_ROWS: Final = 2
"""So many empty rows stand below the lessons that are there; saving makes room for more."""
NEW: Final = "new"
MOST_CHOICES: Final = 200
SHORT: Final = 90
KINDS: Final[dict[str, str]] = {
    LessonKind.PROCESS: "How we work",
    LessonKind.TEAM: "How we work together",
    LessonKind.CUSTOMERS: "Our picture of customers",
    LessonKind.PRODUCT: "Our picture of the product",
    LessonKind.OURSELVES: "Ourselves",
}
"""The five kinds of lesson, as people read them."""


class RetrospectiveForm(forms.Form):
    """What went well, what went wrong, what could go better, and the lessons. `after` is the version that was read."""

    is_draft = True  # nothing is needed to save it, and all of it to publish: no field is called optional

    after = forms.IntegerField(widget=forms.HiddenInput, required=False)
    read_again = forms.CharField(widget=forms.HiddenInput, required=False)
    went_well = LongText(label="What went well", required=False, rows=5)
    went_wrong = LongText(
        label="What went wrong", required=False, rows=5, placeholder="What made it likely? Not who: what."
    )
    could_go_better = LongText(label="What went well, but could go better", required=False, rows=4)

    def __init__(self, *args: Any, found: Retrospective, kin: Kin, **kwargs: Any) -> None:
        self.published = found.published_at is not None
        rows = _rows(found)
        kwargs["initial"] = {
            "after": found.version,
            "went_well": found.went_well,
            "went_wrong": found.went_wrong,
            "could_go_better": found.could_go_better,
        }
        super().__init__(*args, **kwargs)
        sent = sum(name.startswith("statement_") for name in self.data) if self.is_bound else 0
        self.places = range(min(max(len(rows) + EMPTY_ROWS, sent), MOST_LESSONS))
        choices = _library(found, kin)
        for at in self.places:
            self._add_row(at, rows[at] if at < len(rows) else {}, choices)

    def _add_row(self, at: int, row: Mapping[str, Any], choices: Sequence[Any]) -> None:
        published = row.get("id")
        self.fields[f"id_{at}"] = forms.IntegerField(widget=forms.HiddenInput, required=False, initial=published)
        self.fields[f"statement_{at}"] = forms.CharField(
            label="Lesson",
            required=False,
            max_length=LONGEST_STATEMENT,
            initial=row.get("statement"),
            widget=forms.Textarea(attrs={"rows": 2, "placeholder": "One sentence that somebody else can use"}),
        )
        kinds = [("", "Choose"), *KINDS.items()]
        self.fields[f"kind_{at}"] = forms.ChoiceField(
            label="It is about", choices=kinds, required=False, initial=row.get("kind")
        )
        self.fields[f"library_{at}"] = forms.ChoiceField(
            label="Was it in the library already?",
            choices=choices,
            required=False,
            initial=_answer(row),
            disabled=bool(published),
        )
        self.fields[f"detail_{at}"] = LongText(label="How we know", required=False, initial=row.get("detail"), rows=2)

    @property
    def texts(self) -> list[Any]:
        """The bound fields of the three texts."""
        return [self[name] for name in ("went_well", "went_wrong", "could_go_better")]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The bound fields of each lesson."""
        parts = ("id", "statement", "kind", "library", "detail")
        return [{"number": at + 1, **{part: self[f"{part}_{at}"] for part in parts}} for at in self.places]

    @property
    def filled(self) -> list[int]:
        """The places where anything of a lesson is written."""
        return [at for at in self.places if any(self._given(part, at) for part in ("id", "statement", "detail"))]

    def _given(self, part: str, at: int) -> Any:
        return self.cleaned_data.get(f"{part}_{at}") or None

    def written(self) -> dict[str, Any]:
        """What is written, as `write_retrospective` takes it."""
        texts = {name: self.cleaned_data[name] for name in ("went_well", "went_wrong", "could_go_better")}
        return texts | {"lessons": [self._lesson(at) for at in self.filled]}

    def _lesson(self, at: int) -> dict[str, Any]:
        answer = self._given("library", at)
        return {
            "id": self._given("id", at),
            "kind": self._given("kind", at) or "",
            "statement": self._given("statement", at) or "",
            "detail": self._given("detail", at) or "",
            "in_library": None if answer is None else answer != NEW,
            "repeats": int(answer) if answer not in (None, NEW) else None,
        }

    def names(self) -> dict[str, str]:
        """From the action's field names to the form's."""
        own = {
            "kind": "kind",
            "statement": "statement",
            "detail": "detail",
            "in_library": "library",
            "repeats": "library",
        }
        return {
            f"lessons.{place}.{name}": f"{part}_{at}"
            for place, at in enumerate(self.filled)
            for name, part in own.items()
        }

    def show_after(self, version: int) -> None:
        """Let the next try be about the version that stands now, which the page shows beside what was typed."""
        self.data = {**_flat(self.data), "after": str(version)}

    def ask_again(self, mark: str, version: int) -> None:
        """Show the sentences once: the next try has read them."""
        self.data = {**_flat(self.data), "read_again": mark, "after": str(version)}


def _flat(data: Mapping[str, Any]) -> dict[str, Any]:
    """What was sent, each field once."""
    return {name: data[name] for name in data}


def _rows(found: Retrospective) -> list[dict[str, Any]]:
    if found.published_at is None:
        return list(found.draft)
    return [{**row} for row in found.lessons.order_by("pk").values("id", "kind", "statement", "detail", "repeats")]


def _answer(row: Mapping[str, Any]) -> str:
    if row.get("repeats") is not None:
        return str(row["repeats"])
    return NEW if row.get("id") or row.get("in_library") is False else ""


def _library(found: Retrospective, kin: Kin) -> list[Any]:
    """The lessons that it may repeat: those of its kin, then the newest of the others."""
    near = [one.lesson for one in kin.lessons]
    others = Lesson.objects.filter(repeats__isnull=True).exclude(pk__in=[one.pk for one in near])
    kept = Lesson.objects.filter(pk__in=[row["repeats"] for row in _rows(found) if row.get("repeats")])
    far = {one.pk: one for one in [*kept, *others.exclude(retrospective=found).order_by("-pk")[:MOST_CHOICES]]}
    groups = [("Yes, of its kin", near), ("Yes, from elsewhere", list(far.values()))]
    named = [(words, [(str(one.pk), _short(one)) for one in rows]) for words, rows in groups if rows]
    return [("", "Choose"), (NEW, "No, it is new"), *named]


def _short(lesson: Lesson) -> str:
    return f"{lesson.pk}: {Truncator(lesson.statement).chars(SHORT)}"
