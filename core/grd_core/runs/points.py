"""Points of metrics: recent ones as rows, full chunks as column blobs, extremes beside them.

A chunk holds `CHUNK` points as three columns of 8-byte little-endian numbers: steps, times
(Unix seconds), values. Everything here goes through the driver, inside a transaction the
caller has opened.
"""

from __future__ import annotations

import math
import sqlite3
import sys
from array import array
from dataclasses import dataclass

from grd_core.ledger.read import Reader
from grd_core.runs.journal_reader import Series

CHUNK = 2048
"""Points in one blob; with their row of extremes 24.1 bytes a point."""


@dataclass(frozen=True, slots=True)
class Points:
    """All points of one metric in the order they arrived: steps, Unix seconds, values."""

    steps: array[int]
    times: array[float]
    values: array[float]


@dataclass(frozen=True, slots=True)
class Bucket:
    """Neighbouring points as one: their steps, their finite extremes, the last value.

    `low` and `high` are None where no value is finite, `last` is None for NaN.
    """

    first_step: int
    last_step: int
    count: int
    nonfinite: int
    low: float | None
    high: float | None
    last: float | None


def append_points(connection: sqlite3.Connection, run_id: int, name: str, new: Series) -> None:
    """Add points to a metric of a run; whole chunks are compacted at once."""
    if not new.steps:
        return
    metric_id, count, in_tail = _metric(connection, run_id, name, new)
    fresh = len(new.steps)
    if in_tail + fresh < CHUNK:
        _write_tail(connection, metric_id, count, new)
        _summarise(connection, metric_id, new, in_tail + fresh)
        return
    pending = _take_tail(connection, metric_id) if in_tail else Series()
    pending.steps.extend(new.steps)
    pending.times.extend(new.times)
    pending.values.extend(new.values)
    seq = count - in_tail
    whole = len(pending.steps) // CHUNK * CHUNK
    for start in range(0, whole, CHUNK):
        _write_chunk(connection, metric_id, seq + start, _part(pending, start, start + CHUNK))
    rest = _part(pending, whole, len(pending.steps))
    _write_tail(connection, metric_id, seq + whole, rest)
    _summarise(connection, metric_id, new, len(rest.steps))


def read_points(ledger: Reader, run_id: int, name: str) -> Points:
    """Every point of one metric; empty when there is none."""
    steps, times, values = array("q"), array("d"), array("d")
    metric_id = _metric_id(ledger, run_id, name)
    for row in ledger.driver.execute(
        "SELECT b.data FROM point_chunk c JOIN point_blob b ON b.chunk_id = c.id"
        " WHERE c.metric_id = ? ORDER BY c.seq",
        (metric_id,),
    ):
        chunk = unpack(row[0])
        steps.extend(chunk.steps)
        times.extend(chunk.times)
        values.extend(chunk.values)
    for row in ledger.driver.execute(
        "SELECT step, time, value FROM point_tail WHERE metric_id = ? ORDER BY seq", (metric_id,)
    ):
        steps.append(row[0])
        times.append(row[1])
        values.append(math.nan if row[2] is None else row[2])
    return Points(steps, times, values)


