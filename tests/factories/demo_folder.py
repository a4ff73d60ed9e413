"""A data folder with the whole demo in it, made the way a visitor gets it: for tests that need a served portfolio."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def made_demo(folder: Path) -> dict[str, str]:
    """Make the demo in `folder`, once; the environment under which `manage.py` sees it (SQLite, embedded broker)."""
    others = {"DATABASE_URL", "CELERY_BROKER_URL", "DJANGO_SETTINGS_MODULE"}
    environment = {name: value for name, value in os.environ.items() if name not in others} | {"VAR": str(folder)}
    for command in (["migrate", "--verbosity", "0"], ["demo"]):
        asked = [sys.executable, "manage.py", *command]
        subprocess.run(asked, cwd=ROOT, env=environment, check=True, timeout=600)  # noqa: S603 (our own commands)
    return environment
