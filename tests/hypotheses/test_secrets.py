"""Secrets at rest: under which key, put under another one, and never where somebody could read them."""

import inspect
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from features.models import AuditEntry
from hypotheses.actions import pulling
from hypotheses.actions.source import create_source, edit_source
from hypotheses.models import Metric, Pull, Schedule, Source
from hypotheses.models.secret import PREFIX, SecretField
from hypotheses.queries.probe import try_source
from tests.factories.rows import saved
from tests.hypotheses.actions.conftest import *  # noqa: F403 (the same scene)
from tests.hypotheses.actions.conftest import DAY

ROOT = Path(__file__).resolve().parents[2]
OLD, NEW, LOST = (Fernet.generate_key().decode() for _ in range(3))
HUNTER = "hunter2"
SQL = {"url": "postgresql://reader@localhost/warehouse"}


@pytest.fixture
def keys(settings):
    """Changes the installation's keys: `keys(NEW, OLD)`."""

    def change(*given):
        settings.SECRETS_KEYS = list(given)

    return change


@pytest.fixture
def kept(db, keys):
    """Keeps a secret under a key: `kept("lake", "hunter2", under=OLD)`."""

    def keep(key, secret=HUNTER, *, under=OLD):
        keys(under)
        return create_source(key=key, name=key, kind="sql", config=SQL, secret=secret, by=None, now=DAY)

    return keep


def stored(key):
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM source WHERE key = %s", [key])
        return cursor.fetchone()[0]


def opened_by(key, source):
    return Fernet(key).decrypt(stored(source).removeprefix(PREFIX).encode()).decode()


def test_there_is_no_other_model_with_secrets_that_would_be_forgotten():
    fields = [(m, f.name) for m in apps.get_models() for f in m._meta.get_fields() if isinstance(f, SecretField)]
    assert fields == [(Source, "secret")]


def test_all_secrets_are_put_under_the_first_key_and_the_history_says_so(kept, keys, capsys):
    kept("lake", "hunter2")
    kept("pond", "hunter3")
    kept("sea", "hunter4", under=NEW)
    create_source(key="push", name="Push", kind="push", by=None, now=DAY)  # has no secret
    keys(NEW, OLD)
    call_command("rotate_secrets")
    assert capsys.readouterr().out == "2 rotated, 1 already under the first key.\n"
    assert [opened_by(NEW, source) for source in ("lake", "pond", "sea")] == ["hunter2", "hunter3", "hunter4"]
    entry = AuditEntry.objects.get(act="secrets.rotated")
    assert (entry.by_name, entry.body) == (
        "rotate_secrets", {"sources": ["lake", "pond"], "current": 1, "unreadable": []},
    )  # fmt: skip
    keys(NEW)  # the old key is thrown away
    assert Source.objects.get(key="lake").secret == "hunter2"


def test_rotating_again_changes_nothing(kept, keys, capsys):
    kept("lake")
    keys(NEW, OLD)
    call_command("rotate_secrets")
    before = stored("lake")
    call_command("rotate_secrets")
    assert capsys.readouterr().out.endswith("0 rotated, 1 already under the first key.\n")
    assert stored("lake") == before
    assert AuditEntry.objects.filter(act="secrets.rotated").count() == 1


def test_a_check_writes_nothing_and_names_what_is_to_do(kept, keys, capsys):
    kept("lake")
    before = stored("lake")
    call_command("rotate_secrets", check=True)
    keys(NEW, OLD)
    with pytest.raises(
        CommandError, match=r"Still under an earlier key: lake\. Run manage.py rotate_secrets"
    ) as caught:
        call_command("rotate_secrets", check=True)
    assert caught.value.returncode == 1
    assert "hunter2" not in str(caught.value) + capsys.readouterr().out
    assert stored("lake") == before
    call_command("rotate_secrets")
    call_command("rotate_secrets", check=True)


def test_one_secret_that_no_key_opens_stops_no_other(kept, keys, capsys):
    kept("gone", under=LOST)
    kept("lake")
    lost = stored("gone")
    keys(NEW, OLD)
    for check in (True, False):
        with pytest.raises(CommandError, match=r"No key opens the secrets of: gone\. Put the key") as caught:
            call_command("rotate_secrets", check=check)
        assert not {LOST, NEW, OLD, lost} & set(str(caught.value).split())
    assert "1 rotated" in capsys.readouterr().out
    assert opened_by(NEW, "lake") == "hunter2"
    assert stored("gone") == lost  # the key may be found again
    keys(NEW, LOST)
    call_command("rotate_secrets")
    assert opened_by(NEW, "gone") == "hunter2"


def test_a_key_kept_in_the_data_folder_is_rotated_by_a_line_before_it(db, settings, keys, tmp_path):
    keys()
    settings.VAR = tmp_path
    create_source(key="lake", name="Lake", kind="sql", config=SQL, secret="hunter2", by=None, now=DAY)
    file = tmp_path / "secrets_key"
    assert (file.stat().st_mode & 0o777, [path.name for path in tmp_path.iterdir()]) == (0o600, ["secrets_key"])
    earlier = file.read_text()
    file.write_text(f"{NEW}\n{earlier}\n")
    call_command("rotate_secrets")
    file.write_text(NEW)
    assert Source.objects.get().secret == opened_by(NEW, "lake") == "hunter2"


