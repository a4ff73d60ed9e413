"""Which stretches of constant exposure a life goes through, read off its decisions: what the warehouse will see."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from features.enums import Phase
from lifecycle.demo.calendar import Calendar
from lifecycle.demo.script import STEPS, Decided, Experiment, Laddered, Life, Lowered, WhenDue
from lifecycle.phases import Fate, Step, move_of, rung_after


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stage of a trial as the warehouse sees it: from, to (None: still running), percent, what happens there."""

    opened: datetime
    shut: datetime | None
    percent: int
    effect: float
    moves: Mapping[str, float]


HELD_BACK: Final = timedelta(weeks=8)
"""How long the holdback is measured against everybody else."""
RELEASED: Final = 99


@dataclass(slots=True)
class _Place:
    """Where a life stands while it is read."""

    phase: Phase
    step: Decimal | None
    percent: int
    effect: float
    moves: Mapping[str, float]


def stretches(life: Life, calendar: Calendar) -> list[Stretch]:
    """The stages of a life's trial, oldest first: from its first customer to its end, that of its holdback, or now."""
    if life.experiment is None:
        return []
    place = _Place(Phase.THINK_IT, None, 0, life.experiment.effect, life.experiment.moves)
    ladder = [Decimal(step) for step in STEPS]
    found: list[Stretch] = []
    for order, act in enumerate(life.acts, start=1):
        if isinstance(act, Laddered):
            ladder = [Decimal(percent) for percent, *_ in act.steps]
        elif isinstance(act, Lowered):
            place.percent = act.percent
            _turn(found, place, calendar.moment(act.at, life, order=order))
        elif isinstance(act, Decided):
            goes_on = _move(place, act, ladder, tweak=bool(life.parent))
            moment = calendar.moment(act.at, life, order=order)
            _turn(found, place, moment)
            if not goes_on:
                found.extend(_held_back(place, moment, calendar))
                break
        elif isinstance(act, WhenDue):
            break
    return _until(found, life.experiment, life, calendar)


def _move(place: _Place, act: Decided, ladder: list[Decimal], *, tweak: bool) -> bool:
    """Go where the answer leads; False when the trial is over by that."""
    last = place.step is not None and rung_after(ladder, place.step) is None
    move = move_of(phase=place.phase, outcome=act.outcome, last_step=last, tweak=tweak)
    was_shipping = place.phase is Phase.SHIP_IT
    place.phase = move.to
    place.effect = place.effect if act.effect is None else act.effect
    place.moves = place.moves if act.moves is None else act.moves
    if move.fate is not Fate.ACTIVE or move.to is not Phase.SHIP_IT:
        place.percent = 0
        return not was_shipping and move.fate is Fate.ACTIVE
    if move.step is not Step.SAME:
        place.step = rung_after(ladder, None if move.step is Step.FIRST else place.step)
    place.percent = int(place.step or 0)
    return True


def _held_back(place: _Place, released: datetime, calendar: Calendar) -> list[Stretch]:
    """After a release to all: the holdback stays without it for some weeks. Nothing where it never was released."""
    if place.phase is not Phase.TWEAK_IT:
        return []
    ends = released + HELD_BACK
    return [Stretch(released, ends if ends < calendar.made else None, RELEASED, place.effect, place.moves)]


def _turn(found: list[Stretch], place: _Place, moment: datetime) -> None:
    """Close the running stretch; open the next one while anybody is exposed."""
    if found and found[-1].shut is None:
        before = found.pop()
        found.append(Stretch(before.opened, moment, before.percent, before.effect, before.moves))
    if place.percent:
        found.append(Stretch(moment, None, place.percent, place.effect, place.moves))


def _until(found: list[Stretch], experiment: Experiment, life: Life, calendar: Calendar) -> list[Stretch]:
    """The same, with the last stretch ended where the warehouse's data stop coming."""
    if experiment.ends is None or not found or found[-1].shut is not None:
        return found
    last = found[-1]
    return [
        *found[:-1],
        Stretch(last.opened, calendar.moment(experiment.ends, life), last.percent, last.effect, last.moves),
    ]
