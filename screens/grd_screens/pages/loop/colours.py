"""Colours of metrics and runs that stay the same from one screen and one day to the next.

A colour is only a help: a run's curve ends in its letter, a metric stands with its name.
"""

from __future__ import annotations

from zlib import crc32

PALETTE = ("#9b6dd6", "#1f9a8a", "#c2702a", "#d0559a", "#7f8f1e", "#5a7fd6")
"""Seen on dark and on light: each at least 3:1 against the background of both themes."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def metric_style(name: str) -> str:
    """A metric's colour, by its name alone."""
    return PALETTE[crc32(name.encode()) % len(PALETTE)]


def run_style(run_id: int) -> str:
    """A run's colour, by its id: runs after each other differ."""
    return PALETTE[run_id % len(PALETTE)]


def run_mark(run_id: int) -> str:
    """A run's letter, by its id: runs after each other differ."""
    return _LETTERS[run_id % len(_LETTERS)]
