"""Tables as they lie on disk, CSV or Parquet: opened once, with faults named by file and line.

Heavy modules are imported inside the functions: checks run in workers, but the records of
a study are read by whoever shows them.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from grd_core.errors import DataError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

TableFormat = Literal["csv", "parquet"]

_SUFFIXES: dict[str, TableFormat] = {".csv": "csv", ".parquet": "parquet", ".pq": "parquet"}
_SEPARATORS = ",;\t"
_LARGEST_BLOCK = 2**31 - 1


def table_format(path: Path) -> TableFormat:
    """The format a path claims by its suffix.

    Raises:
        UsageError: the suffix is none of those read here.
        DataError: there is no such file, or it is empty.
    """
    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES:
        raise UsageError(
            f"the format {suffix or 'without a suffix'} is not read",
            where=str(path),
            fix="give a .csv or a .parquet file",
        )
    if not path.is_file():
        raise DataError("there is no such file", where=str(path), fix="check the path")
    if path.stat().st_size == 0:
        raise DataError("the file is empty", where=str(path), fix="give a file with rows in it")
    return _SUFFIXES[suffix]


def column_names(path: Path) -> tuple[str, ...]:
    """The columns of a table, in order, without reading its rows.

    Raises:
        UsageError, DataError: as `read_table`.
    """
    if table_format(path) == "csv":
        return tuple(_csv_header(path))
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        names = list(pq.read_schema(path).names)
    except (pa.ArrowException, OSError) as error:
        raise _not_parquet(path, error) from error
    _refuse_repeated(path, names)
    return tuple(names)


def read_table(path: Path, columns: tuple[str, ...] | None = None) -> pa.Table:
    """All rows of a CSV or Parquet file.

    A CSV column's type is the narrowest that holds every value; empty fields and the usual
    words for «missing» become null. Categorical (dictionary) columns come back as their
    values.

    Args:
        path: the file.
        columns: what to read, in this order; None for all.

    Raises:
        UsageError: the suffix is unknown.
        DataError: the file is missing, empty, ragged (the line is named), not UTF-8 (the line
            is named), repeats a column name, has no rows, lacks a column or is damaged.
    """
    table = _read_csv(path) if table_format(path) == "csv" else _read_parquet(path, columns)
    if table.num_rows == 0:
        raise DataError("the table has no rows", where=str(path), fix="give a file with rows in it")
    if columns is not None:
        _require(path, columns, tuple(table.column_names))
        table = table.select(list(columns))
    return _decoded(table)


def _read_parquet(path: Path, columns: tuple[str, ...] | None) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        names = list(pq.read_schema(path).names)
        _refuse_repeated(path, names)
        if columns is not None:
            _require(path, columns, tuple(names))
        return pq.read_table(path, columns=list(columns) if columns is not None else None)
    except (pa.ArrowException, OSError) as error:
        raise _not_parquet(path, error) from error


def _read_csv(path: Path) -> pa.Table:
    import pyarrow as pa
    import pyarrow.csv as pacsv

    header = _csv_header(path)
    # Types are told from the first block alone: one block makes it all rows.
    block = min(max(path.stat().st_size + 1, 1 << 20), _LARGEST_BLOCK)
    try:
        return pacsv.read_csv(
            path,
            read_options=pacsv.ReadOptions(block_size=block),
            parse_options=pacsv.ParseOptions(delimiter=_separator(path), newlines_in_values=True),
            convert_options=pacsv.ConvertOptions(strings_can_be_null=True),
        )
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        _find_bad_line(path, len(header))
        raise DataError(
            f"the CSV cannot be read: {str(error).splitlines()[0]}",
            where=str(path),
            fix="correct the file, or give it as Parquet",
        ) from error


def _csv_header(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            names = next(csv.reader(stream, delimiter=_separator(path)), [])
    except UnicodeDecodeError:
        _find_bad_line(path, 0)
        raise
    except csv.Error as error:
        raise DataError(
            f"the CSV cannot be read: {error}", where=f"{path}:1", fix="correct the header"
        ) from error
    _refuse_repeated(path, names)
    return names


def _separator(path: Path) -> str:
    """The separator that occurs most often in the header."""
    with path.open("rb") as stream:
        header = stream.readline(1 << 16).decode("utf-8", errors="replace")
    return max(_SEPARATORS, key=header.count)


def _find_bad_line(path: Path, expected: int) -> None:
    """Name the first line that is not UTF-8 or has another number of fields, if there is one."""
    with path.open("rb") as raw:
        for number, line in enumerate(raw, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                raise DataError(
                    f"byte 0x{line[error.start]:02x} is not UTF-8",
                    where=f"{path}:{number}",
                    fix="save the file as UTF-8",
                ) from error
    if not expected:
        return
    csv.field_size_limit(_LARGEST_BLOCK)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, delimiter=_separator(path))
        for fields in reader:
            if fields and len(fields) != expected:
                raise DataError(
                    f"the row has {len(fields)} fields where the header has {expected}",
                    where=f"{path}:{reader.line_num}",
                    fix="correct or quote that row",
                )


def _refuse_repeated(path: Path, names: list[str]) -> None:
    for position, name in enumerate(names, start=1):
        if not name.strip():
            raise DataError(
                f"column {position} has no name", where=f"{path}:1", fix="name it in the header"
            )
        if name in names[: position - 1]:
            raise DataError(
                f"the column `{name}` stands twice", where=f"{path}:1", fix="rename one of them"
            )


def _require(path: Path, wanted: tuple[str, ...], present: tuple[str, ...]) -> None:
    for name in wanted:
        if name not in present:
            raise missing_column(name, present, where=str(path))


def missing_column(name: str, present: tuple[str, ...], *, where: str) -> DataError:
    """The sentence for a column that is not there, with the nearest that is."""
    import difflib

    near = difflib.get_close_matches(name, present, n=1, cutoff=0.5)
    hint = f"did you mean `{near[0]}`?" if near else f"the columns are {', '.join(present[:12])}"
    return DataError(f"there is no column `{name}`", where=where, fix=hint)


def _not_parquet(path: Path, error: Exception) -> DataError:
    return DataError(
        f"the file is not readable as Parquet: {str(error).splitlines()[0]}",
        where=str(path),
        fix="write it again, or give it as CSV",
    )


def _decoded(table: pa.Table) -> pa.Table:
    import pyarrow as pa

    for position, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            values = table.column(position).cast(field.type.value_type)
            table = table.set_column(position, field.name, values)
    return table
