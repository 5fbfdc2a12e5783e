"""What moved the question or the data of a whole study: locks, amendments, freezes taken back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from grd_core.identity import one_line
from grd_core.ledger.in_force import all_unfrozen
from grd_core.ledger.read import Reader
from grd_core.objective.telling import change_text, seen_text
from grd_core.objective.versions import LockedVersion, locked_versions


@dataclass(frozen=True, slots=True)
class Turn:
    """One of them: when (UTC, ISO 8601), what, why, and what changed, each on one line."""

    at: str
    what: str
    why: str = ""
    changes: tuple[str, ...] = ()


def turns_of(ledger: Reader) -> tuple[Turn, ...]:
    """All of them, the oldest first."""
    found = [*_freezes(ledger), *map(_of_version, locked_versions(ledger))]
    return tuple(sorted(found, key=lambda turn: turn.at))


def _of_version(version: LockedVersion) -> Turn:
    if version.version == 1:
        return Turn(version.at, f"the objective was locked, {seen_text(version)}")
    what = f"the objective was amended to v{version.version}, {seen_text(version)}"
    changes = tuple(change_text(change) for change in version.changes) or ("its prose",)
    return Turn(version.at, what, one_line(version.reason), changes)


def _freezes(ledger: Reader) -> Iterator[Turn]:
    rows = ledger.rows(
        "SELECT f.at, f.test_rows, s.strategy, s.reason, s.sizes_json"
        " FROM freeze f JOIN split s ON s.id = f.split_id ORDER BY f.id"
    )
    for row in rows:
        sizes = json.loads(row["sizes_json"])
        parts = " / ".join(
            f"{sizes[part]:,} {part}" for part in ("train", "validation", "test") if part in sizes
        )
        what = f"{row['test_rows']:,} test rows were frozen, {row['strategy']} split"
        yield Turn(row["at"], f"{what} ({parts})" if parts else what, one_line(row["reason"] or ""))
    for one in all_unfrozen(ledger):
        yield Turn(one.at, "the frozen test part was taken back", one_line(one.reason))
