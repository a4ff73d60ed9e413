"""What trials share: counted or declared, with ours and with other systems' trials, and what it does to evidence."""

from datetime import timedelta
from decimal import Decimal

import pytest

from features.errors import BadInput, Conflict, Forbidden
from hypotheses.actions.overlapping import record_overlap, register_external_trial, withdraw_overlap
from hypotheses.actions.trial import end_trial, open_stages
from hypotheses.actions.weighing import weigh_all, weigh_stint
from hypotheses.models import Evidence, Overlap
from hypotheses.queries.recomputing import recompute
from tests.factories.beliefs import DAY, START, believing, current, feature_in, land, next_stint, stint_of, trial_of

pytestmark = pytest.mark.django_db
LOOK = START + 10 * DAY
EVEN = {"n_arms": [10_000, 10_000], "cells": [[500, 500], [500, 500]]}
UNEVEN = {"n_arms": [10_000, 10_000], "cells": [[100, 100], [900, 900]]}


@pytest.fixture
def feature(squad):
    made = feature_in(squad)
    believing(made, guardrails=[])
    return made


@pytest.fixture
def trial(feature):
    made = trial_of(feature)
    land(made, at=LOOK, control=(10_000, 0.10), new=(10_000, 0.13))
    weigh_stint(stint=stint_of(feature), now=LOOK)
    assert current(feature)[-1].verdict == "validated"
    return made


@pytest.fixture
def other(squad):
    return trial_of(feature_in(squad), "other-trial")


def share(trial, other="other-trial", **given) -> Overlap:
    return record_overlap(**{"trial": trial, "other": other, "by": None, "now": LOOK, "as_of": LOOK, **given})


def verdict(feature) -> tuple[str, str]:
    weigh_stint(stint=stint_of(feature), now=LOOK + DAY)
    last = current(feature)[-1]
    return last.verdict, last.reason


def test_sharing_the_same_part_of_each_arm_does_no_harm(feature, trial, other):
    share(trial, **EVEN)
    assert verdict(feature) == ("validated", "ok")


DEPENDENT = {"n_arms": [10_000, 10_000], "cells": [[900, 100], [100, 900]]}


class TestTheOtherOfTwoOfOurs:
    @pytest.fixture
    def theirs(self, squad):
        feature = feature_in(squad)
        believing(feature, guardrails=[])
        land(trial_of(feature, "other-trial"), at=LOOK, control=(10_000, 0.10), new=(10_000, 0.13))
        weigh_stint(stint=stint_of(feature), now=LOOK)
        return feature

    def test_assignments_that_depend_on_each_other_disturb_both(self, feature, trial, theirs):
        share(trial, **DEPENDENT)
        weigh_all(now=LOOK + DAY)
        for one in (feature, theirs):
            last = current(one)[-1]
            assert (last.verdict, last.reason) == ("invalid", "contaminated")
            assert recompute(evidence=last).same
        told = current(theirs)[-1].body["explanation"]
        assert f"10.0% of the units of other-trial are in {trial.key} too, and the two assignments depend" in told

    def test_more_of_one_arm_disturbs_the_one_whose_arm_it_is(self, feature, trial, theirs):
        share(trial, **UNEVEN)
        weigh_all(now=LOOK + DAY)
        assert [current(one)[-1].verdict for one in (feature, theirs)] == ["invalid", "validated"]
        assert recompute(evidence=current(theirs)[-1]).same

    def test_a_few_of_its_units_are_no_matter(self, feature, trial, theirs):
        land(theirs.trials.get(), at=LOOK + DAY, control=(500_000, 0.10), new=(500_000, 0.13))
        share(trial, **DEPENDENT, now=LOOK + DAY)
        weigh_all(now=LOOK + DAY)
        assert current(theirs)[-1].verdict == "validated", "2,000 of a million"


def test_what_is_counted_after_a_stint_has_ended_is_of_the_next_one(feature, trial, other):
    ended = LOOK + 2 * DAY
    first = stint_of(feature)
    following = next_stint(feature, now=ended)
    open_stages(feature=feature, stint=following, percent=Decimal(25), now=ended)
    land(trial, at=ended + DAY, control=(10_000, 0.10), new=(10_000, 0.13))
    share(trial, **UNEVEN, as_of=ended + DAY, now=ended + DAY)
    weigh_all(now=ended + DAY)
    assert [row.verdict for row in current(feature)] == ["validated", "invalid"]
    share(trial, **UNEVEN, as_of=ended - DAY, now=ended + DAY)
    weigh_all(now=ended + DAY)
    first.refresh_from_db()
    assert [row.verdict for row in current(feature)] == ["invalid", "invalid"], "learnt late, but of its own time"


def test_sharing_more_of_one_arm_makes_the_evidence_invalid_and_says_why(feature, trial, other):
    share(trial, **UNEVEN)
    assert verdict(feature) == ("invalid", "contaminated")
    last = current(feature)[-1]
    assert (
        f"10.0% of the units of {trial.key} are in other-trial too, and not the same part of each arm"
        in (last.body["explanation"])
    )
    assert last.revision == 2, "the earlier evidence stays"
    assert recompute(evidence=last).same


def test_trials_that_were_declared_to_share_nobody_may_not_share(feature, trial, squad):
    trial_of(feature_in(squad), "lonely", exclusive=True)
    share(trial, "lonely", **EVEN)
    assert verdict(feature) == ("invalid", "contaminated")


