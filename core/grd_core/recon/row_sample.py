"""A fair sample of rows, drawn while the table goes by; the rows themselves where they are few."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

MOST_CELLS = 1 << 22
"""Rows times columns that are kept at once: 139,810 rows of 30 columns, 32 MB of numbers."""
LEAST_ROWS = 2_000
MOST_BYTES = 1 << 27
"""What long texts may take, whatever the number of rows."""
SEED = 0


class RowSample:
    """Rows drawn without replacement by the seed, in the order of the file.

    Args:
        rows: of the table.
        columns: to be kept.
        row_bytes: what a row of these takes, about.
    """

    def __init__(self, rows: int, columns: Sequence[str], *, row_bytes: float) -> None:
        import numpy as np

        self.of, self.columns = rows, list(columns)
        wanted = max(LEAST_ROWS, MOST_CELLS // max(1, len(columns)))
        wanted = min(wanted, max(1, int(MOST_BYTES / row_bytes)))
        self.whole = rows <= wanted
        generator = np.random.default_rng(SEED)
        self._chosen = (
            np.arange(0)
            if self.whole
            else np.sort(generator.choice(rows, wanted, replace=False, shuffle=False))
        )
        self._seen = 0
        self._batches: list[pa.RecordBatch] = []

    def add(self, batch: pa.RecordBatch) -> None:
        """Take what is wanted of the next rows."""
        kept = batch.select(self.columns)
        self._batches.append(kept if self.whole else _among(kept, self._chosen, self._seen))
        self._seen += len(batch)

    def table(self) -> pa.Table:
        """The drawn rows."""
        import pyarrow as pa

        return pa.Table.from_batches(self._batches)

    def words(self) -> str:
        """Which rows these are, in words."""
        if self.whole:
            return f"all {self.of:,} rows"
        return f"{self._chosen.size:,} of {self.of:,} rows drawn at random with seed {SEED}"


def take_rows(
    batches: Iterable[pa.RecordBatch], chosen: np.ndarray[Any, Any]
) -> Iterator[pa.RecordBatch]:
    """The rows at these places, ascending, of a table that comes in batches."""
    seen = 0
    for batch in batches:
        yield _among(batch, chosen, seen)
        seen += len(batch)


def _among(batch: pa.RecordBatch, chosen: np.ndarray[Any, Any], before: int) -> pa.RecordBatch:
    """Those of a batch that are chosen; `before` rows came before it."""
    import numpy as np
    import pyarrow as pa

    first, last = np.searchsorted(chosen, [before, before + len(batch)])
    return batch.take(pa.array(chosen[first:last] - before))
