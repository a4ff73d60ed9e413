"""Importing a portfolio that was lived elsewhere: its features with their past, and what they cost."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from features.actions.investment import InvestmentRow, record_investments
from features.actions.ledger import Recorded
from features.errors import wrong
from features.models import Feature
from lifecycle.actions.imported import ImportedLife, ImportedSquad
from lifecycle.actions.importing import Imported, import_history
from lifecycle.importers import portfolio_files as files
from lifecycle.importers.portfolio_assessments import assessments_of, placed, read_assessments
from lifecycle.importers.portfolio_effort import EffortRule, efforts
from lifecycle.importers.portfolio_lives import by_feature, happenings_of, life_of
from lifecycle.models import Decision

LONGEST_KEY: Final = 80
LONGEST_SLUG: Final = 60


@dataclass(frozen=True, slots=True)
class Report:
    """What an import of one data set did, and every row that was doubtful."""

    dataset: str
    rows: Mapping[str, int]
    imported: Imported
    recorded: Recorded
    doubts: tuple[files.Doubt, ...] = field(repr=False)

    @property
    def left_out(self) -> tuple[files.Doubt, ...]:
        """The rows that were not taken in."""
        return tuple(doubt for doubt in self.doubts if not doubt.mended)

    @property
    def mended(self) -> tuple[files.Doubt, ...]:
        """The rows that were taken in with something put right."""
        return tuple(doubt for doubt in self.doubts if doubt.mended)


def import_portfolio(
    *, folder: Path, dataset: str, rule: EffortRule, by: User | None, now: datetime, dry_run: bool = False
) -> Report:
    """Import one data set from a folder with `features`, `phase_events` and `investment` (CSV, may be gzipped), and
    `assessments` and `criteria` where it has them.

    Everything is written or nothing; with `dry_run` nothing is, and the report says what would be. A second run changes
    nothing, except that entries are restated where the rule or a row has changed.

    Raises:
        BadInput: a file is missing or cannot be read, or has nothing of this data set.
        Forbidden: not an administrator.
    """
    doubts = files.Doubts()
    rows = {
        name: files.read_rows(folder, name, columns, dataset=dataset, doubts=doubts)
        for name, columns in (
            ("features", files.FEATURES), ("phase_events", files.EVENTS), ("investment", files.INVESTMENT),
        )
    }  # fmt: skip
    if not rows["features"]:
        raise wrong("dataset", f"The files in {folder} hold no features of “{dataset}”.", code="unknown")
    assessments, criteria = read_assessments(folder, dataset=dataset, doubts=doubts)
    rows |= {"assessments": assessments, "criteria": criteria} if assessments or criteria else {}
    lives, squads = _lives(rows, now, doubts)
    with transaction.atomic():
        lives = _compare(lives, rows["features"], doubts)
        entries = _entries(rows["investment"], lives, rule, now, doubts)
        imported = import_history(dataset=dataset, squads=squads, lives=list(lives.values()), by=by, now=now)
        recorded = record_investments(entries=entries, by=by, now=now)
        transaction.set_rollback(dry_run)
    doubts.found.sort(key=lambda doubt: (doubt.file, doubt.line))
    counts = {name: len(found) for name, found in rows.items()}
    return Report(dataset, counts, imported, recorded, tuple(doubts.found))


def _lives(
    rows: Mapping[str, Sequence[files.Row]], now: datetime, doubts: files.Doubts
) -> tuple[dict[str, ImportedLife], list[ImportedSquad]]:
    """The lives by the feature's id in the data set, and the squads that they need."""
    told, today = by_feature(rows["phase_events"]), timezone.localdate(now)
    wanted = _distinct(rows["features"], doubts)
    held = assessments_of(
        rows.get("assessments", ()), rows.get("criteria", ()), known=wanted, today=today, doubts=doubts
    )
    keys = keys_for(wanted)
    lives = {}
    squads: dict[str, ImportedSquad] = {}
    for feature_id, row in wanted.items():
        team = squad_of(row)
        events = happenings_of(told.pop(feature_id, ()), today=today, doubts=doubts)
        happenings = placed(events, held.get(feature_id, ()), doubts)
        life = life_of(row, happenings, key=keys[feature_id], squad=team.slug, today=today, at=_moment, doubts=doubts)
        if life is not None:
            lives[feature_id] = life
            squads[team.slug] = team
    for orphans in told.values():
        for row in orphans:
            doubts.leave_out(row, f"There is no feature “{row['feature_id']}” that this could have happened to.")
    return lives, list(squads.values())


