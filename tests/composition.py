"""compose.yaml as the tests read it: with the values of an .env, and the commands that it runs."""

import re
import shlex
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "compose.yaml"
ASKED = re.compile(r"\$\{(\w+)")
_VALUE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<sign>[-?])(?P<word>(?:[^{}]|\$\{[^{}]*\})*))?\}")


class NotGivenError(Exception):
    """A variable that has to be given; its text is what Compose would say."""


def filled(text: str, given: dict[str, str]) -> str:
    """The text with `${NAME}`, `${NAME:-default}` and `${NAME:?sentence}` as Compose fills them in."""

    def value(found: re.Match) -> str:
        if got := given.get(found["name"], ""):
            return got
        if found["sign"] == "?":
            raise NotGivenError(f"{found['name']}: {found['word']}")
        return filled(found["word"] or "", given)

    return _VALUE.sub(value, text)


def services(given: dict[str, str] | None = None) -> dict[str, dict]:
    """The services, filled in where values are given (each text by itself, as Compose does)."""

    def fill(part):
        if isinstance(part, dict):
            return {name: fill(value) for name, value in part.items()}
        if isinstance(part, list):
            return [fill(value) for value in part]
        return filled(part, given) if isinstance(part, str) else part

    found = yaml.safe_load(FILE.read_text())["services"]
    return found if given is None else fill(found)


def ours() -> dict[str, dict]:
    """The services that run our own code."""
    return {name: service for name, service in services().items() if "build" in service}


def process(service: str) -> list[str]:
    """The command of a service, to be run here: the same words, with this environment's own Python."""
    program, *words = shlex.split(services()[service]["command"])
    return [sys.executable, *(["-m", "celery"] if program == "celery" else []), *words]


def replicas(service: str) -> int:
    return services()[service].get("deploy", {}).get("replicas", 1)
