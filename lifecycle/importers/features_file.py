"""Features from a CSV file: each is registered as by hand, in Think It with its first gate."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import transaction

from features.actions.feature import edit_feature, owner_of
from features.actions.squad import create_squad
from features.errors import Refusal, wrong
from features.importers.csv_file import Column, CsvFile, Line, LineErrors, Table, nearest
from features.models import Feature, Squad
from features.texts import storable
from lifecycle.actions.registering import register_feature

TABLE: Final = Table(
    (
        Column("key", needed=True),
        Column("name", needed=True),
        Column("squad", needed=True),
        Column("owner"),
        Column("summary"),
        Column("tags"),
        Column("parent"),
        Column("time_box_days"),
        Column("budget"),
    )
)


@dataclass(frozen=True, slots=True)
class Brought:
    """What an import of features came to: new ones, changed ones, ones left as they are, and squads that were made."""

    new: int
    changed: int
    unchanged: int
    squads: int


def import_features(
    *,
    file: CsvFile,
    by: User | None,
    now: datetime,
    update: bool = False,
    make_squads: str = "",
    dry_run: bool = False,
) -> Brought:
    """Register the features of a file, all or none. Tags stand in one cell, with commas or semicolons between them.

    One whose key is known is left as it is; with `update`, its name, summary, owner, tags and squad become what the
    file says of them (an empty cell says nothing). `make_squads` is the tribe in which unknown squads are made.
    `by` None is the command line.

    Raises:
        BadInput: wrong lines, as `lines.3.squad`, the first hundred of them.
    """
    with transaction.atomic():
        intake = _Intake(by, now, update, make_squads)
        for line in file.lines(TABLE, intake.errors):
            intake.take(line)
        intake.errors.refuse(file.name)
        if not intake.lines:
            raise wrong("file", f"{file.name} has a header, and no row below it.", code="empty")
        transaction.set_rollback(dry_run)
    return Brought(intake.new, intake.changed, len(intake.lines) - intake.new - intake.changed, intake.made)


@dataclass(slots=True)
class _Intake:
    """A file on its way in."""

    by: User | None
    now: datetime
    update: bool
    tribe: str
    errors: LineErrors = field(default_factory=LineErrors)
    lines: dict[str, int] = field(default_factory=dict)
    squads: dict[str, Squad] = field(default_factory=lambda: {squad.slug: squad for squad in Squad.objects.all()})
    new: int = 0
    changed: int = 0
    made: int = 0

    def take(self, line: Line) -> None:
        """Register or change one feature; what is refused goes to the errors, and the rest is still looked at."""
        key = line["key"]
        if not key:
            self.errors.add(line.number, "key", "Give a key: by it the feature is known when the file comes again.")
        elif key in self.lines:
            self.errors.add(line.number, "key", f"“{key}” stands in line {self.lines[key]} already.", code="duplicate")
        else:
            self.lines[key] = line.number
            self._tried(line, self._change if Feature.objects.filter(key=key).exists() else self._register)

    def _tried(self, line: Line, act: Callable[[Line], None]) -> None:
        try:
            with transaction.atomic():
                act(line)
        except Refusal as refusal:
            for error in refusal.errors:
                self.errors.add(line.number, error.field, error.detail, code=error.code)
            if not refusal.errors:
                self.errors.add(line.number, "", refusal.detail, code=refusal.code)

    def _register(self, line: Line) -> None:
        given: Any = {name: storable(line[name]) for name in ("key", "name", "summary")}
        register_feature(
            **given,
            squad=self._squad(line["squad"]),
            owner=owner_of(line["owner"] or None),
            tags=_tags(line["tags"]),
            parent=_parent(line["parent"]),
            time_box_days=_whole(line["time_box_days"]),
            budget=line["budget"] or None,
            by=self.by,
            now=self.now,
        )
        self.new += 1

    def _change(self, line: Line) -> None:
        if not self.update:
            return
        feature = Feature.objects.select_related("squad", "owner").get(key=line["key"])
        if line["parent"] and line["parent"] != (feature.parent.key if feature.parent else ""):
            raise wrong("parent", "A parent is given once, when the feature is registered.", code="immutable")
        stands: dict[str, Any] = {
            "name": feature.name,
            "summary": feature.summary,
            "owner": feature.owner.get_username() if feature.owner else "",
            "squad": feature.squad.slug,
            "tags": sorted(tag.name for tag in feature.tags.all()),
        }
        said: dict[str, Any] = {name: storable(line[name]) for name in ("name", "summary", "owner", "squad")}
        said["tags"] = sorted(_tags(line["tags"]))
        changes: Any = {name: value for name, value in said.items() if value and value != stands[name]}
        if changes:
            if "squad" in changes:
                self._squad(changes["squad"])
            edit_feature(key=feature.key, by=self.by, now=self.now, **changes)
            self.changed += 1

    def _squad(self, slug: str) -> Squad:
        if slug not in self.squads:
            if not self.tribe or not slug:
                near = nearest(slug, list(self.squads)) if slug else ""
                detail = f"There is no squad “{slug}”.{near} With --make-squads TRIBE it is made."
                raise wrong("squad", detail if slug else "Name the squad.", code="unknown")
            name = slug.replace("-", " ").capitalize()
            self.squads[slug] = create_squad(slug=slug, name=name, tribe=self.tribe, by=self.by, now=self.now)
            self.made += 1
        return self.squads[slug]


def _tags(text: str) -> list[str]:
    return list(dict.fromkeys(tag for part in text.replace(";", ",").split(",") if (tag := storable(part.strip()))))


def _parent(key: str) -> Feature | None:
    if not key:
        return None
    parent = Feature.objects.select_related("squad").filter(key=key).first()
    if parent is None:
        raise wrong("parent", f"There is no feature “{key}”.", code="unknown")
    return parent


def _whole(text: str) -> int | None:
    if text and not (text.isdecimal() and text.isascii()):
        raise wrong("time_box_days", f"“{text}” is not a whole number of days.")
    return int(text) if text else None
