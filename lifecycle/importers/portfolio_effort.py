"""From monthly commits to person-days, by a rule that is stated with each entry.

Commits are not hours; the rule is a stand-in until a better count is there, and a changed rule restates the entries.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from features.actions.investment import InvestmentRow
from features.enums import Category
from lifecycle.importers.portfolio_files import Doubts, Row, day_of


@dataclass(frozen=True, slots=True)
class EffortRule:
    """What a commit counts for, in person-days. Bulk commits (those that touch many features) count apart, by default
    for nothing: they are nobody's work on one feature in particular.
    """

    days_per_commit: Decimal = Decimal("0.5")
    days_per_bulk_commit: Decimal = Decimal(0)

    def days(self, *, commits: int, bulk: int) -> Decimal:
        """The person-days of so many commits, of which so many are bulk commits."""
        days = (commits - bulk) * self.days_per_commit + bulk * self.days_per_bulk_commit
        return days.quantize(Decimal("0.001"))

    def __str__(self) -> str:
        return f"{self.days_per_commit} person-days a commit, {self.days_per_bulk_commit} a bulk commit"


def efforts(
    rows: Sequence[Row], *, keys: Mapping[str, tuple[str, date]], rule: EffortRule, today: date, doubts: Doubts
) -> Iterator[InvestmentRow]:
    """One entry of investment for each feature and month. `keys`: a feature's key here and its first day, by its id.

    An entry is dated to the first day of its month, or to the feature's own first day within that month.
    """
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        counted = _counted(row, today, doubts)
        if counted is None:
            continue
        if row["feature_id"] not in keys:
            doubts.leave_out(row, f"There is no feature “{row['feature_id']}” to record it for.")
            continue
        identity = (row["feature_id"], row["month"])
        if seen.setdefault(identity, row.line) != row.line:
            doubts.leave_out(row, f"The month stands in line {seen[identity]} already.")
            continue
        yield _entry(row, keys[row["feature_id"]], counted, rule)


def _counted(row: Row, today: date, doubts: Doubts) -> tuple[date, int, int] | None:
    """The month, its commits and its bulk commits."""
    month = day_of(row["month"])
    if month is None or month.day != 1:
        doubts.leave_out(row, f"“{row['month']}” is not a month.")
        return None
    if month > today:
        doubts.leave_out(row, f"The month {row['month']} has not come yet.")
        return None
    try:
        commits, bulk = int(row["commits"]), int(row["bulk_commits"] or 0)
    except ValueError:
        doubts.leave_out(row, f"“{row['commits']}” or “{row['bulk_commits']}” is not a number of commits.")
        return None
    if not 0 <= bulk <= commits:
        doubts.leave_out(row, f"{bulk} bulk commits of {commits} commits cannot be.")
        return None
    return month, commits, bulk


def _entry(row: Row, feature: tuple[str, date], counted: tuple[date, int, int], rule: EffortRule) -> InvestmentRow:
    key, begins = feature
    month, commits, bulk = counted
    on = begins if (begins.year, begins.month) == (month.year, month.month) else month
    bulky = f", {bulk} of them bulk" if bulk else ""
    return InvestmentRow(
        feature=key,
        on=on,
        category=Category.PEOPLE,
        person_days=rule.days(commits=commits, bulk=bulk),
        source=f"import:{row['dataset']}",
        external_id=f"{row['feature_id']}/{row['month']}",
        note=f"{commits} commits{bulky}; {rule}.",
    )
