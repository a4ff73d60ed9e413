"""Programs sign in with tokens."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from knox.models import AuthToken
from rest_framework.test import APIClient

from features.models import AuditEntry

pytestmark = pytest.mark.django_db
SQUADS = "/api/v1/squads/"


def with_token(token, path=SQUADS):
    return APIClient().get(path, headers={"Authorization": f"Bearer {token}"})


def test_the_command_prints_one_token_that_works(alice):
    out = StringIO()
    call_command("create_token", "alice", stdout=out)
    lines = out.getvalue().splitlines()
    assert len(lines) == 1
    assert with_token(lines[0]).status_code == 200
    assert AuthToken.objects.get().digest not in lines[0], "only a hash is kept"


def test_a_new_token_stands_in_the_history_without_itself(alice):
    out = StringIO()
    call_command("create_token", "alice", stdout=out)
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.by_name, entry.body["person"]) == ("token.created", "create_token", "alice")
    assert entry.subject == f"token:{AuthToken.objects.get().digest[:12]}"
    assert out.getvalue()[:8] not in str(entry.body) + entry.subject


def test_the_command_refuses_strangers_and_those_who_left(alice):
    for username in ("nobody", ""):
        with pytest.raises(CommandError, match="Nobody"):
            call_command("create_token", username)
    alice.is_active = False
    alice.save()
    with pytest.raises(CommandError, match="active"):
        call_command("create_token", "alice")
    assert not AuthToken.objects.exists()


@pytest.mark.parametrize("command", [("create_token", "alice"), ("verify_audit",)])
def test_a_database_that_has_not_been_set_up_is_told_how(command, monkeypatch):
    monkeypatch.setattr(connection.introspection, "table_names", list)
    with pytest.raises(CommandError, match="has not been set up yet"):
        call_command(*command)

    def fails():
        raise OperationalError("unable to open database file")

    monkeypatch.setattr(connection.introspection, "table_names", fails)
    with pytest.raises(CommandError, match="Look at DATABASE_URL"):
        call_command(*command)


@pytest.mark.parametrize("header", ["Bearer x", "Bearer", "Bearer a b", "Bearer é", "Bearer " + "9" * 9000])
def test_a_wrong_token_is_told_to_the_caller(db, header):
    answer = APIClient().get(SQUADS, HTTP_AUTHORIZATION=header)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


def test_another_scheme_is_nobody(db):
    assert APIClient().get(SQUADS, HTTP_AUTHORIZATION="Basic YTpi").status_code == 401


def test_an_expired_token_and_a_person_who_left_are_refused(alice):
    _, token = AuthToken.objects.create(alice, expiry=timedelta(hours=-1))
    assert with_token(token).json()["code"] == "token_expired"
    _, token = AuthToken.objects.create(alice)
    alice.is_active = False
    alice.save()
    assert with_token(token).json()["code"] == "person_inactive"


def test_a_token_costs_one_query(alice, django_assert_num_queries):
    _, token = AuthToken.objects.create(alice)
    AuthToken.objects.create(alice)
    with django_assert_num_queries(2):
        with_token(token, "/api/v1/audit/")
