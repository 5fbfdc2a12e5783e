"""Migration 1: the chain, the chained tables and their triggers, the derived tables.

The text here is frozen: once released, a change of the schema is a new migration. A test
holds it together with the table classes.
"""

from __future__ import annotations

import sqlite3

from grd_core.ledger.events import GENESIS
from grd_core.ledger.migrations.derived import DERIVED_DDL

NAME = "initial"

_EVENT = (
    "id INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, author TEXT NOT NULL, "
    "payload TEXT NOT NULL, prev TEXT NOT NULL, hash TEXT NOT NULL"
)

_TABLES: dict[str, str] = {
    "source": (
        "id INTEGER PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL, name TEXT NOT "
        "NULL, path TEXT NOT NULL, format TEXT NOT NULL, provenance_json TEXT NOT NULL, "
        "roles_json TEXT NOT NULL"
    ),
    "data_version": (
        "id INTEGER PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL, source_id "
        "INTEGER NOT NULL, sha256 TEXT NOT NULL, size_bytes INTEGER NOT NULL, rows "
        "INTEGER NOT NULL, columns_json TEXT NOT NULL"
    ),
    "profile": (
        "id INTEGER PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL, data_version_id "
        "INTEGER NOT NULL, scope TEXT NOT NULL, content_json TEXT NOT NULL"
    ),
    "split": (
        "id INTEGER PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL, data_version_id "
        "INTEGER NOT NULL, strategy TEXT NOT NULL, parameters_json TEXT NOT NULL, reason "
        "TEXT NOT NULL, sizes_json TEXT NOT NULL"
    ),
    "freeze": (
        "id INTEGER PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL, split_id INTEGER "
        "NOT NULL, files_json TEXT NOT NULL, test_ids_sha256 TEXT NOT NULL, test_rows "
        "INTEGER NOT NULL"
    ),
    "touch": (
        "id INTEGER PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL, freeze_id "
        "INTEGER NOT NULL, what TEXT NOT NULL, why TEXT NOT NULL"
    ),
    "peek": (
        "id INTEGER PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL, freeze_id "
        "INTEGER NOT NULL, experiment_id INTEGER NOT NULL, review_id INTEGER NOT NULL, "
        "predictions_sha256 TEXT NOT NULL, why TEXT NOT NULL"
    ),
    "objective_lock": (
        "id INTEGER PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL, version INTEGER "
        "NOT NULL, sha256 TEXT NOT NULL, content_base64 TEXT NOT NULL, rule_json TEXT NOT "
        "NULL, reason TEXT NOT NULL, changes_json TEXT NOT NULL, results_seen_json TEXT "
        "NOT NULL"
    ),
    "experiment": (
        "id INTEGER PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL, number INTEGER "
        "NOT NULL, slug TEXT NOT NULL, title TEXT NOT NULL, kind TEXT NOT NULL, parent_id "
        "INTEGER NOT NULL"
    ),
    "experiment_state": (
        "id INTEGER PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL, experiment_id "
        "INTEGER NOT NULL, state TEXT NOT NULL, folder TEXT NOT NULL, detail_json TEXT "
        "NOT NULL"
    ),
    "run": (
        "id INTEGER PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL, experiment_id "
        "INTEGER NOT NULL, ordinal INTEGER NOT NULL, folder TEXT NOT NULL, command_json "
        "TEXT NOT NULL, seed INTEGER NOT NULL, inputs_json TEXT NOT NULL, "
        "objective_version INTEGER NOT NULL"
    ),
    "run_state": (
        "id INTEGER PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL, run_id INTEGER "
        "NOT NULL, state TEXT NOT NULL, detail_json TEXT NOT NULL"
    ),
    "lease": (
        "id INTEGER PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL, run_id INTEGER "
        "NOT NULL, gpu_hours REAL, cpu_hours REAL, wall_hours REAL"
    ),
    "review": (
        "id INTEGER PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL, experiment_id "
        "INTEGER NOT NULL, stage TEXT NOT NULL, loop INTEGER NOT NULL, run_id INTEGER NOT "
        "NULL, inputs_json TEXT NOT NULL, verdict TEXT NOT NULL, rule TEXT NOT NULL, "
        "confidence TEXT NOT NULL, justification TEXT NOT NULL, detail_json TEXT NOT NULL"
    ),
    "check_result": (
        "id INTEGER PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL, review_id "
        "INTEGER NOT NULL, code TEXT NOT NULL, status TEXT NOT NULL, seconds REAL NOT "
        "NULL, reason TEXT NOT NULL, measurement_json TEXT NOT NULL"
    ),
    "finding": (
        "id INTEGER PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL, review_id "
        "INTEGER NOT NULL, code TEXT NOT NULL, severity TEXT NOT NULL, path TEXT NOT "
        "NULL, line INTEGER NOT NULL, content_json TEXT NOT NULL"
    ),
    "waiver": (
        "id INTEGER PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL, experiment_id "
        "INTEGER NOT NULL, code TEXT NOT NULL, path TEXT NOT NULL, reason TEXT NOT NULL, "
        "expires TEXT NOT NULL, findings_json TEXT NOT NULL"
    ),
    "scorecard": (
        "id INTEGER PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL, experiment_id "
        "INTEGER NOT NULL, peek_id INTEGER NOT NULL, outcome TEXT NOT NULL, sha256 TEXT "
        "NOT NULL, content_json TEXT NOT NULL"
    ),
    "decision": (
        "id INTEGER PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL, experiment_id "
        "INTEGER NOT NULL, review_id INTEGER NOT NULL, scorecard_id INTEGER NOT NULL, "
        "decision TEXT NOT NULL, question_answer TEXT NOT NULL, outcome TEXT NOT NULL, "
        "reason TEXT NOT NULL, detail_json TEXT NOT NULL"
    ),
}

