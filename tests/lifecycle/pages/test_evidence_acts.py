"""Evidence on a page: folded away until it may decide, unfolded on record, marks cleared with a reason."""

import pytest
from django.utils import timezone

from hypotheses.actions.weighing import weigh_stint
from hypotheses.models import Clearance, Unfolding
from tests.factories.beliefs import DAY, believing, feature_in, land, stint_of, trial_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def feature(squad):
    """Two hundred units in Norway: far too early."""
    made = feature_in(squad)
    believing(made, guardrails=[], market="Sweden")
    now = timezone.now()
    trial = trial_of(made, "reorder", now=now, started_at=now - 5 * DAY, market="Norway")
    land(trial, at=now - DAY, now=now, control=(200, 0.10), new=(200, 0.11))
    weigh_stint(stint=stint_of(made), now=now)
    return made


def test_early_numbers_are_folded_away_until_somebody_looks_on_record(at, alice, bob, feature):
    address = f"/features/{feature.key}/"
    page = at(alice).get(address + "?unfold=1").content.decode()
    assert "The numbers are folded away" in page
    assert "+1.00\xa0pp" not in page
    shown = at(alice).post(address + "unfold/", {"back": address}, follow=True).content.decode()
    assert "+1.00\xa0pp" in shown
    assert "Looked at early by Alice Andersson" in shown
    others = at(bob).get(address).content.decode()
    assert "+1.00\xa0pp" not in others
    assert "Looked at early by Alice Andersson" in others
    assert Unfolding.objects.count() == 1


def test_a_mark_is_cleared_on_the_page_by_the_squad_only(at, alice, mallory, feature):
    address = f"/features/{feature.key}/"
    page = at(alice).get(address).content.decode()
    assert "The trial ran in Norway; the launch is in Sweden." in page
    assert "Clear this mark" in page
    assert "Clear this mark" not in at(mallory).get(address).content.decode()
    body = {"code": "transfer", "reason": "They order alike.", "back": address}
    refused = at(mallory).post(address + "clear/", body, follow=True)
    assert not Clearance.objects.exists()
    assert refused.redirect_chain
    asked = at(alice).post(address + "clear/", {**body, "reason": ""}, follow=True).content.decode()
    assert "Say why the evidence may be used all the same." in asked
    page = at(alice).post(address + "clear/", body, follow=True).content.decode()
    assert "Cleared by alice: They order alike." in page


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example", "abc", "feature", "board", ""])
def test_it_goes_back_to_no_page_of_somebody_else_and_to_no_name_of_an_address(at, alice, feature, back):
    answer = at(alice).post(f"/features/{feature.key}/unfold/", {"back": back})
    assert answer["Location"] == f"/features/{feature.key}/"
