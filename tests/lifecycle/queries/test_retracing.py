"""A decision can be proved: what it froze follows from the stored results, or what differs is named."""

from copy import deepcopy
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from features.errors import Conflict
from hypotheses.actions.landing import land_results
from hypotheses.actions.metric import edit_metric
from hypotheses.actions.qualifying import clear_mark
from hypotheses.actions.weighing import weigh_stint
from hypotheses.models import Evidence, Metric, Result, Trial
from hypotheses.queries.evidence import evidence_of
from hypotheses.queries.frozen import retrace
from hypotheses.queries.recomputing import recompute
from lifecycle.queries.retracing import retraced
from tests.factories import lives

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def shipped(squad, alice):
    """A feature whose first step of Ship It was advanced on validated evidence."""
    life = lives.shipping(squad, alice)
    life.advance()
    return life


def on_record(life):
    decision = life.decisions[-1]
    decision.refresh_from_db()
    return decision


def ask(decision_id):
    """What the command says, and how it ends."""
    out, ended = StringIO(), 0
    try:
        call_command("recompute_decision", str(decision_id), stdout=out)
    except SystemExit as end:
        ended = end.code
    return out.getvalue(), ended


def fields_of(found):
    return [one.field for one in found.differences]


def tampered(decision, change):
    """The same decision as if somebody had written into the table, past the triggers."""
    decision.evidence = deepcopy(decision.evidence)
    change(decision.evidence)
    return retraced(decision)


def forget(evidence):
    """As if nothing had been weighed."""
    evidence.update(evidence_id=None, verdict="missing", primary=None)


def test_every_decision_of_a_life_follows_from_what_is_stored(squad, alice):
    life = lives.shipping(squad, alice, 10)
    for decision in life.decisions:
        said, ended = ask(decision.pk)
        assert (ended, "follows from what is stored" in said) == (0, True), said


