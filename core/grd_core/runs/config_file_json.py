"""JSON as a config: the values, the line of every key, and no key twice."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from grd_core.errors import ConfigError
from grd_core.runs.config_key import Key, called

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+|\n')


@dataclass(slots=True)
class _Open:
    """A table or list that is being read: the key it stands at, and what comes next in it."""

    key: Key
    is_list: bool
    index: int = 0
    name: str | None = None

    @property
    def place(self) -> Key:
        """Where the next value stands."""
        return (*self.key, self.index if self.is_list else self.name or "")


def parse_json(text: str, name: str) -> tuple[Any, dict[Key, int]]:
    """Values and lines (from 1) of JSON text.

    Raises:
        ConfigError: it is no JSON, sets a key twice, or says NaN or Infinity.
    """
    try:
        values = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ConfigError(
            f"{name} is not valid JSON: {error.msg}",
            where=f"{name}:{error.lineno}",
            fix="correct that line",
        ) from error
    except ValueError as error:
        raise ConfigError(
            f"{name} holds a number that cannot be kept: {error}",
            where=name,
            fix="write a finite number of fewer digits",
        ) from error
    return values, _lines(text, name)


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def _lines(text: str, name: str) -> dict[Key, int]:
    """The line of every key and item of text that is known to be JSON."""
    lines: dict[Key, int] = {}
    stack: list[_Open] = []
    line = 1
    for sign in _TOKEN.findall(text):
        top = stack[-1] if stack else None
        if sign == "\n":
            line += 1
        elif sign in "{[":
            key = top.place if top else ()
            lines.setdefault(key, line)
            stack.append(_Open(key, is_list=sign == "["))
        elif sign in "}]":
            stack.pop()
        elif top is None or sign == ":":
            continue
        elif sign == ",":
            top.index += 1
            top.name = None
        elif not top.is_list and top.name is None:
            top.name = json.loads(sign)
            if top.place in lines:
                raise ConfigError(
                    f"`{called(top.place)}` is set twice",
                    where=f"{name}:{line}",
                    fix=f"keep one; the other is on line {lines[top.place]}",
                )
            lines[top.place] = line
        else:
            lines.setdefault(top.place, line)
    return lines
