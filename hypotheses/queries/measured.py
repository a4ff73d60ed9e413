"""What a row measures, once everything about it has been checked."""

import math
from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final, NamedTuple

from hypotheses.enums import MetricKind
from hypotheses.sources.base import Row
from hypotheses.statistics.arms import ArmStats, PairedStats

ROUNDING: Final = 0.01
TINY: Final = 1e-9
"""How far the variance of a proportion may lie from the one that its mean tells: a hundredth of it, for rounding."""
LARGEST: Final = 2**63 - 1
"""The largest count that both databases keep. It is kept exactly; statistics read one above 2**53 as the nearest float,
which moves it by less than one part in 10**15.
"""

PLAIN_KINDS: Final = (MetricKind.MEAN, MetricKind.VALUE)
_OTHERS: Final = attrgetter("sum", "sum_squares", "mean_x", "var_x", "cov_xy", "n_multi_arm", "design_weight")
_NONE_OF_THEM: Final = (None,) * 7

Complain = Callable[[str, str], None]
"""Takes a field's name and a sentence about what is wrong with it."""


class Measured(NamedTuple):
    """What is stored of a result; two results are the same when these are equal."""

    n: int
    mean: float
    var: float
    mean_x: float | None
    var_x: float | None
    cov_xy: float | None
    n_assigned: int | None
    n_multi_arm: int | None
    design_weight: float | None


def measured(row: Row, *, kind: str, complain: Complain) -> Measured | None:
    """What the row measures for a metric of this kind; None when it was complained about."""
    if kind in PLAIN_KINDS and _is_plain(row):
        return Measured(row.n, row.mean or 0.0, row.var or 0.0, None, None, None, row.n_assigned, None, None)
    complaints = 0

    def say(field: str, detail: str) -> None:
        nonlocal complaints
        complaints += 1
        complain(field, detail)

    _check_counts(row, say)
    _check_numbers(row, say)
    if complaints:
        return None
    stats = _stats(row, kind, say)
    _check_second_measure(row, kind, stats, say)
    if complaints or stats is None:
        return None
    return Measured(
        n=int(row.n),
        mean=stats.mean,
        var=stats.var,
        mean_x=row.mean_x,
        var_x=row.var_x,
        cov_xy=row.cov_xy,
        n_assigned=row.n_assigned,
        n_multi_arm=row.n_multi_arm,
        design_weight=row.design_weight,
    )


def _is_plain(row: Row) -> bool:
    """Whether it is what most rows are, a count of several units with their mean and variance, and so has nothing that
    the checks below could find: millions of rows come, and these are a third of what each costs.
    """
    return (
        type(row.n) is int
        and 1 < row.n <= LARGEST
        and type(row.mean) is type(row.var) is float
        and -math.inf < row.mean < math.inf
        and 0 <= row.var < math.inf
        and (row.n_assigned is None or (type(row.n_assigned) is int and row.n <= row.n_assigned <= LARGEST))
        and _OTHERS(row) == _NONE_OF_THEM
    )


def _check_counts(row: Row, say: Complain) -> None:
    for field in ("n", "n_assigned", "n_multi_arm"):
        value = getattr(row, field)
        if value is None and field != "n":
            continue
        if isinstance(value, bool) or not isinstance(value, int):
            say(field, f"“{_short(value)}” is not a whole number of units.")
        elif value < 0:
            say(field, f"{_short(value)} is negative. A number of units is 0 or more.")
        elif value > LARGEST:
            say(field, f"{_short(value)} units are more than can be kept ({LARGEST}).")
    if _fall_short(row.n_assigned, row.n):
        say(
            "n_assigned", f"{row.n_assigned} units were assigned, yet {row.n} have matured. Check how both are counted."
        )
    units = row.n if row.n_assigned is None else row.n_assigned
    if _fall_short(units, row.n_multi_arm):
        say(
            "n_multi_arm",
            f"{row.n_multi_arm} units of this arm were seen in several arms, yet it has {units}. "
            "Count the arm's own units, and give n_assigned when some of them have not matured.",
        )


def _fall_short(whole: Any, part: Any) -> bool:
    return isinstance(whole, int) and isinstance(part, int) and whole < part


