"""64-bit hashes of rows that can leave columns out again.

A row's hash is the sum (mod 2^64) of one mixed hash per column, so the hash over any subset
of columns is the sum over that subset: one pass over the values serves every comparison.
Equal rows have equal hashes in every table hashed together; unequal rows collide with
probability about pairs / 2^64, which is negligible below 10^9 rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class RowHashes:
    """Hashes of one table: `columns` is (p, n) uint64, `total` their sum, (n,)."""

    names: tuple[str, ...]
    columns: np.ndarray[Any, Any]
    total: np.ndarray[Any, Any]

    def over(self, kept: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The hash over the columns at these positions, (n,) uint64."""
        import numpy as np

        return np.asarray(self.columns[kept].sum(axis=0, dtype=np.uint64))


def hash_rows(tables: tuple[pa.Table, ...], names: tuple[str, ...]) -> tuple[RowHashes, ...]:
    """Hash the same columns of several tables so that equal rows agree across them.

    Numbers compare by value whatever their width (float32 on either side compares as
    float32), times by instant, everything else as text; missing equals missing.
    """
    import numpy as np

    matrices = [np.empty((len(names), table.num_rows), dtype=np.uint64) for table in tables]
    for position, name in enumerate(names):
        columns = _common_type(tuple(table.column(name) for table in tables))
        for matrix, column in zip(matrices, columns, strict=True):
            matrix[position] = _salted(_hash_column(column), position)
    return tuple(
        RowHashes(names, matrix, matrix.sum(axis=0, dtype=np.uint64)) for matrix in matrices
    )


def value_hashes(column: pa.ChunkedArray) -> np.ndarray[Any, Any]:
    """A hash of each value, (n,) uint64: uniform, equal where values are, in every batch of a
    table."""
    (common,) = _common_type((column,))
    return _hash_column(common)


def row_factor(position: int) -> np.uint64:
    """What the hashes of the column at this position are multiplied by before they are summed
    over a row: an odd number, so that no bit is lost and no two columns can change places.

    Source: Carter and Wegman 1979, on sums of products as hashes.
    """
    import numpy as np

    return np.uint64(_mix(np.array([position + 1], dtype=np.uint64))[0] | np.uint64(1))


def total_hashes(table: pa.Table, names: tuple[str, ...]) -> np.ndarray[Any, Any]:
    """The hash of every row over these columns, (n,) uint64, without keeping the parts."""
    import numpy as np

    total = np.zeros(table.num_rows, dtype=np.uint64)
    for position, name in enumerate(names):
        total += value_hashes(table.column(name)) * row_factor(position)
    return total


def _salted(hashes: np.ndarray[Any, Any], position: int) -> np.ndarray[Any, Any]:
    """Make equal values of different columns differ, so that columns cannot change places."""
    import numpy as np

    return _mix(hashes ^ _mix(np.array([position + 1], dtype=np.uint64)))


def _common_type(columns: tuple[pa.ChunkedArray, ...]) -> tuple[pa.ChunkedArray, ...]:
    """Bring a column of several tables to one type that keeps equal values equal."""
    import pyarrow as pa

    types = [column.type for column in columns]
    if all(pa.types.is_boolean(kind) for kind in types):
        return tuple(column.cast(pa.int64()) for column in columns)
    if all(pa.types.is_integer(kind) for kind in types):
        wide = pa.uint64() if all(pa.types.is_uint64(kind) for kind in types) else pa.int64()
        return tuple(column.cast(wide) for column in columns)
    if all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in types):
        # A null and a NaN both mean «missing».
        narrow = any(pa.types.is_float32(kind) or pa.types.is_float16(kind) for kind in types)
        number = pa.float32() if narrow else pa.float64()
        return tuple(column.cast(number, safe=False) for column in columns)
    if all(pa.types.is_timestamp(kind) or pa.types.is_date(kind) for kind in types):
        try:
            return tuple(_instants(column) for column in columns)
        except pa.ArrowInvalid:
            # Years that nanoseconds cannot hold still compare as text.
            return tuple(_as_text(column) for column in columns)
    return tuple(_as_text(column) for column in columns)


def _instants(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa

    stamps = column.cast(pa.timestamp("ns", tz=getattr(column.type, "tz", None)))
    return stamps.cast(pa.int64())


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa

    try:
        return column.cast(pa.string())
    except pa.ArrowException:
        # Lists and structs have no cast: their printed form keeps equal values equal.
        return pa.chunked_array(
            [pa.array([None if v is None else repr(v) for v in column.to_pylist()], pa.string())]
        )


def _hash_column(column: pa.ChunkedArray) -> np.ndarray[Any, Any]:
    import numpy as np
    import pyarrow as pa

    array = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    missing = np.asarray(array.is_null()) if array.null_count else None
    if pa.types.is_string(array.type):
        from pandas.util import hash_array

        encoded = array.dictionary_encode()
        words = np.asarray(encoded.dictionary.to_pylist(), dtype=object)
        table = hash_array(words, categorize=False) if words.size else np.zeros(1, np.uint64)
        hashes = table[encoded.indices.fill_null(0).to_numpy(zero_copy_only=False)]
    else:
        filled = array.fill_null(pa.scalar(0, array.type)) if array.null_count else array
        values = filled.to_numpy(zero_copy_only=False)
        if pa.types.is_floating(array.type):
            absent = np.isnan(values)
            missing = absent if missing is None else missing | absent
            # -0.0 equals 0.0 but has other bits.
            values = (values + 0.0).astype(np.float64, copy=False)
        hashes = _mix(values.view(np.uint64))
    hashes = np.asarray(hashes, dtype=np.uint64)
    if missing is not None:
        hashes[missing] = np.uint64(0x9E3779B97F4A7C15)
    return hashes


def _mix(bits: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """splitmix64's finaliser (Steele, Lea, Flood 2014): every input bit reaches every output
    bit."""
    import numpy as np

    mixed = np.asarray(bits + np.uint64(0x9E3779B97F4A7C15))
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed ^= mixed >> np.uint64(shift)
        mixed *= np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    return mixed
