"""The circuit breaker of Think It: only after everybody was told for a week, on record, and never without a person
before it for what was imported.
"""

from datetime import timedelta

import pytest

from features.models import Feature
from lifecycle.actions import breaking
from lifecycle.actions.breaking import trip_breakers
from lifecycle.actions.judging import judge_all
from lifecycle.models import Decision
from tests.factories import lives

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def daily(monkeypatch):
    """The clock rings once a day here, so a pause is longer than that."""
    monkeypatch.setattr(breaking, "PAUSE", timedelta(hours=30))


def run(start, days):
    """The clock, running without a pause for so many days; gives how many gates it ended."""
    tripped = 0
    for day in range(1, days + 1):
        judge_all(now=start + day * DAY)
        tripped += trip_breakers(now=start + day * DAY)
    return tripped


@pytest.fixture
def forgotten(squad, alice):
    life = lives.thinking(squad, alice)
    life.call()
    judge_all(now=life.now)
    trip_breakers(now=life.now)
    return life


class TestSwitchedOn:
    @pytest.fixture(autouse=True)
    def switched_on(self, settings):
        settings.THINK_IT_BREAKER_DAYS = 14

    def test_it_ends_what_nobody_decided(self, forgotten):
        assert run(forgotten.now, 13) == 0
        assert run(forgotten.now + 13 * DAY, 1) == 1
        assert forgotten.refresh().status == "ended"
        decision = Decision.objects.get()
        assert (decision.by, decision.policy, decision.outcome) == (None, "think_it_breaker", "kill")
        assert decision.moved_to["status"] == "ended"

    def test_it_waits_until_the_escalation_was_shown_for_a_week(self, forgotten, settings):
        settings.THINK_IT_BREAKER_DAYS = 1
        assert run(forgotten.now, 9) == 0  # the tribe is told on day 3, and a week of that ends on day 10
        assert run(forgotten.now + 9 * DAY, 1) == 1

    def test_a_system_that_slept_gives_people_a_week_before_it_acts(self, forgotten):
        awake = forgotten.now + 60 * DAY
        judge_all(now=awake)
        assert trip_breakers(now=awake) == 0
        assert run(awake, 6) == 0
        assert run(awake + 6 * DAY, 1) == 1

    def test_a_pause_after_the_escalation_starts_the_week_again(self, forgotten):
        run(forgotten.now, 4)
        awake = forgotten.now + 30 * DAY
        judge_all(now=awake)
        assert trip_breakers(now=awake) == 0
        assert run(awake, 6) == 0
        assert run(awake + 6 * DAY, 1) == 1

    def test_other_phases_are_left_alone(self, squad, alice):
        life = lives.building(squad, alice)
        life.call()
        trip_breakers(now=life.now)
        assert run(life.now, 40) == 0

    def test_a_gate_that_is_not_due_is_left_alone(self, squad, alice):
        life = lives.thinking(squad, alice, time_box_days=100)
        trip_breakers(now=life.now)
        assert run(life.now, 40) == 0

    def test_what_was_imported_is_left_alone_until_a_person_decided_one_of_its_gates(self, forgotten):
        Feature.objects.update(imported=True)
        assert run(forgotten.now, 20) == 0
        forgotten.now += 20 * DAY
        forgotten.decide("iterate")
        forgotten.wait(1).call()
        assert run(forgotten.now, 15) == 1

    def test_what_was_decided_meanwhile_stands(self, forgotten):
        run(forgotten.now, 12)
        forgotten.now += 12 * DAY
        forgotten.decide("iterate")
        assert run(forgotten.now, 5) == 0
        assert forgotten.refresh().status == "active"


def test_it_is_off_unless_somebody_sets_it(forgotten):
    assert run(forgotten.now, 40) == 0
    assert forgotten.refresh().status == "active"
