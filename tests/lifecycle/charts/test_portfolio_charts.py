"""Stacked areas, histograms, bars and boxes: every state is drawn, and nothing is told by colour alone."""

from dataclasses import replace
from datetime import date

import pytest

from lifecycle.charts import bars, box_plot, histogram, stacked_area
from lifecycle.charts.bars import BarsChart, NamedBar
from lifecycle.charts.box_plot import BoxChart, Boxed
from lifecycle.charts.histogram import HistogramBar, HistogramChart
from lifecycle.charts.stacked_area import Layer, StackChart, gathered
from lifecycle.pages import styleguide_portfolio as samples
from tests.lifecycle.charts.reading import off_sheet, overlaps, parsed, words

MONTHS = (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1))
TWO = StackChart(MONTHS, (Layer("Build It", (10, 20, 0), "build_it"), Layer("Ship It", (0, 5, 30), "ship_it")))
STATES = {
    "stack": [
        StackChart(),
        StackChart(MONTHS[:1], (Layer("Build It", (3,), "build_it"),)),
        StackChart(MONTHS, (Layer("Nothing", (0, 0, 0)),)),
        TWO,
        replace(TWO, unit="days"),
        StackChart((date(2026, 1, 1),), tuple(Layer(f"A squad with a long name {n}", (10.0**n,)) for n in range(12))),
        StackChart(tuple(date(2000 + n // 12, n % 12 + 1, 1) for n in range(300)), (Layer("Long", tuple(range(300))),)),
    ],
    "histogram": [
        HistogramChart(),
        HistogramChart(bars=(HistogramBar(0, 10, 1),), median=4),
        HistogramChart(bars=tuple(HistogramBar(n * 1e6, (n + 1) * 1e6, n % 4) for n in range(16)), median=9e6),
        HistogramChart(bars=(HistogramBar(0, 1e12, 100_000),), median=0, unit="days"),
    ],
    "bars": [
        BarsChart(),
        BarsChart(bars=(NamedBar("Think It", 0, "none", "think_it"),)),
        BarsChart(bars=tuple(NamedBar("A name that goes on and on and on " * 3, 10.0**n, "7 of 9") for n in range(13))),
    ],
    "boxes": [
        BoxChart(),
        BoxChart(rows=(Boxed("Think It", note="2 go on"),)),
        BoxChart(rows=(Boxed("Think It", 1, 0, 0, 0, 0, 0, phase="think_it"),)),
        BoxChart(rows=tuple(Boxed(f"Row {n}", 9, n, n * 2, n * 3, n * 40, n * 1000, "1 goes on") for n in range(1, 7))),
    ],
}
ROOMS = {"stack": stacked_area, "histogram": histogram, "bars": bars, "boxes": box_plot}
CASES = [(kind, chart, width) for kind, found in STATES.items() for chart in found for width in ROOMS[kind].WIDTHS]


@pytest.mark.parametrize(("kind", "chart", "width"), CASES)
def test_every_state_is_drawn_and_no_label_stands_on_another(kind, chart, width):
    svg = ROOMS[kind].draw(chart, width=width)
    assert overlaps(svg) == []
    assert off_sheet(svg) == []
    assert ROOMS[kind].sentence(chart)
    ROOMS[kind].table(chart)


@pytest.mark.parametrize(("kind", "chart"), [(kind, found[-1]) for kind, found in STATES.items()])
def test_each_stands_alone_in_both_themes(kind, chart):
    for theme in ("light", "dark"):
        svg = ROOMS[kind].draw(chart, theme=theme)
        parsed(svg)
        assert "var(--" not in svg


def test_the_samples_of_the_style_guide_are_drawn():
    for kind, data in samples.all_of_them():
        parsed(ROOMS[kind].draw(data))


class TestStack:
    def test_it_tells_how_much_when_most_and_of_what(self):
        told = stacked_area.sentence(TWO)
        assert told == ("£65 was invested, most of it in March 2026 (£30). The largest part is Ship It with 54%.")
        assert stacked_area.sentence(StackChart()) == "Nothing was invested in this period."

    def test_layers_differ_by_pattern_and_are_named(self):
        svg = stacked_area.draw(TWO)
        assert 'fill="url(#stack-rise)"' in svg
        assert 'fill="url(#stack-dots)"' in svg
        assert "Ship It" in words(svg)

    def test_no_two_layers_wear_the_same(self):
        worn = [stacked_area._dress(Layer(str(n), ()), n) for n in range(stacked_area.MOST)]
        assert len(set(worn)) == stacked_area.MOST

    def test_steps_stand_on_each_other(self):
        chart = StackChart(MONTHS[:1], (Layer("A", (1,)), Layer("B", (1,))))
        svg = stacked_area.draw(replace(chart, starts=MONTHS, layers=tuple(Layer(n, (1, 1, 1)) for n in "AB")))
        first, second = [path.get("d") for path in parsed(svg).iter() if "layer" in path.get("class", "")]
        top = first.split(",")[1].split("H")[0]
        assert f"V{top}H" in second

    def test_the_table_reads_month_by_month_for_the_reader(self):
        rows = stacked_area.table(TWO).rows
        assert [row.cells for row in rows][1] == ("February 2026", "£20", "£5", "£25")
        assert (rows[0].at, rows[0].until) == (date(2026, 1, 1), date(2026, 2, 1))
        assert 'data-from="2026-01-01" data-to="2026-04-01"' in stacked_area.draw(TWO)

    def test_a_quarter_is_three_months(self):
        chart = replace(TWO, starts=(date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1)), interval="quarter")
        assert stacked_area.table(chart).rows[2].cells[0] == "Q3 2026"
        assert stacked_area.table(chart).rows[2].until == date(2026, 10, 1)

    def test_of_many_layers_the_last_are_one(self):
        layers = [Layer(str(n), (1, 2)) for n in range(11)]
        found = gathered(layers)
        assert (len(found), found[-1].name, found[-1].values) == (8, "4 others", (4, 8))
        assert gathered(layers[:8]) == tuple(layers[:8])


class TestHistogram:
    CHART = HistogramChart(bars=(HistogramBar(0, 100, 3), HistogramBar(100, 200, 2)), median=60, lower=20, upper=110)

    def test_it_tells_the_middle(self):
        told = histogram.sentence(self.CHART)
        assert told == "Half of 5 features cost £60 or less; the middle half lies between £20 and £110."
        assert histogram.sentence(HistogramChart()) == "There is no feature to count yet."

    def test_each_bar_says_what_it_holds_and_can_be_reached(self):
        svg = histogram.draw(self.CHART)
        assert 'tabindex="0" aria-label="3 features from £0 up to £100"' in svg
        assert "median £60" in words(svg)


class TestBars:
    def test_a_bar_is_as_long_as_its_value(self):
        svg = bars.draw(BarsChart(bars=(NamedBar("A", 50), NamedBar("B", 100))))
        half, whole = [float(one.get("width")) for one in parsed(svg).iter() if one.get("class") == "plain"]
        assert half == pytest.approx(whole / 2, abs=0.1)
        assert 'aria-label="B: £100"' in svg

    def test_zero_has_no_bar_and_is_said(self):
        svg = bars.draw(BarsChart(bars=(NamedBar("A", 0, "nobody"), NamedBar("B", 1))))
        assert svg.count('class="plain"') == 1
        assert "£0" in words(svg)


class TestBoxes:
    def test_a_box_says_its_median_and_its_middle_half(self):
        chart = BoxChart(
            rows=(Boxed("Build It", 9, 2, 10, 14, 21, 80, phase="build_it"), Boxed("Ship It", note="1 on"))
        )
        svg = box_plot.draw(chart)
        assert "Build It: half of 9 take at most 14 days, the middle half 10 to 21 days" in svg
        assert "1 on" in words(svg)
        assert box_plot.sentence(chart) == "Half of all take at most: Build It 14 days."
        assert box_plot.table(chart).rows[1].cells == ("Ship It", "0", "", "", "", "", "", "1 on")


def test_words_of_users_cannot_break_out():
    evil = '"><script>'
    for svg in (
        stacked_area.draw(StackChart(MONTHS, (Layer(evil, (1, 2, 3)),))),
        bars.draw(BarsChart(evil, (NamedBar(evil, 1, evil),))),
        box_plot.draw(BoxChart(evil, (Boxed(evil, 1, 1, 1, 1, 1, 1, evil),))),
        histogram.draw(HistogramChart(evil, (HistogramBar(0, 1, 1),), what=evil)),
    ):
        parsed(svg)
        assert "<script" not in svg
