"""People in front of a page."""

import pytest
from django.test import Client

from tests.factories import lives


@pytest.fixture
def at():
    """A browser without JavaScript, signed in: `at(alice).get("/")`; `at()` is nobody."""

    def client(person=None) -> Client:
        made = Client()
        if person is not None:
            made.force_login(person)
        return made

    return client


@pytest.fixture
def idea(squad, alice):
    """A feature in Think It, on its first day."""
    return lives.thinking(squad, alice, name="One-tap reorder")


@pytest.fixture
def fresh(squad, alice, now):
    """A feature registered today: its time box runs."""
    return lives.thinking(squad, alice, name="Gift receipts", now=now)


@pytest.fixture
def due(idea):
    """The same, its gate due with all rules met."""
    idea.meet_rules()
    idea.call("We know enough.")
    return idea
