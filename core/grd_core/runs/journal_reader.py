"""Reading journals as they grow: whole lines from a byte offset on, and nothing twice.

A half-written last line is left for the next time. A file whose bytes before the offset
are no longer the ones that were read was truncated or replaced: what was read stays, and
reading it ends for good, since the rest cannot be told from what is known.
"""

from __future__ import annotations

import json
import os
import sys
from array import array
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

TAIL_BYTES = 64
"""How many bytes before the offset are remembered and compared."""

BLOCK_BYTES = 2**22
"""How much is read at once."""

SUPERVISING = frozenset({"supervisor.jsonl", "guard.jsonl", "reaper.jsonl"})
"""Files of the processes above a run; every other one was written by the run itself."""

_STEP_LIMIT = 2**63


@dataclass(frozen=True, slots=True)
class Position:
    """How far a file was read, and the last bytes before that place."""

    offset: int = 0
    tail: bytes = b""


@dataclass(frozen=True, slots=True)
class NewLines:
    """Whole lines that are new, and the position after them. May be none."""

    lines: list[bytes]
    position: Position


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The file is not the one that was read: cut, replaced or gone."""


def read_new(path: Path, position: Position, *, limit: int = BLOCK_BYTES) -> NewLines | Rewritten:
    """Whole lines after `position`, about `limit` bytes of them at most.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return Rewritten()
    try:
        start = position.offset - len(position.tail)
        while True:
            content = os.pread(fd, limit + len(position.tail), start)
            if not content.startswith(position.tail):
                return Rewritten()
            end = content.rfind(b"\n", len(position.tail)) + 1
            if end > 0 or len(content) < limit + len(position.tail):
                break
            limit *= 2  # one line longer than a block
    finally:
        os.close(fd)
    if end <= 0:
        return NewLines([], position)
    lines = content[len(position.tail) : end].split(b"\n")
    moved = Position(start + end, content[max(0, end - TAIL_BYTES) : end])
    return NewLines([line for line in lines if line], moved)


@dataclass(slots=True)
class Series:
    """New points of one metric, in the order of their lines."""

    steps: array[int] = field(default_factory=lambda: array("q"))
    times: array[float] = field(default_factory=lambda: array("d"))
    values: array[float] = field(default_factory=lambda: array("d"))

    def add(self, step: int, time: float, value: float) -> None:
        """Append one point."""
        self.steps.append(step)
        self.times.append(time)
        self.values.append(value)


@dataclass(slots=True)
class Batch:
    """What a number of lines said: points by metric, records of supervision, and faults.

    Points of more than `most_names` metrics are dropped.
    """

    points: dict[str, Series] = field(default_factory=dict)
    records: list[dict[str, Any]] = field(default_factory=list)
    lines: int = 0
    malformed: int = 0
    lost: int = 0
    most_names: int = sys.maxsize

    def series(self, name: str) -> Series:
        """The series of a metric, begun if it is new."""
        found = self.points.get(name)
        if found is not None:
            return found
        plain = _storable(name)
        found = self.points.get(plain, Series())
        if len(self.points) < self.most_names:
            self.points[plain] = found
        return found

    @property
    def point_count(self) -> int:
        """How many points there are."""
        return sum(len(series.steps) for series in self.points.values())


def _storable(name: str) -> str:
    """A name as a database takes it: half of a surrogate pair stands as its escape."""
    return name.encode("utf-8", errors="backslashreplace").decode("utf-8")


def parse_points(lines: list[bytes], batch: Batch) -> None:
    """Take up lines written by `grd_log`; what is not such a line is counted and skipped."""
    for record in _decoded(lines, batch):
        if not _take_up(record, batch):
            batch.malformed += 1


def parse_records(lines: list[bytes], batch: Batch) -> None:
    """Take up lines written by a supervisor, a guard or a reaper."""
    for record in _decoded(lines, batch):
        if isinstance(record, dict) and isinstance(record.get("kind"), str):
            batch.records.append(record)
        else:
            batch.malformed += 1


def _decoded(lines: list[bytes], batch: Batch) -> list[Any]:
    """Every line's value; one parser call for all of them unless one is malformed."""
    batch.lines += len(lines)
    try:
        together: list[Any] = json.loads(b"[" + b",".join(lines) + b"]")
        # A malformed line may hold two values, or join its neighbours into one.
        if len(together) == len(lines):
            return together
    except (ValueError, RecursionError):
        pass
    values = []
    for line in lines:
        try:
            values.append(json.loads(line))
        except (ValueError, RecursionError):
            batch.malformed += 1
    return values


def _take_up(record: Any, batch: Batch) -> bool:
    """Add one record's points to the batch, or none of them when any part is not as it must be."""
    try:
        step, time, metrics = record["step"], record["time"], record["metrics"]
        if (
            type(step) is not int
            or type(time) is not float
            or not isfinite(time)
            or not -_STEP_LIMIT <= step < _STEP_LIMIT
        ):
            return False
        values = [float(value) for value in metrics.values()]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return False
    known = batch.points
    for name, value in zip(metrics, values, strict=True):
        series = known.get(name) or batch.series(name)
        series.steps.append(step)
        series.times.append(time)
        series.values.append(value)
    lost = record.get("lost", 0)
    if type(lost) is int:
        batch.lost += lost
    return True
