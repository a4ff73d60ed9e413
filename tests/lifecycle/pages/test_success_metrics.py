"""Further success metrics: written in the form and over REST, shown with the hypothesis and in the evidence."""

from datetime import timedelta

import pytest
from django.utils import timezone

from features.models import Feature
from hypotheses.models import Hypothesis, SuccessMetric
from tests.factories import lives
from tests.factories.beliefs import believing, feature_in, land, metric_called, trial_of

pytestmark = pytest.mark.django_db

RETURNING = {"metric": "returning", "direction": "up", "minimum_effect": 0.005}
TYPED = {"success_0": "returning", "success_direction_0": "up", "success_effect_0": "0.005"}


@pytest.fixture
def stated():
    lives.metric("returning")
    return lives.hypothesis(success_metrics=[RETURNING])


@pytest.fixture
def shipped(squad, alice, stated):
    """On the first step of Ship It, its minimum run served."""
    life = lives.thinking(squad, alice, now=timezone.now() - timedelta(days=6, hours=6), hypothesis=stated)
    life.also = {"returning": lives.FLAT}
    life.reach("ship_it", 1)
    return life.wait(4)


def measure(life, *, primary, returning):
    life.also = {"returning": returning}
    life.measure(primary)


def page(at, person, path):
    answer = at(person).get(path)
    assert answer.status_code == 200
    return answer.content.decode()


class TestWritten:
    def test_in_the_form(self, at, alice, squad):
        lives.metric("returning")
        lives.hypothesis()
        given = {"name": "One-tap reorder", "squad": "checkout", "metric": "reorder-rate", "direction": "up",
                 "minimum_effect": "0.005", "effect_scale": "absolute", **TYPED}  # fmt: skip
        assert at(alice).post("/features/new/", given).status_code == 302
        (kept,) = SuccessMetric.objects.all()
        assert (kept.metric.key, kept.direction, kept.minimum_effect) == ("returning", "up", 0.005)
        path = f"/features/{Feature.objects.get().key}/"
        assert "Or will move" in page(at, alice, path)
        told = page(at, alice, path).split("Or will move")[1].split("Because")[0]
        assert "Returning" in told
        assert "+0.50\N{NO-BREAK SPACE}pp" in told
        form = page(at, alice, f"{path}hypothesis/")
        assert "Further success metric 2" in form
        assert '<option value="returning" selected>' in form.split('name="success_0"')[1].split("</select>")[0]

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"success_effect_0": ""}, "Give the least that would be a success"),
            ({"success_effect_0": "0"}, "This must be above 0"),
            ({"success_direction_0": ""}, "success_direction_0_error"),
            ({"success_0": "reorder-rate"}, "cannot be a further success metric"),
        ],
    )
    def test_what_is_wrong_is_said_at_its_field(self, at, alice, squad, wrong, sentence):
        lives.metric("returning")
        lives.hypothesis()
        given = {"name": "One-tap reorder", "squad": "checkout", "metric": "reorder-rate", **TYPED, **wrong}
        answer = at(alice).post("/features/new/", given)
        assert answer.status_code == 400
        assert sentence in answer.content.decode()
        assert not Feature.objects.exists()

    def test_taken_out_in_the_form(self, at, alice, squad, stated):
        life = lives.thinking(squad, alice, now=timezone.now(), hypothesis=stated)
        given = {"base": "1", "change": "two taps", "metric": "reorder-rate", "direction": "up",
                 "minimum_effect": "0.005", "effect_scale": "absolute", "success_0": ""}  # fmt: skip
        at(alice).post(f"/features/{life.feature.key}/hypothesis/", given)
        newest = Hypothesis.objects.order_by("version").last()
        assert (newest.version, newest.success_metrics.count()) == (2, 0)

    @pytest.mark.parametrize(
        ("row", "field"),
        [
            ({"success_1": "", "success_effect_1": "0.01"}, "success_1"),
            ({"success_1": "", "success_direction_1": "up"}, "success_1"),
            ({"guardrail_1": "", "margin_1": "0.5"}, "guardrail_1"),
        ],
    )
    def test_a_row_without_its_metric_is_not_dropped(self, at, alice, squad, stated, row, field):
        life = lives.thinking(squad, alice, now=timezone.now(), hypothesis=stated)
        given = {"base": "1", "metric": "reorder-rate", "direction": "up", "minimum_effect": "0.005", **TYPED, **row}
        answer = at(alice).post(f"/features/{life.feature.key}/hypothesis/", given)
        assert answer.status_code == 400
        assert f'id="id_{field}_error"' in answer.content.decode()
        assert "Choose the metric of this row, or empty the rest of it." in answer.content.decode()
        assert Hypothesis.objects.count() == 1

    def test_what_a_form_does_not_have_stays(self, at, alice, squad, stated):
        """A tab of last week, or a script, knows nothing of further success metrics."""
        life = lives.thinking(squad, alice, now=timezone.now(), hypothesis=stated)
        given = {"base": "1", "change": "two taps"}
        assert at(alice).post(f"/features/{life.feature.key}/hypothesis/", given).status_code == 302
        written = Hypothesis.objects.get(version=2)
        assert (written.change, written.reason) == ("two taps", stated["reason"])
        assert [written.success_metrics.count(), written.guardrails.count()] == [1, 1]

    def test_over_rest(self, at, alice, squad):
        lives.metric("returning")
        lives.hypothesis()
        feature = lives.thinking(squad, alice, now=timezone.now(), hypothesis=None).feature
        path, door = f"/api/v1/features/{feature.key}/hypotheses/", at(alice)
        given = {"metric": "reorder-rate", "direction": "up", "minimum_effect": 0.005, "success_metrics": [RETURNING]}
        answer = door.post(path, given, content_type="application/json")
        assert answer.status_code == 201, answer.content
        assert answer.json()["success_metrics"] == [RETURNING]
        wrong = given | {"success_metrics": [RETURNING | {"minimum_effect": -1}]}
        refused = door.post(path, wrong, content_type="application/json")
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["field"] == "success_metrics.0.minimum_effect"


