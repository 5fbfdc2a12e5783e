"""Tables of metrics: Lightning's CSVLogger and others of the kind, one row a step.

The header names the columns; a table without a column that counts steps is none of metrics. An
empty cell is no value. A logger that meets a new metric rewrites the file under a longer header:
the file is then read anew, and what is known of it is not taken twice (`taking_up`).
"""

from __future__ import annotations

import csv

from grd_core.runs.journal_reader import Batch
from grd_core.runs.readers.contract import Memory, Taken
from grd_core.runs.readers.counters import (
    TIME_NAMES,
    is_name,
    parsed,
    step_name,
    unix_seconds,
    whole,
)
from grd_core.runs.readers.lines import whole_lines

NO_STEPS = "no column of this table counts steps"

_HEADER = "header"
_DELIMITER = "delimiter"
_MOST_COLUMNS = 2000


def take_csv(data: bytes, memory: Memory, batch: Batch, seen_at: float) -> Taken:
    """Take up the whole rows of `data`; see `contract.Format`."""
    lines, consumed = whole_lines(data, memory)
    rows = iter(lines)
    if _HEADER not in memory:
        first = next(rows, None)
        if first is None:
            return Taken(consumed)
        text = first.decode("utf-8-sig", errors="replace").rstrip("\r")
        memory[_DELIMITER] = max(",;\t", key=text.count)
        header = [name.strip() for name in _cells(text, memory[_DELIMITER])]
        if step_name(header) is None or len(header) > _MOST_COLUMNS:
            return Taken(0, NO_STEPS)
        memory[_HEADER] = header
    _take_rows([row.decode("utf-8", errors="replace") for row in rows], memory, batch, seen_at)
    return Taken(consumed)


def _take_rows(rows: list[str], memory: Memory, batch: Batch, seen_at: float) -> None:
    header, delimiter = memory[_HEADER], memory[_DELIMITER]
    counted = step_name(header)
    step_at = header.index(counted)
    time_at = next((i for i, name in enumerate(header) if name.lower() in TIME_NAMES), None)
    metrics = [
        (i, name)
        for i, name in enumerate(header)
        if i not in (step_at, time_at) and is_name(name) and name.lower() not in TIME_NAMES
    ]
    batch.lines += len(rows)
    for row in rows:
        cells = _cells(row.rstrip("\r"), delimiter)
        if len(cells) != len(header):
            continue  # torn by a writer that died, or not of this table
        step = whole(parsed(cells[step_at]))
        if step is None:
            continue
        own = None if time_at is None else parsed(cells[time_at])
        time = unix_seconds(own, seen_at)
        for i, name in metrics:
            if cells[i] and (value := parsed(cells[i])) is not None:
                batch.series(name).add(step, time, value)


def _cells(row: str, delimiter: str) -> list[str]:
    if '"' not in row:
        return row.split(delimiter)
    try:
        return next(csv.reader([row], delimiter=delimiter), [])
    except csv.Error:
        return []
