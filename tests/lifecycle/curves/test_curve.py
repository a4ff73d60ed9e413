"""The arithmetic of the investment curve."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from features.calendar import start_of, starts_between
from lifecycle.curves.curve import Life, draw
from lifecycle.curves.ledger import Earning, Spend, by_day
from lifecycle.curves.marks import Band
from lifecycle.curves.upkeep import unknown_months

MONDAY = date(2026, 3, 2)


def day(n: int) -> date:
    return MONDAY + timedelta(days=n)


def spend(n: int, amount: str, **more) -> Spend:
    return Spend(day(n), Decimal(amount), **more)


def earned(n: int, amount: str) -> Earning:
    return Earning(day(n), Decimal(amount))


def told(*, spends=(), earnings=(), **fields) -> Life:
    return Life(days=by_day(spends, earnings), **fields)


def life(**fields) -> Life:
    return told(**{"as_of": day(27), **fields})


def test_weeks_start_on_mondays_and_none_is_left_out():
    curve = draw(life(spends=[spend(6, "10.00"), spend(7, "5.50"), spend(22, "1.00")]))
    assert [(p.start, p.invested, p.invested_total) for p in curve.points] == [
        (day(0), Decimal("10.00"), Decimal("10.00")),
        (day(7), Decimal("5.50"), Decimal("15.50")),
        (day(14), Decimal("0.00"), Decimal("15.50")),
        (day(21), Decimal("1.00"), Decimal("16.50")),
    ]


def test_months_start_on_the_first_and_cross_the_year():
    curve = draw(told(as_of=date(2027, 1, 5), spends=[Spend(date(2026, 11, 30), Decimal(3))]), interval="month")
    assert [p.start for p in curve.points] == [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)]


def test_an_empty_life_has_no_points_and_a_stint_alone_has_weeks_without_cost():
    assert draw(life()).points == ()
    assert [p.invested for p in draw(life(bands=(Band("think_it", 1, day(14)),))).points] == [Decimal("0.00")] * 2


def test_nothing_is_earned_before_release():
    story = {"spends": [spend(0, "100")], "earnings": [earned(3, "40"), earned(10, "70")]}
    before = draw(life(**story))
    assert (before.returned_total, before.priced, before.early_returns) == (None, False, Decimal("110.00"))
    after = draw(life(**story, released_on=day(10)))
    assert (after.returned_total, after.first_return_on, after.early_returns) == (Decimal(70), day(10), Decimal(40))
    assert [p.returned_total for p in after.points] == [Decimal(0), Decimal(70), Decimal(70), Decimal(70)]


def test_the_shaded_area_is_all_investment_up_to_release_or_so_far():
    spends = [spend(0, "100"), spend(10, "20"), spend(11, "3")]
    assert draw(life(spends=spends, released_on=day(10))).shaded_area == Decimal("120.00")
    assert draw(life(spends=spends)).shaded_area == Decimal("123.00")


def test_break_even_is_the_first_day_after_being_below():
    story = life(
        spends=[spend(0, "100"), spend(20, "50")],
        earnings=[earned(10, "60"), earned(15, "40"), earned(18, "1")],
        released_on=day(9),
    )
    curve = draw(story)
    assert (curve.break_even_on, curve.return_factor) == (day(15), Decimal("0.6733"))


def test_without_money_on_both_sides_there_is_no_break_even():
    in_days = [Spend(day(0), None, Decimal(3))]
    unpriced = draw(life(spends=[spend(0, "1")], released_on=day(1)))
    assert (unpriced.priced, unpriced.break_even_on, unpriced.points[0].returned) == (False, None, None)
    days_only = draw(life(spends=in_days, earnings=[earned(5, "100")], released_on=day(1)))
    assert (days_only.priced, days_only.break_even_on, days_only.unit) == (False, None, "days")
    mixed = draw(life(spends=[*in_days, spend(0, "1")], earnings=[earned(5, "100")], released_on=day(1)))
    assert (mixed.priced, mixed.break_even_on, mixed.unit) == (False, None, "money")


def test_days_without_a_rate_are_summed_apart_and_never_shown_as_no_money():
    both = Spend(day(0), Decimal(900), Decimal(2))
    curve = draw(life(spends=[both, Spend(day(1), None, Decimal("1.5"))]))
    assert (curve.invested_total, curve.invested_days_total) == (Decimal("900.00"), Decimal("1.500"))
    only = draw(life(spends=[Spend(day(1), None, Decimal("1.5"), undecided=True)]))
    assert (only.unit, only.invested_total, only.points[0].invested, only.undecided_total) == (
        "days",
        *[Decimal("1.500")] * 3,
    )


def test_what_is_spent_while_a_gate_waits_is_a_part_of_what_is_spent():
    curve = draw(life(spends=[spend(0, "10"), spend(1, "4", undecided=True)]))
    assert (curve.points[0].invested, curve.points[0].undecided) == (Decimal("14.00"), Decimal("4.00"))


def test_a_shipped_feature_without_an_entry_for_a_month_is_unknown_and_not_zero():
    story = told(
        as_of=date(2026, 6, 30),
        spends=[Spend(date(2026, 1, 20), Decimal(5)), Spend(date(2026, 3, 9), Decimal(0))],
        released_on=date(2026, 1, 25),
    )
    curve = draw(story, interval="month")
    assert curve.unknown_months == (date(2026, 2, 1), date(2026, 4, 1), date(2026, 5, 1))
    assert [p.invested for p in curve.points] == [Decimal(5), None, Decimal(0), None, None, Decimal(0)]
    assert [p.known for p in curve.points] == [True, False, True, False, False, True]
    weeks = {p.start: p.known for p in draw(story).points}
    assert (weeks[date(2026, 2, 9)], weeks[date(2026, 3, 16)], weeks[date(2026, 1, 26)]) == (False, True, True)


def test_months_are_unknown_only_between_release_and_end_and_when_they_are_over():
    known = {"entry_days": (), "until": date(2026, 6, 29)}
    assert unknown_months(released_on=None, **known) == ()
    assert unknown_months(released_on=date(2026, 4, 1), **known) == (date(2026, 4, 1), date(2026, 5, 1))
    assert unknown_months(released_on=date(2026, 3, 2), ended_on=date(2026, 5, 31), **known) == (date(2026, 4, 1),)


def test_as_json_speaks_the_words_of_the_contract():
    body = draw(life(spends=[spend(0, "10")], bands=(Band("think_it", 1, day(0)),))).as_json()
    assert body["points"][0] == {
        "start": "2026-03-02", "invested": "10.00", "invested_total": "10.00", "returned": None,
        "returned_total": None, "undecided": "0.00", "invested_days": "0.000", "invested_days_total": "0.000",
        "undecided_days": "0.000", "returned_low": None, "returned_high": None, "known": True,
    }  # fmt: skip
    assert body["bands"][0]["from"] == "2026-03-02"
    assert {
        "shaded_area",
        "first_return_on",
        "break_even_on",
        "return_factor",
        "priced",
        "decisions",
        "exposure",
    } <= set(body)


amounts = st.integers(0, 10**9).map(lambda cents: Decimal(cents) / 100)
days = st.integers(0, 60).map(day)
spends = st.builds(Spend, days, st.none() | amounts, amounts, st.booleans())
earnings = st.builds(Earning, days, amounts)
releases = st.none() | days
intervals = st.sampled_from(["week", "month"])


@given(
    st.lists(spends, max_size=20),
    st.lists(earnings, max_size=20),
    releases,
    st.randoms(),
    st.sampled_from(["week", "month"]),
)
def test_order_does_not_matter(spent, back, released, chance, interval):
    shuffled = (chance.sample(spent, len(spent)), chance.sample(back, len(back)))
    one, other = (
        draw(told(as_of=day(70), spends=s, earnings=e, released_on=released), interval=interval)
        for s, e in ((spent, back), shuffled)
    )
    assert one == other


@given(st.lists(spends, max_size=12), st.lists(earnings, max_size=12), releases, st.integers(0, 100))
def test_splitting_an_entry_does_not_matter(spent, back, released, share):
    def halves(amount):
        part = None if amount is None else (amount * share / 100).quantize(Decimal("0.01"))
        return (part, None if amount is None else amount - part)

    split = [
        Spend(s.on, a, d, s.undecided) for s in spent for a, d in zip(halves(s.amount), halves(s.days), strict=True)
    ]
    parts = [Earning(e.on, part) for e in back for part in halves(e.amount)]
    one, other = (
        draw(told(as_of=day(70), spends=s, earnings=e, released_on=released))
        for s, e in ((spent, back), (split, parts))
    )
    assert one == other


@given(st.lists(spends, max_size=20), st.lists(earnings, max_size=20), releases, intervals)
def test_the_points_add_up_to_the_totals_to_the_cent(spent, back, released, interval):
    curve = draw(told(as_of=day(70), spends=spent, earnings=back, released_on=released), interval=interval)
    if curve.points:
        assert sum(p.invested or 0 for p in curve.points) == curve.points[-1].invested_total == curve.invested_total
        assert sum(p.returned or 0 for p in curve.points) == (curve.returned_total or 0)
        assert all(later.invested_total >= earlier.invested_total for earlier, later in pairwise(curve.points))
    money = sum(s.amount or 0 for s in spent)
    assert curve.unit == "days" or curve.invested_total == money
    assert curve.early_returns + (curve.returned_total or 0) == sum(e.amount for e in back)


@given(st.lists(spends, min_size=1, max_size=20), st.lists(earnings, min_size=1, max_size=20), releases)
def test_break_even_agrees_with_a_walk_day_by_day(spent, back, released):
    curve = draw(told(as_of=day(70), spends=spent, earnings=back, released_on=released))
    invested = returned = Decimal(0)
    below, found = False, None
    for n in range(61):
        invested += sum(s.amount or 0 for s in spent if s.on == day(n))
        returned += sum(e.amount for e in back if e.on == day(n) and released and e.on >= released)
        if returned < invested:
            below = True
        elif below and found is None:
            found = day(n)
    assert curve.break_even_on == (found if curve.priced else None)


@given(st.dates(), st.dates(), intervals)
def test_every_day_lies_in_exactly_one_stretch(one, other, interval):
    first, last = min(one, other), min(max(one, other), min(one, other) + timedelta(days=400))
    starts = list(starts_between(first, last, interval))
    assert starts[0] == start_of(first, interval)
    assert starts[-1] == start_of(last, interval)
    assert starts == sorted(set(starts))
