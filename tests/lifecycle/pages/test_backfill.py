"""The past of a metric on its page: started, followed, stopped, resumed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from hypotheses.actions.backfilling import feed
from hypotheses.models import Backfill, Pull
from tests.lifecycle.pages.test_metric import PATH, file, metric  # noqa: F401 (the same scene)

pytestmark = pytest.mark.django_db


def day(ago: int) -> str:
    return (timezone.localdate() - timedelta(days=ago)).isoformat()


def start(at, person, **given):
    return at(person).post(f"{PATH}backfill/", {"since": day(20), "until": day(11), **given}, follow=True)


def test_it_is_started_followed_stopped_and_gone_on_with(at, alice, metric):  # noqa: F811
    page = start(at, alice).content.decode()
    assert 'of <span class="num">10</span> windows read' in page
    assert "Started by alice just now." in page
    assert 'hx-trigger="every 3s"' in page
    assert "htmx" in page
    backfill = Backfill.objects.get()
    page = at(alice).post(f"/pulls/backfills/{backfill.pk}/stop/", follow=True).content.decode()
    assert "Stopped by alice just now; it goes on where it was." in page
    assert "every 3s" not in page, "a stopped one does not move"
    page = at(alice).post(f"/pulls/backfills/{backfill.pk}/resume/", follow=True).content.decode()
    assert "<progress" in page


def test_an_open_page_asks_for_the_card_alone_until_it_is_over(at, alice, metric):  # noqa: F811
    start(at, alice)
    Pull.objects.filter(window_start__lt=timezone.now() - timedelta(days=13)).update(state="succeeded")
    card = at(alice).get(f"{PATH}backfill/").content.decode()
    assert "<html" not in card
    assert 'value="7"' in card or 'value="8"' in card
    Pull.objects.update(state="succeeded")
    feed()
    card = at(alice).get(f"{PATH}backfill/").content.decode()
    assert "10</span> of" in card
    assert "every 3s" not in card
    assert "Read a past range again" in card


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"since": "yesterday"}, "Enter a valid date."),
        ({"since": ""}, "This field is required."),
        ({"since": day(1), "until": day(5)}, "No window has closed"),
    ],
)
def test_what_cannot_be_read_is_said_beside_what_was_typed(at, alice, metric, given, sentence):  # noqa: F811
    page = start(at, alice, **given).content.decode()
    assert sentence in page
    assert f'value="{given["since"]}"' in page or not given["since"]
    assert not Backfill.objects.exists()


def test_others_see_it_and_cannot_act(at, alice, mallory, metric):  # noqa: F811
    start(at, alice)
    page = at(mallory).get(PATH).content.decode()
    assert "<progress" in page
    assert "/stop/" not in page
    refused = at(mallory).post(f"/pulls/backfills/{Backfill.objects.get().pk}/stop/", follow=True)
    assert "squad leads, tribe leaders and administrators may do this" in refused.content.decode()
    assert "may do this" in start(at, mallory).content.decode()
    assert Backfill.objects.get().state == "running"


def test_a_backfill_that_does_not_exist(at, alice):
    assert at(alice).post("/pulls/backfills/99/stop/").status_code == 404
