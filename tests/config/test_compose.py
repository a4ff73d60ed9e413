"""compose.yaml says what is so: commands exist, variables are settings, no secret, the right order."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from celery.bin.celery import celery
from django.core.management import load_command_class

from tests.composition import ASKED, FILE, NotGivenError, ours, replicas, services

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/how-to/run-in-production.md").read_text()
SETTINGS = (ROOT / "docs/reference/settings.md").read_text()
NEEDED = {
    "POSTGRES_PASSWORD": "pgword", "BROKER_PASSWORD": "mqword", "SECRET_KEY": "only-for-tests",
    "SECRETS_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "ALLOWED_HOSTS": "fourstroke.example.org",
}  # fmt: skip
OF_COMPOSE = {"POSTGRES_PASSWORD", "BROKER_PASSWORD", "COMPOSE_PROFILES", "FOURSTROKE_VERSION", "PORT"}


def environment_of(service, **more):
    return services({**NEEDED, **more})[service]["environment"]


def of_processes():
    return [name for name, service in ours().items() if service["command"].startswith("celery")]


def test_two_workers_two_clocks_one_web_and_a_migration_before_them():
    assert set(ours()) == {"migrate", "web", "worker", "clock"}
    assert (replicas("web"), replicas("worker"), replicas("clock")) == (1, 2, 2)
    for name in ("web", "worker", "clock"):
        service = services()[name]
        assert service["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert service["restart"] == "unless-stopped"
    assert services()["migrate"]["depends_on"]["postgres"] == {"condition": "service_healthy"}
    assert services()["migrate"]["restart"] == "no"  # else it would start again for ever


def test_whoever_asks_a_source_gets_the_secrets_that_are_references():
    """Workers pull, and the web asks for “Try the source now” and “Preview”; nobody else has to know them."""
    told = {name for name, service in services().items() if "env_file" in service}
    assert told == {"web", "worker"}
    assert [services()[name]["env_file"] for name in told] == [[{"path": "pull.env", "required": False}]] * 2


@pytest.mark.parametrize("broker", ["rabbitmq", "redis"])
def test_each_broker_is_a_profile_that_is_waited_for_only_where_it_runs(broker):
    assert services()[broker]["profiles"] == [broker]
    for name in ("web", "worker", "clock"):
        assert services()[name]["depends_on"][broker] == {"condition": "service_healthy", "required": False}
    assert "COMPOSE_PROFILES=rabbitmq" in (ROOT / ".env.example").read_text()


def test_redis_forgets_nothing_that_it_was_told():
    command = services()["redis"]["command"]
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_whatever_runs_for_long_is_asked_how_it_is():
    assert "/readyz" in services()["web"]["healthcheck"]["test"][-1]
    assert services()["postgres"]["healthcheck"]["test"][1] == "pg_isready"
    assert services()["rabbitmq"]["healthcheck"]["test"][1] == "rabbitmq-diagnostics"
    assert "redis-cli ping" in services()["redis"]["healthcheck"]["test"][1]


@pytest.mark.parametrize("service", of_processes())
def test_celerys_commands_and_options_exist(service):
    program, *words = shlex.split(ours()[service]["command"])
    assert program == "celery"
    context = celery.make_context("celery", words[:2])
    _, command, rest = celery.resolve_command(context, words[2:])
    assert words[:3] == ["-A", "config", command.name]
    parser = command.make_parser(context)
    options, left, _ = parser.parse_args(args=list(rest))
    assert options
    assert not left


@pytest.mark.parametrize("service", [name for name in ours() if name not in of_processes()])
def test_our_commands_and_options_exist(service):
    python, file, name, *words = shlex.split(ours()[service]["command"])
    assert (python, file) == ("python", "manage.py")
    app = "lifecycle" if name == "up" else "django.core"
    load_command_class(app, name).create_parser("manage.py", name).parse_args(words)


def test_what_our_code_is_told_are_settings_of_the_reference():
    for name, service in ours().items():
        assert not [setting for setting in service["environment"] if f"| `{setting}` |" not in SETTINGS], name


def test_each_setting_of_the_reference_can_be_given_except_those_of_one_machine():
    told = set(re.findall(r"^\| `([A-Z_]+)` \|", SETTINGS, re.MULTILINE))
    assert told - set(ours()["web"]["environment"]) == {"VAR", "DEBUG"}


def test_what_it_asks_for_stands_in_the_example_and_in_the_guide():
    asked = set(ASKED.findall(FILE.read_text()))
    example = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert asked <= example
    assert not [name for name in asked & OF_COMPOSE if f"`{name}`" not in GUIDE]


@pytest.mark.parametrize("name", NEEDED)
def test_a_secret_that_is_not_given_stops_the_start_with_its_name(name):
    with pytest.raises(NotGivenError, match=f"{name}: set {name} in .env"):
        services({**NEEDED, name: ""})


def test_no_secret_stands_in_the_file():
    for service in services().values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASS|SECRET|AUTH", name):
                assert re.fullmatch(r"\$\{\w+:\?set \w+ in \.env\}", value), name


@pytest.mark.parametrize("broker", ["", "redis://:mqword@redis:6379/0"])
def test_the_settings_can_be_started_with_as_they_are(broker, tmp_path):
    told = environment_of("worker", CELERY_BROKER_URL=broker)
    environment = {"PATH": os.environ["PATH"], "VAR": str(tmp_path), **told}
    look = (
        "from config import settings as s; print(s.DATABASES['default']['HOST'], s.CELERY_BROKER_URL, s.ALLOWED_HOSTS)"
    )
    done = subprocess.run(  # noqa: S603 (our own settings)
        [sys.executable, "-c", look], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert not done.returncode, done.stderr
    expected = broker or "amqp://fourstroke:mqword@rabbitmq:5672/fourstroke"
    assert done.stdout.split(maxsplit=2)[:2] == ["postgres", expected]
    assert "127.0.0.1" in done.stdout
    assert not list(tmp_path.iterdir())  # all keys are given: nothing is kept in the container


def test_images_are_pinned_and_ours_does_not_run_as_root():
    for name, service in services(NEEDED).items():
        if name not in ours():
            assert re.fullmatch(r"[a-z]+:\d+(\.\d+)+", service["image"]), service["image"]
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert {line.split()[1].split("@")[0] for line in lines if line.startswith("FROM ")} == {
        "python:3.12.11-slim-bookworm"
    }
    assert [line for line in lines if line.startswith("USER ")] == ["USER fourstroke"]
    assert any("--require-hashes -r /pdf.txt" in line for line in lines)


def test_the_image_gets_what_the_product_needs_and_nothing_of_an_installation():
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert not [name for name in let_in if not (ROOT / name).exists()]
    assert {"config", "features", "hypotheses", "lifecycle", "templates", "manage.py"} <= let_in
    assert not let_in & {".env", "var", "tests", ".git"}


def test_by_hand_the_same_commands_are_run():
    for name in ("web", "worker", "clock"):
        assert ours()[name]["command"] in GUIDE, f"docs/how-to/run-in-production.md says how a {name} is started"
