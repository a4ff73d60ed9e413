"""``manage.py build_assets``: makes the style sheet and the font that browsers load."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from lifecycle.design.build import build

TARGET = Path(__file__).resolve().parents[2] / "static_built" / "fourstroke"


class Command(BaseCommand):
    """A second run writes nothing and takes a moment."""

    help = "Makes fourstroke.css from the design tokens and cuts the Inter font. Run it before collectstatic."

    def handle(self, *args: Any, **options: Any) -> None:
        """Builds into ``lifecycle/static_built``, which ``STATICFILES_DIRS`` lists."""
        written = build(TARGET)
        names = ", ".join(path.name for path in written) or "nothing: all is up to date"
        self.stdout.write(f"Wrote {names}.")
