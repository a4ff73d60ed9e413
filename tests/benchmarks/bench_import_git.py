"""How long a history of 100,000 commits takes to come in, and how much memory (SQLite, a folder apart)."""

import os
import random
import re
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from tests.factories.git_history import Work, commit_all, new_repository

ROOT = Path(__file__).parents[2]
COMMITS, PEOPLE, AREAS, YEARS = 100_000, 300, 40, 10
FEATURES = 20
MAKE = f"""
from django.utils import timezone
from features.models import Feature, Squad, Tribe
squad = Squad.objects.create(slug="s", name="S", tribe=Tribe.objects.create(slug="t", name="T"))
for number in range({FEATURES}):
    Feature.objects.create(key=f"f{{number}}", name=f"F{{number}}", squad=squad, created_at=timezone.now())
"""
RUN = """
import resource, sys
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "import_git", *sys.argv[1:]])
for who, usage in (("this process", resource.RUSAGE_SELF), ("git", resource.RUSAGE_CHILDREN)):
    print(f"peak memory of {who}: {resource.getrusage(usage).ru_maxrss / 1024:.0f} MB (bound 300 MB)")
"""


def works(begin, count):
    """Commits of one to fifty files, most of them small; every thousandth touches hundreds."""
    chance = random.Random(begin)
    first = date(2016, 1, 4)
    for number in range(begin, begin + count):
        author = int(chance.paretovariate(1.2)) % PEOPLE
        area = chance.randrange(AREAS)
        files = 400 if number % 1000 == 999 else min(50, int(chance.paretovariate(1.1)) + 2)
        paths = {f"area{area}/part{chance.randrange(10)}/file{chance.randrange(50)}.py" for _ in range(files)}
        yield Work(
            by=f"Person {author} <p{author}@example.org>",
            on=first + timedelta(days=number * YEARS * 365 // COMMITS),
            paths=tuple(paths),
            message=str(number),
        )


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="fourstroke-bench-") as folder:
        kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        environment = kept | {"VAR": folder, "DJANGO_SETTINGS_MODULE": "config.settings"}

        def manage(*words):
            command = [sys.executable, "-W", "ignore", *words]
            done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True, cwd=ROOT)
            return done.stdout

        began = time.perf_counter()
        repository = commit_all(new_repository(Path(folder) / "large"), works(0, COMMITS))
        print(f"made {COMMITS:,} commits in {time.perf_counter() - began:.0f} s")
        manage("manage.py", "migrate", "--verbosity", "0")
        manage("manage.py", "shell", "--no-imports", "-c", MAKE)
        lines = [f"area{number}/,f{number}" for number in range(FEATURES)]
        (Path(folder) / "map.csv").write_text("\n".join(["path,feature", *lines]))
        for step in ("first run", "the same again", "again after 100 more commits"):
            if step.endswith("commits"):
                commit_all(repository, works(COMMITS, 100))
            began = time.perf_counter()
            said = manage("-c", RUN, str(repository), "--map", f"{folder}/map.csv")
            print(f"{step}: {time.perf_counter() - began:.1f} s (bound 300 s)")
            told = "  (read|counted|entries|not counted)|large: |git:|peak"
            print("\n".join(f"  {line}" for line in said.splitlines() if re.match(told, line)))


if __name__ == "__main__":
    main()
