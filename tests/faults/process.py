"""One process of the product, as its command starts it, with a short lease so that a fault does not take minutes.

`python -m tests.faults.process worker …` and `beat …` are Celery's commands, `up …` is ours. `FAULTS_WITHOUT=token`
takes out the guard that keeps a thawed worker from writing: a pull is then committed twice, though the landing still
sees that it read before what stands and leaves the results alone. `FAULTS_WITHOUT=guards` takes out both, and
`FAULTS_WITHOUT=lease` the end of leases: the table then has to show doubles or losses.
"""

import os
import sys
from datetime import timedelta

import django

LEASE = timedelta(seconds=6)
CELERY = ("worker", "beat")


def shorten() -> None:
    from django.conf import settings

    from hypotheses.actions import claiming, pulling

    claiming.LEASE = LEASE
    pulling.FIRST_PAUSE, pulling.LONGEST_PAUSE, pulling.BREAKER_REST = 0.5, 2.0, 2.0
    pulling.MOST_ATTEMPTS = claiming.MOST_ATTEMPTS = 30
    settings.CELERY_BEAT_SCHEDULE["tick"]["schedule"] = 1.0


def sabotage(what: str) -> None:
    from hypotheses.actions import landing, planning, pulling
    from hypotheses.models import Pull
    from lifecycle.management import embedded

    if what in ("token", "guards"):

        def settle(claim, **outcome):
            Pull.objects.filter(pk=claim.pull.pk).update(lease_token=None, lease_until=None, **outcome)

        pulling._settle = settle
    if what == "guards":
        landing._Landing._late = lambda landing, places: set()
    if what == "lease":
        planning.free_expired = lambda: 0
        embedded.give_back = lambda **_: 0


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    shorten()
    sabotage(os.environ.get("FAULTS_WITHOUT", ""))
    if sys.argv[1] in CELERY:
        from config.celery import app

        app.start(sys.argv[1:])
    else:
        from django.core.management import call_command

        call_command(*sys.argv[1:])


if __name__ == "__main__":
    main()