def test_processes_that_start_at_once_make_one_key(settings, keys, tmp_path):
    from hypotheses.models.secret import _keys

    keys()
    settings.VAR = tmp_path
    found, gate = [], threading.Barrier(8)

    def start():
        gate.wait()
        found.append(_keys())

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found[0][0]) == 44


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_source_that_is_edited_at_the_same_time_keeps_what_was_entered(kept, keys):
    """The rotation waits for whoever holds the row, and then sees what was entered."""
    import psycopg
    from django.db import close_old_connections

    kept("lake", "hunter2")
    keys(NEW, OLD)
    database = connection.settings_dict
    entered = PREFIX + Fernet(OLD).encrypt(b"entered-meanwhile").decode()
    with psycopg.connect(host=database["HOST"], user=database["USER"], dbname=database["NAME"]) as editor:
        editor.execute("UPDATE source SET secret = %s WHERE key = 'lake'", [entered])

        def rotate():
            call_command("rotate_secrets")
            close_old_connections()
            connection.close()

        rotation = threading.Thread(target=rotate)
        rotation.start()
        rotation.join(0.5)
        assert rotation.is_alive()  # it waits
        editor.commit()
        rotation.join(10)
    assert opened_by(NEW, "lake") == "entered-meanwhile"


def test_a_source_whose_secret_is_lost_stops_neither_pages_nor_pulls_of_others(kept, keys, due, api, root, trial):
    """Its own pulls fail with a sentence, and are tried again: another worker may have the key."""
    source = kept("gone", under=LOST)
    own = saved(Schedule, metric=saved(Metric, source=source))
    mine, others = due(day=0, schedule=own), due(day=1)
    keys(NEW)
    assert (pulling.drain(worker="w").failed, pulling.drain(worker="w").pulls) == (1, 0)
    mine.refresh_from_db()
    others.refresh_from_db()
    assert (mine.state, others.state) == ("failed", "succeeded")
    assert "cannot be opened with the keys of this installation" in mine.error
    answer = api(root).get("/api/v1/sources/")
    assert [one["has_secret"] for one in answer.json()["results"]] == [True, False]
    lost = stored("gone")
    edit_source(source=source, by=None, now=DAY, name="Renamed")
    assert stored("gone") == lost
    edit_source(source=source, by=None, now=DAY, secret="again")
    assert opened_by(NEW, "gone") == "again"


def test_wrong_keys_are_refused_at_start_without_being_shown():
    environment = {**os.environ, "SECRETS_KEYS": f"{OLD},not-a-key", "VAR": "/tmp"}  # noqa: S108 (not written to)
    command = [sys.executable, "-c", "import config.env"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode
    assert "SECRETS_KEYS: key 2 is not 32 bytes" in done.stderr
    assert OLD not in done.stderr
    assert "not-a-key" not in done.stderr


def test_a_secret_stands_in_no_text_of_its_source(kept, keys, due, trial, api, root, client, caplog, monkeypatch):
    """Texts of the row, pages of the admin, REST, the log and the ledger, also when a plug breaks on it."""
    source = kept("lake", "hunter2")
    caplog.set_level(logging.DEBUG)
    due(source_id=source.pk)

    def breaks(self, *_):
        raise ZeroDivisionError(f"cannot connect with password {self.secret}")

    monkeypatch.setattr(
        "hypotheses.queries.plug.open_plug", lambda **given: type("Broken", (), {"read": breaks, **given})()
    )
    pulling.drain(worker="w")
    client.force_login(root)
    texts = [repr(source), str(source), Pull.objects.get().error, caplog.text]
    texts += [client.get(f"/admin/hypotheses/source/{source.pk}/change/").content.decode()]
    texts += [client.get("/admin/hypotheses/source/").content.decode()]
    texts += [api(root).get(f"/api/v1/sources/{key}").content.decode() for key in ("", "lake/")]
    assert not [text for text in texts if "hunter2" in text or stored("lake") in text]
    assert "ZeroDivisionError" in caplog.text


def test_an_error_that_keeps_the_secret_where_nobody_can_black_it_out_is_told_by_its_kind(kept, monkeypatch):
    class StubbornError(Exception):
        def __str__(self):
            return HUNTER

    def breaks(self):
        raise StubbornError

    source = kept("lake")
    monkeypatch.setattr("hypotheses.queries.plug.open_plug", lambda **_: type("Broken", (), {"check": breaks})())
    told = try_source(source=source)
    assert (told.ok, told.detail) == (False, "Reading failed in an unexpected way (StubbornError).")


def test_a_page_that_breaks_shows_no_secret(kept, client, root, monkeypatch, settings):
    kept("lake", "hunter2")
    settings.DEBUG = False
    client.force_login(root)
    client.raise_request_exception = False

    def breaks(request):
        secret = Source.objects.get().secret
        raise ZeroDivisionError(secret)

    monkeypatch.setattr("hypotheses.admin.SourceAdmin.get_queryset", lambda self, request: breaks(request))
    answer = client.get("/admin/hypotheses/source/")
    assert answer.status_code == 500
    assert b"hunter2" not in answer.content


def test_what_is_sent_to_the_broker_is_an_id_and_nothing_else():
    from hypotheses import tasks

    assert inspect.signature(tasks.drain.run).parameters.keys() == {"first"}
    assert not inspect.signature(tasks.tick.run).parameters
    assert not inspect.signature(tasks.weigh.run).parameters
