"""Small lives whose figures can be added up by hand."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from features.actions.investment import InvestmentRow, record_investments
from features.actions.returns import ReturnRow, record_returns
from features.models import Feature, Squad, Stint
from lifecycle.models import Decision, Gate
from tests.factories.rows import saved

D = Decimal
TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 12, tzinfo=timezone.get_default_timezone())


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=timezone.get_default_timezone())


@dataclass
class Book:
    """Writes lives in a line: `think_it 3 Aug, build_it 17 Aug, …`; and what they cost."""

    squad: Squad

    def life(self, key: str, *stays: tuple[str, date], released=None, killed=None, status="active", **fields):
        """Stays by phase and first day; each ends where the next begins, the last one with a kill."""
        ended = killed if status in {"ended", "landed"} else None
        phase = stays[-1][0]
        given = {"squad": self.squad, "name": key.replace("-", " ").capitalize(), "created_at": noon(stays[0][1])}
        made = {"released_on": released, "ended_on": ended, "status": status, "phase": phase, **given, **fields}
        feature = saved(Feature, key=key, **made)
        for number, (phase, began) in enumerate(stays, start=1):
            over = stays[number][1] if number < len(stays) else killed
            ends = noon(over) if over else None
            stint = saved(Stint, feature=feature, number=number, phase=phase, started_at=noon(began), ended_at=ends)
            if over and number == len(stays) and status in {"ended", "removing"}:
                gate = saved(
                    Gate, feature=feature, stint=stint, state="decided", opened_at=noon(began), decided_at=ends
                )
                saved(Decision, gate=gate, feature=feature, outcome="kill", phase=phase, at=ends)
        return feature

    def spend(self, feature, on: date, amount=None, *, days=None, category="people") -> None:
        row = InvestmentRow(
            feature=feature.key, on=on, category=category, amount=D(amount) if amount is not None else None,
            person_days=D(days) if days is not None else None,
        )  # fmt: skip
        record_investments(entries=[row], by=None, now=NOW)

    def earn(self, feature, on: date, amount) -> None:
        record_returns(entries=[ReturnRow(feature=feature.key, on=on, amount=D(amount))], by=None, now=NOW)

    def released(self, key: str, *, build, ship, **fields):
        """Built in March, shipped in April, with everybody from 1 May 2026 on."""
        stays = ("build_it", date(2026, 3, 2)), ("ship_it", date(2026, 4, 1)), ("tweak_it", date(2026, 5, 1))
        made = self.life(key, *stays, released=date(2026, 5, 1), **fields)
        self.spend(made, date(2026, 3, 10), build)
        self.spend(made, date(2026, 4, 10), ship)
        return made


@pytest.fixture
def book(squad) -> Book:
    return Book(squad)


@pytest.fixture
def days_after():
    return lambda day, count: day + timedelta(days=count)
