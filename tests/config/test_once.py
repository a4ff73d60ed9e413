"""A write that is sent twice is done once."""

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from features.actions.replying import KEPT_FOR
from features.models import Feature, Investment, Reply, Squad, Tribe
from tests.factories.rows import saved

TRIBES = "/api/v1/tribes/"
BODY = {"slug": "search", "name": "Search"}


def send(client, body=BODY, key="k1", path=TRIBES):
    return client.post(path, body, headers={"Idempotency-Key": key})


@pytest.mark.django_db
def test_the_same_request_is_answered_again_and_not_done_again(api, root):
    first, again = send(api(root)), send(api(root))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert (again["ETag"], again["Location"]) == (first["ETag"], first["Location"])
    assert again["Content-Type"] == "application/json"
    assert (first.has_header("Idempotent-Replayed"), again["Idempotent-Replayed"]) == (False, "true")
    assert Tribe.objects.count() == 1


@pytest.mark.django_db
def test_the_same_key_with_another_request_is_an_error(api, root):
    send(api(root))
    for answer in (send(api(root), BODY | {"name": "Other"}), send(api(root), path="/api/v1/squads/")):
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.django_db
def test_keys_of_two_people_have_nothing_to_do_with_each_other(api, root, alice):
    assert send(api(root)).status_code == 201
    assert send(api(alice)).status_code == 403


@pytest.mark.django_db
def test_a_refusal_is_kept_as_well(api, root):
    refused = send(api(root), {"slug": "NO", "name": "x"})
    again = send(api(root), {"slug": "NO", "name": "x"})
    assert refused.status_code == again.status_code == 400
    assert again.json() == refused.json()
    assert (again["Idempotent-Replayed"], again["Content-Type"]) == ("true", "application/problem+json")


@pytest.mark.django_db
def test_a_failure_of_ours_is_not_kept_and_writes_nothing(api, root, monkeypatch):
    client = api(root)
    client.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr("features.actions.squad.record", lambda **_: 1 / 0)
        assert send(client).status_code == 500
    assert not Reply.objects.exists()
    assert not Tribe.objects.exists()
    assert send(client).status_code == 201


@pytest.mark.django_db
def test_a_busy_database_is_not_kept_either(api, root, monkeypatch):
    from django.db import OperationalError

    def busy(**_):
        raise OperationalError("locked")

    with monkeypatch.context() as broken:
        broken.setattr("features.actions.squad.record", busy)
        answer = send(api(root))
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert not Reply.objects.exists()
    assert not Tribe.objects.exists()
    assert send(api(root)).status_code == 201


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 201, "é", "a\tb"])
def test_a_key_has_a_form(api, root, key):
    answer = send(api(root), key=key)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_invalid")


@pytest.mark.django_db
def test_replies_are_forgotten_after_a_while(api, root, now):
    send(api(root))
    Reply.objects.update(created_at=now - KEPT_FOR - timedelta(days=1))
    assert send(api(root)).json()["code"] == "slug_taken", "the key is free again, and the request is a new one"
    send(api(root), key="k2")
    Reply.objects.filter(key="k2").update(created_at=now - KEPT_FOR - timedelta(days=1))
    send(api(root), key="k3")
    assert not Reply.objects.filter(key="k2").exists(), "what is old is swept with the next write"


@pytest.mark.django_db
def test_without_a_key_each_request_stands_for_itself(api, alice, squad, now):
    saved(Feature, key="one-tap", squad=squad)
    row = {"feature": "one-tap", "on": timezone.localdate(now).isoformat(), "category": "other", "amount": "1"}
    for _ in range(2):
        assert api(alice).post("/api/v1/investments/", row).status_code == 201
    for _ in range(2):
        assert send(api(alice), row, path="/api/v1/investments/").status_code == 201
    assert Investment.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_carried_out_and_both_are_answered(api, root):
    answers, start = [], threading.Barrier(2)

    def post():
        start.wait()
        answers.append(send(api(root), {"slug": "race", "name": "R", "tribe": "t"}, path="/api/v1/squads/"))
        connections.close_all()

    threads = [threading.Thread(target=post) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert sum(not answer.has_header("Idempotent-Replayed") and answer.status_code == 201 for answer in answers) == 1
    assert Squad.objects.filter(slug="race").count() == 1
