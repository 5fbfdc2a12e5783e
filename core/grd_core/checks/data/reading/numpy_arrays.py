"""NumPy's files: columns by field, by array name, or by position; nothing is ever unpickled."""

from __future__ import annotations

import struct
import tokenize
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.reading.columns import refuse_names, require_columns
from grd_core.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

MOST_COLUMNS = 100_000
_UNNAMED = "column"
_MARKS = (b"\x93N", b"PK")
_OF_DAMAGE = (
    OSError,
    ValueError,
    TypeError,
    EOFError,
    KeyError,
    MemoryError,
    OverflowError,
    RuntimeError,
    SyntaxError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What NumPy raises on headers and archives that are not what they claim to be."""
_KNOWN_UNITS = ("D", "s", "ms", "us", "ns")


def numpy_names(path: Path) -> list[str]:
    """The columns that the arrays become.

    Raises:
        DataError: as `read_numpy`.
    """
    return list(_columns(path))


def read_numpy(path: Path, columns: Sequence[str] | None) -> pa.Table:
    """The rows of a `.npy` or `.npz` file.

    A structured array has a column for each field; a plain one of n rows and k columns
    `column_0` … `column_k-1`, one of n values `column_0`. In a `.npz` an array of n values is
    a column under its name, one of n rows and k columns `name_0` … `name_k-1`.

    Raises:
        DataError: an array holds objects, complex numbers or has other than one or two
            dimensions, arrays differ in length, or the file is damaged.
    """
    import pyarrow as pa

    found = _columns(path)
    if columns is not None:
        require_columns(columns, tuple(found), where=str(path))
    kept = found if columns is None else {name: found[name] for name in columns}
    return pa.table({name: _arrow(values, name, path) for name, values in kept.items()})


def _columns(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    arrays = _arrays(path)
    lengths = {name: values.shape[0] for name, values in arrays.items() if values.ndim}
    made: list[tuple[str, np.ndarray[Any, Any]]] = []
    first = next(iter(lengths), "")
    for name, values in arrays.items():
        made += _split(name, values, path)
        if lengths[name] != lengths[first]:
            raise DataError(
                f"`{name}` has {lengths[name]:,} rows and `{first}` {lengths[first]:,}",
                where=str(path),
                fix="save arrays with as many rows each",
            )
    refuse_names([name for name, _ in made], where=str(path))
    return dict(made)


def _arrays(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    import numpy as np

    with path.open("rb") as stream:
        if stream.read(2) not in _MARKS:
            # `np.load` would take it for a pickle.
            raise _damaged(path, ValueError("it does not begin as one"))
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return {_UNNAMED: loaded}
        with loaded:
            arrays = {name: loaded[name] for name in loaded.files}
    except _OF_DAMAGE as error:
        raise _damaged(path, error) from error
    for name, values in arrays.items():
        if not isinstance(values, np.ndarray):
            raise _damaged(path, ValueError(f"{name} is no array"))
    return arrays


def _split(
    name: str, values: np.ndarray[Any, Any], path: Path
) -> list[tuple[str, np.ndarray[Any, Any]]]:
    fields = values.dtype.names
    if fields and values.ndim == 1:
        return [(field, values[field]) for field in fields]
    if values.ndim == 1:
        return [(f"{name}_0" if name == _UNNAMED else name, values)]
    if values.ndim != 2 or fields:
        raise DataError(
            f"the array {_quoted(name)}has the shape {values.shape}, not rows by columns",
            where=str(path),
            fix="save it with one row a sample: reshape it, or declare a folder of files",
        )
    if values.shape[1] > MOST_COLUMNS:
        raise DataError(
            f"the array {_quoted(name)}has {values.shape[1]:,} columns, more than {MOST_COLUMNS:,}",
            where=str(path),
            fix="transpose it if these are its rows",
        )
    return [(f"{name}_{place}", values[:, place]) for place in range(values.shape[1])]


def _arrow(values: np.ndarray[Any, Any], name: str, path: Path) -> pa.Array:
    import numpy as np
    import pyarrow as pa

    kind = values.dtype.kind
    if values.ndim != 1 or kind in "cV":
        raise DataError(
            f"`{name}` holds {values.dtype}, not one plain value a row",
            where=str(path),
            fix="save its parts as arrays of their own",
        )
    # Arrow reads the machine's own byte order, doubles at most, and time in a few units.
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    if kind == "f" and values.dtype.itemsize > 8:
        values = values.astype(np.float64)
    if kind in "mM" and np.datetime_data(values.dtype)[0] not in _KNOWN_UNITS:
        values = values.astype(f"{kind}8[s]")
    try:
        if kind == "S":
            values = np.char.decode(values, "utf-8")
        return pa.array(np.ascontiguousarray(values))
    except (pa.ArrowException, UnicodeDecodeError, ValueError) as error:
        raise DataError(
            f"`{name}` holds {values.dtype}, which no table column can: {str(error)[:120]}",
            where=str(path),
            fix="save it as numbers, text or datetime64",
        ) from error


def _quoted(name: str) -> str:
    return "" if name == _UNNAMED else f"`{name}` "


def _damaged(path: Path, error: Exception) -> DataError:
    said = next(iter(str(error).splitlines()), "") or type(error).__name__
    if "allow_pickle" in said or "Object arrays" in said:
        return DataError(
            "an array holds Python objects, which only running its pickle would read",
            where=str(path),
            fix="save it again with a dtype of numbers or text",
        )
    return DataError(
        f"the file is not readable as NumPy arrays: {said[:160]}",
        where=str(path),
        fix="it may be cut off: save it again",
    )
