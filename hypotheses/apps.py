"""The Django application of this floor."""

from django.apps import AppConfig


class HypothesesConfig(AppConfig):
    """Registers the floor with Django."""

    name = "hypotheses"
