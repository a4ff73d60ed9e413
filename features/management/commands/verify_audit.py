"""`verify_audit`: proves that the history is unbroken, or names the first number where it breaks."""

from typing import Any

from django.core.management import BaseCommand, CommandError

from features.management.tables import require_tables
from features.models import AuditEntry
from features.queries.audit import verify_chain


class Command(BaseCommand):
    """Walks the chain of the history; exit 1 when it is broken."""

    help = "Prove that the audit history is unbroken; exit 1 and the first broken number when it is not."

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk and tell."""
        require_tables(AuditEntry)
        found = verify_chain()
        if not found.unbroken:
            raise CommandError(f"The history breaks at number {found.first_broken}: {found.because}")
        self.stdout.write(f"{found.entries} entries, unbroken. Head: {found.digest or 'none'}")
