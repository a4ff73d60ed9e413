"""Why a gate is due: each cause by itself, and what does not ring."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from features.enums import Phase
from hypotheses.enums import GuardrailStatus, Verdict
from lifecycle.enums import Cause, GateState
from lifecycle.gates.causes import causes, no_longer
from lifecycle.gates.facts import Budget, SpendFacts
from lifecycle.gates.limits import Limits, limits_of
from lifecycle.phases import Rung
from tests.factories.gate_facts import NOW, START, evidence, facts

QUIET = evidence(Verdict.INCONCLUSIVE)
HOUR = timedelta(hours=1)


def found(phase=Phase.SHIP_IT, step=25, **changed):
    return [(cause.cause, cause.key) for cause in causes(facts(phase, step, **{"evidence": QUIET, **changed}))]


def test_a_quiet_gate_is_not_due():
    assert found() == []


@pytest.mark.parametrize(
    ("limit", "cause"),
    [
        ("time_box_ends", Cause.TIME_BOX),
        ("full_course_ends", Cause.STEP_COMPLETE),
        ("holdback_ends", Cause.HOLDBACK_ENDS),
    ],
)
def test_a_limit_rings_at_its_own_time_and_not_before(limit, cause):
    assert found(limits=Limits(**{limit: NOW + HOUR})) == []
    (rung,) = causes(facts(evidence=QUIET, limits=Limits(**{limit: NOW - HOUR})))
    assert (rung.cause, rung.at) == (cause, NOW - HOUR)


@pytest.mark.parametrize(
    ("budget", "spent", "rings"),
    [
        (Budget(amount=Decimal(100)), SpendFacts(amount=Decimal("99.99")), False),
        (Budget(amount=Decimal(100)), SpendFacts(amount=Decimal(100)), True),
        (Budget(amount=Decimal(100)), SpendFacts(days=Decimal(500)), False),
        (Budget(days=Decimal(10)), SpendFacts(days=Decimal("10.5")), True),
        (Budget(days=Decimal(10)), SpendFacts(amount=Decimal(10_000)), False),
        (Budget(), SpendFacts(amount=Decimal(10_000)), False),
    ],
)
def test_a_budget_rings_when_it_is_spent_in_its_own_unit(budget, spent, rings):
    assert found(budget=budget, spent=spent) == ([(Cause.BUDGET, "")] if rings else [])


@pytest.mark.parametrize("verdict", [Verdict.VALIDATED, Verdict.REFUTED])
def test_a_verdict_rings_after_the_minimum_run(verdict):
    decisive = evidence(verdict)
    assert found(evidence=decisive, limits=Limits(minimum_run_ends=NOW + HOUR)) == []
    assert found(evidence=decisive, limits=Limits(minimum_run_ends=NOW)) == [(Cause.EVIDENCE, verdict)]


def test_harm_rings_at_once():
    too_early = Limits(minimum_run_ends=NOW + HOUR)
    assert found(evidence=evidence(Verdict.HARMFUL), limits=too_early) == [(Cause.EVIDENCE, "harmful")]
    broken = evidence(Verdict.INCONCLUSIVE, guardrails=(("basket-value", GuardrailStatus.HARMED),))
    assert found(evidence=broken, limits=too_early) == [(Cause.EVIDENCE, "harmful")]


def test_a_guardrail_is_not_read_where_the_evidence_cannot_be_trusted():
    for distrusted in (Verdict.INVALID, Verdict.MISSING):
        assert found(evidence=evidence(distrusted, guardrails=(("basket-value", GuardrailStatus.HARMED),))) == []


def test_the_treatment_is_named_where_there_are_several():
    (harm,) = causes(facts(evidence=evidence(Verdict.HARMFUL, arm="b")))
    assert harm.detail == "The evidence of b is harmful."


@pytest.mark.parametrize("verdict", [Verdict.INCONCLUSIVE, Verdict.INVALID, Verdict.MISSING])
def test_what_decides_nothing_does_not_ring(verdict):
    assert found(evidence=evidence(verdict)) == []


@pytest.mark.parametrize("verdict", [Verdict.HARMFUL, Verdict.VALIDATED, Verdict.REFUTED])
def test_old_news_does_not_ring_again(verdict):
    assert found(evidence=evidence(verdict, as_of=START)) == []
    assert found(evidence=evidence(verdict, as_of=None)) == []
    assert found(evidence=evidence(verdict, as_of=START + HOUR)) != []


@pytest.mark.parametrize("phase", [Phase.TWEAK_IT, Phase.MAINTAIN_IT])
def test_after_release_only_what_turned_bad_rings(phase):
    assert found(phase, None, evidence=evidence(Verdict.VALIDATED)) == []
    assert found(phase, None, evidence=evidence(Verdict.REFUTED)) == [(Cause.EVIDENCE, "refuted")]


def test_all_causes_are_kept_the_earliest_first():
    limits = Limits(time_box_ends=NOW - HOUR, full_course_ends=NOW - 2 * HOUR)
    assert found(limits=limits, evidence=evidence(), budget=Budget(days=Decimal(0))) == [
        (Cause.STEP_COMPLETE, ""),
        (Cause.TIME_BOX, ""),
        (Cause.BUDGET, ""),
        (Cause.EVIDENCE, "validated"),
    ]


@pytest.mark.parametrize(
    ("changed", "cause", "key", "sentence"),
    [
        ({"budget": Budget(amount=Decimal(100)), "spent": SpendFacts(amount=Decimal(10))}, "budget", "",
         "No longer so: 10.00 EUR are spent."),
        ({"budget": Budget(days=Decimal(5)), "spent": SpendFacts(days=Decimal("2.5"))}, "budget", "",
         "No longer so: 2.5 person-days are spent."),
        ({"budget": Budget(amount=Decimal(100)), "spent": SpendFacts(amount=Decimal(100))}, "budget", "", ""),
        ({"evidence": evidence(Verdict.INCONCLUSIVE)}, "evidence", "harmful",
         "No longer so: the evidence is inconclusive now."),
        ({"evidence": evidence(Verdict.HARMFUL)}, "evidence", "harmful", ""),
        ({}, "time_box", "", "No longer so."),
        ({}, "called", "", ""),
        ({}, "tweak_ended", "7", ""),
        ({}, "review", "2026-Q1", ""),
    ],
)  # fmt: skip
def test_a_cause_that_was_corrected_is_said_to_hold_no_longer(changed, cause, key, sentence):
    assert no_longer(facts(**changed), cause=cause, key=key) == sentence


def test_a_cause_does_not_depend_on_the_gate_being_open():
    assert found(state=GateState.OPEN, evidence=evidence()) == found(state=GateState.DUE, evidence=evidence())


class TestLimits:
    @staticmethod
    def midnight(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("Europe/Stockholm"))

    def test_days_count_from_the_start_of_the_stint(self):
        limits = limits_of(
            started_at=START, time_box_days=14, rung=Rung(Decimal(25), "", 7, 28), midnight=self.midnight
        )
        assert limits.time_box_ends == START + timedelta(days=14)
        assert limits.minimum_run_ends == START + timedelta(days=7)
        assert limits.full_course_ends == START + timedelta(days=28)
        assert limits.due_latest == START + timedelta(days=14)
        assert limits.next_after(START) == START + timedelta(days=7)
        assert limits.next_after(START + timedelta(days=7)) == START + timedelta(days=14)
        assert limits.next_after(START + timedelta(days=28)) is None

    def test_a_holdback_ends_at_the_start_of_its_local_day_also_across_the_change_of_clocks(self):
        limits = limits_of(
            started_at=START, time_box_days=None, holdback_ends_on=date(2026, 3, 30), midnight=self.midnight
        )
        assert limits.holdback_ends.isoformat() == "2026-03-30T00:00:00+02:00"
        assert limits.due_latest == limits.holdback_ends

    def test_a_holdback_that_should_be_closed_already_rings_at_the_start(self):
        late = limits_of(
            started_at=START, time_box_days=None, holdback_ends_on=date(2026, 1, 1), midnight=self.midnight
        )
        assert late.holdback_ends == START

    def test_without_limits_nothing_is_forecast(self):
        limits = limits_of(started_at=START, time_box_days=None, midnight=self.midnight)
        assert limits == Limits()
        assert limits.due_latest is None
