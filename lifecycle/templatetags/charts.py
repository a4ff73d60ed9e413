"""Charts in templates: ``{% load charts %}``, then ``{% figure "investment_curve" data %}``."""

from collections.abc import Iterator
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from lifecycle.charts.registry import Chart, chart
from lifecycle.charts.table import Table

register = template.Library()

PAPER = (650, 300)
"""The room of a figure on a sheet of A4, in pixels: in a card, and in one of two beside each other (paper.css)."""


@register.simple_tag
def story(name: str, data: Any) -> str:
    """What a chart says, in a sentence or two of plain text."""
    return chart(name).sentence(data)


@register.simple_tag
def drawing(name: str, data: Any, uid: str = "") -> SafeString:
    """A chart without a figure around it: a sparkline in a card, a bar in a row. Its widest drawing."""
    plug = chart(name)
    return _safe(plug.draw(data, width=plug.widths[0], uid=uid or name))


@register.simple_tag(takes_context=True)
def figure(context: template.Context, name: str, data: Any, uid: str = "") -> SafeString:
    """A chart drawn for every width, of which the page shows the one that fits, with its numbers as a table.

    ``uid`` must differ between figures of one page that show the same chart. The table is what the chart reader
    reads from, so without JavaScript nothing is missing. On paper the widths are known,
    and there is no table to unfold.
    """
    plug = chart(name)
    if context.get("paper"):
        return format_html('<figure class="figure">{}</figure>', _on_paper(plug, data, uid or name))
    table = _folded(plug.table(data)) if plug.table else ""
    return format_html('<figure class="figure" data-figure>{}{}</figure>', _drawings(plug, data, uid or name), table)


def _on_paper(plug: Chart, data: Any, uid: str) -> SafeString:
    """The drawing for a whole sheet and, where it is another, the one for half of it: the style sheet chooses."""
    page, half = (plug.fitting(room) for room in PAPER)
    places = [(page, "on-page"), (half, "on-half")] if page != half else [(page, "")]
    return format_html_join(
        "",
        '<div class="at {}">{}</div>',
        ((place, _safe(plug.draw(data, width=width, uid=f"{uid}-{width}"))) for width, place in places),
    )


def _drawings(plug: Chart, data: Any, uid: str) -> SafeString:
    """Each drawing with the classes by which the style sheet shows it only where it fits."""
    places = zip(plug.widths, ("", *plug.cuts), (*plug.cuts, ""), strict=True)
    drawings = (
        (
            width,
            f" to-{above}" * bool(above),
            f" from-{below}" * bool(below),
            plug.draw(data, width=width, uid=f"{uid}-{width}"),
        )
        for width, above, below in places
    )
    return format_html_join(
        "", '<div class="at w-{}{}{}">{}</div>', ((*classes, _safe(svg)) for *classes, svg in drawings)
    )


@register.simple_tag
def numbers(table: Table) -> SafeString:
    """A table of the kind that charts hand out, numbers set right; it scrolls within itself, never the page."""
    head = (format_html('<th scope="col"{}>{}</th>', _right(numeric=one.numeric), one.label) for one in table.columns)
    return format_html(
        '<div class="figure-numbers" tabindex="0" role="region" aria-label="{0}: the numbers">'
        '<table class="table"><caption class="sr">{0}</caption><thead><tr>{1}</tr></thead><tbody>{2}</tbody></table>'
        "</div>",
        table.caption,
        SafeString("".join(head)),
        format_html_join("", "<tr{}>{}</tr>", _rows(table)),
    )


def _folded(table: Table) -> SafeString:
    if not table.rows:
        return SafeString("")
    return format_html(
        '<details class="disclose"><summary>Show the numbers as a table</summary>{}</details>', numbers(table)
    )


def _rows(table: Table) -> Iterator[tuple[SafeString, SafeString]]:
    classes = [_right(numeric=column.numeric) for column in table.columns]
    for row in table.rows:
        at = format_html(' data-at="{}" data-until="{}"', row.at, row.until) if row.at else SafeString("")
        cells = format_html_join("", "<td{}>{}</td>", zip(classes, row.cells, strict=True))
        yield at, cells


def _right(*, numeric: bool) -> SafeString:
    return SafeString(' class="r"' if numeric else "")


def _safe(svg: str) -> SafeString:
    """Charts escape every text they are given (tests/lifecycle/charts holds them to it)."""
    return mark_safe(svg)  # noqa: S308  # see above
