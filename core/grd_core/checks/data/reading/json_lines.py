"""JSON lines: one flat object a line; a key that a line lacks is a missing value there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.reading.columns import (
    INTEGERS_END,
    beyond_integers,
    refuse_names,
    require_columns,
)
from grd_core.checks.data.reading.options import ReadOptions
from grd_core.checks.data.reading.text_stream import LARGEST_LINE, TextStream, text_lines
from grd_core.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

_BLOCK = 2 * LARGEST_LINE


def json_names(path: Path, options: ReadOptions) -> list[str]:
    """Every key of every line, in the order of appearance: all lines are read.

    Raises:
        DataError: as `read_json`.
    """
    return list(read_json(path, None, options).column_names)


def read_json(path: Path, columns: Sequence[str] | None, options: ReadOptions) -> pa.Table:
    """The rows of a file of JSON lines, plain or `.gz`.

    Text in the form of ISO 8601 becomes a time; whole numbers and others become numbers.
    Nested values are refused, not flattened: which of their parts is a column is a decision.

    Raises:
        DataError: a line is no JSON, no object, has a key twice, holds an array or an object,
            a value of another kind than the lines above, or an integer
            of more than 64 bits; the line is named.
    """
    import pyarrow as pa
    import pyarrow.json as pajson

    try:
        # One thread: columns stand in the order in which their keys appear.
        table = pajson.read_json(
            TextStream(path, options.encoding),
            read_options=pajson.ReadOptions(use_threads=False, block_size=_BLOCK),
        )
    except (pa.ArrowException, UnicodeError) as error:
        _name_the_fault(path, options)
        raise DataError(
            f"the JSON lines cannot be read: {str(error).splitlines()[0][:200]}",
            where=str(path),
            fix="correct the file, or give it as Parquet",
        ) from error
    nested = any(pa.types.is_nested(field.type) for field in table.schema)
    if nested or beyond_integers(table):
        _name_the_fault(path, options)
    refuse_names(table.column_names, where=str(path))
    if columns is None:
        return table
    require_columns(columns, table.column_names, where=str(path))
    return table.select(list(columns))


def _name_the_fault(path: Path, options: ReadOptions) -> None:
    """Name the first line that no table can hold beside those above it."""
    kinds: dict[str, tuple[str, int]] = {}
    with text_lines(path, options.encoding) as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            for key, value in _object(line, f"{path}:{number}").items():
                kind = _kind(value)
                if kind == "nothing":
                    continue
                if kind in {"an array", "an object"}:
                    raise DataError(
                        f"`{key[:80]}` holds {kind}, not one value",
                        where=f"{path}:{number}",
                        fix="flatten it into keys of its own, or leave it out",
                    )
                if isinstance(value, int) and abs(value) >= INTEGERS_END:
                    raise DataError(
                        f"`{key[:80]}` is an integer of more than 64 bits",
                        where=f"{path}:{number}",
                        fix="write it as text, as ids are: a float would be its neighbours' too",
                    )
                first, at = kinds.setdefault(key, (kind, number))
                if kind != first:
                    raise DataError(
                        f"`{key[:80]}` is {kind} here and {first} on line {at}",
                        where=f"{path}:{number}",
                        fix="write it in one way on every line",
                    )


def _object(line: str, where: str) -> dict[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise DataError(
                f"the key `{twice[:80]}` stands twice", where=where, fix="keep one of them"
            )
        return found

    try:
        value = json.loads(line, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"the line is no JSON: {str(error)[:120]}",
            where=where,
            fix="write one whole object a line",
        ) from error
    if not isinstance(value, dict):
        raise DataError(
            f"the line holds {_kind(value)}, not an object",
            where=where,
            fix='write each row as {"column": value, …}',
        )
    return value


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    kinds = {bool: "true or false", str: "text", list: "an array", dict: "an object"}
    return kinds.get(type(value), "a number")
