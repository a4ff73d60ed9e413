"""Whether the next tweak is worth starting, as the tweaks so far tell."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hypotheses.statistics.diminishing import outlook
from lifecycle.actions.rolling_out import set_ladder
from lifecycle.queries.gates import gate_view
from lifecycle.queries.tweaks import tweak_outlook
from tests.factories import lives

pytestmark = pytest.mark.django_db
RETURNS_MORE = 0.12
LADDER = [{"percent": percent, "minimum_days": 7, "full_course_days": 21} for percent in (25, 99)]


@pytest.fixture
def parent(squad, alice):
    return lives.tweaking(squad, alice, name="One-tap reorder")


def tweak(parent, name, **stated):
    life = lives.running_tweak(parent, name, **stated)
    life.also = {one["metric"]: RETURNS_MORE for one in stated.get("success_metrics", ())}
    set_ladder(feature=life.feature, steps=LADDER, by=life.by, now=life.now)
    return life.reach("ship_it", 25)


def refuted(parent, name, rate=0.1005):
    """Tried at 25 %, found to bring next to nothing, and killed."""
    life = tweak(parent, name)
    life.wait(8).measure(rate, units=400_000)
    return over(parent, life, "kill")


def carried(parent, name):
    """Nothing came of the primary metric, yet people come back more often: validated by that, and landed."""
    lives.metric("returning")
    returns = {"metric": "returning", "direction": "up", "minimum_effect": 0.005}
    return landed(parent, name, 0.1, success_metrics=[returns])


def landed(parent, name, rate=lives.GOOD, **stated):
    life = tweak(parent, name, **stated)
    for _ in LADDER:
        life.wait(8).measure(rate, units=400_000)
        life.call()
        life.decide("advance")
    parent.now = life.now
    return life


def over(parent, life, outcome):
    life.call()
    life.decide(outcome)
    parent.now = life.now
    return life


def seen(parent):
    return tweak_outlook(feature=parent.refresh())


class TestWhatIsTold:
    def test_nothing_before_the_first_tweak_has_ended(self, parent):
        assert seen(parent) is None
        tweak(parent, "Bigger button")
        assert seen(parent) is None

    def test_one_tweak_tells_nothing_of_the_next(self, parent):
        refuted(parent, "Bigger button")
        found = seen(parent)
        assert (found.diminishing, found.sentence, found.outlook.next) == (False, "", None)
        assert [one.refuted for one in found.tweaks] == [True]

    def test_two_refuted_in_a_row_are_a_local_maximum(self, parent):
        refuted(parent, "Bigger button")
        refuted(parent, "Rounder button")
        found = seen(parent)
        assert found.diminishing
        assert found.sentence == (
            "The last two tweaks were refuted: a local maximum. Move on, or try a bold experiment."
        )

    def test_a_landed_one_between_them_starts_anew(self, parent):
        refuted(parent, "Bigger button")
        landed(parent, "Rounder button")
        refuted(parent, "Redder button")
        found = seen(parent)
        assert [(one.landed, one.refuted) for one in found.tweaks] == [(False, True), (True, False), (False, True)]
        assert "refuted" not in found.sentence

    def test_those_that_another_success_metric_carried_were_not_refuted(self, parent):
        carried(parent, "Bigger button")
        carried(parent, "Rounder button")
        found = seen(parent)
        assert (found.diminishing, found.tweaks, found.left_out) == (False, (), 2)
        assert found.sentence == (
            "“Rounder button” was validated by returning, another success metric than reorder-rate: "
            "the tweaks are counted from there on."
        )
        assert found.as_json()["carried"] == {"feature": found.carried.key, "metric": "reorder-rate", "by": "returning"}

    def test_they_are_counted_from_the_last_one_that_was_carried(self, parent):
        refuted(parent, "Bigger button")
        carried(parent, "Rounder button")
        refuted(parent, "Redder button")
        assert not seen(parent).diminishing
        refuted(parent, "Bolder button")
        found = seen(parent)
        assert (len(found.tweaks), found.left_out, found.diminishing) == (2, 2, True)
        assert found.sentence.endswith(
            "from there on. The last two tweaks were refuted: a local maximum. Move on, or try a bold experiment."
        )

    def test_a_falling_line_through_three_is_one_too(self, parent):
        for name, rate in (("Bigger", 0.13), ("Rounder", 0.12), ("Redder", 0.11)):
            landed(parent, name, rate)
        found = seen(parent)
        assert [round(one.effect, 9) for one in found.tweaks] == [0.03, 0.02, 0.01]
        assert not any(one.refuted for one in found.tweaks)
        assert found.outlook == outlook(
            effects=[one.effect for one in found.tweaks], variances=[one.variance for one in found.tweaks], mei=0.005
        )
        assert found.outlook.next == pytest.approx(0)
        assert found.sentence == (
            "By the line through 3 tweaks the next one reaches the minimum effect with a chance of less than 1 %: "
            "a local maximum. Move on, or try a bold experiment."
        )

    def test_a_line_that_does_not_fall_says_go_on(self, parent):
        for name in ("Bigger", "Rounder", "Redder"):
            landed(parent, name)
        found = seen(parent)
        assert not found.diminishing
        assert found.sentence.endswith("a chance of more than 99 %.")

    def test_a_tweak_without_a_measured_effect_is_left_out_and_counted(self, parent):
        refuted(parent, "Bigger button")
        early = lives.running_tweak(parent, "Idea of a Monday")
        over(parent, early, "kill")
        refuted(parent, "Rounder button")
        found = seen(parent)
        assert (len(found.tweaks), found.left_out, found.diminishing) == (2, 1, True)

    def test_down_is_good_where_the_hypothesis_says_so(self, parent, monkeypatch):
        stated = lives.hypothesis(direction="down")
        monkeypatch.setattr(lives, "hypothesis", lambda **_: stated)
        life = tweak(parent, "Fewer mails")
        life.wait(8).measure(0.07, units=400_000)
        over(parent, life, "kill")
        assert seen(parent).tweaks[0].effect == pytest.approx(0.03)

    def test_it_is_one_query_however_many_tweaks(self, parent):
        for name in ("Bigger", "Rounder", "Redder"):
            refuted(parent, name)
        feature = parent.refresh()
        with CaptureQueriesContext(connection) as asked:
            tweak_outlook(feature=feature)
        assert len(asked) == 1


class TestWhereItIsSaid:
    @pytest.fixture
    def at_its_maximum(self, parent):
        refuted(parent, "Bigger button")
        refuted(parent, "Rounder button")
        return parent

    def rule(self, life):
        view = gate_view(gate=life.gate, now=life.now, person=life.by)
        return next(rule for rule in view.rules if rule["code"] == "local_maximum")

    def test_the_gate_of_tweak_it_advises(self, parent):
        found = self.rule(parent)
        assert (found["level"], found["met"]) == ("should", False)
        assert "say in your reason why the squad moves on" in found["detail"]

    def test_the_rule_is_met_at_a_local_maximum(self, at_its_maximum):
        found = self.rule(at_its_maximum)
        assert found["met"]
        assert "local maximum" in found["detail"]

    def test_the_pages_of_the_feature_and_of_its_gate_say_so(self, at_its_maximum, alice, client):
        client.force_login(alice)
        life = at_its_maximum
        for path in (f"/features/{life.feature.key}/", f"/gates/{life.gate.pk}/"):
            page = client.get(path).content.decode()
            assert "The last two tweaks were refuted: a local maximum." in page

    def test_rest_tells_it_with_the_evidence(self, at_its_maximum, alice, api):
        shown = api(alice).get(f"/api/v1/features/{at_its_maximum.feature.key}/evidence/").json()["tweaks"]
        assert (shown["diminishing"], shown["left_out"], len(shown["tweaks"])) == (True, 0, 2)
        assert shown["sentence"].startswith("The last two tweaks were refuted")

    def test_rest_says_nothing_of_tweaks_that_are_not_over(self, parent, alice, api):
        assert api(alice).get(f"/api/v1/features/{parent.feature.key}/evidence/").json()["tweaks"] is None
