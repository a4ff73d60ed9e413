"""The ASOS experiments (CC BY 4.0): 78 real experiments, daily snapshots, as they stand."""

import csv
import gzip
from itertools import groupby, pairwise
from math import sqrt
from pathlib import Path

import pytest

from hypotheses.enums import Verdict
from hypotheses.statistics.arms import ArmStats
from hypotheses.statistics.case import TrialCase
from hypotheses.statistics.effect import Stage, combine
from hypotheses.statistics.sample_ratio import sample_ratio
from hypotheses.statistics.sequence import fixed_p
from hypotheses.statistics.verdict import weigh

ASOS = Path(__file__).parents[4] / "shared/data/ab/asos_experiments.csv.gz"
pytestmark = [pytest.mark.real_data, pytest.mark.skipif(not ASOS.exists(), reason="the ASOS data are not here")]


def whole(row):
    return all(
        row[name] not in {"", "nan", "NaN"}
        for name in ("count_c", "count_t", "mean_c", "mean_t", "variance_c", "variance_t")
    )


@pytest.fixture(scope="module")
def series():
    """The stages of each experiment × variant × metric, in the order of time."""
    with gzip.open(ASOS, "rt") as file:
        rows = [row for row in csv.DictReader(file) if whole(row)]

    def key(row):
        return row["experiment_id"], row["variant_id"], row["metric_id"]

    rows.sort(key=lambda row: (*key(row), float(row["time_since_start"])))
    return {name: [snapshot(row) for row in found] for name, found in groupby(rows, key)}


def snapshot(row):
    arms = [ArmStats(float(row[f"count_{a}"]), float(row[f"mean_{a}"]), float(row[f"variance_{a}"])) for a in "ct"]
    counts = tuple(arm.n for arm in arms)
    return Stage(*arms, counts, (1, 1))


def usable(stages):
    return [stage for stage in stages if stage.control.n > 1 and stage.treatment.n > 1 and combine([stage]).variance]


def p_fixed(stage):
    effect = combine([stage])
    return fixed_p(effect.estimate, effect.variance)


def share(flags):
    flags = list(flags)
    return sum(flags) / len(flags)


def mei(stage):
    """A small effect on the metric's own scale: 1 % of the control's spread."""
    return 0.01 * sqrt(stage.control.var)


def test_every_snapshot_of_every_experiment_gets_a_verdict(series):
    weighed = [
        weigh(TrialCase((stage,), mei(stage)))
        for stages in series.values()
        for stage in usable(stages)
        if stage.control.var
    ]
    assert len(weighed) > 20_000
    assert {result.verdict for result in weighed} >= {Verdict.INVALID, Verdict.INCONCLUSIVE, Verdict.REFUTED}


def test_a_fixed_test_that_is_peeked_at_finds_twice_too_much(series):
    """62 % of the series are "significant" at some look with a fixed test, 29 % at the end."""
    kept = [stages for found in series.values() if (stages := usable(found))]
    assert share(any(p_fixed(stage) < 0.05 for stage in stages) for stages in kept) == pytest.approx(0.62, abs=0.03)
    assert share(p_fixed(stages[-1]) < 0.05 for stages in kept) == pytest.approx(0.29, abs=0.03)


def test_one_treatment_in_ten_fails_an_even_split(series):
    last = {(experiment, variant): stages[-1] for (experiment, variant, _), stages in series.items()}
    failed = share(sample_ratio([(stage.assigned, stage.weights)]).mismatch for stage in last.values())
    assert failed == pytest.approx(0.1, abs=0.05)


def test_some_series_have_a_falling_count(series):
    falling = [
        name
        for name, stages in series.items()
        if any(a.control.n > b.control.n or a.treatment.n > b.treatment.n for a, b in pairwise(stages))
    ]
    assert len(falling) == 8
