"""Why a verdict is what it is, folded on the pages of features and gates; and the proof of what a decision saw."""

import pytest
from django.utils import timezone

from hypotheses.models import Result
from tests.factories import lives

pytestmark = pytest.mark.django_db


@pytest.fixture
def shipped(squad, alice, now):
    """On the first step of Ship It, measured this very hour, its minimum run served."""
    life = lives.thinking(squad, alice, now=now - timezone.timedelta(days=6, hours=6))
    life.reach("ship_it", 1)
    life.wait(4)
    return life


def page(at, person, path):
    answer = at(person).get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_rows_the_neighbours_and_the_way_out_stand_on_the_feature_and_its_gate(at, alice, shipped):
    shipped.measure()
    for path in (f"/features/{shipped.feature.key}/", f"/gates/{shipped.last_gate.pk}/"):
        text = page(at, alice, path)
        assert "Why this verdict" in text
        assert "Is the minimum effect excluded (U &lt; minimum effect)?" in text
        assert "Yes: validated" in text
        assert "Not inconclusive: L = +2.37 pp &gt; 0" in text
        assert "It is open again when L falls to 0" in text
        assert "half-width" in text
        assert "It may decide now." in text


def test_metrics_are_called_by_their_names(at, alice, shipped):
    shipped.measure()
    assert "Basket value: U_h = " in page(at, alice, f"/features/{shipped.feature.key}/")


def test_nothing_is_explained_while_the_number_is_folded_away(at, alice, squad, now):
    life = lives.thinking(squad, alice, now=now - timezone.timedelta(days=4))
    life.reach("ship_it", 1)
    life.wait(1).measure()
    path = f"/features/{life.feature.key}/"
    assert "The numbers are folded away" in page(at, alice, path)
    assert "Why this verdict" not in page(at, alice, path)
    at(alice).post(f"{path}unfold/", {"back": path})
    assert "Why this verdict" in page(at, alice, path)


def test_distrust_is_explained_without_any_number_of_the_effect(at, alice, squad, now):
    life = lives.thinking(squad, alice, now=now - timezone.timedelta(days=12))
    life.reach("ship_it", 1)
    life.wait(4).measure()
    text = page(at, alice, f"/features/{life.feature.key}/")
    assert "Yes: invalid" in text
    assert "Mend the source, or end the trial." in text
    assert "half-width" not in text
    assert " pp" not in text.split("Why this verdict")[1].split("Trust checks")[0]


def test_findings_are_explained_by_the_beta_rule(at, alice, due):
    text = page(at, alice, f"/gates/{due.last_gate.pk}/")
    assert "Is P at least 0.95?" in text
    assert "Inconclusive if the next one fails." in text


class TestTheProof:
    def test_it_is_made_when_somebody_asks(self, at, alice, shipped):
        gate = shipped.last_gate
        shipped.measure()
        shipped.call()
        shipped.decide("advance")
        path = f"/gates/{gate.pk}/"
        assert "Do these numbers follow from the stored results?" in page(at, alice, path)
        told = page(at, alice, f"{path}?retrace=1")
        assert "What was seen follows from what is stored." in told
        assert "results that it read" in told
        assert "It may decide now." not in told, "it was decided"

    def test_a_number_that_was_tampered_with_is_named(self, at, alice, shipped):
        gate = shipped.last_gate
        shipped.measure()
        shipped.call()
        shipped.decide("advance")
        Result.objects.filter(arm__name="new", mean=lives.GOOD).update(mean=0.2)
        told = page(at, alice, f"/gates/{gate.pk}/?retrace=1")
        assert "does not follow from what is stored" in told
        assert "<strong>primary.estimate</strong>: it saw 0.03" in told

    def test_a_gate_that_is_not_decided_has_nothing_to_prove(self, at, alice, due):
        assert "follow from" not in page(at, alice, f"/gates/{due.last_gate.pk}/?retrace=1")
