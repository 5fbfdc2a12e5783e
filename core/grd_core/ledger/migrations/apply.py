"""Bringing a ledger to the current schema, one migration a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from grd_core.errors import LedgerError
from grd_core.ledger.migrations import m0001_initial

MIGRATIONS: tuple[tuple[str, Callable[[sqlite3.Connection], None]], ...] = (
    (m0001_initial.NAME, m0001_initial.apply),
)
"""Name and function of each migration; its number is its place, from 1."""

CURRENT = len(MIGRATIONS)


def check_schema(version: int, path: Path) -> None:
    """Refuse a ledger that a newer program wrote.

    Raises:
        LedgerError: with what to do.
    """
    if version > CURRENT:
        raise LedgerError(
            f"the ledger has schema {version}, this grd knows {CURRENT}",
            where=str(path),
            fix="upgrade grd",
        )


def migrate(path: Path, *, author: str) -> None:
    """Apply what is missing. Each migration and its event commit together or not at all."""
    from grd_core.ledger.write import transaction

    for number, (name, function) in enumerate(MIGRATIONS, start=1):
        if _version(path) >= number:
            continue
        with transaction(path, f"migration {number} {name}", author=author, durable=True) as tx:
            # Another process may have migrated while this one waited for the lock.
            if tx.value("PRAGMA user_version") < number:
                function(tx.driver)
                tx.driver.execute(f"PRAGMA user_version = {number}")


def _version(path: Path) -> int:
    connection = sqlite3.connect(path, timeout=30.0)
    try:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    finally:
        connection.close()
