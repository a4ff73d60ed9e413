"""Marks: what qualifies evidence, who clears it and why; and who looked at numbers too early."""

from datetime import timedelta
from decimal import Decimal

import pytest

from features.actions.stint import close_stint, open_stint
from features.enums import Phase
from features.errors import BadInput, Conflict, Forbidden
from features.models import AuditEntry, Feature, Stint
from hypotheses.actions.finding import add_finding
from hypotheses.actions.qualifying import clear_mark, unfold
from hypotheses.actions.weighing import weigh_stint
from hypotheses.models import Clearance, Unfolding
from hypotheses.queries.evidence import evidence_of, verdicts_for
from hypotheses.queries.unfolded import looks_at
from tests.factories.beliefs import DAY, START, believing, feature_in, land, next_stint, stint_of, trial_of

pytestmark = pytest.mark.django_db
LOOK = START + 10 * DAY


def measured(feature, *, at=LOOK, **trial):
    made = trial_of(feature, f"{feature.key}-{at:%d}", **{"now": at - 5 * DAY, "started_at": at - 5 * DAY, **trial})
    land(made, at=at, control=(10_000, 0.10), new=(10_000, 0.13))
    weigh_stint(stint=stint_of(feature), now=at)
    return feature


@pytest.fixture
def feature(squad):
    made = feature_in(squad)
    believing(made, guardrails=[], market="Sweden")
    return made


def codes(feature, now=LOOK):
    return [mark["code"] for mark in evidence_of(feature=feature, now=now).marks]


def test_a_trial_where_it_is_to_be_launched_carries_no_mark(feature):
    measured(feature, market="sweden ")
    view = evidence_of(feature=feature, now=LOOK)
    assert (view.marks, view.is_trusted) == ((), True)


def test_a_test_market_that_is_not_the_launch_market_is_told(feature):
    measured(feature, market="New Zealand")
    [mark] = evidence_of(feature=feature, now=LOOK).marks
    assert mark["code"] == "transfer"
    assert mark["detail"] == "The trial ran in New Zealand; the launch is in Sweden."


def step_up(feature, *, at, step):
    close_stint(stint=stint_of(feature), now=at)
    open_stint(feature=feature, phase=Phase.SHIP_IT, now=at, by=None, step_percent=Decimal(step))


def test_another_feature_that_stepped_up_meanwhile_for_the_same_metric_and_audience_is_told(feature, squad):
    rival = feature_in(squad, step=5)
    rival.name = "Bigger buttons"
    rival.save()
    believing(rival, audience="Returning  customers", guardrails=[])
    measured(feature)
    assert codes(feature) == []
    step_up(rival, at=LOOK - 2 * DAY, step=25)
    [mark] = evidence_of(feature=feature, now=LOOK).marks
    assert mark["detail"] == "Bigger buttons stepped up in the same time, for the same metric and audience."
    assert evidence_of(feature=feature, now=LOOK) == verdicts_for(feature_ids=[feature.pk], now=LOOK)[feature.pk]


@pytest.mark.parametrize(
    ("at", "step", "audience"),
    [
        (LOOK - 2 * DAY, 1, "returning customers"),
        (LOOK - 2 * DAY, 25, "newcomers"),
        (LOOK - 9 * DAY, 25, "returning customers"),
    ],
    ids=["it stepped down", "for other people", "before the trial"],
)
def test_what_does_not_disturb_is_no_bundle(feature, squad, at, step, audience):
    rival = feature_in(squad, step=5)
    believing(rival, audience=audience, guardrails=[])
    measured(feature)
    step_up(rival, at=at, step=step)
    assert codes(feature) == []


def test_its_own_tweak_is_no_bundle(feature, squad):
    tweak = feature_in(squad, step=5)
    tweak.parent = feature
    tweak.save()
    believing(tweak, guardrails=[])
    measured(feature)
    step_up(tweak, at=LOOK - 2 * DAY, step=25)
    assert codes(feature) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"minimum_effect": 0.001}, "the minimum effect"),
        ({"minimum_effect": 0.02}, "the minimum effect"),
        ({"metric": "basket-value", "minimum_effect": 1}, "the metric"),
        ({"direction": "down"}, "the direction"),
    ],
)
def test_goalposts_that_moved_after_data_were_seen_are_told(feature, changes, words):
    measured(feature)
    next_stint(feature, now=LOOK + DAY)
    believing(feature, **{"guardrails": [], **changes})
    trial = trial_of(feature, "second", now=LOOK + DAY, started_at=LOOK + DAY)
    for metric in ("reorder-rate", "basket-value"):
        land(trial, at=LOOK + 5 * DAY, metric=metric, control=(10_000, 0.1), new=(10_000, 0.13))
    weigh_stint(stint=stint_of(feature), now=LOOK + 5 * DAY)
    marks = evidence_of(feature=feature, now=LOOK + 5 * DAY).marks
    assert [mark["detail"] for mark in marks] == [f"Version 2 changed {words} after data of version 1."]


