"""Promise against delivery over REST. `api` holds every answer against the schema."""

import pytest
from django.utils import timezone

from tests.factories import lives

pytestmark = pytest.mark.django_db


@pytest.fixture
def released(squad, alice):
    """Released long ago, on a promise that came out smaller."""
    life = lives.tweaking(squad, alice)
    life.wait(10).measure(0.12)
    assert life.now < timezone.now()
    return life


def test_a_feature_tells_what_it_promised_and_what_came_of_it(api, alice, released):
    shown = api(alice).get(f"/api/v1/features/{released.feature.key}/promises/").json()
    last = shown["promises"][-1]
    assert (last["step"], last["verdict"], last["within"]) == (99, "validated", False)
    assert [one["step"] for one in shown["promises"] if one["counts"]] == [5]
    assert last["estimate"] == pytest.approx(0.03)
    assert last["delivered"]["estimate"] == pytest.approx(0.02)
    assert (last["delivered"]["state"], last["delivered"]["why"]) == ("measured", "")
    assert shown["summary"]["bias"] == pytest.approx(-2)
    assert shown["released_at"] == released.decisions[-1].at.isoformat()


def test_one_that_promised_nothing_says_so(api, alice, squad):
    life = lives.thinking(squad, alice)
    shown = api(alice).get(f"/api/v1/features/{life.feature.key}/promises/").json()
    assert (shown["promises"], shown["released_at"], shown["summary"]["count"]) == ([], None, 0)
    assert shown["summary"]["bias"] is None


def test_there_is_no_such_feature(api, alice):
    assert api(alice).get("/api/v1/features/nothing/promises/").status_code == 404


def test_the_portfolio_is_empty_at_first(api, alice):
    shown = api(alice).get("/api/v1/portfolio/calibration/").json()
    assert (shown["unit"], shown["features"], shown["by_squad"]) == ("minimum_effects", [], [])
    assert shown["summary"]["coverage"] is None


def test_the_portfolio_by_squad_and_by_step(api, alice, released):
    client = api(alice)
    shown = client.get("/api/v1/portfolio/calibration/?squad=checkout&tribe=commerce").json()
    [pair] = shown["features"]
    assert (pair["feature"], pair["squad"], pair["within"]) == (released.feature.key, "checkout", False)
    assert (pair["promised"], pair["delivered"]) == (pytest.approx(6), pytest.approx(4))
    assert [(one["squad"], one["count"]) for one in shown["by_squad"]] == [("checkout", 1)]
    assert [(one["step"], one["count"]) for one in shown["by_step"]] == [(5, 1), (99, 1)]
    assert client.get("/api/v1/portfolio/calibration/?squad=nobody").json()["features"] == []


def test_what_is_not_known_waits_with_its_reason(api, alice, squad):
    life = lives.tweaking(squad, alice)
    [waiting] = api(alice).get("/api/v1/portfolio/calibration/").json()["waiting"]
    assert (waiting["feature"], waiting["state"]) == (life.feature.key, "unknown")
    assert "No result" in waiting["why"]


def test_parameters_and_people_that_nobody_knows_are_refused(api, alice):
    assert api(alice).get("/api/v1/portfolio/calibration/?team=x").status_code == 400
    assert api().get("/api/v1/portfolio/calibration/").status_code == 401
