"""The style guide: every part and every chart on one page. Wired only where DEBUG is on."""

from datetime import date, timedelta

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lifecycle.design.tokens import PHASES, VERDICTS
from lifecycle.pages import styleguide_portfolio as portfolio
from lifecycle.pages import styleguide_samples as samples


class _Reason(forms.Form):
    reason = forms.CharField(widget=forms.Textarea, help_text="Two sentences are enough. It is shown in the history.")
    time_box = forms.IntegerField(min_value=1, required=False, label="Next time box, days")


@login_not_required
def styleguide(request: HttpRequest) -> HttpResponse:
    """All parts and charts with invented data."""
    today = date(2026, 11, 20)
    tiles = [
        {"label": "Invested to date", "value": "£898k", "note": "of £960k budget"},
        {"label": "Before release to all", "value": "£442k", "note": "37 weeks"},
        {"label": "Returned to date", "value": None, "note": "no price of one unit is set"},
        {"label": "Break-even", "value": "14 Sep 2026", "note": "week 94"},
        {"label": "Effect on reorders", "value": "+0.71 pp", "note": "interval +0.42 to +1.00 pp"},
    ]
    gates = [("open", today + timedelta(20)), ("open", today + timedelta(6)), ("open", None)]
    gates += [("due", today), ("due", today - timedelta(3)), ("decided", None)]
    context = {
        "crumbs": [("Board", "/")],
        "tiles": tiles,
        "curve": samples.curve(),
        "curves": samples.curves(),
        "evidence": samples.evidence(),
        "evidences": samples.evidences(),
        "ladder": samples.ladder(),
        "betas": samples.betas(),
        "portfolio": {
            "stacks": portfolio.stacks(),
            "histograms": portfolio.histograms(),
            "bars": portfolio.bars(),
            "boxes": portfolio.boxes(),
        },
        "small": samples.small(),
        "phases": PHASES,
        "verdicts": VERDICTS,
        "gates": gates,
        "today": today,
        "form": _Reason({"reason": "", "time_box": "14"}),
        "owed_count": 3,
    }
    return render(request, "styleguide.html", context)
