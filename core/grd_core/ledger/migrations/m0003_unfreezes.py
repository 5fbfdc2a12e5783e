"""Migration 3: freezes that were taken back, a chained table.

The text here is frozen: once released, a change of the schema is a new migration.
"""

from __future__ import annotations

import sqlite3

NAME = "unfreezes"

_UNFREEZE = (
    "id INTEGER PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL, freeze_id INTEGER "
    "NOT NULL, reason TEXT NOT NULL, kept_in TEXT NOT NULL, faults_json TEXT NOT NULL"
)

TRIGGERS = {
    "unfreeze_next": (
        "CREATE TRIGGER unfreeze_next BEFORE INSERT ON unfreeze"
        " WHEN NEW.id IS NOT (SELECT coalesce(max(id), 0) + 1 FROM unfreeze)"
        " BEGIN SELECT RAISE(ABORT, 'unfreeze takes only its next row'); END"
    ),
    "unfreeze_update": (
        "CREATE TRIGGER unfreeze_update BEFORE UPDATE ON unfreeze"
        " BEGIN SELECT RAISE(ABORT, 'unfreeze is append-only'); END"
    ),
    "unfreeze_delete": (
        "CREATE TRIGGER unfreeze_delete BEFORE DELETE ON unfreeze"
        " BEGIN SELECT RAISE(ABORT, 'unfreeze is append-only'); END"
    ),
}
"""Every guard by name, with the exact text that must stand in the database."""


def apply(connection: sqlite3.Connection) -> None:
    """Create the table with its guards, inside the caller's transaction."""
    connection.execute(f"CREATE TABLE unfreeze ({_UNFREEZE}) STRICT")
    for statement in TRIGGERS.values():
        connection.execute(statement)
