"""Metrics that a script prints: `epoch 3 loss=0.21 val_acc: 0.93`.

Only a line that says its step or epoch as a whole number counts, and on it only `name=value`
and `name: value` where a number stands alone: a clock, a file's line (`train.py:12`) or a value
with a unit (`3.2s`) is none. A progress bar counts with its last state.
"""

from __future__ import annotations

import re

from grd_core.runs.journal_reader import Batch
from grd_core.runs.readers.contract import Memory, Taken
from grd_core.runs.readers.counters import STEP_NAMES, TIME_NAMES, is_name, whole
from grd_core.runs.readers.lines import whole_lines

LONGEST_PRINTED = 8192
"""Bytes of one printed line; longer ones are no words to a person."""

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
_STEP = re.compile(
    r"(?<![\w./-])(?P<q>['\"]?)(?P<name>global_step|step|iteration|iter|epoch)(?P=q)"
    r"\s{0,3}[=:#]?\s{0,3}\[?\s{0,3}(?P<step>-?\d{1,19})(?=$|[\s/,;:|)\]}])",
    re.IGNORECASE,
)
_PAIR = re.compile(
    r"(?<![\w./:%-])(?P<q>['\"]?)(?P<name>[A-Za-z_][\w./-]*)(?P=q)(?:\s?=\s?|:\s{1,8})"
    r"(?P<value>[-+]?(?:(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][-+]?\d{1,4})?"
    r"|nan|inf(?:inity)?))%?(?=$|[\s,;|)\]}])",
    re.IGNORECASE,
)
_FINEST = {name: rank for rank, name in enumerate(STEP_NAMES)}
_NOT_METRICS = frozenset({*STEP_NAMES, *TIME_NAMES, "eta", "elapsed", "seed"})


def take_console(data: bytes, memory: Memory, batch: Batch, seen_at: float) -> Taken:
    """Take up the whole lines of `data`; see `contract.Format`."""
    lines, consumed = whole_lines(data, memory, LONGEST_PRINTED)
    batch.lines += len(lines)
    for line in lines:
        lowered = line.lower()
        # Most lines say no step, and three plain searches are cheaper than one pattern.
        if b"step" in lowered or b"epoch" in lowered or b"iter" in lowered:
            _take_line(line, batch, seen_at)
    return Taken(consumed)


def _take_line(line: bytes, batch: Batch, seen_at: float) -> None:
    last = line.rstrip(b"\r").rpartition(b"\r")[2]
    text = _ESCAPES.sub("", last.decode("utf-8", errors="replace"))
    counters = list(_STEP.finditer(text))
    if not counters:
        return
    finest = min(counters, key=lambda found: _FINEST[found["name"].lower()])
    step = whole(int(finest["step"]))
    if step is None:
        return
    for pair in _PAIR.finditer(text):
        name = pair["name"]
        if name.lower() not in _NOT_METRICS and is_name(name):
            batch.series(name).add(step, seen_at, float(pair["value"]))
