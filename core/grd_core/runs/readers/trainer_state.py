"""Hugging Face's `trainer_state.json`: the whole history, written anew at each checkpoint."""

from __future__ import annotations

import json

from grd_core.runs.journal_reader import Batch
from grd_core.runs.readers.contract import Memory, Taken
from grd_core.runs.readers.json_lines import take_record

LARGEST_STATE = 2**26
"""Bytes of a trainer state; a larger one is not read."""


def take_trainer_state(data: bytes, memory: Memory, batch: Batch, seen_at: float) -> Taken:
    """Take up a whole state; one that is half written is left for the next time."""
    try:
        state = json.loads(data)
    except (ValueError, RecursionError):
        return Taken(0)
    history = state.get("log_history") if type(state) is dict else None
    if type(history) is not list:
        return Taken(len(data), "there is no log_history in it")
    batch.lines += len(history)
    for record in history:
        if type(record) is dict:
            take_record(record, batch, seen_at)
    return Taken(len(data))
