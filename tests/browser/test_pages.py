"""Every page, in both themes, wide and narrow: accessible, quiet, and never wider than the screen."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from features.actions.allocating import allocate
from features.actions.drafting import keep_draft
from features.actions.enveloping import set_envelope
from features.actions.rate_card import set_role
from hypotheses.models import Metric, Pull, Schedule, Source
from lifecycle.actions.lessons import add_evidence
from lifecycle.actions.retrospecting import write_retrospective
from lifecycle.actions.reviewing import open_review, propose
from lifecycle.actions.scoring import open_round
from lifecycle.models import Lesson
from lifecycle.queries.portfolio.scope import quarter_name
from tests.factories import lives

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def paths(due, squad, alice, bob, other_squad) -> list[str]:
    """The addresses of all pages, each with something on it."""
    now = timezone.now()
    fresh = lives.thinking(squad, alice, name="Gift receipts", now=now, owner=alice, budget={"amount": "9000"})
    shipped = lives.tweaking(squad, alice, name="Photo reviews")
    decided = shipped.decisions[-2].gate_id
    shipped.wait(10).measure(0.12)
    watchers = lives.hypothesis(audience="people who watch a price")
    harmful = lives.shipping(squad, alice, step=5, name="Price alerts", hypothesis=watchers)
    harmful.wait(4).measure(lives.BAD)
    harmful.judge()
    travellers = lives.hypothesis(audience="people who order from abroad")
    killed = lives.shipping(squad, bob, name="Carbon label", hypothesis=travellers)
    killed.call()
    killed.decide("kill")
    looked_back = _learnt(killed, alice)
    owing = lives.thinking(squad, alice, name="Scented parcels")
    owing.call()
    owing.decide("kill")
    _pulls(now)
    _weeks(squad, due.feature, now)
    set_envelope(squad=squad, phase="build_it", by=bob, now=now, amount=Decimal(9000), note="As the last three took.")
    key = f"/features/{shipped.feature.key}/"
    review = open_review(quarter=quarter_name(timezone.localdate(now)), by=None, now=now)
    item = review.items.get(feature=shipped.feature)
    propose(item_id=item.pk, outcome="iterate", reason="One more.", version=None, by=alice, now=now)
    here = f"/reviews/{review.quarter}/"
    return [
        "/", "/?search=nothing-fits", "/owed/", "/owed/?mine=1", "/squads/checkout/week/",
        "/squads/checkout/week/?week=2026-03-02", "/squads/checkout/rates/", "/squads/playlists/week/",
        "/squads/checkout/envelopes/", "/squads/playlists/envelopes/",
        "/lessons/", "/lessons/?search=nothing-fits", "/lessons/wall/", f"/lessons/{looked_back}/",
        f"/features/{killed.feature.key}/retrospective/?write=1", f"/features/{killed.feature.key}/retrospective/",
        f"/features/{owing.feature.key}/retrospective/", f"{key}retrospective/",
        "/reviews/", here, f"{here}?state=decided", f"{here}report/", f"{here}close/",
        f"{here}items/{shipped.feature.key}/?answer=advance", f"{here}items/{shipped.feature.key}/?answer=iterate",
        *_scores(squad, alice, bob),
        "/calibration/", "/calibration/?squad=none", "/pulls/",
        "/imports/", "/imports/new/focus/", *_uploads(due.feature, alice, now),
        "/pulls/attention/", "/pulls/attention/?source=nothing",
        "/pulls/metrics/", "/pulls/metrics/?search=nothing-fits", "/pulls/metrics/?unused=1",
        "/pulls/metrics/rate/", "/pulls/metrics/reorder-rate/", "/pulls/sources/warehouse/",
        "/pulls/sources/warehouse/?state=dead", "/features/new/",
        f"/gates/{due.gate.pk}/", f"/gates/{fresh.gate.pk}/", f"/gates/{decided}/", f"/gates/{harmful.gate.pk}/",
        key, f"/features/{harmful.feature.key}/", f"/features/{killed.feature.key}/", f"{key}finding/",
        f"{key}hypothesis/", f"{key}exposure/", "/password/", "/nowhere/",
    ]  # fmt: skip


def _scores(squad, alice, bob) -> list[str]:
    """A revealed round whose cards lie far apart, a hidden one, the goals, and the order."""
    done = lives.thinking(squad, alice, name="Saved carts")
    revealed = lives.scored(done, by=bob, plays=[0, 8])
    other = lives.thinking(squad, alice, name="Gift month")
    hidden = open_round(feature=other.feature, by=bob, now=other.now)
    carts = done.feature.key
    return [
        "/backlog/", "/backlog/?squad=none", "/goals/", "/goals/reach/", f"/rounds/{revealed.pk}/",
        f"/rounds/{hidden.pk}/", f"/features/{carts}/score/", f"/features/{carts}/",
    ]  # fmt: skip


def _uploads(feature, person, now) -> list[str]:
    """Two files before they are recorded: one that can be, with a row that it becomes, and one with lines to mend."""
    head = "feature,on,category,amount,person_days\n"
    texts = (
        f"{head}{feature.key},2026-03-02,people,1200,\n{feature.key},2026-03-03,people,,2\n",
        f"{head}nothing,soon,bribes,-1,\n",
    )
    drafts = [
        keep_draft(kind="investments", name="costs.csv", text=text, options={}, by=person, now=now) for text in texts
    ]
    return [f"/imports/{draft.pk}/" for draft in drafts]


def _learnt(life, by) -> int:
    lesson = {"kind": "team", "statement": "Ask the people who answer the phone first.", "in_library": False}
    texts = dict.fromkeys(("went_well", "went_wrong", "could_go_better"), "Much.")
    write_retrospective(feature=life.feature, by=by, now=life.now, lessons=[lesson], publish=True, **texts)
    found = Lesson.objects.get()
    add_evidence(lesson_id=found.pk, side="for", url="https://example.org/", note="Seen there.", by=by, now=life.now)
    return found.pk


def _weeks(squad, feature, now) -> None:
    week = date(2026, 3, 2)
    set_role(squad=squad, role="developer", from_on=week, people=Decimal(2), amount=Decimal(600), by=None, now=now)
    set_role(squad=squad, role="designer", from_on=week, people=Decimal("0.5"), by=None, now=now)
    allocate(squad=squad, week=week, shares={feature.key: Decimal(40)}, by=None, now=now)


def _pulls(now) -> None:
    source = Source.objects.create(key="warehouse", name="Warehouse", kind="file", created_at=now)
    metric = Metric.objects.create(key="rate", name="Rate", kind="proportion", source=source, created_at=now)
    schedule = Schedule.objects.create(metric=metric, cursor=now)
    for number, state in enumerate(("dead", "succeeded")):
        start = now - timedelta(days=number + 1)
        Pull.objects.create(
            schedule=schedule, source=source, window_start=start, window_end=start + timedelta(days=1), state=state,
            due_at=start, finished_at=now, error="The file has no column “arm”." if state == "dead" else "",
        )  # fmt: skip


def test_every_page_is_accessible_quiet_and_fits(visitor, paths):
    found = []
    for width, theme in ((1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")):
        somebody = visitor("alice", width=width, theme=theme)
        for path in paths:
            page = somebody.go(path)
            for violation in Axe().run(page).response["violations"]:
                nodes = [node["html"][:160] for node in violation["nodes"][:3]]
                found.append(f"{path} at {width} px, {theme}: {violation['id']} {nodes}")
            if somebody.sideways():
                found.append(f"{path} at {width} px scrolls sideways")
        found += [words for words in somebody.wrong if "404" not in words]
    assert not found, "\n".join(found)


def test_no_page_is_wider_than_the_smallest_phone(visitor, paths):
    somebody = visitor("alice", width=320)
    wide = [path for path in paths if somebody.go(path) and somebody.sideways()]
    assert not wide


def test_the_doors_before_sign_in_are_accessible(visitor, transactional_db):
    for theme in ("light", "dark"):
        somebody = visitor(theme=theme, width=390)
        for path in ("/login/", "/password/reset/"):
            assert Axe().run(somebody.go(path)).violations_count == 0
        assert not somebody.wrong
