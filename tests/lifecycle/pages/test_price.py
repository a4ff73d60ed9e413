"""What one unit of a metric is worth, on the metric's page."""

import pytest

from hypotheses.models import UnitValue
from tests.factories import lives

pytestmark = pytest.mark.django_db
PAGE = "/pulls/metrics/reorder-rate/"


@pytest.fixture(autouse=True)
def metrics():
    lives.hypothesis()


@pytest.fixture
def keeper(alice):
    alice.is_superuser = True
    alice.save()
    return alice


def page(at, person):
    answer = at(person).get(PAGE)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_unpriced_metric_says_so(at, keeper):
    told = page(at, keeper)
    assert "unpriced" in told
    assert "Say what it is worth" in told


def test_a_price_is_said_and_stands_with_its_owner_and_reason(at, keeper):
    given = {"amount": "38.50", "from_on": "2026-01-01", "note": "margin of one order"}
    assert at(keeper).post(PAGE + "price/", given).status_code == 302
    told = page(at, keeper)
    assert "38.5 EUR" in told
    assert "margin of one order" in told
    assert "unpriced" not in told


def test_what_was_typed_wrong_is_still_in_the_form(at, keeper):
    answer = at(keeper).post(PAGE + "price/", {"amount": "1.23456", "from_on": "2026-01-01", "note": "kept"})
    assert "kept" in answer.content.decode()
    assert not UnitValue.objects.exists()


def test_only_keepers_price_it(at, alice):
    assert "Say what it is worth" not in page(at, alice)
    answer = at(alice).post(PAGE + "price/", {"amount": "1", "from_on": "2026-01-01"})
    assert answer.status_code == 200
    assert "leads" in answer.content.decode()
    assert not UnitValue.objects.exists()
