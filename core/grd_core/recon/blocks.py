"""Contiguous blocks of time or of rows, and the rows left out where blocks of two parts meet.

A block's length is a span of the time column (`7d`, `36h`, a number where time counts) or a
number of rows (`500 rows`), in the order of time where one is declared, else of the file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from grd_core.errors import RefusedError, UsageError
from grd_core.recon.part_codes import EMBARGOED

if TYPE_CHECKING:
    import numpy as np

    from grd_core.recon.time_axis import TimeAxis

LEAST_BLOCKS = 3
"""One for each part."""
_ROWS = re.compile(r"(\d+)(\s*rows?)?")


def blocks_of(axis: TimeAxis | None, rows: int, block: str, *, where: str) -> np.ndarray[Any, Any]:
    """The block of each row, (rows,) int64 from 0 in order; rows of one time share a block.

    Raises:
        UsageError: no length is given, or it is none.
        RefusedError: fewer than `LEAST_BLOCKS` blocks come out.
    """
    import numpy as np

    if not block.strip():
        raise UsageError(
            "a blocked split needs the length of a block",
            where=where,
            fix="say how long: a span of time such as `7d`, or a number of rows as `500 rows`",
        )
    count = rows_in(block, axis)
    if count == 0:
        raise UsageError("a block of no rows", where=where, fix="give a length above 0")
    if count is None and axis is not None:
        length = axis.length(block)
        if length <= 0:
            raise UsageError("a block of no time", where=where, fix="give a length above 0")
        found = np.asarray((axis.values - axis.values.min()) // length, dtype=np.int64)
    elif count is None:
        raise UsageError(
            f"the block {block!r} is no number of rows",
            where=where,
            fix="without a declared time say it as `500 rows`",
        )
    else:
        order = order_of(axis, rows)
        found = np.empty(rows, dtype=np.int64)
        found[order] = _without_split_ties(axis, order, np.arange(rows) // count)
    number = int(np.unique(found).size)
    if number < LEAST_BLOCKS:
        raise RefusedError(
            f"blocks of {block} make {number}, too few for three parts",
            where=where,
            fix="give shorter blocks; ten or more let the sizes come near their fractions",
        )
    return found


def leave_out_between(
    parts: np.ndarray[Any, Any], axis: TimeAxis | None, embargo: str, *, where: str
) -> None:
    """Mark as embargoed the rows that lie no further than the embargo before one of another part.

    Args:
        parts: the part of each row, (n,) int8, changed in place.
        axis: the times of the rows, or None for the order of the file.
        embargo: a span of time or a number of rows, as a block's length.
        where: named in errors.

    Raises:
        UsageError: the embargo is neither.
    """
    import numpy as np

    order = order_of(axis, parts.size)
    count = rows_in(embargo, axis)
    if count is not None:
        places, length = np.arange(parts.size), float(count)
    elif axis is not None:
        places, length = axis.values[order], axis.length(embargo)
    else:
        raise UsageError(
            f"the embargo {embargo!r} is no number of rows",
            where=where,
            fix="without a declared time say it as `50 rows`",
        )
    inside = parts[order]
    starts = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    following = np.searchsorted(starts, np.arange(parts.size), side="right")
    has_next = following < starts.size
    next_places = places[starts[following[has_next]]]
    too_near = np.flatnonzero(has_next)[places[has_next] >= next_places - length]
    parts[order[too_near]] = EMBARGOED


def order_of(axis: TimeAxis | None, rows: int) -> np.ndarray[Any, Any]:
    """The rows in the order of time, of the file where none is declared, (rows,) int64."""
    import numpy as np

    return np.argsort(axis.values, kind="stable") if axis is not None else np.arange(rows)


def rows_in(length: str, axis: TimeAxis | None) -> int | None:
    """The number of rows that a length states; None where it states a span of time.

    A bare number is one of rows, but on a time that counts it is a span of that time.
    """
    found = _ROWS.fullmatch(length.strip())
    if found is None or (not found[2] and axis is not None and not axis.dated):
        return None
    return int(found[1])


def _without_split_ties(
    axis: TimeAxis | None, order: np.ndarray[Any, Any], blocks: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    """Rows of one time all in the block of the first of them."""
    import numpy as np

    if axis is None:
        return np.asarray(blocks)
    _, first, which = np.unique(axis.values[order], return_index=True, return_inverse=True)
    return np.asarray(blocks[first][which])
