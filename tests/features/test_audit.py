"""The history cannot be rewritten unseen."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from features.actions.recording import record
from features.models import AuditEntry, AuditHead
from features.queries.audit import verify_chain

pytestmark = pytest.mark.django_db


@pytest.fixture
def history(alice, now):
    for number in range(4):
        record(
            act="tested",
            subject=f"feature:f{number % 2}",
            by=alice,
            now=now,
            body={"n": number, "big": 1e22, "no": -0.0},
        )


def tamper(sql):
    """As somebody with the database's own password would: the triggers are lifted, then put back."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entry'")
            triggers = cursor.fetchall()
            for name, _ in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
            cursor.execute(sql)
            for _, create in triggers:
                cursor.execute(create)
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
            cursor.execute(sql)
            cursor.execute("ALTER TABLE audit_entry ENABLE TRIGGER USER")


def test_an_honest_history_is_unbroken(history, api, alice):
    found = verify_chain()
    assert (found.unbroken, found.entries) == (True, 4)
    assert api(alice).get("/api/v1/audit/verify/").json() == {
        "unbroken": True, "entries": 4, "digest": found.digest, "first_broken": None, "because": "",
    }  # fmt: skip
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert "4 entries, unbroken" in out.getvalue()


def test_an_empty_history_is_unbroken():
    assert verify_chain().unbroken


@pytest.mark.parametrize(
    ("sql", "number"),
    [
        ("UPDATE audit_entry SET body = '{}' WHERE number = 2", 2),
        ("UPDATE audit_entry SET by_name = 'mallory' WHERE number = 3", 3),
        ("UPDATE audit_entry SET act = 'other' WHERE number = 1", 1),
        ("UPDATE audit_entry SET previous = 'x' WHERE number = 4", 4),
        ("DELETE FROM audit_entry WHERE number = 2", 2),
        ("DELETE FROM audit_entry WHERE number = 1", 1),
        ("DELETE FROM audit_entry WHERE number = 4", 4),
        ("DELETE FROM audit_entry", 1),
        ("UPDATE audit_head SET number = 3", 4),
        ("UPDATE audit_head SET digest = 'x'", 5),
        ("DELETE FROM audit_head", 1),
        ("DELETE FROM audit_entry WHERE number = 4; UPDATE audit_head SET number = 3", 4),
    ],
)
def test_whatever_is_changed_is_found(history, sql, number, api, alice):
    for statement in sql.split("; "):
        tamper(statement)
    assert verify_chain().first_broken == number
    assert api(alice).get("/api/v1/audit/verify/").json()["unbroken"] is False
    with pytest.raises(CommandError, match=f"number {number}"):
        call_command("verify_audit")


def test_the_history_is_read_newest_first_and_by_subject(history, api, alice):
    listed = api(alice).get("/api/v1/audit/?page_size=2").json()
    assert [row["number"] for row in listed["results"]] == [4, 3]
    assert [row["number"] for row in api(alice).get(listed["next"]).json()["results"]] == [2, 1]
    of_one = api(alice).get("/api/v1/audit/?subject=feature:f1&by=alice&act=tested").json()["results"]
    assert [row["number"] for row in of_one] == [4, 2]
    today = AuditEntry.objects.latest("number").at.date()
    assert len(api(alice).get(f"/api/v1/audit/?since={today}&until={today}").json()["results"]) == 4
    assert api(alice).get("/api/v1/audit/?until=1999-01-01").json()["results"] == []


def test_nobody_writes_history_through_the_api(history, api, root):
    for send in (api(root).post, api(root).put, api(root).patch, api(root).delete):
        assert send("/api/v1/audit/", {}).status_code == 405
    assert AuditHead.objects.get().number == 4
