"""Bringing a ledger to the current schema, one migration a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from grd_core.errors import LedgerError
from grd_core.ledger.migrations import m0001_initial, m0002_run_notes, m0003_unfreezes


@dataclass(frozen=True, slots=True)
class Migration:
    """One change of the schema: what it is called, what does it, the guards it brings."""

    name: str
    apply: Callable[[sqlite3.Connection], None]
    guards: Mapping[str, str]


MIGRATIONS = tuple(
    Migration(module.NAME, module.apply, module.TRIGGERS)
    for module in (m0001_initial, m0002_run_notes, m0003_unfreezes)
)
"""Each migration; its number is its place, from 1."""

CURRENT = len(MIGRATIONS)


def guards_of(version: int) -> dict[str, str]:
    """Every guard of a ledger of this schema by name, with the text that must stand there."""
    return {
        name: sql
        for migration in MIGRATIONS[: max(0, version)]
        for name, sql in migration.guards.items()
    }


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

    for number, migration in enumerate(MIGRATIONS, start=1):
        if _version(path) >= number:
            continue
        kind = f"migration {number} {migration.name}"
        with (
            suppress(_DoneMeanwhile),
            transaction(path, kind, author=author, durable=True) as tx,
        ):
            if tx.value("PRAGMA user_version") >= number:
                raise _DoneMeanwhile
            migration.apply(tx.driver)
            tx.driver.execute(f"PRAGMA user_version = {number}")


class _DoneMeanwhile(Exception):  # noqa: N818 - no error: it takes back an event of nothing
    """Another process has migrated while this one waited for the lock."""


def _version(path: Path) -> int:
    connection = sqlite3.connect(path, timeout=30.0)
    try:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    finally:
        connection.close()
