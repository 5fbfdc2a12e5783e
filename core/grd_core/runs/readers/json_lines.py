"""JSON lines: one object a line, with a step and numbers.

A line's step is `step`, `global_step`, … or `epoch` (`counters.STEP_NAMES`); its other numbers
are metrics. One level of nesting is taken: `{"train": {"loss": 1}}` is `train/loss`, and what
stands under `metrics` keeps its plain name. Lines that are something else are passed over.
"""

from __future__ import annotations

import json
from typing import Any

from grd_core.runs.journal_reader import Batch
from grd_core.runs.readers.contract import Memory, Taken
from grd_core.runs.readers.counters import (
    TIME_NAMES,
    is_name,
    number,
    step_name,
    unix_seconds,
    whole,
)
from grd_core.runs.readers.lines import whole_lines

_PLAIN = "metrics"


def take_json_lines(data: bytes, memory: Memory, batch: Batch, seen_at: float) -> Taken:
    """Take up the whole lines of `data`; see `contract.Format`."""
    lines, consumed = whole_lines(data, memory)
    batch.lines += len(lines)
    for line in lines:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if type(record) is dict:
            take_record(record, batch, seen_at)
    return Taken(consumed)


def take_record(record: dict[str, Any], batch: Batch, seen_at: float) -> None:
    """Add the numbers of one record at its step; nothing where it has no whole step."""
    name = step_name(record)
    step = None if name is None else whole(record[name])
    if step is None:
        return
    own = next((record[key] for key in TIME_NAMES if key in record), None)
    time = unix_seconds(number(own), seen_at)
    for key, value in record.items():
        if key == name or key.lower() in TIME_NAMES:
            continue
        if type(value) is dict:
            for inner, nested in value.items():
                _add(inner if key == _PLAIN else f"{key}/{inner}", nested, step, time, batch)
        else:
            _add(key, value, step, time, batch)


def _add(name: str, value: Any, step: int, time: float, batch: Batch) -> None:
    found = number(value)
    if found is not None and is_name(name):
        batch.series(name).add(step, time, found)
