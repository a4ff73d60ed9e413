"""Trust is asked of every metric that may validate: its units may be others than those of the primary metric."""

from datetime import timedelta
from decimal import Decimal

import pytest

from features.actions.stint import close_stint, open_stint
from features.enums import Phase
from hypotheses.actions.qualifying import clear_mark
from hypotheses.actions.trial import open_stages
from hypotheses.actions.weighing import weigh_all
from hypotheses.queries.evidence import evidence_of
from tests.factories.beliefs import DAY, START, believing, feature_in, land, metric_called, stint_of, trial_of

pytestmark = pytest.mark.django_db

RETURNS = {"metric": "returning", "direction": "up", "minimum_effect": 0.005}
ERRORS = {"metric": "errors", "direction": "down", "minimum_effect": 0.005}
AT = START + DAY
STAYS, WON = {"control": (20_000, 0.1), "new": (20_000, 0.1001)}, {"control": (20_000, 0.1), "new": (20_000, 0.13)}


@pytest.fixture
def feature(squad):
    metric_called("returning")
    metric_called("errors", better="down")
    return feature_in(squad, time_box_days=60)


def seen(feature, at=AT):
    weigh_all(now=at)
    return evidence_of(feature=feature, now=at, minimum_days=0)


def marks(feature):
    return [(mark["code"], mark["detail"]) for mark in seen(feature).marks if mark["cleared_by"] is None]


class TestInvalid:
    @pytest.mark.parametrize("broken", ["reorder-rate", "returning"])
    def test_totals_that_go_on_into_the_next_stage(self, feature, broken):
        believing(feature, guardrails=[], success_metrics=[RETURNS])
        trial, opened = trial_of(feature), START + 14 * DAY + timedelta(hours=1)
        self.landed(trial, START + 14 * DAY, dict.fromkeys(("reorder-rate", "returning"), 9_000))
        open_stages(feature=feature, stint=stint_of(feature), percent=Decimal(10), now=opened)
        for at, units in ((opened + timedelta(hours=1), 30), (START + 15 * DAY, 700)):
            counts = dict.fromkeys(("reorder-rate", "returning"), units)
            self.landed(trial, at, {**counts, broken: 9_000 + units})
        view = seen(feature, START + 15 * DAY)
        assert (view.verdict, view.reason) == ("invalid", "counted_twice")
        assert ("in Returning, the totals of stage" in view.explanation) is (broken == "returning")

    def landed(self, trial, at, units):
        for metric, n in units.items():
            new = 0.1005 if metric == "reorder-rate" else 0.1155
            land(trial, at=at, metric=metric, control=(n, 0.1), new=(n, new))

    def test_a_split_that_is_not_the_designed_one(self, feature):
        assigned = {"mean": 0.1, "n": 9_000, "n_assigned": 9_000}
        view = self.with_returns(feature, {**assigned, "n": 20_000, "n_assigned": 20_000}, assigned)
        assert (view.verdict, view.reason) == ("invalid", "srm")
        assert view.explanation.startswith("Returning: The arms do not have the designed sizes (p = 0)")

    def test_a_split_that_is_as_designed_is_told_though_the_primary_tells_none(self, feature):
        assigned = {"mean": 0.1, "n": 9_000, "n_assigned": 9_000}
        view = self.with_returns(feature, assigned, assigned)
        [split] = [check for check in view.checks if check["code"] == "srm"]
        assert split["ok"] is True
        assert split["detail"] == "Returning: The arms have the designed sizes (p = 1)."

    @pytest.mark.parametrize(("strays", "verdict"), [(2_000, "invalid"), (9, "validated")])
    def test_units_in_several_arms(self, feature, strays, verdict):
        arms = [{"n": 20_000, "mean": mean, "n_multi_arm": strays} for mean in (0.1, 0.13)]
        view = self.with_returns(feature, *arms)
        assert view.verdict == verdict
        assert ("Contaminated: 2,000 units of Returning were seen in several arms." in view.explanation) is (strays > 9)

    def with_returns(self, feature, control, new):
        believing(feature, guardrails=[], success_metrics=[RETURNS])
        trial = trial_of(feature)
        land(trial, at=AT, **STAYS)
        land(trial, at=AT, metric="returning", control=control, new=new)
        return seen(feature)


