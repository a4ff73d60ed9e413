"""The demo shows every state worth seeing, was made through the product's own actions, and is made once."""

import io
import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db.models import Count

from features.enums import Phase, Status
from features.models import Allocation, AuditEntry, Feature, Investment, Return, Squad, Stint
from features.queries.allocations import unbooked, week_of
from features.queries.audit import verify_chain
from features.queries.people import may_act_for
from hypotheses.enums import PullState, SourceKind, Verdict
from hypotheses.models import Evidence, Finding, Hypothesis, Metric, Pull, Result, Source
from hypotheses.queries.evidence import evidence_of, verdicts_for
from hypotheses.queries.pulls import freshness
from lifecycle.actions.deciding import decide
from lifecycle.demo.building import restore_files
from lifecycle.demo.lessons_told import LOOKED_BACK
from lifecycle.demo.lives import LIVES
from lifecycle.demo.people import NAMES, SIGN_INS, TEAMS
from lifecycle.enums import Cause, Escalation, GateState, LessonStatus, Outcome, Question
from lifecycle.models import (
    Decision,
    ExposureChange,
    Gate,
    GateCause,
    Goal,
    KinReading,
    Lesson,
    Notice,
    Removal,
    Retrospective,
    Review,
    Round,
)
from lifecycle.queries.blameless import blamed
from lifecycle.queries.curve import curve_of
from lifecycle.queries.gates import gate_view
from lifecycle.queries.owed import owed
from lifecycle.queries.retracing import retraced
from lifecycle.queries.scorecard import backlog
from tests.lifecycle.demo.conftest import FEW


def active(**conditions):
    return Feature.objects.filter(status=Status.ACTIVE, **conditions)


def has_verdict(verdict, reason=None):
    def seen(now):
        views = verdicts_for(feature_ids=active().values_list("pk", flat=True), now=now).values()
        return any(view.verdict == verdict and reason in (None, view.reason) for view in views)

    return seen


def due(cause):
    return lambda _: GateCause.objects.filter(cause=cause, gate__state=GateState.DUE).exists()


CHECKLIST = {
    **{
        f"a lesson that is {status}": lambda _, s=status: Lesson.objects.filter(status=s).exists()
        for status in (LessonStatus.EMERGING, LessonStatus.SUPPORTED)  # the others need the whole cast
    },
    "a lesson that was learnt again": lambda _: Lesson.objects.filter(repeats__isnull=False).exists(),
    "a retrospective that is owed": lambda _: Retrospective.objects.filter(published_at__isnull=True).exists(),
    "kin that was read": lambda _: KinReading.objects.exists(),
    **{f"an active feature in {phase.label}": lambda _, p=phase: active(phase=p).exists() for phase in Phase},
    **{
        f"a feature that is {status}": lambda _, s=status: Feature.objects.filter(status=s).exists()
        for status in Status
    },
    **{f"the verdict {verdict}": has_verdict(verdict) for verdict in Verdict},
    "invalid by sample ratio": has_verdict(Verdict.INVALID, "srm"),
    "invalid because stale": has_verdict(Verdict.INVALID, "stale"),
    **{
        f"a gate that is due because of {cause}": due(cause)
        for cause in (
            Cause.TIME_BOX,
            Cause.BUDGET,
            Cause.EVIDENCE,
            Cause.STEP_COMPLETE,
            Cause.CALLED,
            Cause.TWEAK_ENDED,
        )
    },
    "an open gate": lambda _: Gate.objects.filter(state=GateState.OPEN).exists(),
    "an overdue gate": lambda now: any(row.overdue_days for row in owed(now=now)),
    "a gate that leadership was told about": lambda _: Notice.objects.filter(
        level=Escalation.LEADERSHIP, gate__state=GateState.DUE
    ).exists(),
    "undecided spend": lambda now: any(row.undecided.amount > 0 for row in owed(now=now)),
    "a source that fails with a sentence": lambda _: Pull.objects.filter(
        state__in=[PullState.FAILED, PullState.DEAD], error__contains="file"
    ).exists(),
    "an iterate at the same percentage": lambda _: Decision.objects.filter(
        outcome=Outcome.ITERATE, phase=Phase.SHIP_IT, moved_to__iteration__gte=2
    ).exists(),
    "two iterates that question the MVP alone": lambda _: (
        Decision.objects.filter(outcome=Outcome.ITERATE, questions=[Question.MVP])
        .values("feature")
        .annotate(times=Count("pk"))
        .filter(times__gte=2)
        .exists()
    ),
    "each question asked": lambda _: {q for d in Decision.objects.all() for q in d.questions} == {*Question},
    "an override with the consent of another": lambda _: (
        Decision.objects.exclude(consent=None).exclude(override_reason="").exists()
    ),
    "a landed tweak": lambda _: Feature.objects.filter(status=Status.LANDED, parent__isnull=False).exists(),
    "a running tweak": lambda _: active(parent__isnull=False).exists(),
    "exposure that was lowered": lambda _: ExposureChange.objects.filter(cause="lowered").exists(),
    "a removal that is half done": lambda _: Removal.objects.filter(
        completed_at=None, steps__done_at__isnull=False
    ).exists(),
    "a removal that is complete": lambda _: Removal.objects.filter(completed_at__isnull=False).exists(),
    "a released feature that paid back": lambda now: any(
        curve_of(feature=feature, now=now).break_even_on for feature in active(released_on__isnull=False)
    ),
    "a released feature without a price": lambda now: any(
        not curve_of(feature=feature, now=now).priced for feature in active(released_on__isnull=False)
    ),
    "a budget in money": lambda _: Stint.objects.filter(budget_amount__isnull=False).exists(),
    "a budget in days": lambda _: Stint.objects.filter(budget_days__isnull=False).exists(),
    "a hypothesis in two versions": lambda _: Hypothesis.objects.filter(version=2).exists(),
    "three goals": lambda _: Goal.objects.count() == 3,
    "four scored ideas": lambda now: len(backlog(now=now).ordered) >= 4,
    "a round that waits for two": lambda now: any(
        row.waiting and row.waiting[1] - row.waiting[2] == 2 for row in backlog(now=now).unscored
    ),
    "a round that was repeated": lambda _: Round.objects.filter(number=2).exists(),
}


