"""Reviews of the past against what was removed after them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from features.actions.investment import InvestmentRow, record_investments
from features.actions.returns import ReturnRow, record_returns
from features.models import Feature, Stint
from lifecycle.queries.past_reviews import hindsight
from tests.factories.rows import saved

pytestmark = pytest.mark.django_db
BORN = datetime(2024, 1, 5, tzinfo=UTC)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = date(2024, 12, 31)


def shipped(squad, key, *, ended=None, days=0, cost=None, worth=None):
    status = "ended" if ended else "active"
    feature = saved(
        Feature, key=key, squad=squad, phase="maintain_it", status=status, released_on=date(2024, 1, 5), ended_on=ended,
        created_at=BORN,
    )  # fmt: skip
    saved(Stint, feature=feature, number=1, phase="maintain_it", started_at=BORN)
    if days or cost:
        row = InvestmentRow(
            feature=key, on=date(2024, 6, 1), category="people", person_days=Decimal(days) if days else None,
            amount=Decimal(cost) if cost else None,
        )  # fmt: skip
        record_investments(entries=[row], by=None, now=NOW)
    if worth:
        entry = ReturnRow(feature=key, on=date(2024, 6, 1), amount=Decimal(worth))
        record_returns(entries=[entry], by=None, now=NOW)


def test_what_went_is_counted_by_what_would_have_been_recommended(squad):
    shipped(squad, "mood-lights", ended=date(2025, 3, 1), cost=900, worth=10)
    shipped(squad, "reorder", cost=100, worth=5_000)
    shipped(squad, "sounds", ended=date(2026, 2, 1), days=3)  # more than a year later
    shipped(squad, "gone-before", ended=date(2024, 12, 30), days=3)
    found = hindsight([DAY])
    assert (found.reviews, found.items, found.removed) == (1, 3, 1)
    assert found.recommended == {"kill": (1, 0), "advance": (0, 1), "iterate": (0, 1)}
    assert found.by_upkeep == 1.0


def test_what_nobody_wrote_down_foretells_nothing(squad):
    shipped(squad, "mood-lights", ended=date(2025, 3, 1))
    shipped(squad, "reorder")
    found = hindsight([DAY])
    assert found.silent == (1, 1)
    assert found.by_upkeep == 0.5


def test_an_empty_past_and_wrong_years(squad):
    told = StringIO()
    call_command("replay_reviews", "--since", "2001", "--until", "2002", stdout=told)
    assert "0 reviews" in told.getvalue()
    assert "no such pair" in told.getvalue()
    with pytest.raises(CommandError, match="Name years"):
        call_command("replay_reviews", "--since", "2002", "--until", "2001")
