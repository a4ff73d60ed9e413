"""Does what a decision saw follow from the stored results? For whoever wants proof."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lifecycle.models import Decision
from lifecycle.queries.retracing import retraced

LONGEST = 120
"""Characters of a value that one line shows."""


class Command(BaseCommand):
    """`manage.py recompute_decision ID`: exit 0 when what was frozen follows, 1 when it differs, 2 for no such id."""

    help = "Make the evidence of a decision again from the stored results, and name what differs (exit 1)."

    def add_arguments(self, parser: CommandParser) -> None:
        """The decision's id."""
        parser.add_argument("id", type=int, help="the decision's id, as the API and its gate's page tell it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what it stands on and each difference, and exit with the answer."""
        rows = Decision.objects.select_related("gate", "feature", "by")
        decision = rows.filter(pk=options["id"]).first()
        if decision is None:
            raise CommandError(f"There is no decision {options['id']}.", returncode=2)
        who = decision.by.get_username() if decision.by else decision.policy or "an import"
        when = f"{decision.at:%Y-%m-%d %H:%M %Z}"
        self.stdout.write(f"Decision {decision.pk}: {decision.outcome} {decision.feature.key}, {when}, {who}.")
        found = retraced(decision)
        self.stdout.write(f"It stands on {found.stands_on}.")
        for sentence in found.laid_over:
            self.stdout.write(f"Laid over at the reading: {sentence}")
        if found.follows:
            self.stdout.write("What it saw follows from what is stored.")
            return
        for one in found.differences:
            self.stdout.write(f"{one.field}: it saw {_told(one.saw)}; what follows is {_told(one.follows)}")
        self.stdout.write("What it saw does not follow from what is stored.")
        sys.exit(1)


def _told(value: Any) -> str:
    """A JSON value in one line, cut where it is endless."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
