"""What the clock opens, and the same by hand."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from config.clock import CLOCK
from lifecycle import tasks
from tests.factories import lives

pytestmark = pytest.mark.django_db


@pytest.fixture
def overdue(squad, alice):
    return lives.thinking(squad, alice, now=timezone.now() - timedelta(days=20))


def test_the_clock_judges_and_tells(overdue):
    tasks.judge()
    assert overdue.gate.state == "due"
    tasks.deliver()
    assert mail.outbox[0].to == ["alice@example.org"]
    assert {entry["task"] for entry in CLOCK.values()} >= {tasks.judge.name, tasks.deliver.name}


def test_by_hand_it_says_what_it_did(overdue):
    for expected in ("1 gates fell due, 0 were ended", "0 gates fell due, 0 were ended"):
        out = StringIO()
        call_command("judge_gates", stdout=out)
        assert expected in out.getvalue()
    assert overdue.gate.state == "due"
