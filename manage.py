#!/usr/bin/env python
"""The one door for commands: `python manage.py --help` lists them."""

import os
import sys


def main() -> None:
    """Run a management command with the settings of this installation."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 (settings must be named first)

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
