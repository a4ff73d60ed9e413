"""`manage.py weigh_evidence`: one stage of the flow by hand."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from features.models import Stint
from hypotheses.actions.weighing import weigh_all, weigh_stint


class Command(BaseCommand):
    """Weighs what has landed since the last time, as the clock does every few seconds."""

    help = "Weigh results that are newer than their evidence. Running it twice changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """The feature, where only one is meant."""
        parser.add_argument(
            "--feature", metavar="KEY", help="only the stints of this feature, also those weighed already"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Weigh, and say how many rows were written."""
        now = timezone.now()
        if options["feature"] is None:
            written = weigh_all(now=now)
        else:
            stints = list(Stint.objects.filter(feature__key=options["feature"]).select_related("feature"))
            if not stints:
                raise CommandError(f"There is no feature {options['feature']!r}.")
            written = sum(weigh_stint(stint=stint, now=now) for stint in stints)
        self.stdout.write(f"{written} rows of evidence written.")
