"""The Django application of this floor."""

from django.apps import AppConfig


class LifecycleConfig(AppConfig):
    """Registers the floor with Django."""

    name = "lifecycle"
