"""The one function that opens write transactions.

`transaction` begins with BEGIN IMMEDIATE, so that two writers wait for each other
instead of failing half-way, writes rows through the SQLModel tables, and closes with one
event whose payload is the content of those rows as the database now holds them. With
`kind=None` only derived tables may be written (points, offsets, renderings): they can be
rebuilt, so they carry no event; `grd verify` finds any chained row that has none.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, create_engine, event, insert
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

from grd_core.clock import utc_now
from grd_core.errors import LedgerError
from grd_core.identity import canonical_json
from grd_core.ledger.events import GENESIS, event_hash

BUSY_TIMEOUT_S = 30.0
"""How long a writer waits for another one before it gives up with a sentence."""


class Transaction:
    """An open BEGIN IMMEDIATE: insert rows, read what is there, know who and when."""

    def __init__(self, connection: Connection, author: str, at: str) -> None:
        self._connection = connection
        self._written: list[tuple[str, int]] = []
        self.author = author
        self.at = at

    @property
    def driver(self) -> sqlite3.Connection:
        """The driver's connection inside this transaction, for derived tables and reads."""
        return cast(sqlite3.Connection, self._connection.connection.driver_connection)

    def insert(self, row: SQLModel) -> int:
        """Write a row of a chained table; its id, time and author are assigned here.

        Returns:
            The id: the table's largest plus one. Ids never repeat, since no row leaves.
        """
        table = str(row.__tablename__)
        identity = int(self.value(f"SELECT coalesce(max(id), 0) + 1 FROM {table}"))
        values = {**row.model_dump(), "id": identity, "at": self.at, "author": self.author}
        self._connection.execute(insert(type(row)), values)
        self._written.append((table, identity))
        return identity

    def rows(self, sql: str, *parameters: Any) -> list[sqlite3.Row]:
        """All rows of a query, as this transaction sees them."""
        cursor = self.driver.cursor()
        cursor.row_factory = sqlite3.Row
        return cursor.execute(sql, parameters).fetchall()

    def one(self, sql: str, *parameters: Any) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        found = self.rows(sql, *parameters)
        return found[0] if found else None

    def value(self, sql: str, *parameters: Any) -> Any:
        """The first column of the first row, or None."""
        found = self.one(sql, *parameters)
        return found[0] if found is not None else None

    def _seal(self, kind: str) -> None:
        content = [[table, self._stored(table, id_)] for table, id_ in self._written]
        last = self.one("SELECT id, hash FROM event ORDER BY id DESC LIMIT 1")
        id_, prev = (last["id"] + 1, last["hash"]) if last else (1, GENESIS)
        payload = canonical_json({"rows": content})
        digest = event_hash(id_, self.at, kind, self.author, payload, prev)
        self.driver.execute(
            "INSERT INTO event (id, at, kind, author, payload, prev, hash)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (id_, self.at, kind, self.author, payload, prev, digest),
        )
        self._stored("event", id_)

    def _stored(self, table: str, id_: int) -> dict[str, Any]:
        """The row just written, as the database holds it; a foreign trigger may drop a row."""
        row = self.one(f"SELECT * FROM {table} WHERE id = ?", id_)
        if row is None:
            raise LedgerError(
                f"the database did not keep {table} {id_}; nothing was recorded",
                fix="run `grd verify`: something was added to the ledger that drops rows",
            )
        return dict(row)


@contextmanager
def transaction(
    path: Path, kind: str | None, *, author: str, durable: bool = False
) -> Iterator[Transaction]:
    """Open the ledger at `path` for writing; commit on leaving, roll back on an exception.

    Args:
        path: the ledger's file.
        kind: what happens, in the words of the method («objective locked»); None for
            derived tables alone.
        author: who does it.
        durable: wait for the disk (`synchronous=FULL`); for locks, verdicts, decisions.

    Raises:
        LedgerError: the ledger is read-only, busy for too long, damaged, or a trigger
            refused a row; nothing was written.
    """
    engine = _engine(str(path), "FULL" if durable else "NORMAL")
    try:
        with engine.connect() as connection, connection.begin():
            opened = Transaction(connection, author, utc_now())
            yield opened
            if kind is not None:
                opened._seal(kind)
            elif opened._written:
                raise LedgerError(
                    "a chained row was written without an event",
                    where=str(path),
                    fix="name what happens when opening the transaction",
                )
    except (DatabaseError, sqlite3.DatabaseError) as error:
        raise write_fault(path, error) from error


def write_fault(path: Path, error: Exception) -> LedgerError:
    """The sentence for a database error met while writing."""
    cause = str(getattr(error, "orig", None) or error)
    if isinstance(error, IntegrityError | sqlite3.IntegrityError):
        return LedgerError(
            f"the ledger refused a row: {cause}",
            where=str(path),
            fix="the ledger is append-only; run `grd verify`",
        )
    if "locked" in cause or "busy" in cause:
        return LedgerError(
            f"the ledger was busy for {BUSY_TIMEOUT_S:.0f} s",
            where=str(path),
            fix="another grd is writing; try again, or look for a stopped process",
        )
    if "readonly" in cause or "read-only" in cause or "unable to open" in cause:
        return LedgerError(
            "the ledger cannot be written",
            where=str(path),
            fix="check the folder's permissions, or use reading verbs only",
        )
    if "full" in cause:
        return LedgerError(
            "the disk is full; nothing was recorded",
            where=str(path),
            fix="free some space and repeat the command",
        )
    return LedgerError(
        f"the ledger cannot be used: {cause}",
        where=str(path),
        fix="run `grd verify`, or restore .grd/ledger.db from a backup",
    )


@lru_cache(maxsize=16)
def _engine(path: str, synchronous: str) -> Engine:
    """One engine per ledger and durability: the pragma leaks through a shared pool."""
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=NullPool,
        connect_args={"isolation_level": None, "timeout": BUSY_TIMEOUT_S},
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
