"""The pruning review on its pages: read by everybody, proposed by squads, decided in the row, signed and closed."""

import csv
import io
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from features.models import Feature, Stint
from lifecycle.actions.reviewing import close_review, decide_item, open_review, prepare_review, propose, sign_review
from lifecycle.enums import GateState
from lifecycle.models import Decision, Gate, Retrospective, Review, ReviewItem
from lifecycle.queries.portfolio.scope import quarter_name
from lifecycle.queries.review_items import HEAD
from tests.factories import lives
from tests.factories.rows import saved

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def kept(squad, alice):
    """A feature in Maintain It."""
    return lives.maintaining(squad, alice, name="One-tap reorder")


@pytest.fixture
def lena():
    return User.objects.create_superuser("lena", first_name="Lena", last_name="Lind")


@pytest.fixture
def leo():
    return User.objects.create_superuser("leo")


def quarter(life):
    return quarter_name(timezone.localdate(life.now))


def prepared(life):
    return prepare_review(quarter=quarter(life), by=None, now=life.now)


def opened(life):
    return open_review(quarter=quarter(life), by=None, now=life.now)


def item_of(life):
    return ReviewItem.objects.select_related("gate", "review").get(feature=life.feature)


def shipped(squad, count, since):
    """Features in Maintain It with nothing but their open gates."""
    for number in range(count):
        released = since.date() - timedelta(days=30 * number)
        feature = saved(
            Feature, key=f"more-{number}", name=f"More {number:02}", squad=squad, phase="maintain_it",
            released_on=released, created_at=since,
        )  # fmt: skip
        stint = saved(Stint, feature=feature, number=1, phase="maintain_it", started_at=since)
        saved(Gate, feature=feature, stint=stint, opened_at=since)


def look_back(by, now):
    """Every retrospective that is owed is published."""
    said = dict.fromkeys(("went_well", "went_wrong", "could_go_better"), "Much.")
    Retrospective.objects.filter(published_at__isnull=True).update(**said, published_at=now, published_by=by)


def path(life, rest=""):
    return f"/reviews/{quarter(life)}/{rest}"


def item_path(life):
    return path(life, f"items/{life.feature.key}/")


def text(answer, status=200):
    assert answer.status_code == status
    return answer.content.decode().replace("\xa0", " ")


class TestAllReviews:
    def test_without_any_shipped_feature_there_is_nothing_to_review(self, at, alice):
        assert "Nothing to review yet" in text(at(alice).get("/reviews/"))

    def test_leadership_is_offered_to_prepare_this_quarters(self, at, alice, lena, kept):
        assert "Prepare this quarter" in text(at(lena).get("/reviews/"))
        page = text(at(alice).get("/reviews/"))
        assert "No review yet" in page
        assert "prepare/" not in page

    def test_each_quarter_is_listed_with_its_state(self, at, alice, kept):
        opened(kept)
        page = text(at(alice).get("/reviews/"))
        assert f'href="{path(kept)}"' in page
        assert "Open</span>" in page

    def test_nobody_reads_it_unsigned(self, at, kept):
        assert at().get("/reviews/").status_code == 302

    def test_a_quarter_without_a_review_is_not_found(self, at, alice):
        for address in ("/reviews/2026-Q3/", "/reviews/summer/", "/reviews/2026-Q3/report/", "/reviews/2026-Q3/close/"):
            assert at(alice).get(address).status_code == 404


