"""Tables as they lie on disk, whatever their format: opened once, faults named by their place.

Heavy modules are imported inside the functions: checks run in workers, but the records of
a study are read by whoever shows them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from grd_core.checks.data.reading import columnar_tables as columnar
from grd_core.checks.data.reading import csv_tables, folder_manifest, json_lines, numpy_arrays
from grd_core.checks.data.reading.columns import missing_column, plain_columns, require_columns
from grd_core.checks.data.reading.formats import TableFormat, table_format
from grd_core.checks.data.reading.options import PLAIN, ReadOptions, checked_options
from grd_core.checks.data.reading.places import unchanged, unreadable
from grd_core.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["TableFormat", "column_names", "missing_column", "read_table", "table_format"]


def column_names(path: Path, options: ReadOptions = PLAIN) -> tuple[str, ...]:
    """The columns of a table, in order, without reading its rows where the format lets.

    Raises:
        UsageError, DataError: as `read_table`.
    """
    kind = table_format(path)
    options = checked_options(options, kind, where=str(path))
    try:
        return tuple(_names(path, kind, options))
    except OSError as error:
        raise unreadable(path, error) from error


def read_table(
    path: Path, columns: tuple[str, ...] | None = None, options: ReadOptions = PLAIN
) -> pa.Table:
    """All rows of a table.

    Categories (dictionary columns) come back as their values. Reading the same bytes with the
    same options gives the same rows in the same order.

    Args:
        path: a CSV, Parquet, Feather, JSON lines, SQLite or NumPy file, or a folder of files.
        columns: what to read, in this order; None for all.
        options: what the file does not say itself.

    Raises:
        UsageError: the suffix is unknown, or an option does not fit the format.
        DataError: the file is missing, empty, no regular file, damaged or changes meanwhile,
            repeats a column name, has no rows, or lacks a column; of text the line is named that
            is ragged, endless or not in its encoding.
    """
    kind = table_format(path)
    options = checked_options(options, kind, where=str(path))
    try:
        with unchanged(path):
            table = _rows(path, kind, columns, options)
    except OSError as error:
        raise unreadable(path, error) from error
    if columns is not None:
        require_columns(columns, tuple(table.column_names), where=str(path))
        table = table.select(list(columns))
    if table.num_rows == 0:
        raise DataError("the table has no rows", where=str(path), fix="give a file with rows in it")
    return plain_columns(table)


def _names(path: Path, kind: TableFormat, options: ReadOptions) -> list[str]:
    match kind:
        case "csv":
            return csv_tables.csv_names(path, options)
        case "parquet":
            return columnar.parquet_names(path)
        case "feather":
            return columnar.feather_names(path)
        case "jsonl":
            return json_lines.json_names(path, options)
        case "sqlite":
            # sqlite3 is a library of its own size; other formats do without.
            from grd_core.checks.data.reading.sqlite_rows import sqlite_names

            return sqlite_names(path, options)
        case "numpy":
            return numpy_arrays.numpy_names(path)
        case "folder":
            return folder_manifest.folder_names(path)


def _rows(
    path: Path, kind: TableFormat, columns: tuple[str, ...] | None, options: ReadOptions
) -> pa.Table:
    match kind:
        case "csv":
            return csv_tables.read_csv(path, columns, options)
        case "parquet":
            return columnar.read_parquet(path, columns)
        case "feather":
            return columnar.read_feather(path, columns)
        case "jsonl":
            return json_lines.read_json(path, columns, options)
        case "sqlite":
            from grd_core.checks.data.reading.sqlite_rows import read_sqlite

            return read_sqlite(path, columns, options)
        case "numpy":
            return numpy_arrays.read_numpy(path, columns)
        case "folder":
            return folder_manifest.read_folder(path, columns)
