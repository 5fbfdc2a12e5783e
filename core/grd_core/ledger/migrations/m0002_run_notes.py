"""Migration 2: notes on runs, a chained table.

The text here is frozen: once released, a change of the schema is a new migration.
"""

from __future__ import annotations

import sqlite3

NAME = "run notes"

_RUN_NOTE = (
    "id INTEGER PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL, run_id INTEGER NOT "
    "NULL, text TEXT NOT NULL"
)

TRIGGERS = {
    "run_note_next": (
        "CREATE TRIGGER run_note_next BEFORE INSERT ON run_note"
        " WHEN NEW.id IS NOT (SELECT coalesce(max(id), 0) + 1 FROM run_note)"
        " BEGIN SELECT RAISE(ABORT, 'run_note takes only its next row'); END"
    ),
    "run_note_update": (
        "CREATE TRIGGER run_note_update BEFORE UPDATE ON run_note"
        " BEGIN SELECT RAISE(ABORT, 'run_note is append-only'); END"
    ),
    "run_note_delete": (
        "CREATE TRIGGER run_note_delete BEFORE DELETE ON run_note"
        " BEGIN SELECT RAISE(ABORT, 'run_note is append-only'); END"
    ),
}
"""Every guard by name, with the exact text that must stand in the database."""


def apply(connection: sqlite3.Connection) -> None:
    """Create the table with its guards, inside the caller's transaction."""
    connection.execute(f"CREATE TABLE run_note ({_RUN_NOTE}) STRICT")
    connection.execute("CREATE INDEX run_note_by_run_id ON run_note (run_id)")
    for statement in TRIGGERS.values():
        connection.execute(statement)
