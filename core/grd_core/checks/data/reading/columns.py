"""What every table must hold to: columns with names of their own and values that are plain."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from grd_core.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa


INTEGERS_END = 2**63
"""Where 64-bit integers end; readers of text make a float of what lies beyond."""


def refuse_names(names: Sequence[str], *, where: str) -> None:
    """Refuse columns that cannot be told apart.

    Raises:
        DataError: a column has no name, or two have the same.
    """
    if not names:
        raise DataError("the table has no columns", where=where, fix="give a file with a header")
    seen: set[str] = set()
    for position, name in enumerate(names, start=1):
        if not name.strip():
            raise DataError(
                f"column {position} has no name", where=where, fix="name it in the header"
            )
        if name in seen:
            raise DataError(
                f"the column `{name[:80]}` stands twice", where=where, fix="rename one of them"
            )
        seen.add(name)


def require_columns(wanted: Sequence[str], present: Sequence[str], *, where: str) -> None:
    """Refuse a request for a column that is not there.

    Raises:
        DataError: as `missing_column`.
    """
    there = set(present)
    for name in wanted:
        if name not in there:
            raise missing_column(name, tuple(present), where=where)


def missing_column(name: str, present: tuple[str, ...], *, where: str) -> DataError:
    """The sentence for a column that is not there, with the nearest that is."""
    near = difflib.get_close_matches(name, present, n=1, cutoff=0.5)
    hint = f"did you mean `{near[0]}`?" if near else f"the columns are {', '.join(present[:12])}"
    return DataError(f"there is no column `{name}`", where=where, fix=hint)


def beyond_integers(table: pa.Table) -> list[str]:
    """Columns of floats among which some are too large to have been 64-bit integers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = []
    for field in table.schema:
        if pa.types.is_floating(field.type):
            largest = pc.max(pc.abs(table.column(field.name))).as_py()
            if largest is not None and largest >= INTEGERS_END:
                found.append(field.name)
    return found


def plain_columns(table: pa.Table) -> pa.Table:
    """The table with each column as its values: categories, runs and extensions taken apart.

    Lists and structures, such as embeddings, stay as they are: what reads values passes them over.
    """
    for position, field in enumerate(table.schema):
        kind = _plain_type(field.type)
        if kind != field.type:
            table = table.set_column(position, field.name, _plain(table.column(position), kind))
    return table


def _plain_type(kind: pa.DataType) -> pa.DataType:
    import pyarrow as pa

    if isinstance(kind, pa.BaseExtensionType):
        return _plain_type(kind.storage_type)
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return _plain_type(kind.value_type)
    if kind == pa.string_view():
        return pa.string()
    return pa.binary() if kind == pa.binary_view() else kind


def _plain(values: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(values.type, pa.BaseExtensionType):
        values = pa.chunked_array(
            [chunk.storage for chunk in values.chunks], type=values.type.storage_type
        )
    if pa.types.is_run_end_encoded(values.type):
        values = pc.run_end_decode(values)
    return values if values.type == kind else values.cast(kind)
