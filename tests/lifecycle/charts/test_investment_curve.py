from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from lifecycle.charts.curve_data import CurveBand, CurveChart, CurvePoint, by_month, spike_ceiling
from lifecycle.charts.curve_from import curve_chart
from lifecycle.charts.curve_story import sentence, table
from lifecycle.charts.diamonds import DecisionMark
from lifecycle.charts.investment_curve import WIDTHS, draw
from lifecycle.curves.curve import Life
from lifecycle.curves.curve import draw as draw_curve
from lifecycle.curves.ledger import Spend, by_day
from lifecycle.curves.marks import Band, Mark
from lifecycle.pages.styleguide_samples import curve, curves
from tests.lifecycle.charts.reading import off_sheet, overlaps, parsed, words

LIVES = {"whole life": curve(), **dict(curves())}
START = date(2026, 11, 2)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("life", LIVES)
def test_every_life_is_drawn_whole_and_no_label_stands_on_another(life, width):
    svg = draw(LIVES[life], width=width)
    parsed(svg)
    assert overlaps(svg) == []
    assert off_sheet(svg) == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("weeks", [2, 3, 5, 9, 17, 33, 65, 129, 260, 417])
@pytest.mark.parametrize("scale", [0.004, 1, 98_765, 12_345_678_901])
def test_labels_keep_apart_at_any_length_and_size(weeks, scale, width):
    svg = draw(curve(weeks, scale=scale), width=width)
    assert overlaps(svg) == []
    assert off_sheet(svg) == []


def test_the_parts_of_the_story_are_all_there():
    svg = draw(curve())
    said = words(svg)
    for part in ("before release to all", "First return", "Released to all 15 Dec 2025", "Break-even", "Deepest −£"):
        assert part in said
    assert "Net position" in said
    assert "Exposure" in said
    assert "99%" in said
    assert "Jan 2025" in said
    assert "Jan 2026" in said


def test_an_unpriced_feature_has_no_net_position_but_what_went_in():
    svg = draw(replace(curve(), priced=False))
    assert "unpriced" in words(svg)
    assert "Net position" not in words(svg)
    assert "Break-even" not in words(svg)


def test_nothing_at_all_is_said_in_words():
    assert "Nothing has been invested yet" in words(draw(CurveChart()))
    assert sentence(CurveChart()) == "Nothing has been invested yet."


def test_a_running_feature_without_money_shows_its_phase_and_no_amounts():
    zero = dict(curves())["zero"]
    assert "Think It" in words(draw(zero))
    assert "Nothing invested yet" in words(draw(zero))
    assert "£1" not in words(draw(zero))


def test_only_bands_and_no_points_is_drawn():
    chart = CurveChart(bands=(CurveBand("think_it", 1, START),), as_of=START + timedelta(30))
    assert overlaps(draw(chart)) == []
    assert "Think It" in words(draw(chart))


def test_a_huge_week_is_torn_off_and_carries_its_true_amount():
    chart = dict(curves())["spike"]
    top = max(chart.points, key=lambda point: point.invested)
    assert f"£{round(top.invested / 1000)}k ↑" in words(draw(chart))
    assert spike_ceiling([float(point.invested) for point in chart.points]) < top.invested / 5


def test_values_of_one_size_are_never_torn():
    assert spike_ceiling([10.0] * 50) is None
    assert spike_ceiling([1.0, 50.0]) is None


def test_words_of_users_cannot_break_out():
    evil = '"><script>alert(1)</script>&'
    mark = DecisionMark(START, "kill", evil, '/x?"><script>')
    band = CurveBand(evil, 1, START)
    chart = CurveChart((CurvePoint(START, 5, 5),), (band,), (mark,), currency=evil)
    svg = draw(chart)
    parsed(svg)
    assert "<script" not in svg


def test_a_link_that_runs_code_is_not_a_link():
    chart = CurveChart((CurvePoint(START, 5, 5),), decisions=(DecisionMark(START, "kill", "", "javascript:alert(1)"),))
    assert "javascript" not in draw(chart)