@pytest.mark.parametrize("state", CHECKLIST)
def test_it_shows(demo, state):
    assert CHECKLIST[state](demo), state


def test_it_is_about_thirty_features_of_six_squads_over_two_years(demo):
    assert 28 <= len(LIVES) <= 40
    assert Feature.objects.count() == len(FEW)
    assert {life.squad for life in LIVES} == set(Squad.objects.values_list("slug", flat=True)) == set(TEAMS)
    assert all(sum(life.squad == squad for life in LIVES) >= 4 for squad in TEAMS)
    first = Feature.objects.order_by("created_at").first()
    assert demo - first.created_at > timedelta(days=715)
    assert not Feature.objects.filter(created_at__gt=demo).exists()


def test_everything_happened_through_actions_in_an_unbroken_history(demo):
    proof = verify_chain()
    assert proof.unbroken, proof.because
    told = AuditEntry.objects.values_list("act", flat=True)
    assert told.filter(act="gate.decided").count() == Decision.objects.count()
    assert told.filter(act="feature.registered").count() == Feature.objects.count()
    assert told.filter(act="finding.added").count() == Finding.objects.count()


def test_history_is_told_in_order(demo):
    for feature in Feature.objects.prefetch_related("stints"):
        stints = sorted(feature.stints.all(), key=lambda stint: stint.number)
        ends = [stint.ended_at for stint in stints[:-1]]
        assert ends == [stint.started_at for stint in stints[1:]], feature.key
    assert not Hypothesis.objects.filter(locked_at__gt=demo).exists()
    assert not Decision.objects.filter(at__gt=demo).exists()


def test_decisions_are_made_by_people_who_may_and_say_why(demo):
    for decision in Decision.objects.select_related("by", "feature__squad"):
        assert decision.by is not None
        assert may_act_for(decision.by, decision.feature.squad), decision
        assert len(decision.reason) > 4


def test_results_came_through_pulls_only(demo):
    assert Result.objects.exists()
    assert not Result.objects.filter(pull=None).exists()
    assert not Pull.objects.filter(state__in=[PullState.DUE, PullState.RUNNING]).exists()
    assert not Result.objects.filter(as_of__gt=demo).exists()


def test_only_the_broken_export_fails_and_it_says_what_to_do(demo):
    failed = Pull.objects.exclude(state=PullState.SUCCEEDED)
    assert set(failed.values_list("source__key", flat=True)) == {"podcast-export"}
    for pull in failed:
        assert "trial" in pull.error
        assert "retry" in pull.error
    assert Source.objects.count() == 5


def test_every_metric_was_read_just_now_also_those_that_no_trial_moves(demo):
    metrics = list(Metric.objects.exclude(source__kind=SourceKind.PUSH).exclude(source__key="podcast-export"))
    metrics = [metric for metric in metrics if not metric.usages.exists()]  # what they tell of use are readings
    fresh = freshness(metrics=metrics, now=demo)
    old = {key: one.age for key, one in fresh.items() if one.age is None or one.age > timedelta(minutes=1)}
    assert metrics
    assert not old


def test_every_feature_that_is_worked_on_has_cost_something_lately(demo):
    since = demo.date() - timedelta(days=14)  # the running week is allocated, and booked once it is over
    for feature in active(created_at__lt=demo - timedelta(days=14)):
        assert Investment.objects.filter(feature=feature, on__gte=since).exists(), feature.key
    assert not Investment.objects.filter(on__gt=demo.date()).exists()


def test_nothing_is_earned_before_release(demo):
    for entry in Return.objects.select_related("feature"):
        assert entry.feature.released_on is not None
        assert entry.on > entry.feature.released_on


