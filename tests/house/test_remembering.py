"""What a life remembers is what the product would write: the same rows, and only from the same state."""

import pytest
from django.db import connection, transaction

from features.models import Squad
from lifecycle.actions import deciding
from tests.factories import lives, remembering

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="on PostgreSQL nothing is remembered"),
]


@pytest.fixture(autouse=True)
def _nothing_yet(monkeypatch):
    monkeypatch.setattr(remembering, "_noted", {})
    remembering.memory.changed = False


def lived(squad, alice):
    """A life up to its release with a tweak, as rows; taken back."""
    with transaction.atomic():
        life = lives.tweaking(squad, alice)
        tweak = lives.running_tweak(life)
        told = (life.now, life.trial.key, [d.outcome for d in life.decisions], tweak.feature.key, tweak.gate.state)
        rows = remembering._dump()
        transaction.set_rollback(True)
    return told, rows


def test_the_second_time_the_same_rows_are_written_without_the_product(squad, alice, monkeypatch):
    first = lived(squad, alice)
    acts = len(remembering._noted)
    monkeypatch.setattr(deciding, "_decide", None)  # nobody asks it
    remembering.memory.changed = False
    assert lived(squad, alice) == first
    assert len(remembering._noted) == acts


def test_from_another_state_it_is_lived_anew(squad, alice):
    _, first = lived(squad, alice)
    acts = len(remembering._noted)
    Squad.objects.filter(pk=squad.pk).update(name="Till")
    assert lived(squad, alice)[1]["squad"] != first["squad"]
    assert len(remembering._noted) == 2 * acts


def test_a_test_that_changes_the_code_lives_for_itself(squad, alice, monkeypatch):
    lived(squad, alice)

    class AskedError(Exception):
        pass

    def ask(*_, **__):
        raise AskedError

    monkeypatch.setattr(deciding, "_decide", ask)
    with pytest.raises(AskedError):
        lived(squad, alice)