def _check_numbers(row: Row, say: Complain) -> None:
    for field in ("mean", "var", "mean_x", "var_x", "cov_xy", "design_weight"):
        value = getattr(row, field)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            say(field, f"“{_short(value)}” is not a number.")
        elif not math.isfinite(value):
            say(field, f"{value} cannot be weighed. Leave out arms that have no data yet.")
        elif value < 0 and field in ("var", "var_x"):
            say(field, f"{value!r} is negative. A variance is 0 or more.")
        elif value <= 0 and field == "design_weight":
            say(field, f"{value!r} is not a share. Give a weight above 0, or leave it out.")


def _stats(row: Row, kind: str, say: Complain) -> ArmStats | None:
    """Count, mean and variance from whichever form was given."""
    by_sums, by_mean = row.sum is not None or row.sum_squares is not None, row.mean is not None or row.var is not None
    if by_sums and by_mean:
        say("sum", "Give mean and var, or sum and sum_squares, not both.")
        return None
    try:
        stats = _from_sums(row, kind, say) if by_sums else _from_mean(row, kind, say)
    except ValueError as error:
        say("sum" if by_sums else "var", str(error))
        return None
    if stats and kind == MetricKind.PROPORTION and not _is_of_zeros_and_ones(stats, by_sums, say):
        return None
    return stats


def _is_of_zeros_and_ones(stats: ArmStats, by_sums: bool, say: Complain) -> bool:  # noqa: FBT001 (which form came)
    """Whether units of 0 or 1 can have given this: the mean then tells the variance, as m(1−m) or with n/(n−1)."""
    if not 0 <= stats.mean <= 1:
        detail = f"{stats.mean!r} is not a share of the units. A proportion lies within 0 and 1."
        say("sum" if by_sums else "mean", detail)
        return False
    least = stats.mean * (1 - stats.mean)
    most = least * stats.n / (stats.n - 1) if stats.n > 1 else least
    if least * (1 - ROUNDING) - TINY <= stats.var <= most * (1 + ROUNDING) + TINY:
        return True
    detail = f"Units of 0 or 1 with the mean {stats.mean:g} have the variance {most:.6g}, not {stats.var:.6g}."
    say("sum_squares" if by_sums else "var", f"{detail} Leave it out, or make the metric a mean.")
    return False


def _from_sums(row: Row, kind: str, say: Complain) -> ArmStats | None:
    squares = row.sum_squares
    if squares is None and kind == MetricKind.PROPORTION:
        squares = row.sum  # each unit gives 0 or 1, and so does its square
    for field, value in (("sum", row.sum), ("sum_squares", squares)):
        if value is None:
            say(field, "It is missing. Give sum and sum_squares together.")
            return None
    return ArmStats.from_sums(n=row.n, total=row.sum or "0", squares=squares or "0")


def _from_mean(row: Row, kind: str, say: Complain) -> ArmStats | None:
    mean, var = row.mean, row.var
    if row.n == 0:
        if mean or var:
            say("mean" if mean else "var", "No unit has matured (n is 0), so there is none yet. Leave it out.")
        return ArmStats(0, 0.0, 0.0)
    if mean is None:
        say("mean", "It is missing. Give mean and var, or sum and sum_squares.")
        return None
    if row.n == 1:
        if var:
            say("var", "One unit does not vary. Leave its variance out, or give 0.")
        var = 0.0  # engines say NULL here
    if var is None and kind == MetricKind.PROPORTION:
        var = max(mean * (1 - mean), 0.0) * row.n / (row.n - 1)
    if var is None:
        say("var", "It is missing. Give the sample variance of the units, or sum and sum_squares.")
        return None
    return ArmStats(row.n, float(mean), float(var))


def _check_second_measure(row: Row, kind: str, stats: ArmStats | None, say: Complain) -> None:
    given = {field: getattr(row, field) for field in ("mean_x", "var_x", "cov_xy")}
    missing = [field for field, value in given.items() if value is None]
    if len(missing) == len(given):
        if kind == MetricKind.RATIO and row.n:
            say("mean_x", "A ratio needs mean_x, var_x and cov_xy: the statistics of what it is divided by.")
        return
    if missing:
        say(missing[0], "It is missing. Give mean_x, var_x and cov_xy together, or none of them.")
    elif stats is not None:
        try:
            PairedStats(row.n, stats.mean, stats.var, given["mean_x"], given["var_x"], given["cov_xy"])
        except ValueError as error:
            say("cov_xy", str(error))


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}…"  # noqa: PLR2004 (what fits into a sentence)
