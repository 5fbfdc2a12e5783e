"""Whose a metric is, where several files say one of the same name.

A run's journal comes before all files, a file before what the script prints, and among files
the first to say the name. What gave way is taken out again, so that nothing is told twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import replace

from grd_core.runs.progress import METER_PREFIX
from grd_core.runs.readers.sources import PRINTED
from grd_core.runs.readers.state import MOST_NAMES, FileState, owners, save, states_of

TOO_MANY = f"it says more than {MOST_NAMES} metrics: the first {MOST_NAMES} are taken"


def give_to_journal(connection: sqlite3.Connection, run_id: int, names: Iterable[str]) -> None:
    """Take out what files said under names that the run's journal now says."""
    states = states_of(connection, run_id)
    if not states:
        return
    taken = owners(states.values())
    for name in names:
        owner = taken.get(name)
        if owner is not None:
            _give_way(connection, run_id, states, owner.key, name)


def claim(
    connection: sqlite3.Connection,
    run_id: int,
    states: dict[str, FileState],
    state: FileState,
    names: Iterable[str],
) -> tuple[FileState, frozenset[str]]:
    """Which of the names a file may say; the ones nobody has become its own.

    `states` are all files of the run, by key; those that give way are changed in it.
    """
    taken = owners(states.values())
    allowed = set()
    own = list(state.names)
    word = state.word
    for name in names:
        owner = taken.get(name)
        if owner is not None and owner.group == state.group:
            allowed.add(name)
            continue
        if owner is not None:
            if owner.kind != PRINTED or state.kind == PRINTED:
                continue
        elif name.startswith(METER_PREFIX) or _is_said(connection, run_id, name):
            continue
        if len(own) >= MOST_NAMES:
            word = word or TOO_MANY
            continue
        if owner is not None:
            _give_way(connection, run_id, states, owner.key, name)
        own.append(name)
        allowed.add(name)
    return replace(state, names=tuple(own), word=word), frozenset(allowed)


def _is_said(connection: sqlite3.Connection, run_id: int, name: str) -> bool:
    row = connection.execute(
        "SELECT 1 FROM metric_summary WHERE run_id = ? AND name = ?", (run_id, name)
    ).fetchone()
    return row is not None


def _give_way(
    connection: sqlite3.Connection,
    run_id: int,
    states: dict[str, FileState],
    key: str,
    name: str,
) -> None:
    """Take a metric from a file, with all its points."""
    owner = states[key]
    states[key] = replace(owner, names=tuple(own for own in owner.names if own != name))
    save(connection, run_id, states[key], lines=0)
    row = connection.execute(
        "SELECT id FROM metric_summary WHERE run_id = ? AND name = ?", (run_id, name)
    ).fetchone()
    if row is None:
        return
    metric_id = row[0]
    connection.execute(
        "DELETE FROM point_blob WHERE chunk_id IN (SELECT id FROM point_chunk WHERE metric_id = ?)",
        (metric_id,),
    )
    for table in ("point_chunk", "point_tail"):
        connection.execute(f"DELETE FROM {table} WHERE metric_id = ?", (metric_id,))  # noqa: S608
    connection.execute("DELETE FROM metric_summary WHERE id = ?", (metric_id,))
