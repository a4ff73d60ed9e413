"""What a session of PostgreSQL is told, so that one that is stuck does not stop the others."""

import time

import psycopg
import pytest
from django.db import connection

from hypotheses.actions import claiming
from hypotheses.actions.claiming import claim_next
from tests.hypotheses.actions.conftest import *  # noqa: F403 (the same scene)

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
WHILE = 1.0


def frozen_amid_a_claim(*, seconds):
    """A worker of ours that has locked the source, and then stands still."""
    parameters = connection.get_connection_params()
    made = psycopg.connect(
        **{name: parameters[name] for name in ("host", "user", "dbname", "options") if name in parameters}
    )
    made.execute(f"SET idle_in_transaction_session_timeout = {int(seconds * 1000)}")
    made.commit()
    made.execute("SELECT id FROM source FOR NO KEY UPDATE")
    return made


def idles_at_most():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('idle_in_transaction_session_timeout')")
        return cursor.fetchone()[0]


def test_a_session_idles_a_minute_at_most_and_within_a_claim_15_s(due, trial, monkeypatch):
    seen = []
    found = claiming._source_with_room
    monkeypatch.setattr(claiming, "_source_with_room", lambda wanted: seen.append(idles_at_most()) or found(wanted))
    assert idles_at_most() == "1min"
    due()
    claim_next(worker="w")
    assert (seen, idles_at_most()) == (["15s"], "1min")


def test_a_worker_that_is_frozen_amid_its_claim_stops_the_others_no_longer_than_it_may_idle(due, trial):
    due()
    frozen = frozen_amid_a_claim(seconds=WHILE)
    began = time.monotonic()
    assert claim_next(worker="other") is None  # the source is passed over, nobody waits
    assert time.monotonic() - began < WHILE / 2
    while (claim := claim_next(worker="other")) is None:
        assert time.monotonic() - began < 10 * WHILE
        time.sleep(0.1)
    assert claim.pull.source.key == "warehouse"
    with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
        frozen.execute("UPDATE source SET fail_streak = 9")  # thawed, it writes nothing
    frozen.close()
