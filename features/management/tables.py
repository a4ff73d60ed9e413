"""What commands ask for before they begin: a database that has been set up."""

from django.core.management import CommandError
from django.db import OperationalError, connection
from django.db.models import Model


def require_tables(*models: type[Model]) -> None:
    """Refuse to begin in a database that has not been set up, with the command that does it.

    Raises:
        CommandError: a table of these models is missing, or the database does not answer.
    """
    try:
        present = set(connection.introspection.table_names())
    except OperationalError as error:
        raise CommandError(
            f"The database does not answer: {str(error).strip()}. Look at DATABASE_URL and VAR."
        ) from error
    if not {model._meta.db_table for model in models} <= present:
        raise CommandError("The database has not been set up yet. Run `make run`, or `manage.py migrate`, first.")