class TestLeadership:
    def test_says_what_follows_before_it_opens_and_then_opens(self, at, lena, kept):
        review = prepared(kept)
        page = text(at(lena).get(path(kept, "open/")))
        assert "1 shipped feature stands in it" in page
        assert "It cannot be taken back" in page
        assert Review.objects.get().opened_at is None
        answer = at(lena).post(path(kept, "open/"), follow=True)
        assert "Every gate in it is due now" in text(answer)
        review.refresh_from_db()
        assert review.opened_by == lena
        assert kept.gate.state == GateState.DUE

    def test_others_are_refused_and_nothing_happens(self, at, alice, kept):
        prepared(kept)
        assert "Tribe leaders and administrators do this" in text(at(alice).get(path(kept, "open/")))
        assert "Tribe leaders and administrators open" in text(at(alice).post(path(kept, "open/")), 403)
        assert Review.objects.get().opened_at is None

    def test_the_quarter_is_prepared_by_hand_only_when_it_is_this_one(self, at, lena, kept):
        now = quarter_name(timezone.localdate())
        assert at(lena).post("/reviews/2199-Q1/prepare/").status_code == 404
        assert at(lena).post(f"/reviews/{now}/prepare/").status_code == 302
        assert Review.objects.get().prepared_by == lena

    def test_signs_and_closes_once_all_is_decided(self, at, alice, lena, leo, kept):
        opened(kept)
        assert "1 item is not decided, 1 retrospective is owed, 2 signatures are missing" in text(
            at(lena).get(path(kept))
        )
        assert "are not decided" in text(at(lena).post(path(kept, "sign/")), 409)
        decide_item(item_id=item_of(kept).pk, outcome="advance", reason="It pays.", by=alice, now=kept.now)
        assert f'href="{path(kept, "sign/")}"' in text(at(lena).get(path(kept)))
        assert "retrospectives of 2026-Q1 are owed: one-tap-reorder" in text(at(lena).post(path(kept, "close/")), 409)
        look_back(alice, kept.now)
        at(lena).post(path(kept, "sign/"), {"note": "Seen."})
        page = text(at(lena).get(path(kept)))
        assert "Signed by Lena Lind." in page
        assert "1 signature is missing" in page
        assert "2 people sign" in text(at(lena).post(path(kept, "close/")), 409)
        at(leo).post(path(kept, "sign/"))
        assert "Close it" in text(at(leo).get(path(kept)))
        assert "Closed. The next review" in text(at(leo).post(path(kept, "close/"), follow=True))
        page = text(at(leo).get(path(kept)))
        assert "hx-trigger" not in page
        assert "data-answer=" not in page


class TestTheTable:
    def test_unknown_is_said_and_never_zero(self, at, alice, kept):
        prepared(kept)
        page = text(at(alice).get(path(kept)))
        assert "Nothing was measured or entered" in page
        assert "Nobody has accounted for its upkeep" in page
        assert not re.search(r">\s*[€£]0", page)

    def test_money_is_by_the_quarter_with_its_interval_and_what_is_estimated(self, at, alice, kept):
        prepared(kept)
        ReviewItem.objects.update(
            value=Decimal(4000), value_low=Decimal(3200), value_high=Decimal(4800), cost=Decimal(8000),
            cost_most=Decimal(9600), facts={"ratio": "0.50", "age_days": 400, "months_unknown": 2}, doubts=2,
        )  # fmt: skip
        page = text(at(alice).get(path(kept)))
        for words in ("1k<", "800 to ", "1.2k", "2k<", "2.4k with 2 months estimated", "0.5×", "13 months",
                      "Kept against advice 2×."):  # fmt: skip
            assert words in page, words

    def test_fifty_stand_on_a_page_and_the_rest_on_the_next(self, at, alice, squad, kept):
        shipped(squad, 54, kept.now)
        opened(kept)
        page = text(at(alice).get(path(kept)))
        assert page.count("data-undecided") == 50
        assert "1 to 50 of 55" in page
        assert 'href="?page=2#items-head"' in page
        last = text(at(alice).get(path(kept, "?page=9")))
        assert "51 to 55 of 55" in last

    @pytest.mark.parametrize("sort", ["rank", "value", "upkeep", "ratio", "age", "name"])
    def test_every_order_and_its_other_way_round_is_answered(self, at, alice, squad, kept, sort):
        shipped(squad, 2, kept.now)
        prepared(kept)
        ReviewItem.objects.filter(feature__key="more-1").update(value=9, cost=3)
        for turned in ("", "&turned=1"):
            page = text(at(alice).get(path(kept, f"?sort={sort}{turned}")))
            assert "aria-sort=" in page
        names = re.findall(r'aria-label="(More \d+|One-tap reorder)"', page)
        assert len(names) == 3
        if sort == "name":
            assert names == ["One-tap reorder", "More 01", "More 00"]
        if sort in {"value", "upkeep", "ratio"}:
            assert names[0] == "More 01"  # what is not known comes last

    def test_it_is_narrowed(self, at, alice, squad, other_squad, kept):
        shipped(other_squad, 2, kept.now)
        opened(kept)
        item = ReviewItem.objects.get(feature__key="more-0")
        ReviewItem.objects.filter(pk=item.pk).update(doubts=1, recommended="kill")
        propose(item_id=item_of(kept).pk, outcome="kill", reason="Old.", version=None, by=alice, now=kept.now)
        decide_item(item_id=item_of(kept).pk, outcome="advance", reason="It pays.", by=alice, now=kept.now)
        client = at(alice)

        def found(query):
            return set(re.findall(r'aria-label="(More \d+|One-tap reorder)"', text(client.get(path(kept, query)))))

        assert found("?squad=checkout") == found("?state=decided") == found("?state=proposed") == {"One-tap reorder"}
        assert found("?state=undecided") == {"More 00", "More 01"}
        assert found("?recommended=kill") == found("?doubts=1") == {"More 00"}
        assert "No feature fits" in text(client.get(path(kept, "?tribe=nobody")))

    @pytest.mark.parametrize("query", ["?page=-1", "?page=99999999999999999999", "?sort=%00", "?squad=%00", "?state=x"])
    def test_what_makes_no_sense_in_the_address_counts_as_not_said(self, at, alice, kept, query):
        prepared(kept)
        text(at(alice).get(path(kept, query)))

    def test_an_empty_review_says_so(self, at, alice, kept):
        Review.objects.create(quarter="2026-Q1", prepared_at=kept.now)
        assert "No feature stands in this review" in text(at(alice).get("/reviews/2026-Q1/"))

    def test_it_costs_the_same_with_one_feature_and_with_thirty(self, at, alice, squad, kept):
        review, client = prepared(kept), at(alice)
        client.get(path(kept))
        with CaptureQueriesContext(connection) as one:
            client.get(path(kept))
        shipped(squad, 29, kept.now)
        Review.objects.filter(pk=review.pk).update(opened_at=None)
        open_review(quarter=review.quarter, by=None, now=kept.now)
        with CaptureQueriesContext(connection) as many:
            page = text(client.get(path(kept)))
        assert page.count("data-undecided") == 30
        assert len(many) - len(one) <= 3  # what the open review asks of who may decide
        with CaptureQueriesContext(connection) as live:
            client.get(path(kept, "live/?" + "&".join(f"i={pk}.0.0" for pk in range(1, 60))))
        assert len(live) <= 14