class TestShown:
    def test_each_is_a_line_of_the_evidence_with_what_it_comes_to(self, at, alice, shipped):
        measure(shipped, primary=0.101, returning=0.13)
        text = page(at, alice, f"/features/{shipped.feature.key}/")
        primary, success = text.split("Primary metric")[1], text.split("Success metric")[1]
        assert "Not yet clear" in primary.split("</tr>")[0]
        assert "Met" in success.split("</tr>")[0]
        assert "Validated: Returning moved the right way" in text
        assert "Not inconclusive: Returning is validated, one is enough" in text

    def test_the_chart_says_of_the_primary_what_is_said_of_the_primary(self, at, alice, shipped):
        measure(shipped, primary=0.1002, returning=0.13)
        shown = page(at, alice, f"/features/{shipped.feature.key}/")
        chart = shown.split('id="evidence-over-time"')[-1]
        assert "Inconclusive: +0.02" in chart
        assert "Validated: +0.02" not in shown

    def test_harm_to_one_is_named_at_the_gate(self, at, alice, shipped):
        measure(shipped, primary=0.13, returning=0.07)
        text = page(at, alice, f"/gates/{shipped.last_gate.pk}/")
        assert "Harmful: Returning moved the wrong way." in text
        assert "it moves a success metric the wrong way" in text

    def test_a_decision_keeps_it_and_its_proof_follows(self, at, alice, shipped):
        measure(shipped, primary=0.101, returning=0.13)
        gate = shipped.last_gate
        shipped.call()
        shipped.decide("advance")
        (frozen,) = shipped.decisions[-1].evidence["successes"]
        assert (frozen["metric"], frozen["verdict"]) == ("returning", "validated")
        assert "Success metric" in page(at, alice, f"/gates/{gate.pk}/")

    def test_the_planner_reckons_with_its_share_of_alpha(self, at, alice, squad):
        needed = {}
        metric_called("returning")
        for name, more in (("one", []), ("two", [RETURNING])):
            feature = feature_in(squad)
            believing(feature, guardrails=[], success_metrics=more)
            now = timezone.now()
            trial = trial_of(feature, name, now=now, started_at=now - timedelta(days=10))
            land(trial, at=now, now=now, control=(10_000, 0.10), new=(10_000, 0.10))
            needed[name] = at(alice).get(f"/api/v1/features/{feature.key}/plan/").json()["units_needed"]
        assert needed["two"] == pytest.approx(1.1505 * needed["one"], rel=1e-4)
