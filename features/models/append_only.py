"""Tables that only grow: a database trigger refuses UPDATE and DELETE, whoever asks."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


def trigger_sql(*, vendor: str, table: str) -> list[str]:
    """The statements that make a table append-only on a database of this vendor (`sqlite` or `postgresql`)."""
    if vendor == "sqlite":
        return [
            f"""CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}
            BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""
            for verb in ("UPDATE", "DELETE")
        ]
    return [
        f"""CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'restrict_violation'; END $$""",
        f"""CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION {table}_refuse()""",
    ]


def untrigger_sql(*, vendor: str, table: str) -> list[str]:
    """The statements that take the refusal away again."""
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {table}_no_{verb}" for verb in ("update", "delete")]
    return [
        f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}",
        f"DROP FUNCTION IF EXISTS {table}_refuse()",
    ]


class AppendOnly(Operation):
    """A migration step that makes one table append-only (SQLite and PostgreSQL)."""

    # Django calls these methods with all of their arguments.
    # ruff: noqa: ARG002
    reduces_to_sql = True
    reversible = True

    def __init__(self, table: str) -> None:
        self.table = table

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Nothing of Django's own state changes."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Set the trigger."""
        for statement in trigger_sql(vendor=schema_editor.connection.vendor, table=self.table):
            schema_editor.execute(statement, params=None)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Drop the trigger."""
        for statement in untrigger_sql(vendor=schema_editor.connection.vendor, table=self.table):
            schema_editor.execute(statement, params=None)

    def describe(self) -> str:
        """What `migrate --plan` prints."""
        return f"Make {self.table} append-only"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """How a migration file writes this step."""
        return (self.__class__.__name__, [self.table], {})


class LiftAppendOnly(AppendOnly):
    """The step before the table itself is changed. SQLite rebuilds a table for that and loses its triggers, so a
    migration lifts them, changes the table, and ends with `AppendOnly`; taken back, it does the same in reverse.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Drop the trigger."""
        super().database_backwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Set the trigger."""
        super().database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """What `migrate --plan` prints."""
        return f"Let {self.table} be changed"
