"""The people and the doors that every story of the test suite shares."""

import gc
from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import TransactionTestCase
from django.utils import timezone

from features.enums import Role
from features.models import Membership, Squad, Tribe
from tests.answers import Faithful
from tests.factories.remembering import memory

_teardown = TransactionTestCase._fixture_teardown


def _flush_with_triggers_lifted(self: TransactionTestCase) -> None:
    """Django empties tables after a transactional test; on SQLite by DELETE, which append-only tables refuse."""
    if connection.vendor != "sqlite":
        return _teardown(self)
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
    _teardown(self)
    with connection.cursor() as cursor:
        for _, sql in triggers:
            cursor.execute(sql)
    return None


TransactionTestCase._fixture_teardown = _flush_with_triggers_lifted


@pytest.fixture(autouse=True)
def _what_lives_may_remember():
    """A test that changes the code under the acts of a life lives it through for itself."""
    memory.in_test, memory.changed = True, False
    yield
    memory.in_test = False


@pytest.fixture
def now() -> datetime:
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def tribe(db) -> Tribe:
    return Tribe.objects.create(slug="commerce", name="Commerce")


@pytest.fixture
def squad(tribe) -> Squad:
    return Squad.objects.create(slug="checkout", name="Checkout", tribe=tribe)


@pytest.fixture
def other_squad(db) -> Squad:
    tribe = Tribe.objects.create(slug="music", name="Music")
    return Squad.objects.create(slug="playlists", name="Playlists", tribe=tribe)


def _person(username: str, **fields) -> User:
    mail = f"{username}@example.org"
    return User.objects.create_user(username=username, email=mail, password="a-good-password", **fields)


@pytest.fixture
def alice(squad) -> User:
    """A member of the squad."""
    person = _person("alice", first_name="Alice", last_name="Andersson")
    Membership.objects.create(squad=squad, person=person, role=Role.MEMBER)
    return person


@pytest.fixture
def bob(squad) -> User:
    """The squad's lead."""
    person = _person("bob", first_name="Bob", last_name="Bergman")
    Membership.objects.create(squad=squad, person=person, role=Role.LEAD)
    return person


@pytest.fixture
def carol(tribe) -> User:
    """A leader of the squad's tribe."""
    person = _person("carol", first_name="Carol", last_name="Carlsson")
    tribe.leaders.add(person)
    return person


@pytest.fixture
def root(db) -> User:
    """The administrator."""
    return _person("root", is_superuser=True, is_staff=True)


@pytest.fixture
def mallory(other_squad) -> User:
    """A member of another squad."""
    person = _person("mallory", first_name="Mallory", last_name="Malm")
    Membership.objects.create(squad=other_squad, person=person, role=Role.MEMBER)
    return person


@pytest.fixture
def api():
    """A REST client for one person: `api(alice).get("/api/v1/features/")`; `api()` is nobody.

    Each answer has to be what the OpenAPI schema says of it.
    """

    def client(person: User | None = None) -> Faithful:
        made = Faithful()
        if person is not None:
            made.force_authenticate(person)
        return made

    return client


def pytest_collection_modifyitems(config, items) -> None:
    """What needs a service is skipped, and says so, unless that service is the one chosen."""
    import os

    on_postgresql = os.environ.get("DATABASE_URL", "").startswith("postgres")
    with_broker = bool(os.environ.get("CELERY_BROKER_URL"))
    with_spark = bool(os.environ.get("FOURSTROKE_SPARK"))
    with_browser = bool(os.environ.get("FOURSTROKE_BROWSER"))
    reasons = {
        "postgresql": None if on_postgresql else "needs PostgreSQL: run `make test-services`",
        "broker": None if with_broker else "needs a broker: run `make test-services`",
        "spark": None if with_spark else "needs Spark: run `make test-spark`",
        "browser": None if with_browser else "needs Chromium: run `make test-browser`",
    }
    for item in items:
        for mark, reason in reasons.items():
            if reason and item.get_closest_marker(mark):
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_collection_finish(session) -> None:
    """What is loaded by now stays: the collector of garbage looks at it less often."""
    gc.set_threshold(100_000, 20, 50)


@pytest.hookimpl(optionalhook=True)  # without xdist nothing is scheduled
def pytest_xdist_make_scheduler(config, log):
    """Tests that share something costly, or one broker's queue, stay together: each place below goes to one worker,
    whole and first.
    """
    from xdist.scheduler import LoadScopeScheduling

    together = ("tests/lifecycle/demo/", "tests/lifecycle/management/test_up.py")
    one_queue = ("tests/hypotheses/test_brokers.py", "tests/hypotheses/test_tasks.py")

    class TogetherWhereItPays(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            if nodeid.startswith(one_queue):
                return "one queue"
            return next((place for place in together if nodeid.startswith(place)), nodeid)

    return TogetherWhereItPays(config, log)