def test_goalposts_that_moved_once_have_moved_until_somebody_clears_it(feature, alice):
    measured(feature)
    for number, changes in enumerate(({"minimum_effect": 0.001}, {"reason": "the same again"}), start=1):
        at = LOOK + number * 20 * DAY
        next_stint(feature, now=at - 6 * DAY)
        believing(feature, **{"guardrails": [], "minimum_effect": 0.001, **changes})
        measured(feature, at=at)
        assert codes(feature, at) == ["moved_goalposts"]
    clear_mark(feature=feature, code="moved_goalposts", reason="We had misjudged the base.", by=alice, now=at)
    at += 20 * DAY
    next_stint(feature, now=at - 6 * DAY)
    believing(feature, guardrails=[], minimum_effect=0.001, reason="and again")
    measured(feature, at=at)
    assert codes(feature, at) == []


def test_data_under_a_version_that_asked_for_nothing_were_seen_too(squad):
    feature = feature_in(squad)
    believing(feature, guardrails=[], minimum_effect=None)
    measured(feature)
    next_stint(feature, now=LOOK + DAY)
    believing(feature, guardrails=[], metric="basket-value", minimum_effect=1)
    assert codes(measured(feature, at=LOOK + 9 * DAY), LOOK + 9 * DAY) == []  # nothing of this metric came yet
    trial = trial_of(feature, "more", now=LOOK + 10 * DAY, started_at=LOOK + 10 * DAY)
    land(trial, at=LOOK + 12 * DAY, metric="basket-value", control=(9_000, 20, 4), new=(9_000, 21, 4))
    weigh_stint(stint=stint_of(feature), now=LOOK + 12 * DAY)
    assert codes(feature, LOOK + 12 * DAY) == ["moved_goalposts"]


@pytest.mark.parametrize("guardrails", [[], [{"metric": "basket-value", "margin": 5}]], ids=["dropped", "widened"])
def test_a_guardrail_that_is_loosened_after_data_moves_the_goalposts(squad, guardrails):
    feature = feature_in(squad)
    believing(feature)
    measured(feature)
    next_stint(feature, now=LOOK + DAY)
    believing(feature, guardrails=guardrails)
    marks = evidence_of(feature=measured(feature, at=LOOK + 9 * DAY), now=LOOK + 9 * DAY).marks
    assert [mark["detail"] for mark in marks] == ["Version 2 changed the guardrails after data of version 1."]


def test_a_token_trial_where_it_is_launched_does_not_hide_the_others(feature):
    measured(feature, market="New Zealand")
    token = trial_of(feature, "token", now=LOOK - 5 * DAY, started_at=LOOK - 5 * DAY, market="Sweden")
    land(token, at=LOOK, control=(150, 0.10), new=(150, 0.13))
    weigh_stint(stint=stint_of(feature), now=LOOK)
    [mark] = evidence_of(feature=feature, now=LOOK).marks
    assert mark["detail"] == "99% of the units are in New Zealand; the launch is in Sweden."


def test_employees_who_are_more_than_a_few_are_told(feature):
    measured(feature)
    own = trial_of(feature, "own", now=LOOK - 5 * DAY, started_at=LOOK - 5 * DAY, population="employees")
    land(own, at=LOOK, control=(2_500, 0.10), new=(2_500, 0.13))
    weigh_stint(stint=stint_of(feature), now=LOOK)
    [mark] = evidence_of(feature=feature, now=LOOK).marks
    assert (mark["code"], mark["detail"]) == ("transfer", "20% of the units are employees.")


def test_two_that_are_released_together_are_a_bundle_for_both(feature, squad):
    rival = feature_in(squad, step=5)
    believing(rival, guardrails=[])
    measured(feature)
    step_up(rival, at=LOOK - 5 * DAY - timedelta(hours=3), step=25)
    assert codes(feature) == ["bundled"]


