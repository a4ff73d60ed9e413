"""The demo, made once for all tests of this folder (without some of its lives), and taken back afterwards."""

from datetime import UTC, datetime

import pytest
from django.db import transaction

from lifecycle.demo.building import build
from lifecycle.demo.lives import LIVES

MADE = datetime(2025, 11, 21, 15, 30, tzinfo=UTC)
"""A Friday behind us: the ledger reads what is due by the database’s own clock."""

LEFT_OUT = {
    # lives of kinds that are there anyway: the whole portfolio is made by the smoke test of `make run`
    "birthday-surprise", "blend-for-two", "concert-alerts", "device-handover", "spatial-audio",
    "store-finder-map", "student-check", "win-back-letter", "wishlist-sharing",
}  # fmt: skip
FEW = tuple(life for life in LIVES if life.key not in LEFT_OUT)


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("demo-var")


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker, demo_folder):
    """The moment at which the demo was made; everything that the tests write on top of it is rolled back."""
    from django.test import override_settings

    with django_db_blocker.unblock(), override_settings(VAR=demo_folder), transaction.atomic():
        build(now=MADE, lives=FEW)
        yield MADE
        transaction.set_rollback(True)


@pytest.fixture
def undone():
    """What this test writes is taken back at its end, so that the next one finds the demo as it was made."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