class TestAnswering:
    def test_without_javascript_the_answer_is_a_page_that_says_what_follows(self, at, alice, kept):
        opened(kept)
        page = text(at(alice).get(item_path(kept)))
        assert "Keep it until the next quarterly review." in page
        assert "Back to Tweak It: reinvest." in page
        assert "its removal begins." in page
        page = text(at(alice).get(item_path(kept) + "?answer=advance"))
        assert "Rare but critical" in page
        assert "What do you question?" not in page
        assert "What do you question?" in text(at(alice).get(item_path(kept) + "?answer=iterate"))

    def test_who_decides_is_led_back_to_the_review_as_it_was_narrowed(self, at, alice, kept):
        opened(kept)
        item = item_of(kept)
        before = f"http://testserver{path(kept)}?state=undecided"
        page = text(at(alice).get(item_path(kept) + "?answer=kill", headers={"referer": before}))
        back = re.search(r'name="back" value="([^"]+)"', page)[1]
        assert back == f"{path(kept)}?state=undecided"
        answer = at(alice).post(item_path(kept), {"outcome": "kill", "reason": "Nobody opens it.", "back": back})
        assert answer["Location"] == f"{back}#i{item.pk}"
        assert kept.last_gate.decision.outcome == "kill"

    def test_rare_but_critical_is_kept_with_its_reason(self, at, alice, kept):
        opened(kept)
        sent = {"outcome": "advance", "reason": "Seldom used.", "critical_reason": "Refunds run through it."}
        at(alice).post(item_path(kept), sent)
        assert item_of(kept).critical_reason == "Refunds run through it."
        assert "Refunds run through it." in text(at(alice).get(path(kept)))

    @pytest.mark.parametrize(
        ("sent", "said"),
        [
            ({"outcome": "kill", "reason": " "}, "Say why"),
            ({"outcome": "maybe", "reason": "Hm."}, "Choose one of the three answers"),
            ({"outcome": "iterate", "reason": "Again."}, "say what you now question"),
            ({"outcome": "kill", "reason": "x" * 20_001}, "Shorten it"),
        ],
    )
    def test_what_is_wrong_is_said_and_what_was_typed_is_kept(self, at, alice, kept, sent, said):
        opened(kept)
        page = text(at(alice).post(item_path(kept), sent), 400)
        assert said in page
        assert sent["reason"].strip() in page
        assert not Decision.objects.filter(gate=item_of(kept).gate_id).exists()

    def test_a_feature_in_tweak_it_needs_the_next_tweaks_name(self, at, alice, squad):
        life = lives.tweaking(squad, alice, name="Photo reviews")
        opened(life)
        assert "The next tweak" in text(at(alice).get(item_path(life) + "?answer=iterate"))
        sent = {"outcome": "iterate", "reason": "Bigger.", "questions": ["mvp"]}
        assert "with a name at least" in text(at(alice).post(item_path(life), sent), 400)
        at(alice).post(item_path(life), {**sent, "tweak_name": "Bigger photos"})
        assert Feature.objects.get(name="Bigger photos").parent == life.feature

    def test_a_refused_keep_lists_the_rules_and_leads_to_the_gate(self, at, alice, squad, monkeypatch):
        from features.errors import RulesUnmet
        from lifecycle.pages import review_item

        life = lives.tweaking(squad, alice, name="Photo reviews")
        opened(life)

        def refuse(**_):
            rule = {"code": "local_maximum", "level": "must", "met": False, "detail": "Tweaks still move it."}
            raise RulesUnmet(code="rules_unmet", detail="These rules refuse.", extra={"rules": [rule]})

        monkeypatch.setattr(review_item, "decide_item", refuse)
        page = text(at(alice).post(item_path(life), {"outcome": "advance", "reason": "Enough."}), 422)
        assert "Tweaks no longer move it: Tweaks still move it." in page
        assert f'href="/gates/{item_of(life).gate_id}/"' in page
        assert "Enough." in page

    def test_who_comes_second_is_told_who_decided_what_and_loses_nothing_typed(self, at, alice, bob, kept):
        opened(kept)
        decide_item(item_id=item_of(kept).pk, outcome="advance", reason="It pays.", by=alice, now=kept.now)
        sent = {"outcome": "kill", "reason": "Nobody opens it."}
        for headers in ({}, HTMX):
            page = text(at(bob).post(item_path(kept), sent, headers=headers), 409)
            assert "was first, at" in page
            assert "kept, “It pays.”" in page
            assert "Yours was not recorded: “Nobody opens it.”" in page
        assert Decision.objects.get(gate=item_of(kept).gate_id).outcome == "advance"

    def test_while_it_is_prepared_squads_propose_and_see_what_others_wrote(self, at, alice, bob, kept):
        prepared(kept)
        seen = item_of(kept).version
        page = text(at(alice).get(item_path(kept) + "?answer=kill"))
        assert "Propose: kill" in page
        assert "Kill it<" not in page
        sent = {"outcome": "kill", "reason": "Nobody opens it.", "version": seen}
        at(alice).post(item_path(kept), sent)
        assert item_of(kept).proposed == "kill"
        mine = {"outcome": "advance", "reason": "I do.", "version": seen}
        page = text(at(alice).post(item_path(kept), mine), 412)
        assert "has proposed Kill meanwhile: “Nobody opens it.”" in page
        assert "I do." in page
        again = re.search(r'name="version" value="(\d+)"', page)[1]
        at(alice).post(item_path(kept), {**mine, "version": again})
        assert item_of(kept).proposed_reason == "I do."

    def test_somebody_of_another_squad_reads_and_is_refused(self, at, kept):
        opened(kept)
        stranger = User.objects.create_user("stranger")
        assert "data-answer=" not in text(at(stranger).get(path(kept)))
        assert "Not yours to answer" in text(at(stranger).get(item_path(kept) + "?answer=kill"))
        page = text(at(stranger).post(item_path(kept), {"outcome": "kill", "reason": "No."}), 403)
        assert "decide here" in page

    def test_htmx_is_given_the_row_alone_and_the_head_hears_of_it(self, at, alice, kept):
        opened(kept)
        form = text(at(alice).get(item_path(kept) + "?answer=kill&reason=Typed+before", headers=HTMX))
        assert form.lstrip().startswith("<tbody")
        assert "Typed before" in form
        assert 'name="i"' not in form  # nobody's change moves what is being typed
        answer = at(alice).post(item_path(kept), {"outcome": "kill", "reason": "Old."}, headers=HTMX)
        assert answer["HX-Trigger"] == "review-changed"
        assert "answer-stands" in text(answer)


