"""Wiring only: settings, environment, urls, the Celery application, the one clock, the API's dress, logging."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
