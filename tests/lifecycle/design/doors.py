"""The doors before sign-in, alone."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def breaks(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(request.path)


urlpatterns = [path("accounts/", include("django.contrib.auth.urls")), path("breaks/", login_not_required(breaks))]
