"""CSV and its kin: the separator told by consistency, types by all rows, faults by their line."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.reading.columns import beyond_integers, refuse_names, require_columns
from grd_core.checks.data.reading.formats import plain_suffix
from grd_core.checks.data.reading.options import ReadOptions
from grd_core.checks.data.reading.text_stream import LARGEST_LINE, TextStream, text_lines
from grd_core.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

_SEPARATORS = ",;\t|"
_ROWS_COMPARED = 200
_LONG_INTEGER = r"^\s*[+-]?[0-9]{19,}\s*$"
_BLOCK = 2 * LARGEST_LINE
"""Arrow reads a row whole only where it fits into a block."""


def csv_names(path: Path, options: ReadOptions) -> list[str]:
    """The names in the header.

    Raises:
        DataError: as `read_csv`, as far as the first rows tell.
    """
    return _header(path, options, csv_separator(path, options))


def read_csv(path: Path, columns: Sequence[str] | None, options: ReadOptions) -> pa.Table:
    """The rows of a CSV file; each type is the narrowest that holds every value.

    Empty fields and the usual words for «missing» become null; integers of more than 64 bits
    stay text. It takes at most four times the size of the text in memory.

    Raises:
        DataError: the file is no text or not in its encoding, has a line without end or a
            quote that never closes, is ragged, or its header is unfit; the line is named.
    """
    import pyarrow as pa
    import pyarrow.csv as pacsv

    separator = csv_separator(path, options)
    header = _header(path, options, separator)
    require_columns(columns or (), header, where=str(path))
    stream = TextStream(path, options.encoding)

    def parsed(source: TextStream, names: Sequence[str], types: dict[str, Any]) -> pa.Table:
        return pacsv.read_csv(
            source,
            read_options=pacsv.ReadOptions(block_size=_BLOCK),
            parse_options=pacsv.ParseOptions(delimiter=separator, newlines_in_values=True),
            convert_options=pacsv.ConvertOptions(
                strings_can_be_null=True, include_columns=names, column_types=types
            ),
        )

    try:
        table = parsed(stream, columns or (), {})
        rounded = beyond_integers(table)
        if rounded:
            as_text = dict.fromkeys(rounded, pa.string())
            spelt = parsed(TextStream(path, options.encoding), rounded, as_text)
            table = _with_long_integers(table, spelt)
    except (pa.ArrowException, UnicodeError) as error:
        _name_the_fault(path, options, separator, len(header))
        raise DataError(
            f"the CSV cannot be read: {str(error).splitlines()[0][:200]}",
            where=str(path),
            fix="correct the file, or give it as Parquet",
        ) from error
    if stream.quotes % 2:
        _refuse_open_quote(path, options, separator)
    return table


def _with_long_integers(table: pa.Table, spelt: pa.Table) -> pa.Table:
    """The table with those columns as text whose floats were integers of more digits: an id
    of twenty digits is no number, and as a float it is that of its neighbours too."""
    import pyarrow.compute as pc

    for name in spelt.column_names:
        if pc.any(pc.match_substring_regex(spelt.column(name), _LONG_INTEGER)).as_py():
            table = table.set_column(table.column_names.index(name), name, spelt.column(name))
    return table


def csv_separator(path: Path, options: ReadOptions) -> str:
    """What separates the fields: as declared; a tab in a .tsv; else the character of the header
    that cuts the first rows into as many fields as the header, and into most.

    Raises:
        DataError: the first rows are no text.
    """
    if options.separator:
        return options.separator
    if plain_suffix(path) == ".tsv":
        return "\t"
    with text_lines(path, options.encoding) as stream:
        lines = _whole_lines(stream)
    header = next((line for line in lines if line.strip()), "")
    present = [mark for mark in _SEPARATORS if mark in header]
    if len(present) < 2:
        return present[0] if present else ","
    return max(present, key=lambda mark: (*_consistency(lines, mark), header.count(mark)))


def _whole_lines(stream: Iterator[str]) -> list[str]:
    found, length = [], 0
    for line in islice(stream, _ROWS_COMPARED):
        found.append(line)
        length += len(line)
        if length > LARGEST_LINE:
            break
    return found


def _consistency(lines: list[str], mark: str) -> tuple[float, int]:
    """The share of rows with as many fields as the header, and how many fields that is."""
    csv.field_size_limit(LARGEST_LINE)
    try:
        rows = [row for row in csv.reader(lines, delimiter=mark) if row]
    except csv.Error:
        return (0.0, 0)
    width = len(rows[0])
    same = sum(len(row) == width for row in rows)
    return (same / len(rows), width)


def _header(path: Path, options: ReadOptions, separator: str) -> list[str]:
    names: list[str] = next((row for _, row in _rows(path, options, separator) if row), [])
    if not names:
        raise DataError(
            "the file holds nothing but empty lines",
            where=str(path),
            fix="give a file with a header and rows",
        )
    refuse_names(names, where=f"{path}:1")
    return names


def _rows(path: Path, options: ReadOptions, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Rows as fields, each with the line on which it begins."""
    csv.field_size_limit(LARGEST_LINE)
    with text_lines(path, options.encoding) as stream:
        reader = csv.reader(stream, delimiter=separator)
        begins = 1
        try:
            for row in reader:
                yield begins, row
                begins = reader.line_num + 1
        except csv.Error as error:
            raise DataError(
                f"a value is longer than {LARGEST_LINE >> 20} MiB"
                if "field limit" in str(error)
                else f"the row cannot be read: {error}",
                where=f"{path}:{begins}",
                fix="a quote may be missing: correct that row",
            ) from error


def _name_the_fault(path: Path, options: ReadOptions, separator: str, expected: int) -> None:
    """Name the first row with another number of fields, or one too large to be a row."""
    for begins, row in _rows(path, options, separator):
        if row and len(row) != expected:
            raise DataError(
                f"the row has {len(row)} fields where the header has {expected}",
                where=f"{path}:{begins}",
                fix="correct or quote that row, or declare the separator",
            )
        if sum(map(len, row)) > LARGEST_LINE:
            raise DataError(
                f"the row is longer than {LARGEST_LINE >> 20} MiB",
                where=f"{path}:{begins}",
                fix="a quote may be missing: correct that row",
            )
    _refuse_open_quote(path, options, separator)


def _refuse_open_quote(path: Path, options: ReadOptions, separator: str) -> None:
    """Refuse a file whose last value is opened by a quote that nothing closes.

    An odd number of quotes may be innocent, an inch mark inside a value; only a reader that
    holds to the rules tells.
    """
    csv.field_size_limit(LARGEST_LINE)
    with text_lines(path, options.encoding) as stream:
        reader = csv.reader(stream, delimiter=separator, strict=True)
        begins = 1
        while True:
            try:
                next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if "unexpected end" in str(error) or "field limit" in str(error):
                    raise DataError(
                        "a quote is opened and not closed",
                        where=f"{path}:{begins}",
                        fix="close it, or write a quote inside a value twice",
                    ) from error
            begins = reader.line_num + 1
