"""Instants of the ledger as a person reads them."""

from __future__ import annotations

from datetime import datetime

from grd_screens.printable import printable


def local_minute(at: str) -> str:
    """A UTC instant as local day and time; the text itself when it is none."""
    return _written(at, "%Y-%m-%d %H:%M")


def local_short(at: str) -> str:
    """The same without its year, for lists in the order of time."""
    return _written(at, "%m-%d %H:%M")


def _written(at: str, pattern: str) -> str:
    try:
        return datetime.fromisoformat(at).astimezone().strftime(pattern)
    except ValueError:
        return printable(at)
