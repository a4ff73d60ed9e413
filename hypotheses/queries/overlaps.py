"""What trials share: the facts as the weighing needs them, and whether they disturb a comparison."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q, QuerySet

from hypotheses.models import Overlap
from hypotheses.statistics import overlap as statistics
from hypotheses.statistics.overlap import several_arms

Table = list[list[float]]


@dataclass(frozen=True, slots=True)
class OverlapFact:
    """One treatment's overlap with another trial: counted (2 × 2, rows by our arms), or declared with its reason.

    `exclusive`: one of the two trials was declared to share nobody. `mirrored`: it was counted for the other one of two
    trials of ours, and is seen from this one, whose arms are its columns; it is of all treatments then (`treatment` is
    "").
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
    mirrored: bool = False

    @property
    def shared(self) -> float:
        """How many units both trials have."""
        return sum(sum(row) for row in self.cells)

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
        """Why the comparison cannot be read beside the other trial, in words; "" when it can. Of one that is mirrored:
        `disturbs_back`.
        """
        if self.declared:
            return f"{self.other} disturbs {self.trial}: {self.note.rstrip('.')}"
        found = self.weighed
        if found is None or not found.contaminated:
            return ""
        return f"{found.share:.1%} of the units of {self.trial} are in {self.other} too, {_because(self, found)}"

    def disturbs_back(self, units: float) -> str:
        """The same of a mirrored one, for so many units of this trial. That one arm of the other trial has more of them
        disturbs that one only; assignments that depend on each other, effects that do not add up, and sharing at all
        where nobody was to be shared, disturb both.
        """
        found = self.weighed
        if found is None or not several_arms(self.shared, units):
            return ""
        p = min(found.p_independence, 1.0 if found.p_interaction is None else found.p_interaction)
        if not self.exclusive and p >= statistics.DISTURBED_BELOW:
            return ""
        share = f"{self.shared / units:.1%} of the units of {self.trial} are in {self.other} too"
        return f"{share}, {_because(self, replace(found, p_membership=1.0))}"


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
    """The current overlaps of these trials (ids), oldest first, also those that were counted for the other of two
    trials of ours. One query.
    """
    if not trials:
        return ()
    of_them = Q(trial__in=trials) | Q(other__in=trials, declared=False)
    rows = _rows(Overlap.objects.filter(of_them, superseded_at__isnull=True))
    return tuple(fact for row in rows for fact in _seen_from(row, row.trial_id in trials, row.other_id in trials))


def overlaps_by_id(ids: Collection[int], *, trials: Collection[str]) -> tuple[OverlapFact, ...]:
    """Overlaps by id, also those that were superseded since: what a weighing of these trials (keys) once read."""
    rows = _rows(Overlap.objects.filter(pk__in=ids)) if ids else ()
    return tuple(
        fact
        for row in rows
        for fact in _seen_from(row, row.trial.key in trials, row.other is not None and row.other.key in trials)
    )


def latest_overlaps(
    facts: Iterable[OverlapFact],
    *,
    since: Mapping[str, datetime],
    until: datetime | None,
    before: datetime | None,
) -> tuple[OverlapFact, ...]:
    """Of each treatment and other trial what is known last, counted before the next look (None: there is none yet).

    since: when each trial's first stage of the stint began; until: when the stint ended (None: it runs). What was
    counted as of before or after is of another stint's units; what is learnt later about its own time is its own.
    """
    last: dict[tuple[str, str, str], OverlapFact] = {}
    for fact in facts:
        began = since.get(fact.trial)
        if began is None or fact.as_of < began or (until is not None and fact.as_of > until):
            continue
        if before is None or fact.as_of < before:
            last[fact.trial, fact.treatment, fact.other] = fact
    return tuple(last.values())


def contaminated(facts: Sequence[OverlapFact], *, treatment: str, units: Mapping[str, float]) -> str:
    """Why the comparison of a treatment is disturbed, by the first overlap that disturbs it; "" when none does.

    units: those compared in each trial.
    """
    for fact in facts:
        if fact.mirrored:
            why = fact.disturbs_back(units.get(fact.trial, 0.0))
        else:
            why = fact.disturbs if fact.treatment == treatment else ""
        if why:
            return why
    return ""


def _rows(rows: QuerySet[Overlap]) -> QuerySet[Overlap]:
    return rows.select_related("trial", "treatment", "other", "external").order_by("as_of", "pk")


def _seen_from(row: Overlap, direct: bool, mirrored: bool) -> Iterator[OverlapFact]:  # noqa: FBT001 (one caller each)
    fact = overlap_fact(row)
    if direct:
        yield fact
    if mirrored and not row.declared:
        yield replace(fact, trial=fact.other, other=fact.trial, treatment="", mirrored=True)


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
