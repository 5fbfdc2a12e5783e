"""An objective written out as it is judged: every field, defaults and weights resolved.

What is rendered is for reading and comparing; the file a researcher locked is never
rewritten. Reading the result back gives an objective that differs in no field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from grd_core.objective.model import Metric, Objective

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./%()'+-]*(?: [A-Za-z0-9_./%()'+-]+)*")
"""Text that no reader of YAML takes for anything but itself."""
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_TAKEN = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))
_UNPRINTABLE = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]")
"""What a quoted text may not hold raw: line ends of YAML, and what no one can see."""


def front_matter(objective: Objective) -> str:
    """The canonical front matter between its two lines `---`."""
    lines = _lines(_resolved(objective))
    return "\n".join(("---", *lines, "---")) + "\n"


def scalar(text: str) -> str:
    """A text as YAML: bare where that cannot be mistaken for anything else."""
    if _PLAIN.fullmatch(text) and text.lower() not in _TAKEN:
        return text
    return _UNPRINTABLE.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"


def _resolved(objective: Objective) -> Objective:
    weights = objective.weights()

    def judged(metric: Metric) -> Metric:
        weight = None if metric.role == "guard" else weights[metric.registered]
        return metric.model_copy(
            update={"name": metric.registered, "direction": metric.good, "weight": weight}
        )

    return objective.model_copy(update={"metrics": tuple(map(judged, objective.metrics))})


def _lines(part: BaseModel) -> Iterator[str]:
    for key, value in part:
        if isinstance(value, BaseModel):
            yield f"{key}:"
            yield from (f"  {line}" for line in _lines(value))
        elif isinstance(value, tuple):
            yield from _list(key, value)
        else:
            yield f"{key}: {_value(value)}".rstrip(" ")


def _list(key: str, items: tuple[Any, ...]) -> Iterator[str]:
    if all(isinstance(item, str) and _WORD.fullmatch(item) for item in items):
        yield f"{key}: [{', '.join(map(scalar, items))}]"
        return
    yield f"{key}:"
    for item in items:
        inner = list(_lines(item)) if isinstance(item, BaseModel) else [_value(item)]
        for place, line in enumerate(inner):
            yield f"  {'  ' if place else '- '}{line}"


def _value(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return scalar(value)
    return str(value).lower() if isinstance(value, bool) else repr(value)