class TestLive:
    def test_only_rows_that_changed_since_they_were_shown_come_again(self, at, alice, squad, kept):
        shipped(squad, 2, kept.now)
        opened(kept)
        client = at(alice)
        shown = re.findall(r'name="i" value="([^"]+)"', text(client.get(path(kept))))
        assert shown[0] == "0"  # the head's own, of no row
        assert len(shown) == 4
        assert "<template>" not in text(client.get(path(kept, "live/"), {"i": shown}))
        decide_item(item_id=item_of(kept).pk, outcome="advance", reason="It pays.", by=alice, now=kept.now)
        page = text(client.get(path(kept, "live/"), {"i": shown}))
        assert page.count("<template>") == 1
        assert f'id="i{item_of(kept).pk}"' in page
        assert '<strong class="num">1</strong>' in page

    @pytest.mark.parametrize("word", ["", "x", "-1.2.3", "1" * 40, "٣.1.1", "1.1.1\x00"])
    def test_words_of_no_row_are_passed_over(self, at, alice, kept, word):
        opened(kept)
        text(at(alice).get(path(kept, "live/"), {"i": word}))


class TestTheReport:
    def test_holds_every_feature_with_its_answer(self, at, alice, squad, kept):
        shipped(squad, 60, kept.now)
        opened(kept)
        decide_item(item_id=item_of(kept).pk, outcome="advance", reason="It pays.", by=alice, now=kept.now)
        page = text(at(alice).get(path(kept, "report/")))
        assert page.count('<th scope="row">') == 61
        assert "Keep: It pays." in page
        assert "Before it closes: 60 items are not decided" in page

    def test_the_csv_has_every_fact_and_no_formula(self, at, alice, kept):
        Feature.objects.filter(pk=kept.feature.pk).update(name="=cmd|'/c calc'!A1")
        opened(kept)
        item = item_of(kept)
        propose(item_id=item.pk, outcome="kill", reason="-1+1", version=None, by=alice, now=kept.now)
        decide_item(item_id=item.pk, outcome="advance", reason="@home", by=alice, now=kept.now, critical_reason="+1")
        answer = at(alice).get(path(kept, "report.csv"))
        assert answer["Content-Disposition"] == f'attachment; filename="review-{quarter(kept)}.csv"'
        [head, row] = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert tuple(head) == HEAD
        told = dict(zip(head, row, strict=True))
        assert told["name"] == "'=cmd|'/c calc'!A1"
        assert (told["proposed_reason"], told["decided_reason"], told["rare_but_critical"]) == (
            "'-1+1",
            "'@home",
            "'+1",
        )
        assert (told["value"], told["decided"], told["recommended"]) == ("", "advance", item.recommended)


