"""Two trials that share units: does the other trial disturb this one?"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from hypotheses.statistics.bounds import require_count, require_finite, require_variance
from hypotheses.statistics.normal import two_sided
from hypotheses.statistics.sample_ratio import chi2_survival

DISTURBED_BELOW = 0.001
MATERIAL_SHARE, MATERIAL_UNITS = 0.01, 10
"""Overlap counts when it is more than this share of the trial's units and at least this many units."""

Table = Sequence[Sequence[float]]
"""2 × 2: rows are this trial's arms (control, treatment), columns the other's."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """What two trials share.

    share: of this trial's units, also in the other one. p_membership: that belonging to the other trial does not
    depend on this trial's arm. p_independence: that the two assignments are independent. z_interaction,
    p_interaction: that the two effects add up (None without means). material: enough units to matter. contaminated:
    material, and one p below 0.001 or the trials were declared exclusive.
    """

    share: float
    p_membership: float
    p_independence: float
    z_interaction: float | None
    p_interaction: float | None
    material: bool
    contaminated: bool


def overlap(
    *,
    n_arms: Sequence[float],
    cells: Table,
    means: Table | None = None,
    variances: Table | None = None,
    exclusive: bool = False,
) -> Overlap:
    """Weighs the units that two trials share.

    n_arms: this trial's units, control and treatment. cells: the shared units by both trials' arms. means, variances:
    the metric in each cell, ddof 1. exclusive: the trials were declared to share nobody.
    Raises ValueError for tables that are not 2 × 2 and for more shared units than an arm has.
    """
    require_tables(n_arms, cells, means, variances)
    shared = [sum(row) for row in cells]
    total, units = sum(shared), sum(n_arms)
    share = total / units if units else 0.0
    p_membership = independence([[shared[0], n_arms[0] - shared[0]], [shared[1], n_arms[1] - shared[1]]])
    p_independence = independence(cells)
    z = interaction(cells, means, variances) if means is not None and variances is not None else None
    p_interaction = None if z is None else two_sided(z)
    material = share > MATERIAL_SHARE and total >= MATERIAL_UNITS
    smallest = min(p for p in (p_membership, p_independence, p_interaction) if p is not None)
    contaminated = material and (exclusive or smallest < DISTURBED_BELOW)
    return Overlap(share, p_membership, p_independence, z, p_interaction, material, contaminated)


def several_arms(n_multi_arm: float, n_units: float) -> bool:
    """Whether so many units were seen in several arms of one trial that its comparison is no longer one."""
    return n_multi_arm >= MATERIAL_UNITS and n_multi_arm > MATERIAL_SHARE * n_units


def independence(table: Table) -> float:
    """Pearson's chi-square test of a 2 × 2 table, without continuity correction; 1 when a row or column is empty."""
    (a, b), (c, d) = table
    rows, columns, total = (a + b, c + d), (a + c, b + d), a + b + c + d
    if not (rows[0] and rows[1] and columns[0] and columns[1]):
        return 1.0
    gap = a * d - b * c
    return chi2_survival(gap / rows[0] / columns[0] * (gap / rows[1] / columns[1]) * total, 1)


def interaction(cells: Table, means: Table, variances: Table) -> float | None:
    """The z of (effect with the other's treatment) − (effect with its control); None when it cannot be told."""
    counts = flat(cells)
    if not all(counts):
        return None
    gap = (means[1][1] - means[1][0]) - (means[0][1] - means[0][0])
    spread = sum(var / n for var, n in zip(flat(variances), counts, strict=True))
    return gap / sqrt(spread) if spread else None


def require_tables(n_arms: Sequence[float], cells: Table, means: Table | None, variances: Table | None) -> None:
    """Raises ValueError, with a sentence, unless the counts and tables can belong to two trials."""
    if len(n_arms) != 2:
        raise ValueError("An overlap is weighed between two arms: control and treatment.")
    for name, table in (("cells", cells), ("means", means), ("variances", variances)):
        require_two_by_two(table, name)
    if (means is None) != (variances is None):
        raise ValueError("An interaction needs both the means and the variances of the cells.")
    for units, row in zip(n_arms, cells, strict=True):
        require_count(units, "the number of units of an arm")
        for count in row:
            require_count(count, "the number of shared units")
        if sum(row) > units:
            raise ValueError(f"An arm of {units:g} units cannot share {sum(row):g} of them.")
    for mean in flat(means):
        require_finite(mean, "a cell's mean")
    for variance in flat(variances):
        require_variance(variance, "a cell's variance")


def require_two_by_two(table: Table | None, name: str) -> None:
    """Raises ValueError for a table of another shape; no table is fine."""
    if table is not None and (len(table) != 2 or any(len(row) != 2 for row in table)):
        raise ValueError(f"The table of {name} must have two rows of two.")


def flat(table: Table | None) -> list[float]:
    """The table's numbers, row after row."""
    return [number for row in table or () for number in row]
