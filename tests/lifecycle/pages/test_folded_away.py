"""While evidence is too early to decide on, no page of a feature tells its effect before somebody looks on record."""

from html import unescape

import pytest
from django.utils import timezone

from hypotheses.models import Evidence, Unfolding
from lifecycle.charts import formats
from tests.factories import lives

pytestmark = pytest.mark.django_db


@pytest.fixture
def early(squad, alice, now):
    """On the first step of Ship It: validated by the data, six days before its minimum run is served."""
    life = lives.thinking(squad, alice, now=now - timezone.timedelta(days=4))
    life.reach("ship_it", 1)
    life.wait(0.4).measure(0.1184, basket=20.0321)
    life.wait(0.4).measure(0.1217, basket=20.0473)
    return life


def numbers(life):
    """The effects and the ends of their intervals at each moment, as pages and as sentences write them."""
    for row in Evidence.objects.filter(stint=life.stint):
        for part in (row.body["primary"], *row.body["guardrails"]):
            for number in (part["estimate"], *part["interval"]):
                if part["unit"] == "share":
                    yield from (formats.effect(number, unit="share").split("\xa0")[0], f"{100 * number:+.3g}")
                else:
                    yield from (formats.effect(number, unit=part["unit"]), f"{number:+.3g}", f"{number:.4f}")


def pages_of(life):
    """Each page that speaks of the feature, or of what it is measured by."""
    key = life.feature.key
    feature = [f"/features/{key}/", f"/features/{key}/?by=month", f"/features/{key}/plan/"]
    gates = [f"/gates/{gate}/" for gate in life.feature.gates.values_list("pk", flat=True)]
    catalogue = ["/pulls/metrics/", "/pulls/metrics/reorder-rate/", "/pulls/metrics/basket-value/"]
    return ["/", *feature, *gates, "/owed/", "/calibration/", "/pulls/", "/pulls/attention/", *catalogue]


def told(at, person, life):
    """Which of the numbers stand on which page."""
    wanted = set(numbers(life))
    for path in pages_of(life):
        answer = at(person).get(path)
        assert answer.status_code == 200, path
        text = unescape(answer.content.decode())
        yield from ((path, number) for number in wanted if number in text)


def test_no_page_tells_the_effect_or_its_interval_before_somebody_looks(at, alice, bob, early):
    assert {row.verdict for row in Evidence.objects.filter(stint=early.stint)} == {"validated"}
    assert list(told(at, alice, early)) == []
    early.judge()
    early.call()
    assert list(told(at, alice, early)) == [], "nor when its gate is due"
    at(alice).post(f"/features/{early.feature.key}/unfold/", {})
    page = f"/features/{early.feature.key}/"
    assert {path for path, _ in told(at, alice, early)} == {page, f"{page}?by=month", f"/gates/{early.gate.pk}/"}
    assert list(told(at, bob, early)) == [], "who did not look sees none"
    assert Unfolding.objects.count() == 1


def test_data_that_grew_old_tell_no_number_either(at, alice, squad, now):
    life = lives.thinking(squad, alice, now=now - timezone.timedelta(days=12))
    life.reach("ship_it", 1)
    life.wait(4).measure(0.1217, basket=20.0473)
    life.wait(6).call()
    page = at(alice).get(f"/gates/{life.gate.pk}/").content.decode()
    assert "The evidence is invalid (stale)." in page, "a rule quotes the explanation"
    assert list(told(at, alice, life)) == []


def test_programs_are_shown_the_numbers_and_reading_keeps_no_look(at, alice, early):
    answer = at(alice).get(f"/api/v1/features/{early.feature.key}/evidence/").json()
    assert (answer["state"], answer["primary"]["estimate"]) == ("too_early", pytest.approx(0.0217))
    gate = at(alice).get(f"/api/v1/gates/{early.gate.pk}/").json()
    assert gate["evidence"]["primary"]["interval"] == answer["primary"]["interval"]
    assert not Unfolding.objects.exists()
