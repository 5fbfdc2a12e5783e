"""What every verb shares: the study it works on, and how it prints.

Text that comes from data, logs or files passes `printable` before it reaches a terminal.
"""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grd_screens.aligned import aligned
from grd_screens.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from grd_core.study import Study

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def current_study() -> Study:
    """The study named with -C, else the one here or above."""
    from grd_core.study import find_study

    context = click.get_current_context().find_root()
    return find_study((context.obj or {}).get("study") or Path())


def to_json(value: Any) -> Any:
    """A snapshot as JSON values: dataclasses as objects, paths as text, NaN as null."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_json(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Path):
        return str(value)
    return value


def print_json(value: Any) -> None:
    """One JSON object on stdout."""
    print(json.dumps(to_json(value), ensure_ascii=True, indent=2))


def say(text: str = "") -> None:
    """One line on stdout, made harmless to the terminal."""
    print(printable(text))


def note(text: str) -> None:
    """One line on stderr: progress and asides, so that stdout stays the answer."""
    print(printable(text), file=sys.stderr)


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Aligned columns; the last one may be long and is never cut."""
    for line in aligned(headers, rows):
        print(line)


def duration(seconds: float) -> str:
    """Seconds as a person reads them: 42 s, 14 min, 2 h 05 min."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"


def progress_line() -> Callable[[float, str], None]:
    """A progress callback that rewrites one line of a terminal and is silent elsewhere."""
    if not sys.stderr.isatty():
        return lambda fraction, message: None

    def show(fraction: float, message: str) -> None:
        sys.stderr.write(f"\r\x1b[K{printable(message)} {fraction:4.0%}")
        if fraction >= 1:
            sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()

    return show
