"""What every format is: a function from new bytes to points, and what it carries along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from grd_core.runs.journal_reader import Batch

Memory = dict[str, Any]
"""What a format carries from one piece of a file to the next; plain JSON values."""


@dataclass(frozen=True, slots=True)
class Taken:
    """How many bytes of a piece are done with; `damage` is why the rest cannot be read, or ""."""

    consumed: int
    damage: str = ""


Format = Callable[[bytes, Memory, Batch, float], Taken]
"""`format(data, memory, batch, seen_at)`: take up what is whole in `data`, which begins where
the last piece was done with, and add its points to `batch`. `memory` may be changed. `seen_at`
is the time (Unix seconds) of points that carry none."""
