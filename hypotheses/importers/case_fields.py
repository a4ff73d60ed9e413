"""Reading one case's fields: each is checked for its form, so that a wrong one is named in the error."""

from collections.abc import Mapping, Sequence
from typing import Any

from hypotheses.statistics.arms import ArmStats, PairedStats
from hypotheses.statistics.bounds import finite, shown
from hypotheses.statistics.effect import Stage

Fields = Mapping[str, Any]
"""One case as it stands in the file."""


def number(case: Fields, name: str, default: float | None = None) -> float:
    """A number; the default where the field is absent or null. Raises ValueError when neither is there."""
    value = case.get(name)
    if value is None:
        if default is None:
            raise ValueError(f'The field "{name}" is missing.')
        return default
    return as_number(value, f'"{name}"')


def whole(case: Fields, name: str, default: int | None = None) -> int:
    """A whole number, as `number`."""
    value = number(case, name, default)
    if value != int(value):
        raise ValueError(f'"{name}" must be a whole number, not {value!r}.')
    return int(value)


def as_number(value: object, what: str) -> float:
    """The value, when it is a number that JSON can hold; strings and booleans are not."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{what} must be a number, not {value!r}.")  # noqa: TRY004 - one kind of error for bad input
    if not finite(value):
        raise ValueError(f"{what} must be a finite number, not {shown(value)}.")
    return value


def numbers(case: Fields, name: str) -> list[float]:
    """A list of numbers."""
    return as_numbers(case.get(name), f'"{name}"')


def as_numbers(value: object, what: str) -> list[float]:
    """The value, when it is a list of numbers."""
    return [as_number(item, f"Each number of {what}") for item in as_list(value, what)]


def table(case: Fields, name: str) -> list[list[float]]:
    """A list of lists of numbers."""
    return [as_numbers(row, f'each row of "{name}"') for row in as_list(case.get(name), f'"{name}"')]


def optional_table(case: Fields, name: str) -> list[list[float]] | None:
    """A list of lists of numbers, or None where the field is absent or null."""
    return None if case.get(name) is None else table(case, name)


def as_list(value: object, what: str) -> Sequence[object]:
    """The value, when it is a list."""
    if not isinstance(value, list | tuple):
        raise ValueError(f"{what} must be a list, not {value!r}.")  # noqa: TRY004 - one kind of error for bad input
    return value


def stages(case: Fields) -> tuple[Stage, ...]:
    """The stages of a comparison: [n_c, mean_c, var_c, n_t, mean_t, var_t] each, or counted successes under "raw".

    The assigned units and design weights of the sample-ratio test stand beside them, one row a stage.
    """
    if case.get("stages") is not None:
        arms = [measured(row) for row in table(case, "stages")]
    elif case.get("raw") is not None:
        arms = [counted(row) for row in table(case, "raw")]
    else:
        raise ValueError('The field "stages" is missing.')
    observed, weights = optional_table(case, "srm_observed") or [], optional_table(case, "srm_weights") or []
    if len(observed) != len(weights):
        raise ValueError(f"There are {len(observed)} rows of srm_observed but {len(weights)} of srm_weights.")
    splits = [(tuple(row), tuple(shares)) for row, shares in zip(observed, weights, strict=True)]
    nobody = ArmStats(0, 0.0, 0.0)
    arms += [(nobody, nobody)] * (len(splits) - len(arms))
    splits += [((), ())] * (len(arms) - len(splits))
    return tuple(Stage(*pair, *split) for pair, split in zip(arms, splits, strict=True))


def measured(row: Sequence[float]) -> tuple[ArmStats, ArmStats]:
    """Both arms of one stage, from count, mean and variance of each."""
    if len(row) != len(("n_c", "mean_c", "var_c", "n_t", "mean_t", "var_t")):
        raise ValueError(f"A stage has six numbers (n, mean, var of control, then of treatment), not {len(row)}.")
    return ArmStats(*row[:3]), ArmStats(*row[3:])


def counted(row: Sequence[float]) -> tuple[ArmStats, ArmStats]:
    """Both arms of one stage, from units and successes of each."""
    if len(row) != len(("n_c", "successes_c", "n_t", "successes_t")):
        raise ValueError(
            f"Counted successes are four numbers (n, successes of control, then treatment), not {len(row)}."
        )
    return proportion(row[0], row[1]), proportion(row[2], row[3])


def proportion(units: float, successes: float) -> ArmStats:
    """One arm of units that succeeded or not."""
    return ArmStats.of_proportion(n=units, successes=successes)


def paired(case: Fields, name: str) -> PairedStats:
    """One arm with two measures: n, mean_y, var_y, mean_x, var_x, cov_xy, or in the order that "fields" tells."""
    row = numbers(case, name)
    usual = ["n", "mean_y", "var_y", "mean_x", "var_x", "cov_xy"]
    told = case.get("fields")
    order = [field.strip() for field in told.split(",")] if isinstance(told, str) else usual
    if sorted(order) != sorted(usual) or len(row) != len(usual):
        raise ValueError(f'"{name}" must hold {", ".join(usual)}.')
    return PairedStats(**dict(zip(order, row, strict=True)))