def test_another_systems_trial_is_registered_for_its_overlap_and_can_be_declared(feature, trial, alice):
    external = register_external_trial(key="ld-77", name="New search", system="LaunchDarkly", by=alice, now=LOOK)
    share(trial, external.key, declared=True, note="It moves the order button for half of them.")
    assert verdict(feature) == ("invalid", "contaminated")
    assert "ld-77 disturbs" in current(feature)[-1].body["explanation"]
    share(trial, external.key, as_of=LOOK + timedelta(hours=1), now=LOOK + timedelta(hours=1), **EVEN)
    land(trial, at=LOOK + DAY, control=(11_000, 0.10), new=(11_000, 0.13))
    assert verdict(feature) == ("validated", "ok"), "counted since, it does no harm"


def test_the_same_counts_write_nothing_and_others_are_the_next_revision(trial, other):
    first = share(trial, **EVEN)
    assert share(trial, **EVEN) == first
    second = share(trial, **UNEVEN)
    assert (second.revision, Overlap.objects.filter(superseded_at=None).count()) == (2, 1)
    first.refresh_from_db()
    assert first.superseded_at


def test_what_is_found_out_after_the_newest_result_counts_at_once_and_not_for_the_past(feature, trial, other):
    land(trial, at=LOOK + DAY, control=(11_000, 0.10), new=(11_000, 0.13))
    share(trial, as_of=LOOK + 2 * DAY, now=LOOK + 2 * DAY, **UNEVEN)
    assert verdict(feature) == ("invalid", "contaminated")
    assert set(Evidence.objects.filter(as_of=LOOK, superseded_at=None).values_list("verdict", flat=True)) == {
        "validated"
    }
    land(trial, at=LOOK + 3 * DAY, control=(12_000, 0.10), new=(12_000, 0.13))
    assert verdict(feature) == ("invalid", "contaminated")
    assert [row.verdict for row in current(feature)] == ["validated", "invalid", "invalid"]


def test_it_counts_also_when_the_trial_has_ended(feature, trial, other):
    end_trial(trial=trial, by=None, now=LOOK + DAY, ended_at=LOOK + timedelta(hours=1))
    share(trial, as_of=LOOK + timedelta(hours=2), now=LOOK + 2 * DAY, **UNEVEN)
    assert verdict(feature) == ("invalid", "contaminated")


def test_a_new_stint_begins_with_units_of_its_own(feature, trial, other):
    share(trial, **UNEVEN)
    assert verdict(feature) == ("invalid", "contaminated")
    next_stint(feature, now=LOOK + DAY)
    open_stages(feature=feature, stint=stint_of(feature), percent=Decimal(25), now=LOOK + DAY)
    land(trial, at=LOOK + 8 * DAY, control=(10_000, 0.10), new=(10_000, 0.13))
    assert verdict(feature) == ("validated", "ok")


def test_a_declaration_is_withdrawn_with_a_reason(feature, trial, other, alice, mallory):
    share(trial, declared=True, note="It moves the button.")
    assert verdict(feature) == ("invalid", "contaminated")
    given = {"trial": trial, "other": "other-trial", "now": LOOK + DAY}
    with pytest.raises(BadInput):
        withdraw_overlap(**given, by=alice, reason=" ")
    with pytest.raises(Forbidden):
        withdraw_overlap(**given, by=mallory, reason="No")
    assert withdraw_overlap(**given, by=alice, reason="It never reached our customers.") == 1
    assert verdict(feature) == ("validated", "ok")
    assert Overlap.objects.count() == 1, "what was declared stays in the table"
    with pytest.raises(BadInput, match="Nothing is declared"):
        withdraw_overlap(**given, by=alice, reason="Again")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"other": "nobody", **EVEN}, "other"),
        ({}, "n_arms"),
        ({"cells": [[1, 2]], "n_arms": [5, 5]}, "cells"),
        ({"n_arms": [100, 100], "cells": [[90, 90], [1, 1]]}, "cells"),
        ({"n_arms": [100, 100], "cells": [[-1, 1], [1, 1]]}, "cells"),
        ({"n_arms": ["many", 100], "cells": [[1, 1], [1, 1]]}, "cells"),
        ({"declared": True}, "note"),
        ({"declared": True, "note": "x", **EVEN}, "declared"),
        ({"treatment": "red", **EVEN}, "treatment"),
        ({"shared": 5, **EVEN}, "shared"),
        ({"as_of": LOOK + 400 * DAY, **EVEN}, "as_of"),
        ({"as_of": START - DAY, **EVEN}, "as_of"),
        ({"n_arms": [1e308, 1e308], "cells": [[1e308, 1], [1, 1]]}, "cells"),
    ],
)
def test_what_is_wrong_is_told_by_field(trial, other, given, field):
    with pytest.raises(BadInput) as caught:
        share(trial, **given)
    assert field in [error.field for error in caught.value.errors]
    assert not Overlap.objects.exists()


def test_a_trial_does_not_overlap_with_itself(trial):
    with pytest.raises(BadInput):
        share(trial, trial.key, **EVEN)


def test_only_the_squad_records_and_keys_are_taken_once(trial, other, mallory, alice):
    with pytest.raises(Forbidden):
        share(trial, by=mallory, **EVEN)
    with pytest.raises(Conflict):
        register_external_trial(key=trial.key, name="", system="Optimizely", by=alice, now=LOOK)
    with pytest.raises(BadInput):
        register_external_trial(key="x", name="", system=" ", by=alice, now=LOOK)
