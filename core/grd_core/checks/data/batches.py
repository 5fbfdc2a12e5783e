"""Tables batch by batch: what is too large to be held is looked at a piece at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.reading.options import PLAIN, ReadOptions
from grd_core.checks.data.tables import column_names, missing_column, read_table, table_format
from grd_core.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 1 << 16
_MEASURED_ROWS = 1_000
_BUFFER_BYTES = 1 << 20
"""Read ahead of each column. Without it Parquet holds whole row groups, which a careless
writer makes as large as the file."""


@dataclass(frozen=True, slots=True)
class BatchedTable:
    """A table whose rows can be gone through again and again. `schema` is that of `batches`,
    which hold the values of dictionaries, not the dictionaries."""

    path: Path
    rows: int
    schema: pa.Schema
    _whole: pa.Table | None

    def batches(
        self, columns: Sequence[str] | None = None, *, rows: int = BATCH_ROWS
    ) -> Iterator[pa.RecordBatch]:
        """The rows in order, at most `rows` at once.

        Args:
            columns: what to read, in this order; None for all.
            rows: of a batch.

        Raises:
            DataError: a column is not there, or the file is damaged.
        """
        names = list(self.schema.names) if columns is None else list(columns)
        for name in names:
            if name not in self.schema.names:
                raise missing_column(name, tuple(self.schema.names), where=str(self.path))
        if self._whole is not None:
            yield from self._whole.select(names).to_batches(max_chunksize=rows)
        elif names:
            yield from self._from_parquet(names, rows)

    def row_bytes(self, columns: Sequence[str]) -> float:
        """What a row of these columns takes in memory, about: as the first thousand do."""
        first = next(self.batches(columns, rows=_MEASURED_ROWS), None)
        return max(1.0, first.nbytes / len(first)) if first is not None and len(first) else 1.0

    def _from_parquet(self, names: list[str], rows: int) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        try:
            with _opened(self.path) as file:
                for batch in file.iter_batches(batch_size=rows, columns=names):
                    # By name: the file's order is not always the one asked for.
                    arrays = [_decoded(batch.column(name)) for name in names]
                    yield pa.RecordBatch.from_arrays(arrays, names)
        except (pa.ArrowException, OSError) as error:
            raise _damaged(self.path, error) from error


def open_batches(path: Path, options: ReadOptions = PLAIN) -> BatchedTable:
    """Open a table for going through it. Parquet stays on disk; other formats are read whole.

    Args:
        path: of a table.
        options: what the file does not say itself.

    Raises:
        UsageError, DataError: as `tables.read_table`.
    """
    import pyarrow as pa

    if table_format(path) != "parquet":
        table = read_table(path, options=options)
        return BatchedTable(path, table.num_rows, table.schema, table)
    column_names(path)  # refuses what is not Parquet, and names that stand twice
    try:
        with _opened(path) as file:
            rows, schema = file.metadata.num_rows, file.schema_arrow
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error
    if rows == 0:
        raise DataError("the table has no rows", where=str(path), fix="give a file with rows in it")
    return BatchedTable(path, rows, pa.schema([_plain(field) for field in schema]), None)


def spread_blocks(source: BatchedTable, rows: int, blocks: int) -> BatchedTable:
    """At most `rows` rows, held in memory: all of a small table, else `blocks` pieces of
    neighbouring rows, spread over the file and read without the rest where the file allows it.

    A piece of a Parquet file starts where a row group does, so a file of few row groups is
    looked at in few places.

    Raises:
        DataError: the file is damaged.
    """
    import pyarrow as pa

    names, each = list(source.schema.names), rows // blocks
    if source.rows <= rows:
        pieces = [pa.Table.from_batches(source.batches(), source.schema)]
    elif source._whole is not None:
        step = source.rows // blocks
        pieces = [source._whole.slice(place * step, each) for place in range(blocks)]
    else:
        pieces = [
            pa.Table.from_batches(found) for found in _heads(source.path, names, rows, blocks)
        ]
    table = pa.concat_tables(pieces)
    return BatchedTable(source.path, table.num_rows, table.schema, table)


def _heads(path: Path, names: list[str], rows: int, blocks: int) -> Iterator[list[pa.RecordBatch]]:
    """The first rows of row groups that stand evenly over a Parquet file."""
    import pyarrow as pa

    try:
        with _opened(path) as file:
            groups = file.metadata.num_row_groups
            chosen = sorted({place * groups // blocks for place in range(blocks)})
            for group in chosen:
                wanted, found = rows // len(chosen), []
                for batch in file.iter_batches(
                    batch_size=min(BATCH_ROWS, wanted), row_groups=[group], columns=names
                ):
                    arrays = [_decoded(batch.column(name)) for name in names]
                    found.append(pa.RecordBatch.from_arrays(arrays, names).slice(0, wanted))
                    wanted -= len(found[-1])
                    if wanted <= 0:
                        break
                if found:
                    yield found
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error


def table_batches(
    path: Path, columns: Sequence[str] | None = None, *, rows: int = BATCH_ROWS
) -> Iterator[pa.RecordBatch]:
    """The rows of a table in order, at most `rows` at once; of these columns, or of all.

    Raises:
        UsageError, DataError: as `tables.read_table`.
    """
    yield from open_batches(path).batches(columns, rows=rows)


def _opened(path: Path) -> Any:
    import pyarrow.parquet as pq

    return pq.ParquetFile(path, buffer_size=_BUFFER_BYTES, pre_buffer=False)


def _plain(field: pa.Field) -> pa.Field:
    import pyarrow as pa

    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    return pa.field(field.name, kind)


def _decoded(values: pa.Array) -> pa.Array:
    import pyarrow as pa

    return values.cast(values.type.value_type) if pa.types.is_dictionary(values.type) else values


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(
        f"the file is not readable as Parquet: {str(error).splitlines()[0]}",
        where=str(path),
        fix="write it again, or give it as CSV",
    )
