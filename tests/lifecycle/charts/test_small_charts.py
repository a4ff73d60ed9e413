from dataclasses import replace
from math import isclose

import pytest

from lifecycle.charts import bar, beta_finding, ladder, sparkline
from lifecycle.charts.bar import Budget
from lifecycle.charts.beta_finding import BetaChart, density
from lifecycle.charts.ladder import LadderChart, Rung
from lifecycle.charts.registry import CHARTS, chart, width_rules
from lifecycle.charts.sparkline import Spark
from lifecycle.pages import styleguide_samples as samples
from tests.lifecycle.charts.reading import off_sheet, overlaps, parsed, words


@pytest.mark.parametrize("values", [(), (None,), (0,), (1, None, 2), (5, 5, 5), tuple(range(500)), (-1e12, 1e12)])
def test_a_sparkline_stands_any_values(values):
    parsed(sparkline.draw(Spark(values, "ship_it")))


def test_a_bar_within_its_budget_has_no_red_and_one_over_it_has():
    assert 'class="bad"' not in bar.draw(Budget(14, 27, "think_it"))
    assert 'class="bad"' in bar.draw(Budget(28, 27, "think_it"))
    assert bar.sentence(Budget(568_000, 546_000)) == "£568k of £546k budget, £22k over"
    assert bar.sentence(Budget(5, None, unit="days")).replace("\xa0", " ") == "5 d, no budget set"


@pytest.mark.parametrize("budget", [Budget(0, 0), Budget(0, None), Budget(9, 0), Budget(-3, 10), Budget(1e12, 1)])
def test_a_bar_stands_odd_numbers(budget):
    parsed(bar.draw(budget))


@pytest.mark.parametrize("width", ladder.WIDTHS)
def test_a_ladder_says_where_it_stands(width):
    whole = samples.ladder()
    svg = ladder.draw(whole, width=width)
    assert overlaps(svg) == []
    assert off_sheet(svg) == []
    assert "Now ×2" in words(svg)
    assert ladder.sentence(whole) == "Now at 25%, iteration 2, lowered to 10%. 1% is held back."
    assert "Lowered to 10%" in svg
    assert "Lowered" not in ladder.draw(replace(whole, actual_percent=25))


def test_a_ladder_that_is_not_set_or_not_begun_says_so():
    assert ladder.sentence(LadderChart()) == "No ladder is set."
    assert ladder.sentence(LadderChart((Rung(1, "ahead"),))) == "Nobody is exposed yet."
    parsed(ladder.draw(LadderChart()))


def test_the_density_of_beta_integrates_to_one():
    for successes, trials in ((8, 10), (0, 5), (40, 40), (1, 9)):
        area = sum(density(successes, trials, (index + 0.5) / 2000) for index in range(2000)) / 2000
        assert isclose(area, 1, rel_tol=1e-3)
    assert density(0, 0, 0.0) == density(0, 0, 1.0) == 1


@pytest.mark.parametrize("width", beta_finding.WIDTHS)
@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (0, 3), (3, 3), (8, 10), (900, 1000)])
@pytest.mark.parametrize("target", [0, 0.02, 0.5, 0.97, 1])
def test_a_prototype_test_is_drawn(successes, trials, target, width):
    svg = beta_finding.draw(BetaChart(successes, trials, target, 0.5), width=width)
    assert overlaps(svg) == []
    assert off_sheet(svg) == []


def test_a_chance_never_claims_certainty():
    assert "over 99%" in beta_finding.sentence(BetaChart(40, 40, 0.5, 0.99999))
    assert "under 1%" in beta_finding.sentence(BetaChart(0, 40, 0.5, 0.00001))


def test_charts_are_opened_by_name_only():
    assert chart("bar") is CHARTS["bar"]
    with pytest.raises(LookupError, match="There are: bar, bars, beta_finding"):
        chart("pie")


def test_one_drawing_of_a_figure_is_shown_at_every_width():
    for plug in CHARTS.values():
        assert list(plug.widths) == sorted(plug.widths, reverse=True)
        assert all(f".to-{cut}{{display:none}}" in width_rules() for cut in plug.cuts)
        assert all(f".from-{cut}{{display:none}}" in width_rules() for cut in plug.cuts)
