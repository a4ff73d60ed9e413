"""The fail wall: lessons in large type for a screen that everybody passes. It names no person."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from lifecycle.enums import LessonStatus
from lifecycle.pages.lessons import SHORT_ENDINGS
from lifecycle.pages.retrospective_form import KINDS
from lifecycle.queries.lessons import Asked, asked_of, library

AT_ONCE: Final = 3
EVERY: Final = (10, 600)
"""Seconds that a page stays at least and at most."""
USUAL: Final = 20


@require_safe
def wall_page(request: HttpRequest) -> HttpResponse:
    """`/lessons/wall/`: three lessons at once, narrowed as the library is; `?every=20` turns the page by itself.

    The browser turns it, by the answer's `Refresh` header: no script is needed. After the last page comes the first.
    """
    asked, every, page = (
        asked_of(request.GET),
        _seconds(request.GET.get("every", "")),
        _whole(request.GET.get("page", "")),
    )
    found = library(asked).filter(repeats__isnull=True)
    if not asked.status:
        found = found.exclude(status=LessonStatus.REJECTED)
    count = found.count()
    pages = max(-(-count // AT_ONCE), 1)
    here = page % pages
    context = {
        "rows": list(found[here * AT_ONCE : (here + 1) * AT_ONCE]),
        "here": here + 1,
        "pages": pages,
        "count": count,
        "kinds": KINDS,
        "endings": SHORT_ENDINGS,
        "every": every,
        "next": _address(asked, page=(here + 1) % pages, every=every),
        "previous": _address(asked, page=(here - 1) % pages, every=every),
        "turn": _address(asked, page=here, every=USUAL),
        "stop": _address(asked, page=here, every=0),
        "library": f"{reverse('lessons')}?{urlencode(asked.given)}".rstrip("?"),
    }
    answer = render(request, "lifecycle/wall.html", context)
    if every:
        answer["Refresh"] = f"{every}; url={context['next']}"
    return answer


def _seconds(text: str) -> int:
    """So many seconds, within what is sensible; 0 where the page does not turn by itself."""
    asked = _whole(text)
    low, high = EVERY
    return min(max(asked, low), high) if asked else 0


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004 (32 bits)


def _address(asked: Asked, *, page: int, every: int) -> str:
    place = {name: str(value) for name, value in (("page", page), ("every", every)) if value}
    return f"{reverse('lessons-wall')}?{urlencode(asked.given | place)}".rstrip("?")
