"""A small file in the form of the ASOS data set: invented numbers, with the faults that the real one has."""

import csv
from pathlib import Path

from lifecycle.importers.asos import COLUMNS

P, Q = 0.10, 0.104


def share(p: float) -> tuple[float, float]:
    return p, p * (1 - p)


def series(experiment: str, metric: str, *, treated: float, days: int = 6, ratio: float = 1.0, dip: int | None = None):
    """Snapshots twice a day; metric 1 is a share, the others have mean 10 and variance 4 times it."""
    for half in range(1, 2 * days + 1):
        n = 20_000 * half - (30_000 if dip == half else 0)
        n_t = round(n * ratio)
        if metric == "1":
            (mean_c, var_c), (mean_t, var_t) = share(P), share(treated)
        else:
            mean_c, var_c, mean_t, var_t = 10.0, 40.0, treated, 40.0
        yield [experiment, "1", metric, half / 2, float(n), float(n_t), mean_c, mean_t, var_c, var_t]


def write(path: Path, *rows) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for part in rows:
            writer.writerows(part)
    return path
