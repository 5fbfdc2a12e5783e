"""The phases of the method by number, as the keys and the frame name them."""

from __future__ import annotations

from dataclasses import dataclass

from grd_core.next_step import PHASES as NAMES


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase: its number, which is its key, and its name."""

    number: int
    name: str


PHASES = tuple(Phase(number, name) for number, name in enumerate(NAMES, start=1))