_RENDERED = "path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, previous TEXT NOT NULL, at TEXT NOT NULL"
"""The last two renderings of each rendered file; derived, since the file can be rendered again."""

_INDEXES = {
    "experiment_state": "experiment_id",
    "run": "experiment_id",
    "run_state": "run_id",
    "lease": "run_id",
    "review": "experiment_id",
    "check_result": "review_id",
    "finding": "review_id",
}


def apply(connection: sqlite3.Connection) -> None:
    """Create everything, inside the caller's transaction."""
    connection.execute(f"CREATE TABLE event ({_EVENT}) STRICT")
    for name, columns in _TABLES.items():
        connection.execute(f"CREATE TABLE {name} ({columns}) STRICT")
    for name, column in _INDEXES.items():
        connection.execute(f"CREATE INDEX {name}_by_{column} ON {name} ({column})")
    connection.execute(f"CREATE TABLE rendered ({_RENDERED}) STRICT")
    for statement in DERIVED_DDL:
        connection.execute(statement)
    for statement in TRIGGERS.values():
        connection.execute(statement)


def _triggers() -> dict[str, str]:
    """Refuse everything but appending the next row.

    Without the insert triggers, INSERT OR REPLACE would pass: it deletes without firing a
    delete trigger.
    """
    statements = {
        "event_next": (
            "CREATE TRIGGER event_next BEFORE INSERT ON event"
            " WHEN NEW.id IS NOT (SELECT coalesce(max(id), 0) + 1 FROM event)"
            " OR NEW.prev IS NOT coalesce("
            f"(SELECT hash FROM event ORDER BY id DESC LIMIT 1), '{GENESIS}')"
            " BEGIN SELECT RAISE(ABORT, 'event is not the next of the chain'); END"
        )
    }
    for table in _TABLES:
        statements[f"{table}_next"] = (
            f"CREATE TRIGGER {table}_next BEFORE INSERT ON {table}"
            f" WHEN NEW.id IS NOT (SELECT coalesce(max(id), 0) + 1 FROM {table})"
            f" BEGIN SELECT RAISE(ABORT, '{table} takes only its next row'); END"
        )
    for table in ("event", *_TABLES):
        for verb in ("update", "delete"):
            statements[f"{table}_{verb}"] = (
                f"CREATE TRIGGER {table}_{verb} BEFORE {verb.upper()} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    return statements


TRIGGERS = _triggers()
"""Every guard by name, with the exact text that must stand in the database."""
