"""What supervisors and load balancers ask."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from hypotheses.models import Clock


def test_the_process_lives_whatever_the_database_does(client):
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_is_a_database_with_its_migrations_and_a_clock_that_ticks(client):
    assert client.get("/readyz").json()["checks"]["clock"] == "has not ticked yet"
    Clock.objects.create(name="tick", at=timezone.now())
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    Clock.objects.update(at=timezone.now() - timedelta(hours=2))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["clock"]) == (503, "last ticked 120 minutes ago")


@pytest.mark.django_db
def test_not_ready_without_database_or_migrations(client, monkeypatch):
    Clock.objects.create(name="tick", at=timezone.now())

    def gone(*_):
        raise OperationalError

    with monkeypatch.context() as broken:
        broken.setattr("config.health._migrations", gone)
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "does not answer")
    monkeypatch.setattr("config.health._migrations", lambda: "1 to apply")
    assert client.get("/readyz").status_code == 503


@pytest.mark.django_db
def test_prometheus_reads_without_signing_in(client):
    assert b"django_http_requests" in client.get("/metrics").content


def test_a_post_is_not_a_question(client):
    assert client.post("/healthz").status_code == 405


def test_behind_tls_what_is_asked_from_within_is_not_redirected(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz").status_code == 200
    assert client.get("/login/").status_code == 301