def overview(ledger: Reader, run_id: int, name: str, *, buckets: int) -> list[Bucket]:
    """A metric in about `buckets` pieces, without reading a blob where there are enough chunks."""
    chunks = [
        Bucket(*row)
        for row in ledger.driver.execute(
            "SELECT first_step, last_step, count, nonfinite, min_value, max_value,"
            " last_value"
            " FROM point_chunk WHERE metric_id = ? ORDER BY seq",
            (_metric_id(ledger, run_id, name),),
        )
    ]
    if len(chunks) < buckets:
        points = read_points(ledger, run_id, name)
        size = max(1, -(-len(points.steps) // buckets))
        return [
            _bucket(points.steps[i : i + size], points.values[i : i + size])
            for i in range(0, len(points.steps), size)
        ]
    tail = ledger.rows(
        "SELECT step, value FROM point_tail WHERE metric_id = ? ORDER BY seq",
        _metric_id(ledger, run_id, name),
    )
    if tail:
        values = array("d", (math.nan if row["value"] is None else row["value"] for row in tail))
        chunks.append(_bucket(array("q", (row["step"] for row in tail)), values))
    size = -(-len(chunks) // buckets)
    return [_merged(chunks[i : i + size]) for i in range(0, len(chunks), size)]


def _metric_id(ledger: Reader, run_id: int, name: str) -> int:
    found = ledger.value(
        "SELECT id FROM metric_summary WHERE run_id = ? AND name = ?", run_id, name
    )
    return int(found or 0)


def _metric(
    connection: sqlite3.Connection, run_id: int, name: str, new: Series
) -> tuple[int, int, int]:
    """Id, number of points and number of tail rows of a metric, which is made if it is new."""
    row = connection.execute(
        "SELECT id, count, in_tail FROM metric_summary WHERE run_id = ? AND name = ?",
        (run_id, name),
    ).fetchone()
    if row is not None:
        return row[0], row[1], row[2]
    cursor = connection.execute(
        "INSERT INTO metric_summary (run_id, name, count, nonfinite, in_tail,"
        " first_step, last_step, last_time) VALUES (?, ?, 0, 0, 0, ?, ?, ?)",
        (run_id, name, new.steps[0], new.steps[0], new.times[0]),
    )
    return int(cursor.lastrowid or 0), 0, 0


def _summarise(connection: sqlite3.Connection, metric_id: int, new: Series, in_tail: int) -> None:
    whole = _bucket(new.steps, new.values)
    connection.execute(
        "UPDATE metric_summary SET count = count + ?, nonfinite = nonfinite + ?, in_tail = ?,"
        " last_step = ?, last_time = ?, last_value = ?,"
        " min_value = min(coalesce(min_value, ?), coalesce(?, min_value)),"
        " max_value = max(coalesce(max_value, ?), coalesce(?, max_value)) WHERE id = ?",
        (
            whole.count,
            whole.nonfinite,
            in_tail,
            new.steps[-1],
            new.times[-1],
            whole.last,
            whole.low,
            whole.low,
            whole.high,
            whole.high,
            metric_id,
        ),
    )


def _write_tail(connection: sqlite3.Connection, metric_id: int, seq: int, points: Series) -> None:
    connection.executemany(
        "INSERT INTO point_tail (metric_id, seq, step, time, value) VALUES (?, ?, ?, ?, ?)",
        [
            (metric_id, seq + i, step, time, value)
            for i, (step, time, value) in enumerate(
                zip(points.steps, points.times, points.values, strict=True)
            )
        ],
    )


def _take_tail(connection: sqlite3.Connection, metric_id: int) -> Series:
    taken = Series()
    for row in connection.execute(
        "SELECT step, time, value FROM point_tail WHERE metric_id = ? ORDER BY seq", (metric_id,)
    ):
        taken.add(row[0], row[1], math.nan if row[2] is None else row[2])
    connection.execute("DELETE FROM point_tail WHERE metric_id = ?", (metric_id,))
    return taken


def _write_chunk(connection: sqlite3.Connection, metric_id: int, seq: int, points: Series) -> None:
    extremes = _bucket(points.steps, points.values)
    cursor = connection.execute(
        "INSERT INTO point_chunk (metric_id, seq, count, nonfinite, first_step, last_step,"
        " first_time, last_time, min_value, max_value, last_value)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            metric_id,
            seq,
            extremes.count,
            extremes.nonfinite,
            extremes.first_step,
            extremes.last_step,
            points.times[0],
            points.times[-1],
            extremes.low,
            extremes.high,
            extremes.last,
        ),
    )
    connection.execute(
        "INSERT INTO point_blob (chunk_id, data) VALUES (?, ?)", (cursor.lastrowid, _pack(points))
    )


def _part(points: Series, start: int, end: int) -> Series:
    return Series(points.steps[start:end], points.times[start:end], points.values[start:end])


def _bucket(steps: array[int], values: array[float]) -> Bucket:
    finite = [value for value in values if value - value == 0]
    return Bucket(
        first_step=steps[0],
        last_step=steps[-1],
        count=len(values),
        nonfinite=len(values) - len(finite),
        low=min(finite, default=None),
        high=max(finite, default=None),
        last=None if math.isnan(values[-1]) else values[-1],
    )


def _merged(parts: list[Bucket]) -> Bucket:
    return Bucket(
        first_step=parts[0].first_step,
        last_step=parts[-1].last_step,
        count=sum(part.count for part in parts),
        nonfinite=sum(part.nonfinite for part in parts),
        low=min((part.low for part in parts if part.low is not None), default=None),
        high=max((part.high for part in parts if part.high is not None), default=None),
        last=parts[-1].last,
    )


def _pack(points: Series) -> bytes:
    columns: tuple[array[int] | array[float], ...] = (points.steps, points.times, points.values)
    return b"".join(_little_endian(column).tobytes() for column in columns)


def unpack(data: bytes) -> Series:
    """A chunk's three columns from its blob."""
    third = len(data) // 3
    points = Series()
    points.steps.frombytes(data[:third])
    points.times.frombytes(data[third : 2 * third])
    points.values.frombytes(data[2 * third :])
    if sys.byteorder == "big":
        for column in (points.steps, points.times, points.values):
            column.byteswap()
    return points


def _little_endian(column: array[int] | array[float]) -> array[int] | array[float]:
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    return column
