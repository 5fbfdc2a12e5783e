"""Rows of a SQLite file: one table, or one SELECT that states its order.

The file is opened read-only and as if nothing else wrote to it; a file for which that is not
so, because a log of writes lies beside it, is refused. Its content hash is that of its bytes,
so that any write, a VACUUM too, makes a new version.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from grd_core.checks.data.reading.columns import refuse_names, require_columns
from grd_core.checks.data.reading.options import ReadOptions
from grd_core.checks.data.reading.text_stream import LARGEST_LINE
from grd_core.errors import DataError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

_MARK = b"SQLite format 3\0"
_BATCH = 1 << 14
_READING = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
    }
)
_CHANCE = frozenset(
    {
        "random",
        "randomblob",
        "load_extension",
        "changes",
        "total_changes",
        "last_insert_rowid",
        "current_date",
        "current_time",
        "current_timestamp",
    }
)
"""Functions whose answer is not the file's."""
_NOW = re.compile(r"'\s*now\s*'", re.IGNORECASE)
_SKIPPED = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*.*?\*/", re.DOTALL)


def sqlite_names(path: Path, options: ReadOptions) -> list[str]:
    """The columns of the table or of the query's answer.

    Raises:
        UsageError, DataError: as `read_sqlite`.
    """
    with _answer(path, options) as (cursor, _):
        return _names(cursor, path)


def read_sqlite(path: Path, columns: Sequence[str] | None, options: ReadOptions) -> pa.Table:
    """All rows, in the stated order; a table's in the order of its key.

    A column's type is the narrowest that holds every value: SQLite itself holds to none.

    Raises:
        UsageError: it is not said which table, or the query has no ORDER BY.
        DataError: it is no database, is being written, has no such table, the query is not
            one SELECT over the file, or a value is text that is no UTF-8.
    """
    import pyarrow as pa

    with _answer(path, options) as (cursor, what):
        names = _names(cursor, path)
        if columns is not None:
            require_columns(columns, names, where=f"{path}, {what}")
        kept = [names.index(name) for name in (names if columns is None else columns)]
        kinds: list[set[type]] = [set() for _ in kept]
        for rows in _batches(cursor):
            for place, seen in zip(kept, kinds, strict=True):
                seen.update(type(row[place]) for row in rows)
    types = [
        _type(found, names[place], f"{path}, {what}")
        for place, found in zip(kept, kinds, strict=True)
    ]
    chunks: list[list[pa.Array]] = [[] for _ in kept]
    # The types are known only when all rows are: the file stays as it is, so does the answer.
    with _answer(path, options) as (cursor, _):
        for rows in _batches(cursor):
            for place, kind, made in zip(kept, types, chunks, strict=True):
                made.append(_array([row[place] for row in rows], kind))
    return pa.table(
        {
            names[place]: pa.chunked_array(found, type=kind)
            for place, kind, found in zip(kept, types, chunks, strict=True)
        }
    )


@contextmanager
def _answer(path: Path, options: ReadOptions) -> Iterator[tuple[sqlite3.Cursor, str]]:
    """A cursor over the rows, and what they are rows of."""
    _refuse_unfit(path)
    if options.query:
        _require_order(options.query, str(path))
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1", uri=True, isolation_level=None
    )
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_LINE)
        query, what = options.query, "the query"
        if not query:
            query, what = _of_table(connection, path, options.table)
        connection.set_authorizer(_only_reading)
        yield connection.execute(query), what
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise _fault(path, error) from error
    finally:
        connection.close()


def _refuse_unfit(path: Path) -> None:
    with path.open("rb") as stream:
        if stream.read(len(_MARK)) != _MARK:
            raise DataError(
                "the file is no SQLite database", where=str(path), fix="name the right file"
            )
    for ending in ("-wal", "-journal"):
        # SQLite keeps them beside the file itself, wherever a link to it lies.
        itself = path.resolve()
        beside = itself.with_name(itself.name + ending)
        if beside.exists() and beside.stat().st_size:
            raise DataError(
                f"{beside.name} holds writes that are not in the database yet",
                where=str(path),
                fix="close the program that writes to it, or `PRAGMA wal_checkpoint(TRUNCATE)`",
            )


