"""What a run prints, line by line: how grave a line is, and which values of a step it tells.

A script may print JSON lines with levels, the usual words (INFO, WARNING, ERROR), Python's own
warnings and tracebacks, or `step 120 loss=0.4`. Nothing is asked of it: what is not recognised
is a line without level and without values.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

Level = Literal["debug", "info", "warning", "error", ""]

LEVELS: tuple[Level, ...] = ("debug", "info", "warning", "error")
"""From the least grave on."""

_WORDS: dict[str, Level] = {
    "trace": "debug",
    "debug": "debug",
    "info": "info",
    "notice": "info",
    "warn": "warning",
    "warning": "warning",
    "error": "error",
    "err": "error",
    "critical": "error",
    "fatal": "error",
}
_LONGEST_KNOWN = 500
"""Longer lines are not remembered."""
_LOOKED_AT = 96
"""Signs at the beginning of a line in which its level is looked for."""
_SHOUTED = re.compile(r"\b(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|CRITICAL|FATAL)\b")
_LEADING = re.compile(r"\W*(trace|debug|info|notice|warn|warning|error|critical|fatal)\b[\]:|]")
_PYTHON_WORDS = ("Warning", "Error", "Exception", "Interrupt", "Traceback")
_PYTHON = re.compile(r"(?:^|\s)[\w.]*(Warning|Error|Exception|Interrupt)(?::|$)|^(Traceback) \(")

_LEVEL_KEYS = ("level", "levelname", "severity", "lvl", "log_level")
_TEXT_KEYS = ("message", "msg", "event", "text")
_STEP_KEYS = ("step", "global_step", "iteration", "iter", "it", "batch", "round")
_EPOCH_KEYS = ("epoch",)
_NO_VALUES = frozenset({*_STEP_KEYS, *_EPOCH_KEYS, "time", "timestamp", "ts", "of", "rank", "pid"})
_GREATEST = 10**300
_NUMBER = r"[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|nan|inf)"
_VALUE = re.compile(
    rf"(?<![\w.])([A-Za-z_][\w./@-]*)['\"]?(?:\s*[=:]\s*|\s+)({_NUMBER})(?=[\s,;|\])}}/%]|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class OutputLine:
    """A line of output.

    `text` is the line itself; of a JSON line its message and what else it says. `step` and
    `epoch` are the counters it tells, None where it tells none; `values` the other numbers by
    their names, which may be NaN.
    """

    text: str
    level: Level = ""
    step: int | None = None
    epoch: float | None = None
    values: tuple[tuple[str, float], ...] = ()

    @property
    def is_step(self) -> bool:
        """Whether it tells values of a step or an epoch, and nothing grave."""
        counted = self.step is not None or self.epoch is not None
        return counted and bool(self.values) and self.level in ("", "debug", "info")


def read_output(lines: Iterable[str]) -> tuple[OutputLine, ...]:
    """Lines of output, read one by one; an indented line is as grave as the one before it."""
    found: list[OutputLine] = []
    for line in lines:
        read = _known(line) if len(line) <= _LONGEST_KNOWN else _read(line)
        if not read.level and found and line[:1] in (" ", "\t") and found[-1].level:
            read = OutputLine(read.text, found[-1].level)
        found.append(read)
    return tuple(found)


def _read(line: str) -> OutputLine:
    return _json_line(line) or _plain_line(line)


# The tail of an output is read again and again, each time a few lines further.
_known = lru_cache(maxsize=4096)(_read)


def kept(lines: Sequence[OutputLine], *, least: Level, words: str) -> tuple[OutputLine, ...]:
    """The lines that are grave enough and hold all of these words, in any case.

    Args:
        lines: the output.
        least: the least grave level that is kept; empty for all. A line without a level counts
            as `info`.
        words: words separated by blanks; empty for no search.
    """
    at = LEVELS.index(least) if least else 0
    sought = words.lower().split()
    return tuple(
        line
        for line in lines
        if LEVELS.index(line.level or "info") >= at
        and all(word in line.text.lower() for word in sought)
    )


def _plain_line(line: str) -> OutputLine:
    level = _level_of(line)
    step: int | None = None
    epoch: float | None = None
    values: dict[str, float] = {}
    for name, number in _VALUE.findall(line):
        key, value = name.lower(), float(number)
        if key in _STEP_KEYS and step is None and value.is_integer():
            step = int(value)
        elif key in _EPOCH_KEYS and epoch is None and math.isfinite(value):
            epoch = value
        elif key not in _NO_VALUES and key not in _WORDS:
            values.setdefault(name, value)
    return OutputLine(line, level, step, epoch, tuple(values.items()))


def _level_of(line: str) -> Level:
    begin = line[:_LOOKED_AT]
    if (said := _SHOUTED.search(begin)) is not None:
        return _WORDS[said.group(1).lower()]
    if (said := _LEADING.match(begin.lower())) is not None:
        return _WORDS[said.group(1)]
    if any(word in begin for word in _PYTHON_WORDS) and (said := _PYTHON.search(begin)):
        return "warning" if said.group(1) == "Warning" else "error"
    return ""


def _json_line(line: str) -> OutputLine | None:
    """A line that is one JSON object, taken apart; None for any other."""
    if not line.startswith("{"):
        return None
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    level: Level = ""
    texts: list[str] = []
    step: int | None = None
    epoch: float | None = None
    values: list[tuple[str, float]] = []
    for key, value in record.items():
        name = key.lower()
        if name in _LEVEL_KEYS and isinstance(value, str) and value.lower() in _WORDS:
            level = _WORDS[value.lower()]
            continue
        if name in _STEP_KEYS and step is None and type(value) is int:
            step = value
        elif name in _EPOCH_KEYS and epoch is None and _is_number(value):
            epoch = float(value)
        elif name not in _NO_VALUES and _is_number(value):
            values.append((key, float(value)))
        if name in _TEXT_KEYS and isinstance(value, str):
            texts.insert(0, value)
        else:
            texts.append(f"{key}={value if isinstance(value, str) else json.dumps(value)}")
    said = " ".join(filter(None, (level.upper(), *texts)))
    return OutputLine(said, level, step, epoch, tuple(values))


def _is_number(value: Any) -> bool:
    return type(value) is float or (type(value) is int and abs(value) < _GREATEST)
