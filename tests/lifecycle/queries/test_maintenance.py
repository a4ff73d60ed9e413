"""What keeping shipped features costs: what is known, what nobody has said, and what that may have been."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from features.actions.investment import InvestmentRow, record_investments
from features.enums import Category
from features.models import Feature, Stint
from lifecycle.queries.maintenance import four_quarters, maintenance_of
from lifecycle.queries.maintenance_table import maintenance_table
from lifecycle.queries.portfolio.scope import Period
from tests.factories.rows import saved

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 1, 20, 9, tzinfo=UTC)
TODAY = NOW.date()
D = Decimal


def feature(squad, key, *, released=date(2026, 1, 1), stints=(("maintain_it", 1),), **fields):
    """A released feature; each stint is (phase, the month of 2026 it begins in)."""
    made = saved(Feature, key=key, squad=squad, released_on=released, **fields)
    starts = [datetime(2026, month, 1, tzinfo=UTC) for _, month in stints]
    for number, ((phase, _), start, end) in enumerate(zip(stints, starts, [*starts[1:], None], strict=True), 1):
        saved(Stint, feature=made, number=number, phase=phase, started_at=start, ended_at=end)
    return made


def spent(feature, *amounts, day=10, **fields):
    """Amounts of the months of 2026 from January on; None is a month without an entry."""
    rows = [
        InvestmentRow(
            feature=feature.key, on=date(2026, month, day), category=Category.PEOPLE, amount=D(amount), **fields
        )
        for month, amount in enumerate(amounts, 1)
        if amount is not None
    ]
    record_investments(entries=rows, by=None, now=NOW)


def of(*features):
    found = maintenance_of(features=[one.pk for one in features], until=TODAY)
    return [found[one.pk] for one in features]


def test_the_four_whole_quarters_before_a_day():
    assert four_quarters(TODAY) == Period(date(2026, 1, 1), date(2026, 12, 31))
    assert four_quarters(date(2026, 12, 31)) == Period(date(2025, 10, 1), date(2026, 9, 30))


def test_a_month_that_nobody_accounts_for_is_unknown_and_estimated_beside_what_is_known(squad):
    one = feature(squad, "one")
    spent(one, 100, 300, None, 200, *[200] * 7, None)
    (found,) = of(one)
    assert found.known.money == 2_000
    assert (found.months_known, found.unknown) == (10, (date(2026, 3, 1), date(2026, 12, 1)))
    assert (found.estimate.money, found.basis, found.with_estimate.money) == (400, "own", 2_400)


def test_an_entry_of_nothing_is_an_answer(squad):
    one = feature(squad, "one", released=date(2026, 11, 1), stints=(("maintain_it", 11),))
    spent(one, *[None] * 10, 0, None)
    (found,) = of(one)
    assert (found.known.money, found.unknown) == (0, (date(2026, 12, 1),))


def test_too_few_months_of_its_own_are_estimated_from_the_squads_other_features(squad, other_squad):
    silent, peer, foreign = feature(squad, "silent"), feature(squad, "peer"), feature(other_squad, "foreign")
    spent(peer, *[50] * 12)
    spent(foreign, *[9_000] * 12)
    (found,) = of(silent)
    assert (found.known.entries, found.months_unknown, found.basis) == (0, 12, "squad")
    assert found.estimate.money == 600


def test_with_nothing_to_go_by_it_is_unknown_and_nothing_else(squad):
    (found,) = of(feature(squad, "alone"))
    assert (found.months_unknown, found.basis) == (12, "")
    assert found.as_json()["estimate"] is None


def test_what_was_spent_before_the_release_is_no_maintenance_and_its_months_do_not_count(squad):
    made = feature(
        squad, "made", released=date(2026, 6, 15), stints=(("ship_it", 1), ("tweak_it", 6), ("maintain_it", 9))
    )
    spent(made, *[1_000] * 5, 70, 60, 60, 60, 60, 60, 60, day=20)
    (found,) = of(made)
    assert found.known.money == 70 + 6 * 60, "what was spent in June in Tweak It is known"
    assert found.months[0] == date(2026, 7, 1), "June had not begun after the release"
    assert not found.unknown


def test_tweaks_roll_up_into_their_parent_and_are_told_apart(squad):
    parent = feature(squad, "parent", stints=(("tweak_it", 1),))
    tweak = feature(squad, "tweak", released=None, stints=(("build_it", 2),), parent=parent)
    spent(parent, 10, 10)
    spent(tweak, None, 500)
    (found,) = of(parent)
    assert (found.known.money, found.tweaks.money) == (520, 500)


def test_taking_it_out_after_its_release_is_maintenance_until_it_has_ended(squad):
    gone = saved(
        Feature, key="gone", squad=squad, released_on=date(2026, 1, 1), status="ended", ended_on=date(2026, 4, 20)
    )
    spent(gone, 10, None, 90)
    (found,) = of(gone)
    assert (found.known.money, found.months[-1], found.unknown) == (100, date(2026, 3, 1), (date(2026, 2, 1),))


def test_whether_it_grows_is_told_over_the_gaps(squad):
    steady, growing = feature(squad, "steady"), feature(squad, "growing")
    spent(steady, *[100, 101] * 6)
    spent(growing, *[100 * month if month != 5 else None for month in range(1, 13)])
    first, second = of(steady, growing)
    assert (first.drift.clear, second.drift.clear) == (False, True)
    assert second.drift.slope == pytest.approx(100)


def test_days_without_a_rate_stay_days(squad):
    one = feature(squad, "one")
    rows = [
        InvestmentRow(feature="one", on=date(2026, month, 3), category=Category.PEOPLE, person_days=D(2))
        for month in range(1, 12)
    ]
    record_investments(entries=rows, by=None, now=NOW)
    (found,) = of(one)
    assert (found.unit, found.known.money, found.known.days, found.estimate.days) == ("days", 0, 22, 2)


def test_three_queries_however_many_features_there_are(squad, other_squad):
    made = [feature(squad if number % 2 else other_squad, f"f{number}") for number in range(12)]
    for one in made:
        spent(one, 1, None, 3)
    for some in (made[:1], made):
        with CaptureQueriesContext(connection) as queries:
            maintenance_of(features=[one.pk for one in some], until=TODAY)
        assert len(queries) == 3


def test_the_table_of_a_feature_by_month_and_kind(squad):
    one = feature(squad, "one", stints=(("tweak_it", 1),))
    tweak = feature(squad, "tweak", released=None, stints=(("think_it", 1),), parent=one)
    spent(one, 100, None, 50, upkeep="bugs")
    spent(one, None, None, 7, upkeep="slowdown", day=11)
    spent(one, 3, day=12)
    spent(tweak, 20, upkeep="bugs")
    bill = InvestmentRow(feature="one", on=date(2026, 3, 1), category=Category.INFRASTRUCTURE, amount=D(5))
    record_investments(entries=[bill], by=None, now=NOW)
    table = maintenance_table(feature=one, until=TODAY)
    assert table.kinds == ("bugs", "infrastructure", "slowdown", "tweaks", "")
    told = {row.start.month: [amount and int(amount.money) for amount in row.amounts] for row in table.months}
    assert told[1] == [100, None, None, 20, 3]
    assert told[3] == [50, 5, 7, None, None]
    assert [row.start.month for row in table.months if row.unknown] == [2, *range(4, 13)]
    assert [int(amount.money) for amount in table.totals] == [150, 5, 7, 20, 3]
    assert table.maintenance.known.money == 185


def test_over_rest_unknown_months_are_said_and_have_no_amount(api, alice, squad):
    one = feature(squad, "one")
    body = api(alice).get(f"/api/v1/features/{one.key}/upkeep/").json()
    assert body["months_unknown"] == len(body["unknown_months"]) == len(body["months"]) > 0
    assert all(month["total"] is None and not month["known"] for month in body["months"])
    assert body["estimate"] is None
