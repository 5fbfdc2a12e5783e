"""Instants of the ledger as a person reads them."""

from __future__ import annotations

from datetime import datetime

from grd_screens.printable import printable


def local_minute(at: str) -> str:
    """A UTC instant as local day and time; the text itself when it is none."""
    try:
        return datetime.fromisoformat(at).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return printable(at)
