"""People are told about gates that wait: the squad at once, then the tribe, then leadership; each once."""

from datetime import timedelta

import pytest
from django.core import mail

from features.models import Feature, Stint
from lifecycle.actions import delivering
from lifecycle.actions.delivering import deliver_notices
from lifecycle.actions.judging import judge_all
from lifecycle.actions.reviewing import open_review
from lifecycle.models import Gate, Notice
from lifecycle.queries.owed import owed
from tests.factories import lives
from tests.factories.rows import saved

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def levels():
    return list(Notice.objects.order_by("at").values_list("level", flat=True))


@pytest.fixture
def due(squad, alice, bob, carol, root):
    life = lives.thinking(squad, alice)
    life.call("Now.")
    return life


class TestEscalation:
    def test_it_climbs_with_the_days(self, due):
        for day, told in [(0, 1), (2.9, 1), (3, 2), (6.9, 2), (7, 3), (30, 3)]:
            judge_all(now=due.now + day * DAY)
            assert levels() == ["squad", "tribe", "leadership"][:told]

    def test_a_system_that_slept_tells_all_levels_when_it_wakes(self, due):
        judge_all(now=due.now + 40 * DAY)
        assert sorted(levels()) == ["leadership", "squad", "tribe"]

    def test_a_decided_gate_climbs_no_further(self, due):
        due.decide("kill")
        judge_all(now=due.now + 40 * DAY)
        assert levels() == ["squad"]

    def test_the_list_of_what_is_owed_shows_it(self, due):
        (row,) = owed(now=due.now + 8 * DAY)
        assert (row.escalation, row.waiting_days, row.overdue_days) == ("leadership", 8, 8)


class TestDelivery:
    def test_each_level_gets_its_people(self, due):
        judge_all(now=due.now + 7 * DAY)
        assert deliver_notices(now=due.now + 7 * DAY) == 3
        assert [sorted(message.to) for message in mail.outbox] == [
            ["alice@example.org", "bob@example.org"], ["carol@example.org"], ["root@example.org"],
        ]  # fmt: skip
        message = mail.outbox[0]
        assert due.feature.name in message.subject
        assert "Now." in message.body
        assert "Think It" in message.body
        assert "{" not in message.body

    def test_nothing_is_sent_twice(self, due):
        assert deliver_notices(now=due.now) == 1
        assert deliver_notices(now=due.now + DAY) == 0
        assert len(mail.outbox) == 1

    def test_a_mail_server_that_is_down_is_tried_again_after_a_pause(self, due, monkeypatch):
        def refuses(*args, **kwargs):
            raise ConnectionRefusedError("nobody listens")

        with monkeypatch.context() as down:
            down.setattr(delivering, "send_mail", refuses)
            assert deliver_notices(now=due.now) == 0
        notice = Notice.objects.get()
        assert (notice.attempts, notice.error, notice.delivered_at) == (1, "nobody listens", None)
        assert deliver_notices(now=due.now + timedelta(minutes=9)) == 0
        assert deliver_notices(now=due.now + timedelta(minutes=10)) == 1
        notice.refresh_from_db()
        assert (notice.attempts, notice.error) == (2, "")

    def test_of_two_workers_one_claims(self, due, monkeypatch):
        send = delivering.send_mail

        def while_another_worker_comes_by(*args, **kwargs):
            monkeypatch.setattr(delivering, "send_mail", send)
            assert deliver_notices(now=due.now) == 0
            return send(*args, **kwargs)

        monkeypatch.setattr(delivering, "send_mail", while_another_worker_comes_by)
        assert deliver_notices(now=due.now) == 1
        assert len(mail.outbox) == 1

    def test_a_gate_that_was_decided_meanwhile_is_not_mailed(self, due):
        due.decide("kill")
        assert deliver_notices(now=due.now) == 1
        assert mail.outbox == []
        assert "decided before" in Notice.objects.get().error

    def test_people_without_an_address_are_not_a_failure(self, due, alice, bob):
        for person in (alice, bob):
            person.email = ""
            person.save()
        assert deliver_notices(now=due.now) == 1
        assert "Nobody" in Notice.objects.get().error

    def test_people_who_left_are_not_told(self, due, bob):
        bob.is_active = False
        bob.save()
        deliver_notices(now=due.now)
        assert mail.outbox[0].to == ["alice@example.org"]


class TestReview:
    """A review asks for many decisions at once: each level gets one mail for them."""

    @pytest.fixture
    def asked(self, squad, other_squad, alice, bob, carol, root):
        for at, whose in enumerate((squad, squad, squad, other_squad)):
            feature = saved(Feature, key=f"shipped-{at}", name=f"Shipped {at}", squad=whose, phase="maintain_it")
            stint = saved(Stint, feature=feature, number=1, phase="maintain_it", started_at=lives.START)
            saved(Gate, feature=feature, stint=stint, opened_at=lives.START)
        open_review(quarter="2026-Q1", by=None, now=lives.START + DAY)
        return lives.START + DAY

    def test_one_mail_tells_a_squad_of_all_of_its_decisions(self, asked):
        assert deliver_notices(now=asked) == 4
        [message] = [one for one in mail.outbox if "alice@example.org" in one.to]
        assert message.subject == "The pruning review asks for 3 decisions"
        assert all(f"Shipped {at}" in message.body for at in range(3))
        assert "Shipped 3" not in message.body
        assert "{" not in message.body
        assert deliver_notices(now=asked + DAY) == 0
        assert not Notice.objects.filter(delivered_at__isnull=True).exists()

    def test_leadership_gets_one_for_all_squads(self, asked):
        judge_all(now=asked + 7 * DAY)
        deliver_notices(now=asked + 7 * DAY)
        [message] = [one for one in mail.outbox if one.to == ["root@example.org"]]
        assert message.subject == "The pruning review asks for 4 decisions"

    def test_all_of_it_is_tried_again_when_the_mail_server_is_down(self, asked, monkeypatch):
        def refuses(*args, **kwargs):
            raise ConnectionRefusedError("nobody listens")

        with monkeypatch.context() as patched:
            patched.setattr(delivering, "send_mail", refuses)
            deliver_notices(now=asked)
        assert Notice.objects.filter(delivered_at__isnull=True).exclude(error="").count() == 3
        assert deliver_notices(now=asked + timedelta(minutes=11)) == 3
        assert len(mail.outbox) == 1