def test_decisions_are_links_with_words():
    svg = draw(curve())
    links = list(parsed(svg).iter("{http://www.w3.org/2000/svg}a"))
    assert links
    assert all(link.get("href") and " on " in link.get("aria-label", "") for link in links)


def test_decisions_of_one_day_become_one_mark_that_names_them_all():
    marks = tuple(DecisionMark(START, "advance", f"step {index}", f"/g/{index}") for index in range(5))
    svg = draw(CurveChart((CurvePoint(START, 5, 5),), decisions=marks))
    assert ">4<" in svg
    assert all(f"step {index}" in svg for index in range(5))


def test_undecided_spend_and_unknown_months_are_marked_only_where_they_are():
    assert "Spent undecided" in words(draw(curve()))
    assert "Maintenance in" in draw(curve())
    plain = replace(curve(), points=tuple(replace(point, undecided=0) for point in curve().points), unknown_months=())
    assert "Spent undecided" not in words(draw(plain))
    assert "not known" not in words(draw(plain))


def test_a_drawing_that_stands_alone_has_its_colours_inside():
    for theme in ("light", "dark"):
        svg = draw(curve(40), theme=theme)
        parsed(svg)
        assert "var(" not in svg
        assert "<style>" in svg
    assert "<style" not in draw(curve(40))
    assert "style=" not in draw(curve(40))


def test_ids_of_two_drawings_on_a_page_differ():
    ids = [
        element.get("id")
        for uid in ("a", "b")
        for element in parsed(draw(curve(20), uid=uid)).iter()
        if element.get("id")
    ]
    assert len(ids) == len(set(ids))


def test_months_add_up_to_their_weeks():
    weeks = curve()
    months = by_month(weeks)
    assert sum(p.invested for p in months.points) == sum(p.invested for p in weeks.points)
    assert months.points[-1].invested_total == weeks.points[-1].invested_total
    assert len(months.points) < len(weeks.points) / 4


def test_the_sentence_tells_what_happened():
    told = sentence(curve())
    assert "went in before release to all on 15 December 2025" in told
    assert "It broke even on" in told
    assert "waited for its decision" in told
    assert "Maintenance is not known for 1 month." in told
    assert "killed on 4 January 2027, before release to all" in sentence(dict(curves())["killed-in-days"])


def test_the_table_has_a_row_a_week_and_no_column_for_what_is_not_known():
    whole = table(curve())
    assert len(whole.rows) == 103
    assert [column.label for column in whole.columns][-1] == "Undecided"
    unpriced = table(replace(curve(), priced=False))
    assert "Returned" not in [column.label for column in unpriced.columns]
    assert all(len(row.cells) == len(unpriced.columns) for row in unpriced.rows)


def test_an_unknown_week_is_said_to_be_unknown():
    weeks = (CurvePoint(START, 5, 5), CurvePoint(START + timedelta(7), None, 5))
    assert table(CurveChart(weeks)).rows[1].cells[2] == "not known"
    parsed(draw(CurveChart(weeks)))


def test_a_curve_of_the_arithmetic_room_becomes_a_chart():
    spends = [Spend(START + timedelta(day), Decimal(100), Decimal(0)) for day in range(20)]
    marks = (Mark(7, START + timedelta(12), "advance", "ship_it", 1, Decimal(25)),)
    life = Life(
        START + timedelta(30), by_day(spends, ()), bands=(Band("ship_it", 1, START),), decisions=marks, currency="EUR"
    )
    chart = curve_chart(draw_curve(life), href=lambda mark: f"/decisions/{mark.id}/")
    svg = draw(chart)
    assert 'href="/decisions/7/"' in svg
    assert "Advance on 14 November 2026: Ship It at 25%" in svg
    assert "€2k before release to all" in words(svg)


def test_money_may_come_as_decimals_and_days_are_never_money():
    point = CurvePoint(START, Decimal("12.50"), Decimal("12.50"))
    assert "£" not in words(draw(CurveChart((point,), shaded_area=Decimal("12.5"), unit="days")))
    assert "12.5 d" in words(draw(CurveChart((point,), shaded_area=Decimal("12.5"), unit="days"))).replace("\xa0", " ")
