"""The Django application of this floor."""

from django.apps import AppConfig


class FeaturesConfig(AppConfig):
    """Registers the floor with Django."""

    name = "features"