def _of_table(connection: sqlite3.Connection, path: Path, name: str) -> tuple[str, str]:
    """The query for one table; the only one where none is named."""
    found = dict(
        connection.execute(
            "SELECT name, type FROM sqlite_schema WHERE type IN ('table', 'view')"
            " AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name"
        ).fetchall()
    )
    listed = ", ".join(list(found)[:12]) or "none"
    if not name and len(found) != 1:
        raise UsageError(
            f"the database has {len(found)} tables and it is not said which is meant",
            where=str(path),
            fix=f"declare `table` or `query`; its tables are {listed}",
        )
    name = name or next(iter(found))
    if name not in found:
        raise DataError(
            f"the database has no table `{name}`", where=str(path), fix=f"its tables are {listed}"
        )
    if found[name] == "view":
        raise UsageError(
            f"`{name}` is a view, whose rows have no order",
            where=str(path),
            fix="declare a query that reads it and states an order",
        )
    # Quoted as an identifier, and it is one that the file itself lists.
    rows = f"SELECT * FROM {_named(name)} ORDER BY {_key(connection, name)}"  # noqa: S608
    return rows, f"table {name}"


def _key(connection: sqlite3.Connection, name: str) -> str:
    """What orders the rows of a table: its primary key, else the number of the row."""
    about = connection.execute(f"PRAGMA table_info({_named(name)})").fetchall()
    keys = sorted((row[5], row[1]) for row in about if row[5])
    return ", ".join(_named(column) for _, column in keys) or "rowid"


def _named(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _only_reading(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    if action not in _READING:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _CHANCE:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def _require_order(query: str, where: str) -> None:
    """An ORDER BY outside of every parenthesis, quote and comment, and no clock."""
    if _NOW.search(query):
        raise UsageError(
            "the query asks what time it is, so that it answers otherwise each time",
            where=where,
            fix="write the date itself",
        )
    bare, depth = [], 0
    for part in re.split(r"([()])", _SKIPPED.sub(" ", query)):
        depth += (part == "(") - (part == ")")
        if depth == 0 and part not in "()":
            bare.append(part)
    if not re.search(r"\border\s+by\b", " ".join(bare), re.IGNORECASE):
        raise UsageError(
            "the query states no order, so that its rows have none to be split by",
            where=where,
            fix="end it with ORDER BY and columns of which no two rows have the same",
        )


def _names(cursor: sqlite3.Cursor, path: Path) -> list[str]:
    names = [column[0] for column in cursor.description or ()]
    refuse_names(names, where=str(path))
    return names


def _batches(cursor: sqlite3.Cursor) -> Iterator[list[tuple[Any, ...]]]:
    while rows := cursor.fetchmany(_BATCH):
        yield rows


def _type(kinds: set[type], name: str, where: str) -> pa.DataType:
    """The narrowest type that holds every value."""
    import pyarrow as pa

    kinds = kinds - {type(None)}
    if bytes in kinds and len(kinds) > 1:
        raise DataError(
            f"`{name[:80]}` holds bytes in some rows and none in others",
            where=where,
            fix="cast it to one type in a query, or leave it out",
        )
    for kind, found in ((bytes, pa.binary()), (str, pa.string()), (float, pa.float64())):
        if kind in kinds:
            return found
    return pa.int64() if kinds else pa.null()


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    import pyarrow as pa

    if pa.types.is_string(kind):
        values = [None if value is None else str(value) for value in values]
    elif pa.types.is_floating(kind):
        values = [None if value is None else float(value) for value in values]
    return pa.array(values, type=kind)


def _fault(path: Path, error: Exception) -> DataError:
    said = str(error)
    if "not authorized" in said or "prohibited" in said:
        return DataError(
            "the query does more than read this file, or asks for what chance or the clock decides",
            where=str(path),
            fix="give one SELECT over the tables of the file",
        )
    if "one statement" in said:
        return DataError(
            "the query is more than one statement", where=str(path), fix="give one SELECT"
        )
    if "too big" in said:
        return DataError(
            f"a value is longer than {LARGEST_LINE >> 20} MiB",
            where=str(path),
            fix="leave that column out with a query",
        )
    return DataError(
        f"the database cannot be read: {said[:200]}",
        where=str(path),
        fix="correct the query or the table's name; a damaged file is told by `PRAGMA"
        " integrity_check`",
    )
