"""`create_token USERNAME`: prints one new API token, and nothing else."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management import BaseCommand, CommandError
from django.utils import timezone
from knox.models import AuthToken

from features.actions.token import create_token
from features.management.tables import require_tables


class Command(BaseCommand):
    """Makes a token for a person; the token itself is shown this once, a hash of it is kept."""

    help = "Print one API token for a person. It is shown once and kept as a hash."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose token it is."""
        parser.add_argument("username")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        """Make the token and print it."""
        require_tables(User, AuthToken)
        person = User.objects.filter(username=username).first()
        if person is None:
            raise CommandError(f"Nobody has the username “{username}”.")
        if not person.is_active:
            raise CommandError(f"{username} is no longer active.")
        self.stdout.write(create_token(person=person, by=None, now=timezone.now(), by_name="create_token"))
