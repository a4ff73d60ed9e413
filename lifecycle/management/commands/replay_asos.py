"""Replay the ASOS experiments through the product's own path, in a database of its own."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from features.errors import Refusal
from lifecycle.importers.asos import replay
from lifecycle.importers.asos_table import Course, as_markdown, courses, summary


class Command(BaseCommand):
    help = (
        "Replay the ASOS experiments day by day through the real path, in a database of its own; prints the verdicts."
    )
    requires_system_checks: list[str] = []  # the installation itself is not touched

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="asos_experiments.csv or .csv.gz")
        parser.add_argument("--experiments", type=_at_least_one, help="only the first so many experiments, by id")
        parser.add_argument(
            "--minimum-effect",
            type=float,
            default=0.01,
            help="the minimum effect, as a share of the control's mean at the first snapshot (default %(default)s)",
        )
        parser.add_argument(
            "--every",
            type=_at_least_one,
            default=7,
            help="weigh and judge after so many days; every snapshot is weighed in any case (default %(default)s)",
        )
        parser.add_argument(
            "--jobs",
            type=_at_least_one,
            default=min(os.cpu_count() or 1, 4),
            help="so many processes, each with experiments and a database of its own (default %(default)s)",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON document instead of the table")
        parser.add_argument("--part", help="used by the command itself: a part, as 0/2; works in this very database")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 < options["minimum_effect"] < 1:
            raise CommandError("The minimum effect is a share between 0 and 1, for example 0.01.")
        if not options["file"].is_file():
            raise CommandError(f"There is no file {options['file']}.")
        if options["part"]:
            self._live(options)
            return
        began = time.monotonic()
        rows, pulls, failed = _in_parts(options, note=self.stderr.write)
        sums = summary(rows)
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {"pulls": pulls, "failed": failed, "summary": sums, "series": [row.as_json() for row in rows]}
                )
            )
            return
        self.stdout.write(
            f"{pulls} pulls ({failed} failed) in {time.monotonic() - began:.0f} s. Minimum effect: "
            f"{options['minimum_effect']:.1%} of the control's mean at the first snapshot; more is taken as better.\n"
        )
        self.stdout.write(as_markdown(rows, sums))

    def _live(self, options: dict[str, Any]) -> None:
        """One part, in the database that this process was given; prints one JSON document."""
        call_command("migrate", verbosity=0, skip_checks=True)
        number, parts = (int(word) for word in options["part"].split("/"))
        try:
            done = replay(
                file=options["file"],
                folder=Path(settings.VAR),
                minimum_effect=options["minimum_effect"],
                experiments=options["experiments"],
                part=(number, parts),
                every=options["every"],
                tell=lambda sentence: self.stderr.write(f"part {number + 1} of {parts}: {sentence}"),
            )
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        rows = [row.as_json() for row in courses(done.series)]
        self.stdout.write(json.dumps({"rows": rows, "pulls": done.pulls, "failed": done.failed}))


def _in_parts(options: dict[str, Any], *, note: Any) -> tuple[list[Course], int, int]:
    """The parts at the same time, each in a process with a data folder of its own that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="fourstroke-asos-") as folder:
        running = [_start(options, Path(folder), number) for number in range(options["jobs"])]
        answers = []
        for process in running:
            out, _ = process.communicate()
            if process.returncode:
                for other in running:
                    other.kill()
                raise CommandError("The replay stopped; what went wrong stands above.")
            answers.append(json.loads(out))
    note("")
    rows = [Course(**row) for answer in answers for row in answer["rows"]]
    rows.sort(key=lambda row: (row.experiment, row.variant, row.metric))
    return rows, sum(answer["pulls"] for answer in answers), sum(answer["failed"] for answer in answers)


def _start(options: dict[str, Any], folder: Path, number: int) -> "subprocess.Popen[bytes]":
    var = folder / str(number)
    var.mkdir()
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "CELERY_BROKER_URL"}}
    environment = kept | {
        "VAR": str(var),
        "SOURCE_FILES": "",
        "LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [
        sys.executable,
        str(Path(settings.BASE_DIR) / "manage.py"),
        "replay_asos",
        str(options["file"].resolve()),
    ]
    command += ["--minimum-effect", str(options["minimum_effect"]), "--every", str(options["every"])]
    command += ["--part", f"{number}/{options['jobs']}"]
    if options["experiments"]:
        command += ["--experiments", str(options["experiments"])]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)  # noqa: S603 (our own command line)


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number