class TestPromises:
    def test_the_next_review_tells_what_became_of_them(self, at, alice, lena, leo, kept):
        review = opened(kept)
        assert "Nothing: no review was closed before this one" in text(at(alice).get(path(kept)))
        decide_item(item_id=item_of(kept).pk, outcome="kill", reason="Nobody uses it.", by=alice, now=kept.now)
        for leader in (lena, leo):
            sign_review(quarter=review.quarter, by=leader, now=kept.now)
        look_back(alice, kept.now)
        close_review(quarter=review.quarter, by=lena, now=kept.now)
        kept.wait(100)
        later = Review.objects.create(quarter=quarter(kept), prepared_at=kept.now)
        shipped(kept.feature.squad, 1, kept.now)
        open_review(quarter=later.quarter, by=None, now=kept.now)
        page = text(at(alice).get(path(kept)))
        assert f"{review.quarter}: 0 of 1 kept" in page
        assert "Its removal is not done." in page


class TestElsewhere:
    def test_the_feature_shows_its_place_and_the_way_to_propose(self, at, alice, kept):
        address = f"/features/{kept.feature.key}/"
        assert "Pruning review" not in text(at(alice).get(address))
        prepared(kept)
        page = text(at(alice).get(address))
        assert "rank 1 of 1, worst first" in page
        assert f'href="{item_path(kept)}?answer=kill#answer"' in page
        propose(item_id=item_of(kept).pk, outcome="kill", reason="Old.", version=None, by=alice, now=kept.now)
        assert "proposes kill:" in text(at(alice).get(address))
        stranger = User.objects.create_user("stranger")
        assert "?answer=" not in text(at(stranger).get(address))

    def test_the_gate_that_is_due_because_of_it_leads_there(self, at, alice, kept):
        opened(kept)
        page = text(at(alice).get(f"/gates/{kept.gate.pk}/"))
        assert f'<a href="{item_path(kept)}">In the pruning review {quarter(kept)}</a>' in page

    def test_what_is_owed_says_what_waits_of_it(self, at, alice, kept):
        prepared(kept)
        assert "1 of 1 feature has no proposal yet" in text(at(alice).get("/owed/"))
        assert "no proposal yet" in text(at(alice).get("/owed/?mine=1"))
        assert "no proposal yet" not in text(at(User.objects.create_user("stranger")).get("/owed/?mine=1"))
        open_review(quarter=quarter(kept), by=None, now=kept.now)
        assert "1 of 1 feature waits for an answer" in text(at(alice).get("/owed/"))
        decide_item(item_id=item_of(kept).pk, outcome="advance", reason="It pays.", by=alice, now=kept.now)
        assert "pruning review" not in text(at(alice).get("/owed/"))
