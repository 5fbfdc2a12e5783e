"""From when to when the rows run, how far apart their times stand, and where nothing is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grd_core.checks.data.batches import BatchedTable
from grd_core.errors import DataError
from grd_core.recon.roles import Roles
from grd_core.recon.time_axis import TimeAxis, time_axis

if TYPE_CHECKING:
    import numpy as np

MOST_MOMENTS = 1 << 26
"""Rows whose times are kept at once, 8 bytes each; of more rows no gaps are told."""
_STEP = 1 << 20


def time_facts(source: BatchedTable, roles: Roles) -> dict[str, Any] | None:
    """The span, the gaps and the order of the declared time column; a fault in words where it
    cannot be read, None where none is declared. Goes through that column once."""
    if not roles.time:
        return None
    try:
        return _facts(source, roles.time)
    except DataError as error:
        return {"column": roles.time, "fault": error.what, "fix": error.fix}


def _facts(source: BatchedTable, name: str) -> dict[str, Any]:
    import numpy as np

    kept: np.ndarray[Any, Any] | None = None
    seen, ordered, last = 0, True, None
    low, high, axis = None, None, None
    for batch in source.batches([name]):
        axis = _axis(source, batch, name)
        values = axis.values
        if kept is None and source.rows <= MOST_MOMENTS:
            kept = np.empty(source.rows, dtype=values.dtype)
        if kept is not None:
            kept[seen : seen + values.size] = values
        ordered = ordered and bool((values[1:] >= values[:-1]).all())
        ordered = ordered and (last is None or bool(values[0] >= last))
        last, seen = values[-1], seen + values.size
        low = values.min() if low is None else min(low, values.min())
        high = values.max() if high is None else max(high, values.max())
    if axis is None or low is None or high is None:
        raise DataError("the table has no rows", where=str(source.path), fix="give one with rows")
    facts = {
        "column": name,
        "from": axis.text(low),
        "to": axis.text(high),
        "moments": None,
        "ordered": ordered,
        "usual_gap": "",
        "largest_gap": "",
        "largest_gap_from": "",
        "largest_gap_share": 0.0,
        "largest_gap_ratio": 0.0,
    }
    return facts if kept is None else facts | _gaps(kept, axis)


def _axis(source: BatchedTable, batch: Any, name: str) -> TimeAxis:
    import pyarrow as pa

    try:
        return time_axis(pa.Table.from_batches([batch]), name, where=str(source.path))
    except DataError:
        # Once more over all rows, for the sentence that counts them from the first.
        whole = pa.Table.from_batches(source.batches((name,)))
        return time_axis(whole, name, where=str(source.path))


def _gaps(values: np.ndarray[Any, Any], axis: TimeAxis) -> dict[str, Any]:
    """What lies between the moments; overwrites `values`, which may fill half the memory."""
    import numpy as np

    values.sort()
    first, span = values[0], values[-1] - values[0]
    _differences(values)
    gaps = _positive(values[1:])
    told: dict[str, Any] = {"moments": int(gaps.size) + 1}
    if not gaps.size:
        return told | {"largest_gap_from": axis.text(first)}
    place = int(gaps.argmax())
    largest, start = gaps[place], first + gaps[:place].sum()
    middle = sorted({(gaps.size - 1) // 2, gaps.size // 2})
    gaps.partition(middle)
    usual = float(np.mean(gaps[middle]))
    return told | {
        "usual_gap": axis.stretch(usual),
        "largest_gap": axis.stretch(float(largest)),
        "largest_gap_from": axis.text(start),
        "largest_gap_share": round(float(largest / span), 6),
        "largest_gap_ratio": round(float(largest / usual), 2),
    }


def _differences(values: np.ndarray[Any, Any]) -> None:
    """Each value less the one before it, in place, from the end so that none is overwritten
    before it was taken."""
    for end in range(values.size, 1, -_STEP):
        start = max(1, end - _STEP)
        values[start:end] = values[start:end] - values[start - 1 : end - 1]


def _positive(gaps: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The gaps that are some, moved to the front of where they stand."""
    kept = 0
    for start in range(0, gaps.size, _STEP):
        piece = gaps[start : start + _STEP]
        some = piece[piece > 0]
        gaps[kept : kept + some.size] = some
        kept += some.size
    return gaps[:kept]
