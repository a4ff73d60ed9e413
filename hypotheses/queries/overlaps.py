"""What trials share: the facts as the weighing needs them, and whether they disturb a comparison."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from hypotheses.models import Overlap
from hypotheses.statistics import overlap as statistics

Table = list[list[float]]


@dataclass(frozen=True, slots=True)
class OverlapFact:
    """One treatment's overlap with another trial: counted (2 × 2, rows by our arms), or declared with its reason.

    `exclusive`: one of the two trials was declared to share nobody.
    """

    pk: int
    trial: str
    treatment: str
    other: str
    exclusive: bool
    as_of: datetime
    n_arms: list[float]
    cells: Table
    means: Table | None
    variances: Table | None
    declared: bool
    note: str

    @property
    def weighed(self) -> statistics.Overlap | None:
        """What the counts say; None for one that is declared."""
        if self.declared:
            return None
        return statistics.overlap(
            n_arms=self.n_arms,
            cells=self.cells,
            means=self.means,
            variances=self.variances,
            exclusive=self.exclusive,
        )

    @property
    def disturbs(self) -> str:
        """Why the comparison cannot be read beside the other trial, in words; "" when it can."""
        if self.declared:
            return f"{self.other} disturbs {self.trial}: {self.note.rstrip('.')}"
        found = self.weighed
        if found is None or not found.contaminated:
            return ""
        return f"{found.share:.1%} of the units of {self.trial} are in {self.other} too, {_because(self, found)}"


def _because(fact: OverlapFact, found: statistics.Overlap) -> str:
    below = statistics.DISTURBED_BELOW
    if fact.exclusive:
        return "though the trials were declared to share nobody"
    if found.p_membership < below:
        return "and not the same part of each arm"
    if found.p_independence < below:
        return "and the two assignments depend on each other"
    return "and the two effects do not add up"


def overlaps_of(*, trials: Collection[int]) -> tuple[OverlapFact, ...]:
    """The current overlaps of these trials (ids), oldest first. One query."""
    current = Overlap.objects.filter(trial__in=trials, superseded_at__isnull=True)
    return _facts(current.order_by("as_of", "pk")) if trials else ()


def overlaps_by_id(ids: Collection[int]) -> tuple[OverlapFact, ...]:
    """Overlaps by id, also those that were superseded since: what a weighing once read."""
    return _facts(Overlap.objects.filter(pk__in=ids).order_by("as_of", "pk")) if ids else ()


def latest_overlaps(
    facts: Iterable[OverlapFact], *, since: Mapping[str, datetime], before: datetime | None
) -> tuple[OverlapFact, ...]:
    """Of each treatment and other trial what is known last, counted before the next look (None: there is none yet).

    since: when each trial's first stage of the stint began; what was counted earlier is of an earlier stint's units.
    """
    last: dict[tuple[str, str, str], OverlapFact] = {}
    for fact in facts:
        began = since.get(fact.trial)
        if began is not None and began <= fact.as_of and (before is None or fact.as_of < before):
            last[fact.trial, fact.treatment, fact.other] = fact
    return tuple(last.values())


def contaminated(facts: Sequence[OverlapFact], *, treatment: str) -> str:
    """Why the comparison of a treatment is disturbed, by the first overlap that disturbs it; "" when none does."""
    return next((why for fact in facts if fact.treatment == treatment and (why := fact.disturbs)), "")


def _facts(rows: QuerySet[Overlap]) -> tuple[OverlapFact, ...]:
    return tuple(map(overlap_fact, rows.select_related("trial", "treatment", "other", "external")))


def overlap_fact(row: Overlap) -> OverlapFact:
    """The row with the names of what it refers to."""
    other = row.other or row.external
    assert other is not None, "the database keeps one of them"  # noqa: S101
    return OverlapFact(
        pk=row.pk,
        trial=row.trial.key,
        treatment=row.treatment.name,
        other=other.key,
        exclusive=row.trial.exclusive or bool(row.other and row.other.exclusive),
        as_of=row.as_of,
        n_arms=row.n_arms or [],
        cells=row.cells or [],
        means=row.means,
        variances=row.variances,
        declared=row.declared,
        note=row.note,
    )
