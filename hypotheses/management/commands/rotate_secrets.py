"""`manage.py rotate_secrets`: puts the stored secrets under the first key, or says which are not."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone

from features.management.tables import require_tables
from hypotheses.actions.rotating import rotate_secrets
from hypotheses.models import Source
from hypotheses.queries.secrets import secrets_standing


class Command(BaseCommand):
    """Encrypts each stored secret anew with the first key. Safe beside running workers, and to repeat.

    Exit code 1 when a secret cannot be opened; with `--check`, which writes nothing, also when one is still under an
    earlier key.
    """

    help = "Encrypt the secrets of sources anew with the first of the keys (SECRETS_KEYS, or VAR/secrets_key)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether to look only."""
        parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when there is something to do")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, or rotate, and tell."""
        require_tables(Source)
        complaints = self._check() if options["check"] else self._rotate()
        if complaints:
            raise CommandError("\n".join(complaints))

    def _check(self) -> list[str]:
        found = secrets_standing()
        self.stdout.write(f"{found.current} under the first key.")
        earlier = (
            f"Still under an earlier key: {', '.join(found.earlier)}. Run manage.py rotate_secrets, and keep that key."
        )
        return ([earlier] if found.earlier else []) + _unreadable(found.unreadable)

    def _rotate(self) -> list[str]:
        try:
            done = rotate_secrets(by=None, now=timezone.now(), by_name="rotate_secrets")
        except OperationalError as error:
            raise CommandError(
                f"Nothing was rotated: {str(error).strip()}. A source was being changed; run it again."
            ) from error
        self.stdout.write(f"{done.rotated} rotated, {done.current} already under the first key.")
        return _unreadable(done.unreadable)


def _unreadable(sources: tuple[str, ...]) -> list[str]:
    if not sources:
        return []
    sentence = (
        f"No key opens the secrets of: {', '.join(sources)}. Put the key they were written with behind the first one "
        "(SECRETS_KEYS, or a line of VAR/secrets_key) and run this again, or enter those secrets anew."
    )
    return [sentence]
