"""How long the real portfolios take to come in, and what the board of all of them costs (SQLite, a folder apart)."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("FOURSTROKE_REAL_DATA") or ROOT.parent / "shared/data") / "portfolio"
LOOK = """
import time
from django.db import connection, reset_queries
from django.utils import timezone
from lifecycle.queries.board import board
from lifecycle.queries.curve import curve_of
from features.models import Feature
from django.test.utils import CaptureQueriesContext
now, longest = timezone.now(), Feature.objects.get(key="rails-activerecord")
for what, read in (
    ("the board of all features", lambda: board(now=now)),
    ("the longest curve by week", lambda: curve_of(feature=longest, now=now)),
):
    began = time.perf_counter()
    with CaptureQueriesContext(connection) as seen:
        read()
    print(f"{what}: {time.perf_counter() - began:.2f} s, {len(seen)} queries")
"""


def main() -> None:
    if not DATA.exists():
        print(f"left out: the real portfolios are not in {DATA} (set FOURSTROKE_REAL_DATA)")
        return
    with tempfile.TemporaryDirectory(prefix="fourstroke-bench-") as var:
        kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        environment = kept | {"VAR": var, "DJANGO_SETTINGS_MODULE": "config.settings"}

        def manage(*words: str) -> str:
            command = [sys.executable, "-W", "ignore", str(ROOT / "manage.py"), *words]
            done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
            return done.stdout

        manage("migrate", "--verbosity", "0")
        for time_of in ("first import of kep and rails", "the same again"):
            began = time.perf_counter()
            manage("import_portfolio", str(DATA), "--dataset", "kep", "--dataset", "rails")
            print(f"{time_of}: {time.perf_counter() - began:.1f} s (bound 60 s)")
        print(manage("shell", "--no-imports", "-c", LOOK))


if __name__ == "__main__":
    main()
