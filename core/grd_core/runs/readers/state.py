"""How far each file was read, and what is carried to the next time: `journal_offset.tail`.

Keys of these files hold a slash, names of journals do not, so they share the table. For these
`tail` is a JSON object; `malformed` and `lost` stay 0, since they speak of journals.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from grd_core.runs.readers.contract import Memory

Status = Literal["reading", "ignored", "damaged"]

MOST_NAMES = 200
"""How many metrics are taken from one file."""


@dataclass(frozen=True, slots=True)
class FileState:
    """One file as it was read last.

    `head` and `tail` are its first bytes and the last before `offset`, to know it again;
    `names` the metrics that are taken from it. `fresh` is None while it is read on; after it
    was begun anew it holds the metrics that said something new since. `word` says why it is
    not read, or not wholly.
    """

    key: str
    group: str
    kind: str
    status: Status = "reading"
    offset: int = 0
    inode: int = 0
    mtime_ns: int = 0
    head: bytes = b""
    tail: bytes = b""
    names: tuple[str, ...] = ()
    memory: Memory = field(default_factory=dict)
    fresh: tuple[str, ...] | None = None
    word: str = ""

    def begun_anew(self) -> FileState:
        """The state of a file that is not the one that was read: to be read from its start."""
        return replace(
            self, status="reading", offset=0, head=b"", tail=b"", memory={}, fresh=(), word=""
        )


_SELECT = "SELECT file, status, offset, tail FROM journal_offset WHERE run_id = ?"


def states_of(connection: sqlite3.Connection, run_id: int) -> dict[str, FileState]:
    """The files of a run by their keys; journals are none of them."""
    rows = connection.execute(f"{_SELECT} AND file GLOB '.*/*'", (run_id,))
    return {row[0]: _state(*row) for row in rows}


def state_before(connection: sqlite3.Connection, run_id: int, key: str) -> FileState | None:
    """A file of the experiment's folder as the last run before this one left it, if one read it."""
    row = connection.execute(
        "SELECT o.file, o.status, o.offset, o.tail FROM journal_offset o"
        " JOIN run r ON r.id = o.run_id"
        " WHERE r.experiment_id = (SELECT experiment_id FROM run WHERE id = ?)"
        " AND o.run_id < ? AND o.file = ? ORDER BY o.run_id DESC LIMIT 1",
        (run_id, run_id, key),
    ).fetchone()
    return None if row is None else _state(*row)


def save(connection: sqlite3.Connection, run_id: int, state: FileState, lines: int) -> None:
    """Write a state, and how many lines or records were read since the last one."""
    content = {
        "group": state.group,
        "kind": state.kind,
        "inode": state.inode,
        "mtime_ns": state.mtime_ns,
        "head": state.head.hex(),
        "tail": state.tail.hex(),
        "names": list(state.names),
        "memory": state.memory,
        "fresh": None if state.fresh is None else list(state.fresh),
        "word": state.word,
    }
    connection.execute(
        "INSERT INTO journal_offset VALUES (?, ?, ?, ?, ?, ?, 0, 0)"
        " ON CONFLICT (run_id, file) DO UPDATE SET status = excluded.status,"
        " offset = excluded.offset, tail = excluded.tail, lines = lines + excluded.lines",
        (
            run_id,
            state.key,
            state.status,
            state.offset,
            json.dumps(content, separators=(",", ":")).encode(),
            lines,
        ),
    )


def owners(states: Iterable[FileState]) -> dict[str, FileState]:
    """Which file each metric is taken from."""
    return {name: state for state in states for name in state.names}


def _state(key: str, status: Status, offset: int, tail: bytes) -> FileState:
    content: dict[str, Any] = json.loads(tail)
    fresh = content["fresh"]
    return FileState(
        key=key,
        group=content["group"],
        kind=content["kind"],
        status=status,
        offset=offset,
        inode=content["inode"],
        mtime_ns=content["mtime_ns"],
        head=bytes.fromhex(content["head"]),
        tail=bytes.fromhex(content["tail"]),
        names=tuple(content["names"]),
        memory=content["memory"],
        fresh=None if fresh is None else tuple(fresh),
        word=content["word"],
    )