class TestOneThatCannotBeRead:
    """Nothing is known of it, and it is named; it hides nothing of the others."""

    @pytest.fixture
    def feature(self, feature):
        metric_called("per-session", kind="ratio")
        return feature

    def landed(self, feature, primary):
        trial, nothing = trial_of(feature), dict.fromkeys(("mean", "var", "mean_x", "var_x", "cov_xy"), 0.0)
        land(trial, at=AT, **primary)
        land(trial, at=AT, metric="per-session", control={"n": 900, **nothing}, new={"n": 900, **nothing})
        return seen(feature)

    def stated(self, feature, *, guardrail):
        asked = {"metric": "per-session", "minimum_effect": 0.01}
        if guardrail:
            believing(feature, guardrails=[{**asked, "margin": 0}])
        else:
            believing(feature, guardrails=[], success_metrics=[{**asked, "direction": "up"}])

    @pytest.mark.parametrize("guardrail", [True, False], ids=["guardrail", "success metric"])
    def test_harm_to_the_primary_is_found(self, feature, guardrail):
        self.stated(feature, guardrail=guardrail)
        view = self.landed(feature, {"control": (20_000, 0.1), "new": (20_000, 0.07)})
        assert (view.verdict, view.reason) == ("harmful", "primary")
        [check] = [check for check in view.checks if check["code"] == "unreadable"]
        assert check["detail"] == "Per session cannot be compared: The denominator's mean is 0, so there is no ratio."
        assert check["detail"] in view.explanation

    def test_a_success_metric_is_open_and_another_may_validate(self, feature):
        self.stated(feature, guardrail=False)
        view = self.landed(feature, WON)
        assert (view.verdict, view.successes[0]["reason"]) == ("validated", "unreadable")

    def test_a_guardrail_is_unknown_and_holds_up(self, feature):
        self.stated(feature, guardrail=True)
        view = self.landed(feature, WON)
        assert (view.reason, view.guardrails[0]["status"]) == ("guardrail_pending", "unknown")

    def test_numbers_too_far_apart_are_of_their_metric_alone(self, feature):
        metric_called("spend", kind="mean")
        believing(feature, guardrails=[], success_metrics=[{**RETURNS, "metric": "spend", "minimum_effect": 1e-30}])
        trial = trial_of(feature)
        land(trial, at=AT, metric="spend", control=(900, 1.0, 1e300), new=(900, 1.0, 1e300))
        land(trial, at=AT, **WON)
        view = seen(feature)
        assert (view.verdict, view.successes[0]["reason"]) == ("validated", "unreadable")
        assert "Spend cannot be compared: The minimum effect and the variance are too far apart" in view.explanation


class TestWithoutThePrimary:
    @pytest.mark.parametrize("units", [0, 50])
    def test_harm_to_another_is_found(self, feature, units):
        view = self.returning(feature, 0.07, units)
        assert (view.verdict, view.reason) == ("harmful", "success_harmed")
        assert "Returning moved the wrong way" in view.explanation

    @pytest.mark.parametrize(("units", "reason"), [(0, "no_data"), (50, "too_few_units")])
    def test_but_nothing_is_validated(self, feature, units, reason):
        view = self.returning(feature, 0.13, units)
        assert (view.verdict == "validated", view.reason) == (False, reason)
        if not units:
            assert view.explanation.startswith("There are no data of Reorder rate yet, only of Returning")

    def test_what_cannot_be_trusted_does_no_harm(self, feature):
        believing(feature, guardrails=[], success_metrics=[RETURNS])
        told = {"mean": 0.1, "n": 20_000, "n_assigned": 20_000}
        new = {"mean": 0.07, "n": 9_000, "n_assigned": 9_000}
        land(trial_of(feature), at=AT, metric="returning", control=told, new=new)
        assert (seen(feature).verdict, seen(feature).reason) == ("invalid", "srm")

    def returning(self, feature, rate, units):
        believing(feature, guardrails=[], success_metrics=[RETURNS])
        trial = trial_of(feature)
        land(trial, at=AT, metric="returning", control=(20_000, 0.1), new=(20_000, rate))
        if units:
            land(trial, at=AT, control=(units, 0.1), new=(units, 0.1))
        return seen(feature)


class TestQualified:
    def test_employees(self, feature):
        self.validated_elsewhere(feature, population="employees")
        assert marks(feature) == [("transfer", "Returning: Only employees were in the trial.")]

    def test_another_market(self, feature, alice):
        self.validated_elsewhere(feature, market="New Zealand")
        told = "Returning: The trial ran in New Zealand; the launch is in Sweden."
        assert marks(feature) == [("transfer", told)]
        clear_mark(feature=feature, code="transfer", reason="They buy alike.", by=alice, now=AT)
        assert marks(feature) == []

    def test_what_is_so_of_all_of_them_is_one_mark(self, feature):
        believing(feature, guardrails=[], success_metrics=[RETURNS, ERRORS], market="Sweden")
        trial = trial_of(feature, market="New Zealand", population="employees")
        for metric in ("reorder-rate", "returning", "errors"):
            land(trial, at=AT, metric=metric, **STAYS)
        assert [detail for _, detail in marks(feature)] == [
            "Only employees were in the trial.",
            "The trial ran in New Zealand; the launch is in Sweden.",
        ]

    def validated_elsewhere(self, feature, **trial):
        """The primary metric comes from the market of the launch, and what validates from elsewhere."""
        believing(feature, guardrails=[], success_metrics=[RETURNS], market="Sweden")
        land(trial_of(feature, market="Sweden"), at=AT, **STAYS)
        land(trial_of(feature, "elsewhere", **trial), at=AT, metric="returning", **WON)
        assert seen(feature).verdict == "validated"

    @pytest.mark.parametrize(
        ("metric", "further", "bundled"),
        [
            ("returning", [], True),
            ("errors", [RETURNS], True),
            ("errors", [{**RETURNS, "metric": "reorder-rate"}], True),
            ("errors", [], False),
        ],
    )
    def test_another_feature_stepped_up_on_any_of_them(self, feature, squad, metric, further, bundled):
        believing(feature, guardrails=[], success_metrics=[RETURNS])
        rival = feature_in(squad, step=5)
        believing(rival, guardrails=[], metric=metric, success_metrics=further)
        close_stint(stint=stint_of(rival), now=START + DAY / 2)
        open_stint(feature=rival, phase=Phase.SHIP_IT, now=START + DAY / 2, by=None, step_percent=Decimal(10))
        trial = trial_of(feature)
        land(trial, at=AT, **STAYS)
        land(trial, at=AT, metric="returning", **WON)
        assert [code for code, _ in marks(feature)] == (["bundled"] if bundled else [])
