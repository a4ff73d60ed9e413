"""Upkeep and use on the page of a shipped feature."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from features.actions.investment import InvestmentRow, record_investments
from features.actions.signalling import SignalRow, record_signals
from features.calendar import start_of
from features.enums import Category, SignalKind
from features.models import Feature
from hypotheses.actions.using import PREFIX, land_use, name_use
from hypotheses.enums import UseKind
from hypotheses.sources.base import Row
from lifecycle.queries.portfolio.scope import months_after
from tests.factories.beliefs import metric_called
from tests.factories.lives import thinking

pytestmark = pytest.mark.django_db


@pytest.fixture
def shipped(squad, alice):
    """Released three whole months ago."""
    life = thinking(squad, alice, name="One-tap reorder")
    month = start_of(timezone.localdate(), "month")
    Feature.objects.filter(pk=life.feature.pk).update(released_on=months_after(month, -3))
    life.stint.feature.stints.update(phase="maintain_it", started_at=timezone.now() - timedelta(days=400))
    return Feature.objects.get(pk=life.feature.pk)


def page(at, alice, feature):
    return at(alice).get(f"/features/{feature.key}/").content.decode()


def test_unknown_months_are_said_and_estimated_apart(at, alice, shipped):
    month = start_of(timezone.localdate(), "month")
    row = InvestmentRow(
        feature=shipped.key, on=months_after(month, -2), category=Category.PEOPLE, amount=Decimal(1200), upkeep="bugs"
    )
    record_investments(entries=[row], by=None, now=timezone.now())
    shown = page(at, alice, shipped)
    assert shown.count(">unknown</td>") == 2
    assert "2 months of 3 nobody has accounted for" in shown
    assert "Bugs" in shown
    assert "Estimate of the unknown" in shown


def test_no_data_is_told_as_such_and_no_use_too(at, alice, shipped, now):
    assert "No data on use" in page(at, alice, shipped)
    metric = metric_called("reach")
    name_use(feature=shipped, metrics={UseKind.ADOPTION: metric}, since=None, by=None, now=now)
    row = Row(trial=f"{PREFIX}{shipped.key}", arm="all", metric="reach", as_of=now, n=10, mean=0.0)
    land_use(rows=[row], now=now)
    shown = page(at, alice, shipped)
    assert "No use: it was measured" in shown
    assert "No data on use" not in shown


def test_signals_stand_with_the_day_they_were_counted_on(at, alice, shipped, now):
    row = SignalRow(feature=shipped.key, kind=SignalKind.OPEN_BUGS, on=timezone.localdate(now), value=41)
    record_signals(rows=[row], by=None, now=now)
    shown = page(at, alice, shipped)
    assert "Open bugs" in shown
    assert ">41<" in shown


def test_a_feature_that_is_not_out_has_no_such_card(at, alice, idea):
    assert "Upkeep and use" not in page(at, alice, idea.feature)
