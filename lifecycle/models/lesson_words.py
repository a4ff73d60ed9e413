"""The words of lessons, so that a search finds them: FTS5 on SQLite, a GIN index on PostgreSQL."""

from typing import Any, Final

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

COLUMNS: Final = ("statement", "detail", "about")
VECTOR: Final = "to_tsvector('english', statement || ' ' || detail || ' ' || about)"
"""What PostgreSQL's index is made of; a query has to say exactly this to use it."""

_NEW, _OLD = (", ".join(f"{row}.{column}" for column in COLUMNS) for row in ("new", "old"))
_ADD = f"INSERT INTO lesson_words(rowid, {', '.join(COLUMNS)}) VALUES (new.id, {_NEW});"  # noqa: S608 (our own names)
_DROP = (
    f"INSERT INTO lesson_words(lesson_words, rowid, {', '.join(COLUMNS)}) "  # noqa: S608 (our own names)
    f"VALUES ('delete', old.id, {_OLD});"
)
SQLITE: Final = (
    f"""CREATE VIRTUAL TABLE lesson_words USING fts5({", ".join(COLUMNS)}, content='lesson', content_rowid='id',
    tokenize='porter unicode61 remove_diacritics 2')""",
    f"CREATE TRIGGER lesson_words_insert AFTER INSERT ON lesson BEGIN {_ADD} END",
    f"CREATE TRIGGER lesson_words_delete AFTER DELETE ON lesson BEGIN {_DROP} END",
    f"CREATE TRIGGER lesson_words_update AFTER UPDATE OF {', '.join(COLUMNS)} ON lesson BEGIN {_DROP} {_ADD} END",
    "INSERT INTO lesson_words(lesson_words) VALUES ('rebuild')",
)
POSTGRESQL: Final = (f"CREATE INDEX lesson_words ON lesson USING gin ({VECTOR})",)


class LessonWords(Operation):
    """A migration step that keeps the words of lessons searchable. Where a later migration of SQLite rebuilds the table
    `lesson`, it has to be undone before and done again after: the rebuild drops the triggers.
    """

    # Django calls these methods with all of their arguments.
    # ruff: noqa: ARG002
    reduces_to_sql = True
    reversible = True

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Nothing of Django's own state changes."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Make the index, and on SQLite what keeps it up to date."""
        for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
            schema_editor.execute(statement, params=None)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Take it away again."""
        if schema_editor.connection.vendor != "sqlite":
            schema_editor.execute("DROP INDEX IF EXISTS lesson_words")
            return
        for verb in ("insert", "delete", "update"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS lesson_words_{verb}")
        schema_editor.execute("DROP TABLE IF EXISTS lesson_words")

    def describe(self) -> str:
        """What `migrate --plan` prints."""
        return "Make the words of lessons searchable"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """How a migration file writes this step."""
        return (self.__class__.__name__, [], {})
