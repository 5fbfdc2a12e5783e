"""Reading the ledger through the driver, on a connection that cannot write.

Every snapshot reads here: the driver answers in milliseconds where the table classes
cost their import first.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from grd_core.errors import LedgerError


class Ledger(Protocol):
    """What a reader and an open transaction can both be asked."""

    def rows(self, sql: str, *parameters: Any) -> list[sqlite3.Row]:
        """All rows of a query."""
        ...

    def one(self, sql: str, *parameters: Any) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        ...

    def value(self, sql: str, *parameters: Any) -> Any:
        """The first column of the first row, or None."""
        ...


class Reader:
    """One consistent view: all reads through one Reader see the same state."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @property
    def driver(self) -> sqlite3.Connection:
        """The driver's read-only connection, for blobs and bulk reads."""
        return self._connection

    def rows(self, sql: str, *parameters: Any) -> list[sqlite3.Row]:
        """All rows of a query."""
        return self._connection.execute(sql, parameters).fetchall()

    def one(self, sql: str, *parameters: Any) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        row: sqlite3.Row | None = self._connection.execute(sql, parameters).fetchone()
        return row

    def value(self, sql: str, *parameters: Any) -> Any:
        """The first column of the first row, or None."""
        row = self.one(sql, *parameters)
        return row[0] if row is not None else None


@contextmanager
def reading(path: Path) -> Iterator[Reader]:
    """Open the ledger at `path` for reading, as one snapshot.

    Raises:
        LedgerError: it is missing, damaged or not a database.
    """
    if not path.is_file():
        raise LedgerError(
            "the study has no ledger",
            where=str(path),
            fix="restore .grd/ledger.db from a backup; `grd new` starts a new study",
        )
    try:
        connection = _connect(path)
    except sqlite3.DatabaseError as error:
        raise _unreadable(path, error) from error
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("BEGIN")
        yield Reader(connection)
    except sqlite3.DatabaseError as error:
        raise _unreadable(path, error) from error
    finally:
        connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    """A read-only connection; in a read-only folder the log cannot be opened, so the file
    is taken as it stands (`immutable`), which is right as long as nobody writes there."""
    address = f"file:{quote(str(path))}?mode=ro"
    try:
        connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=30.0)
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1")
    except sqlite3.OperationalError:
        if os.access(path.parent, os.W_OK) and not _mounted_read_only(path):
            raise
        connection = sqlite3.connect(f"{address}&immutable=1", uri=True, isolation_level=None)
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1")
    return connection


def _mounted_read_only(path: Path) -> bool:
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def _unreadable(path: Path, error: sqlite3.DatabaseError) -> LedgerError:
    return LedgerError(
        f"the ledger cannot be read: {error}",
        where=str(path),
        fix="restore .grd/ledger.db from a backup, with its -wal file if there is one",
    )
