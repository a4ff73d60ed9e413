"""The phase table says what law 5 says, and nothing else."""

from datetime import date
from decimal import Decimal
from itertools import product

import pytest

from features.enums import Phase, Status
from lifecycle.enums import Outcome
from lifecycle.phases import (
    DEFAULT_LADDER,
    TABLE,
    Exposure,
    Fate,
    Iteration,
    NoSuchMoveError,
    Place,
    Rung,
    Step,
    Tweak,
    When,
    move_of,
    next_quarter_end,
    place_of,
    rung_after,
    status_after,
    time_box_days,
)

THINK, BUILD, SHIP, TWEAK, MAINTAIN = Phase
ITERATE, KILL, ADVANCE = "iterate", "kill", "advance"

# law 5, row by row: where it leads, what becomes of the feature, which step, whether the iteration counts on
LAW = {
    (THINK, ITERATE): (THINK, Fate.ACTIVE, Step.NONE, Iteration.NEXT),
    (THINK, KILL): (THINK, Fate.ENDED, Step.NONE, Iteration.FIRST),
    (THINK, ADVANCE): (BUILD, Fate.ACTIVE, Step.NONE, Iteration.FIRST),
    (BUILD, ITERATE): (BUILD, Fate.ACTIVE, Step.NONE, Iteration.NEXT),
    (BUILD, KILL): (BUILD, Fate.REMOVING_IF_EXPOSED, Step.NONE, Iteration.FIRST),
    (BUILD, ADVANCE): (SHIP, Fate.ACTIVE, Step.FIRST, Iteration.FIRST),
    (SHIP, ITERATE): (SHIP, Fate.ACTIVE, Step.SAME, Iteration.NEXT),
    (SHIP, KILL): (SHIP, Fate.REMOVING, Step.NONE, Iteration.FIRST),
    (SHIP, ADVANCE): (SHIP, Fate.ACTIVE, Step.NEXT, Iteration.FIRST),
    (TWEAK, ITERATE): (TWEAK, Fate.ACTIVE, Step.NONE, Iteration.NEXT),
    (TWEAK, KILL): (TWEAK, Fate.REMOVING, Step.NONE, Iteration.FIRST),
    (TWEAK, ADVANCE): (MAINTAIN, Fate.ACTIVE, Step.NONE, Iteration.FIRST),
    (MAINTAIN, ITERATE): (TWEAK, Fate.ACTIVE, Step.NONE, Iteration.FIRST),
    (MAINTAIN, KILL): (MAINTAIN, Fate.REMOVING, Step.NONE, Iteration.FIRST),
    (MAINTAIN, ADVANCE): (MAINTAIN, Fate.ACTIVE, Step.NONE, Iteration.FIRST),
}


@pytest.mark.parametrize(("phase", "outcome"), list(product(Phase, Outcome)))
def test_each_answer_in_each_phase_leads_where_the_law_says(phase, outcome):
    move = move_of(phase=phase, outcome=outcome)
    assert (move.to, move.fate, move.step, move.iteration) == LAW[phase, outcome]


def test_the_last_step_releases_a_feature_and_lands_a_tweak():
    released = move_of(phase=SHIP, outcome=Outcome.ADVANCE, last_step=True)
    landed = move_of(phase=SHIP, outcome=Outcome.ADVANCE, last_step=True, tweak=True)
    assert (released.to, released.fate, released.exposure) == (TWEAK, Fate.ACTIVE, Exposure.RELEASED)
    assert (landed.fate, landed.exposure) == (Fate.LANDED, Exposure.RELEASED)
    assert released.freezes
    assert landed.freezes


@pytest.mark.parametrize(("phase", "outcome"), list(product((TWEAK, MAINTAIN), Outcome)))
def test_what_is_not_in_the_table_is_refused(phase, outcome):
    with pytest.raises(NoSuchMoveError):
        move_of(phase=phase, outcome=outcome, tweak=True)


def test_no_row_is_there_twice_and_only_ship_it_has_special_ones():
    keys = [(move.at, move.outcome, move.when) for move in TABLE]
    assert len(keys) == len(set(keys)) == 17
    assert {move.at for move in TABLE if move.when is not When.ALWAYS} == {SHIP}


def test_phases_are_never_skipped():
    order = list(Phase)
    for move in TABLE:
        assert order.index(move.to) - order.index(move.at) in {0, 1} or (move.at, move.to) == (MAINTAIN, TWEAK)


def test_only_an_advance_raises_the_ceiling_and_every_kill_takes_it_to_zero():
    for move in TABLE:
        if move.exposure in {Exposure.RAISED_TO_STEP, Exposure.RELEASED}:
            assert move.outcome is Outcome.ADVANCE
        assert (move.exposure is Exposure.ZERO) == (move.outcome is Outcome.KILL)


def test_every_iterate_needs_questions_and_only_tweak_it_needs_a_tweak():
    assert all(move.needs_questions == (move.outcome is Outcome.ITERATE) for move in TABLE)
    assert [(move.at, move.outcome) for move in TABLE if move.tweak is Tweak.MUST] == [(TWEAK, Outcome.ITERATE)]


def test_a_kill_in_build_it_is_work_only_when_somebody_had_it():
    kill = move_of(phase=BUILD, outcome=Outcome.KILL)
    assert status_after(kill, exposed=False) is Status.ENDED
    assert status_after(kill, exposed=True) is Status.REMOVING


@pytest.mark.parametrize(
    ("percent", "last", "place"),
    [(1, False, Place.EARLY_STEP), (10, False, Place.EARLY_STEP), (25, False, Place.PROVING_STEP),
     (50, False, Place.PROVING_STEP), (99, True, Place.LAST_STEP), (5, True, Place.LAST_STEP)],
)  # fmt: skip
def test_steps_ask_for_safety_first_and_for_proof_from_25_percent(percent, last, place):
    assert place_of(phase=SHIP, step_percent=Decimal(percent), last_step=last) is place


def test_the_default_ladder_leaves_one_percent_out():
    assert [float(rung.percent) for rung in DEFAULT_LADDER] == [1, 5, 10, 25, 50, 99]
    assert all((rung.full_course_days or 0) >= rung.minimum_days > 0 for rung in DEFAULT_LADDER)


def test_the_ladder_is_climbed_one_step_at_a_time():
    percents = [rung.percent for rung in DEFAULT_LADDER]
    assert rung_after(percents, None) == 1
    assert rung_after(percents, Decimal(10)) == 25
    assert rung_after(percents, Decimal(99)) is None


@pytest.mark.parametrize(
    ("day", "end"),
    [
        ("2026-11-20", "2027-03-31"),
        ("2026-12-31", "2027-03-31"),
        ("2027-01-01", "2027-06-30"),
        ("2026-05-05", "2026-09-30"),
    ],
)
def test_a_feature_is_kept_until_the_end_of_the_next_quarter(day, end):
    assert next_quarter_end(date.fromisoformat(day)) == date.fromisoformat(end)


def test_a_step_takes_its_full_course_unless_somebody_says_otherwise():
    assert time_box_days(phase=SHIP, today=date(2026, 3, 2), rung=Rung(Decimal(25), "", 7, 28)) == 28
    assert time_box_days(phase=SHIP, today=date(2026, 3, 2), rung=Rung(Decimal(25), "", 10, None)) == 20
    assert time_box_days(phase=THINK, today=date(2026, 3, 2)) == 14
    assert time_box_days(phase=MAINTAIN, today=date(2026, 3, 2)) == 120