def test_one_tap_reorder_has_the_whole_story(demo):
    feature = Feature.objects.get(key="one-tap-reorder")
    decisions = list(Decision.objects.filter(feature=feature).order_by("at"))
    steps = [int(d.step_percent) for d in decisions if d.phase == Phase.SHIP_IT]
    assert steps == [1, 5, 10, 10, 25, 50, 99]
    assert {d.phase for d in decisions} == {*Phase}
    assert decisions[0].outcome == Outcome.ITERATE
    assert decisions[0].phase == Phase.THINK_IT
    assert feature.phase in {Phase.TWEAK_IT, Phase.MAINTAIN_IT}
    assert {tweak.status for tweak in feature.tweaks.all()} == {Status.LANDED, Status.ENDED, Status.ACTIVE}
    curve = curve_of(feature=feature, now=demo)
    assert curve.priced
    assert curve.first_return_on > feature.released_on
    assert feature.released_on < curve.break_even_on < demo.date()


def test_alma_moves_smart_shuffle_with_one_click(demo, undone, django_user_model):
    feature = Feature.objects.get(key="smart-shuffle")
    gate = Gate.objects.get(feature=feature, state=GateState.DUE)
    alma = django_user_model.objects.get(username="alma")
    view = gate_view(gate=gate, now=demo, person=alma)
    assert view.recommendation["outcome"] == Outcome.ADVANCE
    assert [rule["code"] for rule in view.rules if rule["level"] == "must" and not rule["met"]] == []
    assert evidence_of(feature=feature, now=demo).verdict == Verdict.VALIDATED
    decide(gate_id=gate.pk, by=alma, now=demo, outcome="advance", reason="Validated: half of our listeners next.")
    feature.refresh_from_db()
    assert (feature.phase, int(feature.step_percent), int(feature.exposure_percent)) == (Phase.SHIP_IT, 50, 50)


def test_a_second_run_changes_nothing_and_prints_the_same(demo, undone, django_assert_max_num_queries):
    def counts():
        return [model.objects.count() for model in (AuditEntry, Feature, Result, Evidence, Pull, Investment, Decision)]

    before, out = counts(), io.StringIO()
    with django_assert_max_num_queries(5):
        call_command("demo", stdout=out)
    assert counts() == before
    for person in SIGN_INS:
        line = rf"^  {person.username}\s+{re.escape(person.password)}\s+{re.escape(person.role)}$"
        assert re.search(line, out.getvalue(), re.MULTILINE)


def test_what_every_decision_saw_follows_from_what_is_stored(demo):
    told = {decision.pk: retraced(decision) for decision in Decision.objects.select_related("gate", "feature")}
    assert len(told) > 50
    assert not {pk: found.differences for pk, found in told.items() if not found.follows}
    assert any(found.laid_over for found in told.values())


def test_lost_files_are_written_again_with_the_same_numbers(demo, demo_folder):
    files = {path.name: path.read_bytes() for path in (demo_folder / "demo").iterdir()}
    assert set(files) == {"commerce.parquet", "listening.parquet", "membership.parquet", "podcasts.csv"}
    for path in (demo_folder / "demo").iterdir():
        path.unlink()
    assert restore_files(made=demo, lives=FEW)
    assert {path.name: path.read_bytes() for path in (demo_folder / "demo").iterdir()} == files


@pytest.mark.parametrize("person", SIGN_INS, ids=lambda person: person.username)
def test_the_printed_people_can_sign_in(demo, person, client):
    assert client.login(username=person.username, password=person.password)


def test_the_roles_are_told_in_the_words_that_others_read():
    assert [re.match(r"squad member|squad lead|leader|administrator", person.role).group() for person in SIGN_INS] == [
        "squad member", "squad lead", "leader", "administrator",
    ]  # fmt: skip


def test_squads_allocate_their_last_weeks_and_no_day_is_told_twice(demo):
    first = Allocation.objects.order_by("week").first().week
    sheets = Investment.objects.filter(source="time-sheets", on__gte=first)
    booked = Investment.objects.filter(source="allocation", superseded_at=None)
    assert not sheets.exists()
    assert Investment.objects.filter(source="time-sheets").exists()
    assert booked.exists()
    assert not booked.filter(on__lt=first).exists()
    this_week = week_of(demo.date())
    assert not booked.filter(on__gte=this_week).exists(), "it is not over"
    assert Allocation.objects.filter(week=this_week, booked_at=None).exists()
    assert not unbooked(today=demo.date()).exists()


def test_what_was_looked_back_on_blames_nobody():
    texts = {f"{one.feature} {name}": getattr(one, name) for one in LOOKED_BACK for name in ("well", "wrong", "better")}
    lessons = [told for one in LOOKED_BACK for told in one.lessons]
    texts |= {told.statement: f"{told.statement} {told.detail}" for told in lessons}
    names = {word.casefold() for name in NAMES.values() for word in name.split()}
    assert blamed(texts, names=names) == ()


def test_this_quarters_review_is_prepared_with_proposals_and_not_open(demo):
    review = Review.objects.get()
    assert (review.quarter, review.opened_at) == ("2025-Q4", None)
    proposed = {item.feature.key: item for item in review.items.exclude(proposed="").select_related("feature")}
    assert set(proposed) == {"family-rooms", "quiet-hours", "guest-checkout"}
    assert proposed["quiet-hours"].critical_reason == "Support promises it."
    assert not GateCause.objects.filter(cause="review").exists()
