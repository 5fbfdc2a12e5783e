"""One table written in each format reads back as the same rows."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grd_core.checks.data.reading.options import ReadOptions
from grd_core.checks.data.tables import column_names, read_table

# Letters first, so that a text is neither a number, a time, a truth nor a word for «missing».
WORDS = st.text(
    st.characters(exclude_categories=("C",), exclude_characters="\x85\u2028\u2029"), max_size=12
).map(lambda text: f"ß{text}")
NAMES = st.lists(WORDS, min_size=3, max_size=3, unique=True)
WHOLE = st.integers(-(2**53), 2**53)
REAL = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    """Whole numbers, reals that are not all whole, and texts; each may be missing."""
    rows = draw(st.integers(1, 8))
    whole, real, words = draw(NAMES)
    columns: list[list[Any]] = [
        draw(st.lists(st.none() | kind, min_size=rows, max_size=rows))
        for kind in (WHOLE, REAL, WORDS)
    ]
    # Of each at least one, or nothing tells the type.
    filled = [[value, *rest[1:]] for value, rest in zip((7, 0.25, "ß"), columns, strict=True)]
    kinds = (pa.int64(), pa.float64(), pa.string())
    return pa.table(
        [pa.array(values, kind) for values, kind in zip(filled, kinds, strict=True)],
        names=[whole, real, words],
    )


def as_csv(table: pa.Table, mark: str = ",") -> str:
    written = io.BytesIO()
    pacsv.write_csv(table, written, pacsv.WriteOptions(delimiter=mark))
    return written.getvalue().decode()


def as_json(table: pa.Table) -> str:
    # A missing value is written as one, or not at all where another stands for the key.
    lines = [
        {name: value for name, value in row.items() if value is not None or number == 0}
        for number, row in enumerate(table.to_pylist())
    ]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def as_sqlite(table: pa.Table, path: Path) -> None:
    names = ['"' + name.replace('"', '""') + '"' for name in table.column_names]
    with closing(sqlite3.connect(path)) as made, made:
        made.execute(f"CREATE TABLE t ({', '.join(names)})")
        rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
        made.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)


def text(name: str, of: Callable[[pa.Table], str], encoding: str = "utf-8") -> Any:
    def write(table: pa.Table, folder: Path) -> Path:
        content = of(table).encode(encoding)
        path = folder / name
        path.write_bytes(gzip.compress(content, 1) if name.endswith(".gz") else content)
        return path

    return write


def stored(name: str, of: Callable[[pa.Table, Path], Any]) -> Any:
    def write(table: pa.Table, folder: Path) -> Path:
        of(table, folder / name)
        return folder / name

    return write


FORMATS: dict[str, Any] = {
    "comma": text("t.csv", as_csv),
    "semicolon": text("t.csv", lambda table: as_csv(table, ";")),
    "tab": text("t.tsv", lambda table: as_csv(table, "\t")),
    "utf-16": text("t.csv", as_csv, "utf-16"),
    "gz": text("t.csv.gz", as_csv),
    "json": text("t.jsonl", as_json),
    "json gz": text("t.ndjson.gz", as_json, "utf-8-sig"),
    "parquet": stored("t.parquet", pq.write_table),
    "feather": stored("t.feather", feather.write_feather),
    "sqlite": stored("t.sqlite", as_sqlite),
}


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=25, deadline=None)
@given(table=tables())
def test_rows_come_back(name: str, table: pa.Table) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = FORMATS[name](table, Path(folder))
        options = ReadOptions(separator=";") if name == "semicolon" else ReadOptions()
        read = read_table(path, options=options)
        assert read.equals(table.cast(read.schema))
        assert read.schema.types == table.schema.types
        assert column_names(path, options) == tuple(table.column_names)
        last = table.column_names[2]
        assert read_table(path, (last,), options).equals(read.select([last]))


@settings(max_examples=25, deadline=None)
@given(table=tables())
def test_arrays_come_back(table: pa.Table) -> None:
    with tempfile.TemporaryDirectory() as folder:
        whole, real, words = (
            column.fill_null(value)
            for column, value in zip(table.columns, (0, 0.0, ""), strict=True)
        )
        path = Path(folder) / "t.npz"
        np.savez(path, a=whole.to_numpy(), b=real.to_numpy(), c=np.array(words.to_pylist()))
        expected = [whole.to_pylist(), real.to_pylist(), words.to_pylist()]
        assert [column.to_pylist() for column in read_table(path).columns] == expected
