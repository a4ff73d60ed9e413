"""The door to paper: any template as a PDF to download."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from lifecycle.paper.press import CannotPrint, printed

LAYOUT: Final = "paper.html"


def pdf_of(request: HttpRequest, template: str, context: Mapping[str, Any], filename: str, back: str) -> HttpResponse:
    """``template`` as the PDF ``filename``; where none can be made, a page (501) that says what to do and leads `back`.

    The template extends ``layout|default:"base.html"``, so that it is a page and paper; ``paper`` is true on paper.
    """
    html = render_to_string(template, {**context, "layout": LAYOUT, "paper": True}, request)
    try:
        body = printed(html, address=request.build_absolute_uri())
    except CannotPrint as refusal:
        said = {"how": refusal.detail, "back": back}
        return render(request, "lifecycle/not_printed.html", said, status=refusal.status)
    answer = HttpResponse(body, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{filename}"'
    return answer
