"""The doors of this floor."""

from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("lifecycle.api.urls")),
    path("", include("lifecycle.pages.urls")),
]
