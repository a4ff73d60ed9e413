"""Two batches at once, one of which opens a stage: the other's rows go where they belong."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction

from hypotheses.actions.landing import land_results
from hypotheses.models import Result
from hypotheses.sources.base import Row
from tests.hypotheses.actions.conftest import DAY

pytestmark = pytest.mark.django_db(transaction=True)


def rows(day: float, **more) -> list[Row]:
    at = DAY + timedelta(days=day)
    given = {"trial": "reorder-1", "metric": "reorder-rate", "as_of": at, "n": 100, "mean": 0.5, **more}
    return [Row(arm=arm, **given) for arm in ("control", "treatment")]


def test_a_row_that_waited_sees_the_stage_that_was_opened_meanwhile(metric, trial):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time, who reads after the others have committed")
    now = DAY + timedelta(days=3)
    opened = threading.Event()

    def opens():
        with transaction.atomic():
            land_results(rows=rows(1, stage="two", opens_stage=True), now=now)
            opened.set()
            time.sleep(0.5)
        connections.close_all()

    thread = threading.Thread(target=opens)
    thread.start()
    opened.wait()
    land_results(rows=rows(2), now=now)
    thread.join()
    assert set(Result.objects.filter(as_of=DAY + timedelta(days=2)).values_list("stage__label", flat=True)) == {"two"}