def test_a_decision_under_a_plan_follows_with_the_looks_before_it(squad, alice):
    life = lives.thinking(squad, alice, hypothesis=lives.hypothesis() | {"planned_units": 4 * lives.UNITS})
    life.reach("ship_it", 1).measure(0.101, units=lives.UNITS // 2)
    life.wait(1)
    life.advance()
    primary = on_record(life).evidence["primary"]
    assert (primary["mode"], primary["plan"]["looks"], primary["information_fraction"]) == ("planned", 2, 0.5)
    assert retraced(on_record(life)).follows
    read = Evidence.objects.get(pk=on_record(life).evidence["evidence_id"])
    read.body["basis"]["past_looks"]["new"]["looks"][0][1] = 0.24
    Evidence.objects.filter(pk=read.pk).update(body=read.body)
    assert {name.split(".")[0] for name in fields_of(retraced(on_record(life)))} == {"primary"}


def test_it_says_which_evidence_it_stands_on(shipped):
    said, _ = ask(shipped.decisions[-1].pk)
    row = Evidence.objects.get(pk=on_record(shipped).evidence["evidence_id"])
    assert f"evidence {row.pk}, revision 1, and the 4 results that it read" in said
    assert f"advance {shipped.feature.key}" in said


def test_results_that_were_restated_since_change_nothing(shipped):
    decision = on_record(shipped)
    read = Evidence.objects.get(pk=decision.evidence["evidence_id"])
    label = read.stint.stages.get().label
    row = shipped._row("new", "reorder-rate", lives.UNITS, 0.07, 0.07 * 0.93)
    again = type(row)(**{**{name: getattr(row, name) for name in row.__slots__}, "as_of": read.as_of, "stage": label})
    land_results(rows=[again], now=shipped.now)
    weigh_stint(stint=read.stint, now=shipped.now)
    assert Evidence.objects.filter(stint=read.stint, as_of=read.as_of).count() == 2, "a second revision stands now"
    assert retraced(decision).follows
    assert "1 of them restated since" in retraced(decision).stands_on


def test_names_and_units_may_change_afterwards(squad, alice):
    life = lives.shipping(squad, alice)
    life.wait(8).measure()
    life.wait(1).measure(weigh=False)
    fewer = [life._row(arm, "basket-value", lives.UNITS // 2, 20.0, 4.0) for arm in ("control", "new")]
    land_results(rows=fewer, now=life.now)
    weigh_stint(stint=life.stint, now=life.now)
    life.call()
    life.decide("iterate")
    before = on_record(life).evidence
    assert any("Basket value" in check["detail"] for check in before["checks"]), "counts fell: the check names it"
    for key in ("basket-value", "reorder-rate"):
        edit_metric(metric=Metric.objects.get(key=key), by=None, now=life.now, name=f"The {key}", unit="Euro")
    assert retraced(on_record(life)).differences == []
    assert recompute(evidence=Evidence.objects.get(pk=before["evidence_id"])).same


def test_a_metric_that_is_better_the_other_way_round_is_named(shipped):
    metric = Metric.objects.get(key="basket-value")
    with pytest.raises(Conflict, match="kind and direction stay"):
        edit_metric(metric=metric, by=None, now=shipped.now, better="down")
    Metric.objects.filter(pk=metric.pk).update(better="down")
    assert "guardrails.0.direction" in fields_of(retraced(on_record(shipped)))


def test_a_result_that_was_tampered_with_is_named_with_both_values(shipped):
    read = Evidence.objects.get(pk=on_record(shipped).evidence["evidence_id"])
    Result.objects.filter(pk__in=read.body["basis"]["results"], arm__name="new", mean=0.13).update(mean=0.2)
    said, ended = ask(shipped.decisions[-1].pk)
    assert ended == 1
    assert "primary.estimate: it saw 0.03; what follows is 0.1" in said
    assert "does not follow" in said


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("verdict",), "refuted"),
        (("primary", "estimate"), 0.5),
        (("primary", "interval", 0), 0.4),
        (("guardrails", 0, "status"), "harmed"),
        (("checks", 0, "ok"), False),
        (("stages", 0, "arms", 1, "n"), 1),
        (("revision",), 2),
        (("hypothesis_version",), 7),
        (("days_left",), 3.5),
        (("state",), "too_early"),
        (("as_of",), "2020-01-01T00:00:00+00:00"),
        (("explanation",), "Refuted: nothing moved."),
    ],
)
def test_whatever_is_written_into_the_frozen_evidence_is_named(shipped, path, value):
    def change(evidence):
        *way, last = path
        for step in way:
            evidence = evidence[step]
        evidence[last] = value

    found = tampered(on_record(shipped), change)
    (one,) = found.differences
    assert (one.field, one.saw) == (".".join(map(str, path)), value)


def test_evidence_of_another_feature_is_not_its_evidence(shipped, squad, alice):
    other = lives.shipping(squad, alice, hypothesis=lives.hypothesis(audience="new customers"))
    other.advance()
    foreign = on_record(other).evidence
    found = tampered(on_record(shipped), lambda evidence: evidence.update(foreign))
    assert fields_of(found) == ["evidence_id"]
    assert other.feature.key in found.differences[0].follows


def test_a_mark_that_was_added_is_named(shipped):
    mark = {"code": "bundled", "cleared_by": None, "reason": "", "detail": "Two at once.", "facts": "a@1"}
    found = tampered(on_record(shipped), lambda evidence: evidence.update(marks=[mark]))
    assert [(one.field, one.saw) for one in found.differences] == [("marks", "bundled a@1")]


def test_marks_follow_and_so_does_who_cleared_them(squad, alice):
    life = lives.shipping(squad, alice, hypothesis=lives.hypothesis(market="Sweden"))
    Trial.objects.update(market="New Zealand")
    life.wait(3).measure()
    clear_mark(feature=life.feature, code="transfer", reason="They buy alike.", by=alice, now=life.now)
    life.call()
    life.decide("advance")
    decision = on_record(life)
    assert [mark["cleared_by"] for mark in decision.evidence["marks"]] == ["alice"]
    assert retraced(decision).follows
    assert fields_of(tampered(decision, lambda evidence: evidence.update(marks=[]))) == ["marks"]
    by_nobody = [{**mark, "cleared_by": None} for mark in on_record(life).evidence["marks"]]
    assert fields_of(tampered(on_record(life), lambda e: e.update(marks=by_nobody))) == ["marks", "marks"]


