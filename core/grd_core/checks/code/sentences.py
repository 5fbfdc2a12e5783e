"""Words for findings about rows and models: names as they are written, small numbers."""

from __future__ import annotations

import ast

from grd_core.checks.dataflow.access import written
from grd_core.checks.dataflow.rows import RowSets

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_SHOWN = 60


def quoted(text: str) -> str:
    """A piece of code between backticks, shortened; nothing for nothing."""
    short = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}…"
    return f"`{short}`" if short else ""


def counted(number: int) -> str:
    """A number as a word up to ten."""
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)


def row_name(rows: RowSets, number: int, subject: ast.expr | None, depth: int = 0) -> str:
    """What the program calls some rows: the argument as written, or their first variable.

    The argument's name says little where it stands `depth` calls below the module.
    """
    named, told = quoted(rows[number].name), quoted(written(subject))
    if depth and isinstance(subject, ast.Name):
        return named or told
    return told or named or "the held-out rows"
