"""`manage.py demo`: a believable portfolio, made only through the product's own actions."""

import logging
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from lifecycle.demo.building import build, is_empty, restore_files, standing
from lifecycle.demo.living import StoryError
from lifecycle.demo.people import sign_in_lines


class Command(BaseCommand):
    """Makes the demo once; running it again changes nothing and prints the same sign-ins."""

    help = (
        "Make a believable portfolio of about 35 features over two years, with people to sign in as. Only in an empty "
        "installation; running it again changes nothing. The passwords are public: never put real data beside them."
    )

    requires_system_checks: tuple[str, ...] = ()  # `up` checks the installation; a second run has to be quick

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it, or say why not; then print who can sign in."""
        there = standing()
        if there is None and not is_empty():
            self.stdout.write("This installation has people or features of its own: the demo is left out.")
            return
        if there is None:
            self._build()
        else:
            restore_files(made=there.made)
        self.stdout.write("The demo’s people, with passwords that everybody knows (for looking around only):")
        self.stdout.write("\n".join(sign_in_lines()))

    def _build(self) -> None:
        self.stdout.write("Making the demo portfolio: two years of six squads, lived through once …")
        self.stdout.flush()
        began = time.monotonic()
        logging.getLogger("hypotheses").setLevel(
            logging.ERROR
        )  # one source fails on purpose; 400 pulls need no line each
        try:
            made = build(now=timezone.now())
        except StoryError as error:
            raise CommandError(f"The demo was not made, nothing was written: {error}") from error
        self.stdout.write(f"{made.features} features in {time.monotonic() - began:.0f} s.")