def test_evidence_that_was_not_the_newest_of_its_stint_is_named(squad, alice):
    life = lives.shipping(squad, alice)
    frozen = []
    for rate in (lives.GOOD, lives.BAD):
        life.wait(4).measure(rate)
        frozen.append(evidence_of(feature=life.feature, now=life.now, minimum_days=0).as_json())
    life.wait(0.5).call()
    life.decide("iterate")
    first, second = (tampered(on_record(life), lambda evidence, seen=seen: evidence.update(seen)) for seen in frozen)
    assert second.follows
    assert fields_of(first) == ["evidence_id"]
    assert first.differences[0].follows == f"evidence {frozen[1]['evidence_id']} stood already"


def test_evidence_of_the_stint_before_is_named(squad, alice):
    life = lives.shipping(squad, alice)
    life.wait(4).measure()
    before = evidence_of(feature=life.feature, now=life.now, minimum_days=0).as_json()
    for _ in range(2):
        life.wait(1).call()
        life.decide("iterate")
    found = tampered(on_record(life), lambda evidence: evidence.update(before))
    assert fields_of(found) == ["evidence_id"]
    assert found.differences[0].follows == "it is of another stint (ship_it, number 3)"


def test_evidence_that_never_was_is_named(shipped):
    found = tampered(on_record(shipped), lambda evidence: evidence.update(evidence_id=4711))
    assert [(one.field, one.follows) for one in found.differences] == [("evidence_id", "no such evidence")]


class TestWhatBelongsToTheReading:
    def test_the_minimum_run_was_not_served(self, squad, alice):
        life = lives.shipping(squad, alice)
        life.wait(2).measure()
        life.call()
        life.decide("iterate")
        decision = on_record(life)
        assert decision.evidence["state"] == "too_early"
        found = retraced(decision)
        assert found.follows
        assert found.laid_over == ["The step's minimum run was not served."]
        assert "state" in fields_of(tampered(decision, lambda e: e.update(explanation="Validated.")))
        assert fields_of(tampered(on_record(life), lambda e: e.update(days_left=4.5))) == ["days_left"]

    def test_a_result_that_needs_longer_than_its_minimum_run_says_so(self, squad, alice):
        life = lives.shipping(squad, alice)
        life.wait(2).measure(0.1011, units=3_000)
        life.call()
        life.decide("iterate")
        decision = on_record(life)
        assert decision.evidence["days_left"] > 3, "its own days, not those of the step"
        assert retraced(decision).follows
        assert retraced(decision).laid_over
        assert fields_of(tampered(on_record(life), lambda e: e.update(days_left=8.6))) == ["days_left"]

    def test_the_data_had_grown_old(self, squad, alice):
        life = lives.shipping(squad, alice)
        life.wait(8).measure()
        life.wait(5).call()
        life.decide("iterate")
        decision = on_record(life)
        assert (decision.evidence["verdict"], decision.evidence["reason"]) == ("invalid", "stale")
        said, ended = ask(decision.pk)
        assert (ended, "Laid over at the reading: Not to be read: " in said) == (0, True)

    def test_data_that_were_fresh_cannot_have_grown_old(self, shipped):
        def change(evidence):
            evidence |= {"verdict": "invalid", "reason": "stale", "state": "too_early"}
            evidence["explanation"] = "Not to be read: the data end 9 days ago. Before: validated."

        assert fields_of(tampered(on_record(shipped), change)) == ["verdict", "reason", "state", "explanation"]

    def test_what_was_seen_before_it_grew_old_is_compared_all_the_same(self, squad, alice):
        life = lives.shipping(squad, alice)
        life.wait(8).measure()
        life.wait(5).call()
        life.decide("iterate")
        found = tampered(on_record(life), lambda e: e["primary"].update(estimate=0.2))
        assert fields_of(found) == ["primary.estimate"]


