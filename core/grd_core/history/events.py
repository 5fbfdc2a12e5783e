"""The ledger's events, as they are listed."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from grd_core.identity import one_line
from grd_core.ledger.read import Reader


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of the ledger: its number, when (UTC, ISO 8601), who and what."""

    id: int
    at: str
    author: str
    what: str


def all_events(ledger: Reader) -> tuple[Happening, ...]:
    """Every event, the oldest first."""
    return _happenings(ledger.rows("SELECT id, at, author, kind FROM event ORDER BY id"))


def latest_events(ledger: Reader, count: int) -> tuple[Happening, ...]:
    """The last `count` events, the newest first."""
    return _happenings(
        ledger.rows("SELECT id, at, author, kind FROM event ORDER BY id DESC LIMIT ?", count)
    )


def _happenings(rows: list[sqlite3.Row]) -> tuple[Happening, ...]:
    return tuple(
        Happening(row["id"], row["at"], one_line(row["author"]), one_line(row["kind"]))
        for row in rows
    )
