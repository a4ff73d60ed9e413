"""Forms that are sent twice: the button pressed twice, and “Back”."""

import re

import pytest
from django.utils import timezone

from features.models import Feature, Investment, Reply
from hypotheses.models import Finding

pytestmark = pytest.mark.django_db

FOUND = {"kind": "prototype_test", "population": "customers", "successes": "9", "trials": "10"}


def opened(client, address):
    """The token of a form that was just opened."""
    return re.search(r'name="token" value="([0-9a-f]{32})"', client.get(address).content.decode())[1]


def test_the_same_finding_sent_twice_is_one(at, alice, idea):
    client, address = at(alice), f"/features/{idea.feature.key}/finding/"
    given = {**FOUND, "token": opened(client, address)}
    answers = [client.post(address, given, follow=True) for _ in range(2)]
    assert [answer.redirect_chain for answer in answers] == [[(f"/features/{idea.feature.key}/", 302)]] * 2
    assert Finding.objects.filter(feature=idea.feature).count() == 1
    assert "The finding is recorded." in answers[0].content.decode()
    assert "It was recorded already, and is there once." in answers[1].content.decode()


def test_the_same_new_feature_sent_twice_is_one_and_both_lead_there(at, alice, squad):
    client = at(alice)
    given = {"name": "Gift receipts", "squad": "checkout", "token": opened(client, "/features/new/")}
    places = [client.post("/features/new/", given)["Location"] for _ in range(2)]
    assert places == [f"/features/{Feature.objects.get().key}/"] * 2


def test_a_form_that_was_refused_is_mended_and_sent_again(at, alice, idea):
    client, address = at(alice), f"/features/{idea.feature.key}/finding/"
    token = opened(client, address)
    refused = client.post(address, {**FOUND, "trials": "", "token": token})
    assert refused.status_code == 400
    assert f'value="{token}"' in refused.content.decode()
    assert client.post(address, {**FOUND, "token": token}).status_code == 302
    assert Finding.objects.count() == 1


def test_two_forms_that_say_the_same_are_two(at, alice, idea):
    client, address = at(alice), f"/features/{idea.feature.key}/finding/"
    for _ in range(2):
        client.post(address, {**FOUND, "token": opened(client, address)})
    assert Finding.objects.count() == 2


def test_one_token_serves_each_person_for_themselves(at, alice, bob, idea):
    for person in (alice, bob):
        at(person).post(f"/features/{idea.feature.key}/finding/", {**FOUND, "token": "same"})
    assert Finding.objects.count() == 2


def test_an_investment_with_other_content_in_the_same_form_is_refused_and_replaces_nothing(at, alice, idea):
    client, address = at(alice), f"/features/{idea.feature.key}/investment/"
    first = {"on": timezone.localdate(), "category": "people", "amount": "50", "note": "first"}
    first["token"] = opened(client, address)
    client.post(address, first)
    answer = client.post(address, {**first, "category": "equipment", "amount": "60", "note": "second"})
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "This form was sent already, and is recorded as it was then. Open a new one to record another." in shown
    assert "second" in shown
    row = Investment.objects.get()
    assert (row.amount, row.category, row.note, row.revision) == (50, "people", "first", 1)


def test_an_investment_is_never_revised_by_a_form_whose_answer_was_swept(at, alice, idea):
    address = f"/features/{idea.feature.key}/investment/"
    first = {"on": timezone.localdate(), "category": "people", "amount": "50", "token": "old"}
    at(alice).post(address, first)
    Reply.objects.all().delete()
    assert at(alice).post(address, {**first, "amount": "60"}).status_code == 422
    assert Investment.objects.get().amount == 50
