"""May this feature go to so many percent? For deploy pipelines."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from features.errors import BadInput
from features.models import Feature
from lifecycle.actions.rolling_out import read_percent
from lifecycle.queries.gates import may_rise


class Command(BaseCommand):
    """`manage.py check_ladder FEATURE PERCENT`: exit 0 when allowed, 1 when refused, 2 for wrong arguments."""

    help = "Say whether a feature may be shown to so many percent now (exit 0), or not (exit 1)."

    def add_arguments(self, parser: CommandParser) -> None:
        """The feature's key and the percentage."""
        parser.add_argument("feature", help="the feature's key")
        parser.add_argument("percent", help="from 0 to 100")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print why, and exit with the answer."""
        feature = Feature.objects.filter(key=options["feature"]).first()
        if feature is None:
            raise CommandError(f"There is no feature “{options['feature']}”.", returncode=2)
        try:
            percent = read_percent(options["percent"])
        except BadInput as error:
            raise CommandError(error.detail, returncode=2) from error
        answer = may_rise(feature=feature, percent=percent, now=timezone.now())
        self.stdout.write(f"{'allowed' if answer.allowed else 'refused'}: {answer.because}")
        if not answer.allowed:
            sys.exit(1)
