"""The portfolio for leadership, and its quarterly pack. Everybody who is signed in may read both."""

import csv
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from features.errors import BadInput, Missing
from features.models import Squad, Tribe
from lifecycle.pages.portfolio_charts import so_far, when
from lifecycle.pages.portfolio_figures import figures
from lifecycle.pages.portfolio_learning import learnt_card
from lifecycle.pages.printing import pdf_of
from lifecycle.pages.week import places
from lifecycle.paper.press import can_print
from lifecycle.queries.portfolio.asking import Asked, asked
from lifecycle.queries.portfolio.investment import BY, invested
from lifecycle.queries.portfolio.pack import HEAD, lines
from lifecycle.queries.portfolio.scope import (
    Period,
    Scope,
    everything,
    last_months,
    months_after,
    quarter_at,
    quarter_name,
    scope_of,
)
from lifecycle.queries.portfolio.summary import Summary, summary

SPANS: Final = {"3m": ("3 months", 3), "year": ("Year", 12), "all": ("All", 0)}
PACK: Final = "lifecycle/portfolio_pack.html"
BY_QUARTER_FROM: Final = 37
"""From so many months on, investment is drawn by quarter."""
KEPT: Final = ("tribe", "squad", "by", "span", "from", "to", "compare_from", "compare_to")


@require_safe
def portfolio_page(request: HttpRequest) -> HttpResponse:
    """`/portfolio/`: `?span=` (3m, year, all) or `from`, `to`; `compare_from`, `compare_to`, `by`, `squad`, `tribe`."""
    given = {name: request.GET.get(name, "").replace("\x00", "").strip() for name in KEPT}
    today, fault = timezone.localdate(), ""
    try:
        what = _asked(given, today)
    except BadInput as refused:
        given = {name: given[name] if name == "by" else "" for name in KEPT}
        fault, what = refused.detail, _asked(given, today)
    by = given["by"] if given["by"] in BY else "phase"
    found, stack = _found(what, by, timezone.now())
    context = {
        **figures(found, stack),
        **_choices(given, what, by, today),
        "learning": learnt_card(period=what.period, scope=what.scope),
        "fault": fault,
        "crumbs": [],
        "places": places(),
    }
    return render(request, "lifecycle/portfolio.html", context, status=400 if fault else 200)


def _asked(given: dict[str, str], today: date) -> Asked:
    """The period of the address: days that somebody chose, or one of the spans."""
    if given["from"] or given["to"]:
        return asked(given, today=today)
    span = _span(given)
    period = last_months(SPANS[span][1], today=today) if span != "all" else everything(today=today)
    days = {"from": period.first.isoformat(), "to": period.last.isoformat()}
    what = asked({**given, **days}, today=today)
    return what if span != "all" or given["compare_from"] else Asked(what.period, None, what.scope, what.given)


def _span(given: dict[str, str]) -> str:
    return given["span"] if given["span"] in SPANS else "year"


def _found(what: Asked, by: str, now: datetime) -> tuple[Summary, Any]:
    interval = "quarter" if len(what.period.months) >= BY_QUARTER_FROM else "month"
    found = summary(period=what.period, before=what.before, now=now, scope=what.scope, interval=interval)
    if by == "phase":
        return found, found.stack
    return found, invested(period=what.period, by=by, interval=interval, scope=what.scope)


def _choices(given: dict[str, str], what: Asked, by: str, today: date) -> dict[str, Any]:
    """The links that zoom and stack: each keeps what else was chosen."""
    chosen: dict[str, str] = {name: value for name, value in given.items() if value}
    custom = bool(given["from"] or given["to"])
    narrowed = {name: value for name, value in chosen.items() if name in {"tribe", "squad"}}
    plain = {name: value for name, value in chosen.items() if name in {"tribe", "squad", "by"}}
    spans = [
        (words, f"?{urlencode({**plain, 'span': name})}", not custom and name == _span(given))
        for name, (words, _) in SPANS.items()
    ]
    stacked = [(name.capitalize(), f"?{urlencode({**chosen, 'by': name})}", name == by) for name in BY]
    last = quarter_name(months_after(today, -3))
    packs = [(name, _address("portfolio-pack", name, narrowed)) for name in (last, quarter_name(today))]
    return {
        "spans": spans,
        "stacked": stacked,
        "custom": custom,
        "period": what.period,
        "before": what.before,
        "packs": packs,
        "by": by,
        "kept": {name: chosen[name] for name in ("by", "span") if name in chosen and not (name == "span" and custom)},
        "squad": what.scope.squad,
        "tribe": what.scope.tribe,
    }


@require_safe
def pack_page(request: HttpRequest, quarter: str) -> HttpResponse:
    """`/portfolio/pack/2026-Q4/`: the figures of a quarter against the one before, to print."""
    return render(request, PACK, _pack(*_quarter(request, quarter)))


@require_safe
def pack_pdf(request: HttpRequest, quarter: str) -> HttpResponse:
    """`/portfolio/pack/2026-Q4.pdf`: the same on sheets of A4."""
    period, scope = _quarter(request, quarter)
    context, name = _pack(period, scope), quarter_name(period.first)
    return pdf_of(request, PACK, context, f"portfolio-{name}.pdf", back=context["page"])


def _pack(period: Period, scope: Scope) -> dict[str, Any]:
    now, name = timezone.now(), quarter_name(period.first)
    found, stack = _found(Asked(period, period.before, scope, given=True), "phase", now)
    both = {"squad": scope.squad, "tribe": scope.tribe}
    narrowed = {key: value for key, value in both.items() if value}
    return {
        **figures(found, stack),
        "crumbs": [("Portfolio", reverse("portfolio"))],
        "quarter": name,
        "when": when(period),
        "so_far": so_far(period),
        "of": _name(scope),
        "page": _address("portfolio-pack", name, narrowed),
        "csv": _address("portfolio-pack-csv", name, narrowed),
        "pdf": _address("portfolio-pack-pdf", name, narrowed) if can_print() else "",
        "printed": True,
        "now": now,
    }


@require_safe
def pack_csv(request: HttpRequest, quarter: str) -> HttpResponse:
    """`/portfolio/pack/2026-Q4.csv`: every feature with its figures."""
    period, scope = _quarter(request, quarter)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="portfolio-{quarter_name(period.first)}.csv"'
    answer.write("\ufeff")  # without it, spreadsheets take UTF-8 for something else
    writer = csv.writer(answer)
    writer.writerow(HEAD)
    writer.writerows(line.cells(settings.CURRENCY) for line in lines(period=period, scope=scope))
    return answer


def _quarter(request: HttpRequest, quarter: str) -> tuple[Period, Scope]:
    asked_for = {name: request.GET.get(name, "").replace("\x00", "") for name in ("squad", "tribe")}
    try:
        return quarter_at(quarter), scope_of(**asked_for)
    except (Missing, BadInput) as refused:
        raise Http404(refused.detail) from refused


def _name(scope: Scope) -> str:
    """Whose figures these are; empty for the whole house."""
    squad = Squad.objects.filter(slug=scope.squad).values_list("name", flat=True)
    tribe = Tribe.objects.filter(slug=scope.tribe).values_list("name", flat=True)
    return ", ".join((*squad, *tribe))


def _address(name: str, quarter: str, narrowed: dict[str, str]) -> str:
    return f"{reverse(name, args=[quarter])}?{urlencode(narrowed)}".rstrip("?")
