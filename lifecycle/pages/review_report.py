"""The report of a review: to print, as a PDF, and as a table for spreadsheets."""

import csv
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from lifecycle.charts import formats
from lifecycle.models import Review
from lifecycle.pages.printing import pdf_of
from lifecycle.pages.review import head, promises_shown, rows_for_report, worth_chart
from lifecycle.pages.review_item import review_or_404
from lifecycle.paper.press import can_print
from lifecycle.queries.review_items import HEAD, cells, items_of

PAGE: Final = "lifecycle/review_report.html"


@require_safe
def report_page(request: HttpRequest, quarter: str) -> HttpResponse:
    """`/reviews/2026-Q4/report/`: all of it, to print."""
    return render(request, PAGE, _report(request, review_or_404(quarter)))


@require_safe
def report_pdf(request: HttpRequest, quarter: str) -> HttpResponse:
    """`/reviews/2026-Q4/report.pdf`: the same on sheets of A4."""
    review = review_or_404(quarter)
    context = _report(request, review)
    return pdf_of(request, PAGE, context, f"review-{review.quarter}.pdf", back=context["page"])


@require_safe
def report_csv(_request: HttpRequest, quarter: str) -> HttpResponse:
    """`/reviews/2026-Q4/report.csv`: every item with all its facts."""
    review = review_or_404(quarter)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="review-{review.quarter}.csv"'
    answer.write("\ufeff")  # without it, spreadsheets take UTF-8 for something else
    writer = csv.writer(answer)
    writer.writerow(HEAD)
    writer.writerows(cells(item, settings.CURRENCY) for item in items_of(review).iterator(chunk_size=500))
    return answer


def _report(request: HttpRequest, review: Review) -> dict[str, Any]:
    person, now, quarter = request.user, timezone.now(), review.quarter
    assert isinstance(person, User)  # noqa: S101 (LoginRequiredMiddleware lets nobody else in)
    shown = head(review, person)
    return {
        **shown,
        "rows": rows_for_report(review, person),
        "chart": worth_chart(review),
        "promises": promises_shown(review, now),
        "tiles": _tiles(shown),
        "now": now,
        "page": reverse("review-report", args=[quarter]),
        "csv": reverse("review-csv", args=[quarter]),
        "pdf": reverse("review-pdf", args=[quarter]) if can_print() else "",
        "crumbs": [("Reviews", reverse("reviews")), (quarter, reverse("review", args=[quarter]))],
    }


def _tiles(shown: dict[str, Any]) -> list[dict[str, Any]]:
    progress, signed = shown["progress"], shown["signed"]
    return [
        {"label": "Decided", "value": f"{formats.count(progress.decided)} of {formats.count(progress.items)}"},
        {"label": "Kept", "value": formats.count(progress.kept)},
        {"label": "Tweaked", "value": formats.count(progress.tweaked)},
        {"label": "Killed", "value": formats.count(progress.killed)},
        {
            "label": "Signed",
            "value": formats.count(len(signed)),
            "note": ", ".join(name for name, _ in signed) or "by nobody yet",
        },
    ]
