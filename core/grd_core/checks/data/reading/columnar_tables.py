"""Parquet and Arrow's own files: types as they were stored."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from grd_core.checks.data.reading.columns import refuse_names, require_columns
from grd_core.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa


def parquet_names(path: Path) -> list[str]:
    """The columns of a Parquet file, from its footer.

    Raises:
        DataError: it is damaged, or two columns have one name.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        names = list(pq.read_schema(path).names)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, "Parquet", error) from error
    refuse_names(names, where=str(path))
    return names


def read_parquet(path: Path, columns: Sequence[str] | None) -> pa.Table:
    """The rows of a Parquet file; of a file alone, whatever folders it lies in are called.

    Raises:
        DataError: it is damaged, or lacks a column.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = parquet_names(path)
    if columns is not None:
        require_columns(columns, names, where=str(path))
    try:
        # The dataset reader would make columns of folders called like `year=2013`.
        with pq.ParquetFile(path) as stored:
            return stored.read(columns=list(columns) if columns is not None else None)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, "Parquet", error) from error


def feather_names(path: Path) -> list[str]:
    """The columns of an Arrow file.

    Raises:
        DataError: it is damaged, or two columns have one name.
    """
    import pyarrow as pa

    try:
        with pa.OSFile(str(path)) as source:
            names = list(_ipc(source).schema.names)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, "Arrow", error) from error
    refuse_names(names, where=str(path))
    return names


def read_feather(path: Path, columns: Sequence[str] | None) -> pa.Table:
    """The rows of a Feather (version 2) or Arrow IPC file, or of an IPC stream.

    Raises:
        DataError: it is damaged, or lacks a column.
    """
    import pyarrow as pa

    names = feather_names(path)
    if columns is not None:
        require_columns(columns, names, where=str(path))
    try:
        with pa.OSFile(str(path)) as source:
            table = _ipc(source).read_all()
        # Offsets come from the file as they are: one that points outside would be followed.
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, "Arrow", error) from error
    return table if columns is None else table.select(list(columns))


def _ipc(source: pa.NativeFile) -> pa.RecordBatchFileReader | pa.RecordBatchStreamReader:
    import pyarrow as pa

    if source.read(6) == b"ARROW1":
        return pa.ipc.open_file(source)
    source.seek(0)
    return pa.ipc.open_stream(source)


def _damaged(path: Path, kind: str, error: Exception) -> DataError:
    first = next(iter(str(error).splitlines()), type(error).__name__)
    return DataError(
        f"the file is not readable as {kind}: {first[:200]}",
        where=str(path),
        fix="it may be cut off: write it again, or give it as CSV",
    )
