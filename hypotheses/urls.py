"""The doors of this floor."""

from django.urls import include, path

urlpatterns = [path("api/v1/", include("hypotheses.api.urls"))]
