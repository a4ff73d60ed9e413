"""What each rule asks, met and unmet; an unmet one always says how to mend it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from features.enums import Phase
from hypotheses.enums import GuardrailStatus, Population, PullState, Verdict
from lifecycle.enums import Level
from lifecycle.gates.facts import Budget, KinFacts, LadderFacts, RemovalFacts, SpendFacts, TweaksFacts, Upkeep
from lifecycle.gates.limits import Limits
from lifecycle.gates.registry import RULES, asked, codes, refusing
from lifecycle.phases import DEFAULT_LADDER, Place
from tests.factories.gate_facts import NOW, START, evidence, facts, feed, finding, hypothesis

THINK, BUILD, SHIP, TWEAK, MAINTAIN = Phase
HARMED = (("basket-value", GuardrailStatus.HARMED),)

# the table of the design, column by column
TABLE = {
    "hypothesis_complete": "M M M M M . .",
    "finding_from_customers": "M s . . . . .",
    "mvp_stated": "M s . . . . .",
    "kin_lessons_read": "s . . . . . .",
    "metric_has_source": "s M M M M s s",
    "ladder_ready": ". M . . . . .",
    "removal_plan": ". M . . . . .",
    "minimum_run": ". . M M M . .",
    "evidence_trusted": ". s M M M s .",
    "not_harmful": "s M M M M M s",
    "validated": ". . s M M . .",
    "systems_hold": ". . M M M . .",
    "local_maximum": ". . . . . s .",
    "earns_its_keep": ". . . . . s s",
    "budget_left": "s s s s s s s",
}
LETTER = {Level.MUST: "M", Level.SHOULD: "s", None: "."}


def answer(code, given):
    return next(rule for rule in RULES if rule.code == code).ask(given)


def test_the_registry_is_the_table_of_the_design():
    assert {rule.code: " ".join(LETTER[rule.levels.get(place)] for place in Place) for rule in RULES} == TABLE
    assert codes() == set(TABLE)


@pytest.mark.parametrize(
    ("phase", "step"),
    [(THINK, None), (BUILD, None), (SHIP, 1), (SHIP, 25), (SHIP, 99), (TWEAK, None), (MAINTAIN, None)],
)
def test_a_gate_in_order_refuses_nothing(phase, step):
    found = asked(facts(phase, step))
    assert [finding.code for finding in found if not finding.met] == []
    assert all(finding.detail for finding in found)


# one fact out of order → the rule that says so
UNMET = {
    "kin_lessons_read": [{"phase": THINK, "kin": KinFacts(3, 1, "bob")}, {"phase": THINK, "kin": KinFacts(1, 1)}],
    "hypothesis_complete": [
        {"hypothesis": None},
        *({"hypothesis": hypothesis(**{part: ""})} for part in ("metric", "direction", "audience", "reason")),
        {"hypothesis": hypothesis(minimum_effect=None)},
        {"hypothesis": hypothesis(guardrails=())},
    ],
    "finding_from_customers": [{"findings": ()}, {"findings": (finding(Population.EMPLOYEES),)}],
    "mvp_stated": [{"hypothesis": None}, {"hypothesis": hypothesis(mvp="  ")}],
    "metric_has_source": [
        {"success_feeds": ()},
        {"success_feeds": (feed(last_pull=None),)},
        {"success_feeds": (feed(last_pull=PullState.FAILED, error="No such table: orders."),)},
        {"success_feeds": (feed(last_pull=PullState.DEAD),)},
        {"success_feeds": (feed(pulled=False, last_pull=None, has_results=False),)},
        {"success_feeds": (feed(), feed("saves", last_pull=None))},
    ],
    "ladder_ready": [
        {"ladder": LadderFacts((), Decimal(1))},
        {"ladder": LadderFacts(DEFAULT_LADDER, Decimal(5))},
        {"hypothesis": hypothesis(guardrails=())},
        {"hypothesis": None},
    ],
    "removal_plan": [{"removal": RemovalFacts()}, {"removal": RemovalFacts(plan="Delete it.")}],
    "minimum_run": [{"limits": Limits(minimum_run_ends=NOW + timedelta(hours=1))}],
    "evidence_trusted": [
        {"evidence": evidence(Verdict.MISSING)},
        {"evidence": evidence(Verdict.INVALID, reason="srm")},
        {"evidence": evidence(uncleared=("bundled",))},
    ],
    "not_harmful": [
        {"evidence": evidence(Verdict.HARMFUL)},
        {"evidence": evidence(Verdict.INCONCLUSIVE, guardrails=HARMED)},
        {"evidence": evidence(Verdict.INVALID, reason="stale")},
        {"evidence": evidence(Verdict.MISSING)},
    ],
    "validated": [
        *({"evidence": evidence(verdict)} for verdict in Verdict if verdict is not Verdict.VALIDATED),
        {"evidence": evidence(uncleared=("transfer",))},
    ],
    "systems_hold": [
        {"evidence": evidence(guardrails=HARMED)},
        {"guardrail_feeds": (feed("basket-value", last_pull=PullState.DEAD, error="Timeout."),)},
    ],
    "local_maximum": [{"tweaks": TweaksFacts()}, {"tweaks": TweaksFacts(told="The next one has a chance of 64 %.")}],
    "earns_its_keep": [
        {"upkeep": Upkeep()},
        {"upkeep": Upkeep(Decimal(10), Decimal(90), Decimal(100))},
        {"upkeep": Upkeep(Decimal(110), Decimal(900), Decimal(100), Decimal(120))},
    ],
    "budget_left": [
        {"budget": Budget(amount=Decimal(100)), "spent": SpendFacts(amount=Decimal(100))},
        {"budget": Budget(days=Decimal(5)), "spent": SpendFacts(days=Decimal("5.5"))},
    ],
}
CASES = [(code, changed) for code, cases in UNMET.items() for changed in cases]


def test_every_rule_has_its_unmet_case_here():
    assert set(UNMET) == codes()


@pytest.mark.parametrize(("code", "changed"), CASES, ids=[f"{code}-{at}" for at, (code, _) in enumerate(CASES)])
def test_an_unmet_rule_says_what_is_missing(code, changed):
    found = answer(code, facts(**changed))
    assert not found.met
    assert found.detail.endswith((".", ")"))
    assert len(found.detail) > 25


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"hypothesis": hypothesis(audience="", guardrails=())}, "lacks an audience and a guardrail"),
        ({"hypothesis": hypothesis(reason="")}, "lacks a reason."),
    ],
)
def test_what_a_hypothesis_lacks_is_named(changed, said):
    assert said in answer("hypothesis_complete", facts(**changed)).detail


def test_the_reason_of_a_failed_pull_is_passed_on():
    failed = feed(last_pull=PullState.FAILED, error="No such table: orders.")
    assert "No such table: orders. Mend" in answer("metric_has_source", facts(success_feeds=(failed,))).detail


def test_a_pushed_metric_counts_when_results_were_pushed():
    assert answer("metric_has_source", facts(success_feeds=(feed(pulled=False, last_pull=None),))).met


def test_the_minimum_run_tells_the_days_that_are_left():
    ends = NOW + timedelta(days=2, hours=3)
    assert "3 more days" in answer("minimum_run", facts(limits=Limits(minimum_run_ends=ends))).detail
    assert answer("minimum_run", facts(limits=Limits(minimum_run_ends=NOW))).met


def test_outside_of_ship_it_missing_evidence_shows_no_harm():
    nothing = evidence(Verdict.MISSING, as_of=None, guardrails=())
    assert answer("not_harmful", facts(BUILD, None, evidence=nothing)).met
    assert not answer("not_harmful", facts(SHIP, 1, evidence=nothing)).met


def test_invalid_evidence_never_satisfies_a_must():
    invalid = evidence(Verdict.INVALID, reason="srm")
    for phase, step in [(BUILD, None), (SHIP, 1), (SHIP, 25), (SHIP, 99), (TWEAK, None)]:
        refused = {finding.code for finding in refusing(asked(facts(phase, step, evidence=invalid)))}
        assert "not_harmful" in refused


def test_systems_that_are_not_settled_yet_are_named_but_do_not_refuse():
    waiting = evidence(guardrails=(("basket-value", GuardrailStatus.UNKNOWN),))
    found = answer("systems_hold", facts(evidence=waiting))
    assert found.met
    assert "basket-value" in found.detail


def test_a_squad_can_turn_a_should_into_a_must_but_never_the_other_way():
    open_question = facts(SHIP, 1, evidence=evidence(Verdict.INCONCLUSIVE))
    assert refusing(asked(open_question)) == ()
    stricter = replace(open_question, stricter=frozenset({"validated", "not_harmful"}))
    assert [finding.code for finding in refusing(asked(stricter))] == ["validated"]


def test_a_stricter_rule_is_not_asked_where_the_table_does_not_ask_it():
    assert "validated" not in {f.code for f in asked(facts(THINK, None, stricter=frozenset({"validated"})))}


def test_musts_come_first():
    levels = [finding.level for finding in asked(facts(BUILD, None))]
    assert levels == sorted(levels, key=lambda level: level is not Level.MUST)


def test_facts_start_where_the_stint_does():
    assert facts().started_at == START