class TestWithoutATrial:
    def test_findings_are_weighed_again_by_the_beta_rule(self, squad, alice):
        life = lives.building(squad, alice)
        said, ended = ask(life.decisions[0].pk)
        assert ended == 0
        assert "1 finding up to then, by the Beta rule" in said

    def test_findings_that_came_later_are_left_out(self, squad, alice):
        life = lives.thinking(squad, alice)
        life.wait(1).find()
        life.call()
        life.decide("iterate")
        decision = on_record(life)
        life.wait(1).find(successes=0)
        assert retraced(decision).follows

    def test_a_probability_that_was_tampered_with_is_named(self, squad, alice):
        life = lives.building(squad, alice)
        decision = life.decisions[0]
        decision.refresh_from_db()
        found = tampered(decision, lambda e: e["findings_combined"]["customers"].update(probability=0.99))
        assert fields_of(found) == ["findings_combined.customers.probability"]
        assert found.differences[0].follows == pytest.approx(0.96728515625)

    def test_employees_who_were_made_customers_are_found(self, squad, alice):
        life = lives.thinking(squad, alice)
        life.wait(1).find(population="employees")
        life.call()
        life.decide("iterate")
        assert retraced(on_record(life)).follows
        assert fields_of(tampered(on_record(life), lambda e: e.update(marks=[]))) == ["marks"]

    def test_where_nothing_was_known_nothing_follows(self, squad, alice):
        life = lives.thinking(squad, alice)
        life.wait(1).call()
        life.decide("kill")
        decision = on_record(life)
        assert retraced(decision).follows
        assert fields_of(tampered(decision, lambda e: e.update(verdict="validated"))) == ["verdict"]

    def test_what_landed_after_the_decision_was_no_evidence_of_then_whenever_its_weighing_began(self, shipped):
        decision = on_record(shipped)
        row = Evidence.objects.get(pk=decision.evidence["evidence_id"])
        Evidence.objects.filter(pk=row.pk).update(weighed_at=decision.at - timedelta(seconds=2.5))
        last = row.body["basis"]["results"][-1]
        Result.objects.filter(pk=last).update(recorded_at=decision.at + timedelta(seconds=1))
        assert tampered(decision, forget).follows

    def test_evidence_that_was_weighed_just_before_may_have_been_written_after_the_reading(self, shipped):
        decision = on_record(shipped)
        row = Evidence.objects.filter(pk=decision.evidence["evidence_id"])
        for ago, told in ((timedelta(seconds=2.5), ", weighed 2.5 s before; another process may have"), (DAY, "")):
            row.update(weighed_at=decision.at - ago)
            (one,) = tampered(on_record(shipped), forget).differences
            assert one.follows.startswith(f"evidence {row.get().pk} stood already{told}")
        assert "another process" not in one.follows

    def test_evidence_that_stood_cannot_be_forgotten(self, shipped):
        found = tampered(on_record(shipped), forget)
        assert fields_of(found) == ["evidence_id"]


def test_an_imported_decision_saw_nothing_here(shipped):
    decision = on_record(shipped)
    decision.imported, decision.evidence = True, {}
    found = retraced(decision)
    assert found.follows
    assert "imported" in found.stands_on


def test_results_that_are_gone_are_named(shipped):
    decision = on_record(shipped)
    row = Evidence.objects.get(pk=decision.evidence["evidence_id"])
    row.body["basis"]["results"] = [*row.body["basis"]["results"], 10**9]
    row.save()
    found = retrace(
        frozen=decision.evidence, feature_id=decision.feature_id, stint_id=decision.gate.stint_id, at=decision.at
    )
    assert [(one.field, one.follows) for one in found.differences] == [("results", "1 of them are gone")]


def test_there_is_no_such_decision(db):
    with pytest.raises(CommandError, match="no decision 4711") as refused:
        call_command("recompute_decision", "4711")
    assert refused.value.returncode == 2
