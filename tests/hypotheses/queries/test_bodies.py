"""What a row of evidence says: of which treatment, and of what only when it can be trusted and kept."""

from dataclasses import replace

import pytest

from hypotheses.actions.weighing import weigh_stint
from hypotheses.models import Evidence
from hypotheses.queries import bodies
from tests.factories.beliefs import DAY, START, believing, current, feature_in, land, stint_of, trial_of

pytestmark = pytest.mark.django_db

GOOD = {"control": (20_000, 0.10), "new": (20_000, 0.13)}
AB = [
    {"name": "control", "role": "control", "share": 1},
    *({"name": name, "role": "treatment", "share": 1} for name in "ab"),
]
WORDS = {"validated": "Validated", "harmful": "Harmful", "inconclusive": "Undecided"}


@pytest.fixture
def feature(squad):
    feature = feature_in(squad)
    believing(feature, guardrails=[])
    return feature


@pytest.fixture
def trial(feature):
    return trial_of(feature)


def weigh(feature) -> int:
    return weigh_stint(stint=stint_of(feature), now=START)


def only(feature) -> Evidence:
    (row,) = current(feature)
    return row


@pytest.mark.parametrize(
    ("a", "b", "verdict", "arm"),
    [
        (0.10, 0.13, "validated", "b"),
        (0.13, 0.14, "validated", "a"),
        (0.13, 0.08, "harmful", "b"),
        (0.08, 0.13, "harmful", "a"),
        (0.10, 0.10, "inconclusive", "a"),
    ],
)
def test_of_several_treatments_the_one_that_does_harm_speaks_then_the_one_that_wins(feature, a, b, verdict, arm):
    land(trial_of(feature, arms=AB), at=START + DAY, control=(20_000, 0.1), a=(20_000, a), b=(20_000, b))
    weigh(feature)
    row = only(feature)
    assert (row.verdict, row.body["primary"]["arm"]) == (verdict, arm)
    assert row.estimate == row.body["primary"]["estimate"] == pytest.approx({"a": a, "b": b}[arm] - 0.1)
    assert row.body["explanation"].startswith(f"{arm}: {WORDS[verdict]}")


def test_a_treatment_that_cannot_be_trusted_stands_before_one_that_wins(feature):
    nobody = {"n": 0, "mean": 0.0}
    land(trial_of(feature, arms=AB), at=START + DAY, control=(20_000, 0.1), a=(20_000, 0.13), b=nobody)
    weigh(feature)
    row = only(feature)
    assert (row.verdict, row.body["primary"]["arm"]) == ("invalid", "b")
    told = row.body["explanation"]
    assert told.endswith(" a: not told while b cannot be trusted.")
    assert " pp" not in told, "evidence that cannot be trusted quotes no effect, nor that of another treatment"
    assert row.body["others"][0]["verdict"] == "validated"


def test_no_guardrail_is_read_where_the_split_is_broken(squad):
    feature = feature_in(squad)
    believing(feature)
    trial = trial_of(feature)
    split = {"control": 20_000, "new": 30_000}
    for metric, mean, var in (("reorder-rate", 0.1, None), ("basket-value", 20.0, 4.0)):
        arms = {
            arm: {"n": 20_000, "n_assigned": n, "mean": mean / (2 if arm == "new" else 1), "var": var}
            for arm, n in split.items()
        }
        land(trial, at=START + DAY, metric=metric, **arms)
    weigh(feature)
    row = only(feature)
    assert (row.verdict, row.reason) == ("invalid", "srm")
    assert [guardrail["status"] for guardrail in row.body["guardrails"]] == ["unknown"]


def test_a_control_mean_next_to_nothing_has_no_relative_effect_and_holds_nothing_up(feature, trial):
    land(trial, at=START + DAY, control=(20_000, 1e-310, 0.0), new=(20_000, 0.13))
    weigh(feature)
    row = only(feature)
    assert (row.verdict, row.estimate) == ("validated", pytest.approx(0.13))
    assert row.body["primary"]["relative"] == {"estimate": None, "interval": None}


def test_what_cannot_be_stored_is_unreadable_and_does_not_stop_the_stint(feature, trial, monkeypatch):
    weighed = bodies.weigh

    def odd(case):
        return replace(weighed(case), half_width=float("inf"))

    monkeypatch.setattr(bodies, "weigh", odd)
    land(trial, at=START + DAY, **GOOD)
    assert weigh(feature) == 1
    assert (only(feature).verdict, only(feature).reason) == ("invalid", "unreadable")
    assert not weigh(feature), "it is not tried at every tick"
