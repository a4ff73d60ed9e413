"""Promise against delivery, as pages show it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import lives

pytestmark = pytest.mark.django_db


def released(squad, alice, rate, name):
    """Released on a promise of three points, for people whom no other feature is for; then this rate came."""
    life = lives.tweaking(squad, alice, name=name, hypothesis=lives.hypothesis(audience=name))
    if rate is not None:
        life.wait(10).measure(rate)
    return life


def page_of(client, path="/calibration/"):
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode().replace("\xa0", " ")


class TestThePortfolio:
    def test_nothing_was_promised_yet(self, at, alice):
        page = page_of(at(alice))
        assert "Nothing was promised yet" in page
        assert "Bias" not in page

    def test_one_feature(self, at, alice, squad):
        released(squad, alice, 0.12, "One-tap reorder")
        page = page_of(at(alice))
        assert "One-tap reorder promised 6 minimum effects and delivered 4" in page
        assert "0 of 1" in page
        assert "67%" in page

    def test_several_with_their_squads_and_steps(self, at, alice, squad):
        released(squad, alice, 0.12, "One-tap reorder")
        released(squad, alice, 0.13, "Gift receipts")
        page = page_of(at(alice))
        assert "2 features delivered 1 minimum effect less than promised on average" in page
        assert "<td>Checkout</td>" in page
        assert "<td>5%</td>" in page

    def test_what_is_not_known_is_listed_with_its_reason(self, at, alice, squad):
        released(squad, alice, None, "One-tap reorder")
        page = page_of(at(alice))
        assert "Nothing to compare yet" in page
        assert "No result that can be trusted has come since its release." in page
        assert "not known" in page

    def test_it_is_narrowed_to_a_squad_or_a_tribe(self, at, alice, squad, other_squad):
        released(squad, alice, 0.12, "One-tap reorder")
        assert "One-tap reorder" in page_of(at(alice), "/calibration/?squad=checkout&tribe=commerce")
        assert "No promise here" in page_of(at(alice), "/calibration/?squad=playlists")
        assert "No promise here" in page_of(at(alice), "/calibration/?tribe=%00nobody")

    def test_it_costs_the_same_with_one_feature_and_with_many(self, at, alice, squad):
        released(squad, alice, 0.12, "One-tap reorder")
        client = at(alice)
        with CaptureQueriesContext(connection) as one:
            page_of(client)
        for name in ("Gift receipts", "Price alerts"):
            released(squad, alice, 0.12, name)
        with CaptureQueriesContext(connection) as many:
            page_of(client)
        assert len(one) == len(many)


class TestTheFeature:
    def test_shows_what_it_promised_and_what_came_of_it(self, at, alice, squad):
        life = released(squad, alice, 0.12, "One-tap reorder")
        page = page_of(at(alice), f"/features/{life.feature.key}/")
        assert "Promised at 5%: +3.00 pp. Delivered after release: +2.00 pp, interval" in page

    def test_says_why_nothing_is_known(self, at, alice, squad):
        life = released(squad, alice, None, "One-tap reorder")
        page = page_of(at(alice), f"/features/{life.feature.key}/")
        assert "What was delivered is not known." in page
        assert "No result that can be trusted has come since its release." in page

    def test_is_silent_before_the_release(self, at, alice, squad):
        life = lives.shipping(squad, alice, step=5)
        assert "Promised and delivered" not in page_of(at(alice), f"/features/{life.feature.key}/")

    def test_says_that_a_tweaks_delivery_is_of_its_last_step(self, at, alice, squad):
        tweak = lives.running_tweak(lives.tweaking(squad, alice))
        tweak.reach("ship_it", 99)
        tweak.advance()
        assert "Delivered at the last step: +3.00 pp" in page_of(at(alice), f"/features/{tweak.feature.key}/")
