"""All doors of the web process."""

from typing import Any, Final

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import include, path, re_path
from django.views import defaults
from django.views.csrf import csrf_failure
from django.views.decorators.csrf import csrf_exempt
from django_prometheus.exports import ExportToDjangoView
from drf_spectacular.views import SpectacularAPIView

import config.api.schema  # noqa: F401  (what the schema has to know about tokens)
from config.api.problems import API, Problem, answer
from config.health import healthz, readyz
from config.metrics import show_the_ledger


@csrf_exempt
@login_not_required
def nothing_here(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, as a problem document under `/api/`, as a page elsewhere."""
    if not request.path.startswith(API):
        return defaults.page_not_found(request, exception or Exception())
    hint = "" if request.path.endswith("/") else " Every address of the API ends with a slash."
    return answer(Problem(404, "not_found", f"There is nothing at this address.{hint}"))


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, as a problem document under `/api/`, as a page elsewhere."""
    if not request.path.startswith(API):
        return defaults.bad_request(request, exception or Exception())
    return answer(Problem(400, "invalid", "The request cannot be read."))


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a write without its CSRF token, as a problem document under `/api/`, as a page elsewhere."""
    if not request.path.startswith(API):
        return csrf_failure(request, reason)
    return answer(Problem(403, "csrf_failed", f"A browser sends its CSRF token with each write. {reason}".strip()))


def failed(request: HttpRequest) -> HttpResponse:
    """500, as a problem document under `/api/`, as a page elsewhere. The log says what happened."""
    if not request.path.startswith(API):
        return defaults.server_error(request)
    detail = "Something went wrong here; nothing was written. It has been logged."
    return answer(Problem(500, "server_error", detail))


show_the_ledger()

handler400: Final[Any] = refused
handler404: Final[Any] = nothing_here
handler500: Final[Any] = failed

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", login_not_required(ExportToDjangoView), name="prometheus"),
    path("admin/", admin.site.urls),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("", include("features.urls")),
    path("", include("hypotheses.urls")),
    path("", include("lifecycle.urls")),
    # last: an address of the API without its slash is told so, and not redirected with its body lost
    re_path(r"^api/", nothing_here),
]