def test_a_clearance_is_of_what_happened_not_of_what_it_is_called(feature, squad, alice):
    rival = feature_in(squad, step=5)
    believing(rival, guardrails=[])
    measured(feature)
    step_up(rival, at=LOOK - 2 * DAY, step=25)
    clear_mark(feature=feature, code="bundled", reason="They do not meet.", by=alice, now=LOOK)
    Feature.objects.filter(pk=rival.pk).update(name="Another name")
    assert evidence_of(feature=feature, now=LOOK).is_trusted
    step_up(rival, at=LOOK - DAY, step=50)
    assert not evidence_of(feature=feature, now=LOOK).is_trusted, "a further step is another bundle"


def test_the_same_size_again_moves_no_goalposts(feature):
    measured(feature)
    next_stint(feature, now=LOOK + DAY)
    believing(feature, guardrails=[], reason="we know more now")
    measured(feature, at=LOOK + 9 * DAY)
    assert codes(feature, LOOK + 9 * DAY) == []


def test_a_mark_is_cleared_by_a_person_with_a_reason_and_stays_cleared(feature, alice):
    measured(feature, market="New Zealand")
    before = Stint.objects.get().facts_version
    assert not evidence_of(feature=feature, now=LOOK).is_trusted
    assert clear_mark(feature=feature, code="transfer", reason="Both markets order alike.", by=alice, now=LOOK) == 1
    assert clear_mark(feature=feature, code="transfer", reason="Again.", by=alice, now=LOOK) == 0
    view = evidence_of(feature=feature, now=LOOK)
    [mark] = view.marks
    assert (mark["cleared_by"], mark["reason"], view.is_trusted) == ("alice", "Both markets order alike.", True)
    assert Stint.objects.get().facts_version == before + 1, "the gate has something new to judge"
    assert AuditEntry.objects.filter(act="mark.cleared").count() == 1
    assert not evidence_of(feature=feature, now=LOOK, as_of=LOOK).uncleared_marks


def test_another_bundle_is_another_mark(feature, squad, alice):
    measured(feature)
    for number in (1, 2):
        rival = feature_in(squad, step=5)
        rival.name = f"Rival {number}"
        rival.save()
        believing(rival, guardrails=[])
        step_up(rival, at=LOOK - 2 * DAY, step=25)
        assert not evidence_of(feature=feature, now=LOOK).is_trusted
        clear_mark(feature=feature, code="bundled", reason="They do not meet.", by=alice, now=LOOK)
        assert evidence_of(feature=feature, now=LOOK).is_trusted
    assert Clearance.objects.count() == 2


def test_what_cannot_be_cleared(feature, alice, mallory):
    measured(feature, market="New Zealand")
    with pytest.raises(BadInput):
        clear_mark(feature=feature, code="transfer", reason=" ", by=alice, now=LOOK)
    with pytest.raises(BadInput, match="It carries: transfer"):
        clear_mark(feature=feature, code="bundled", reason="Why not", by=alice, now=LOOK)
    with pytest.raises(Forbidden):
        clear_mark(feature=feature, code="transfer", reason="Why not", by=mallory, now=LOOK)
    assert not Clearance.objects.exists()


def test_employees_do_not_become_customers_by_a_reason(squad, alice):
    feature = feature_in(squad, Phase.THINK_IT, step=None)
    cohort = {"population": "employees"}
    add_finding(feature=feature, kind="interviews", cohort=cohort, successes=9, trials=10, by=None, now=LOOK)
    with pytest.raises(Conflict) as caught:
        clear_mark(feature=feature, code="transfer", reason="They are people too.", by=alice, now=LOOK)
    assert caught.value.code == "mark_stays"


def test_who_looked_too_early_is_kept_once_a_moment(feature, alice, bob):
    measured(feature)
    asked = [unfold(feature=feature, by=person, now=LOOK, minimum_days=20) for person in (alice, alice, bob)]
    assert asked == [True, False, True]
    looks = looks_at(stint_id=stint_of(feature).pk)
    assert [look.by for look in looks] == ["bob", "alice"]
    assert {look.as_of for look in looks} == {LOOK}
    assert Unfolding.objects.count() == 2


def test_what_is_not_folded_away_cannot_be_looked_at_too_early(feature, alice):
    measured(feature)
    assert not unfold(feature=feature, by=alice, now=LOOK, minimum_days=0)
    assert not Unfolding.objects.exists()


def test_where_there_are_no_numbers_nothing_is_looked_at(feature, alice):
    assert not unfold(feature=feature, by=alice, now=LOOK)