def _distinct(rows: Iterable[files.Row], doubts: files.Doubts) -> dict[str, files.Row]:
    wanted: dict[str, files.Row] = {}
    for row in rows:
        if not row["feature_id"]:
            doubts.leave_out(row, "The feature has no id.")
        elif wanted.setdefault(row["feature_id"], row) is not row:
            doubts.leave_out(row, f"The feature stands in line {wanted[row['feature_id']].line} already.")
    return wanted


def keys_for(rows: Mapping[str, files.Row]) -> dict[str, str]:
    """A key for each feature, made from the data set and its id; the same ids give the same keys every time.

    Long ones, and ones that would be the same, end in a piece of the id's SHA-256.
    """
    plain = {feature_id: _slug(f"{row['dataset']}-{feature_id}") for feature_id, row in rows.items()}
    taken = Counter(plain.values())
    return {
        feature_id: key if len(key) <= LONGEST_KEY and taken[key] == 1 else _short(key, feature_id, LONGEST_KEY)
        for feature_id, key in plain.items()
    }


def squad_of(row: files.Row) -> ImportedSquad:
    """The team that owns the feature, apart from squads of the same name elsewhere."""
    name = row["owner_team"] or "No team"
    slug = _slug(f"{row['dataset']}-{name}")
    return ImportedSquad(slug if len(slug) <= LONGEST_SLUG else _short(slug, name, LONGEST_SLUG), name[:120])


def _slug(text: str) -> str:
    words = slugify(text.replace("/", "-").replace("_", "-").replace(".", "-"))
    return "-".join(part for part in words.split("-") if part)


def _short(slug: str, whole: str, longest: int) -> str:
    digest = hashlib.sha256(whole.encode()).hexdigest()[:8]
    return f"{slug[: longest - 9].rstrip('-')}-{digest}"


def _moment(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _entries(
    rows: Sequence[files.Row],
    lives: Mapping[str, ImportedLife],
    rule: EffortRule,
    now: datetime,
    doubts: files.Doubts,
) -> list[InvestmentRow]:
    keys = {feature_id: (life.key, timezone.localdate(life.created_at)) for feature_id, life in lives.items()}
    return list(efforts(rows, keys=keys, rule=rule, today=timezone.localdate(now), doubts=doubts))


def _compare(
    lives: Mapping[str, ImportedLife], rows: Sequence[files.Row], doubts: files.Doubts
) -> dict[str, ImportedLife]:
    """The lives without those whose key belongs to a feature of our own.

    Features that were imported before stay as they are; what the files say more by now is told, not written.
    """
    lines = {row["feature_id"]: row for row in rows}
    own = set(Feature.objects.filter(imported=False).values_list("key", flat=True))
    before = Counter(Decision.objects.filter(imported=True).values_list("feature__key", flat=True))
    weighed = Counter(Decision.objects.exclude(criteria=[]).values_list("feature__key", flat=True))
    here = set(Feature.objects.filter(imported=True).values_list("key", flat=True))
    for feature_id, life in lives.items():
        if life.key in own:
            detail = f"A feature with the key “{life.key}” exists that was not imported; it is left as it is."
            doubts.leave_out(lines[feature_id], detail)
        elif life.key in here and before[life.key] != len(life.moves):
            told = f"{len(life.moves)} decisions; {before[life.key]} were imported before"
            detail = f"The file has {told}. From the import on it moves at its gate; decide there."
            doubts.leave_out(lines[feature_id], detail)
        elif life.key in here and weighed[life.key] != sum(bool(move.criteria) for move in life.moves):
            detail = "It was imported with other criteria of its assessments. A decision is final: it stays as it is."
            doubts.leave_out(lines[feature_id], detail)
    return {feature_id: life for feature_id, life in lives.items() if life.key not in own}
