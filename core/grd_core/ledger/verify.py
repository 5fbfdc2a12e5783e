"""Replaying the chain: does the ledger still say what was written?

Three things are compared: the events with their own hashes, the rows with the events,
and the heads that were written elsewhere (DECISION_LOG.md, run folders) with the events.
The first finds edits, the second rows changed behind the chain's back, the third a tail
cut off or a chain forged anew.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from grd_core.ledger.events import GENESIS, event_hash
from grd_core.ledger.migrations.apply import CURRENT, guards_of
from grd_core.ledger.read import Reader


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head of the chain as some file outside the ledger remembers it."""

    where: str
    event_id: int
    hash: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was written, and where."""

    where: str
    what: str


def head(reader: Reader) -> tuple[int, str]:
    """Id and hash of the last event; (0, genesis) for an empty ledger."""
    row = reader.one("SELECT id, hash FROM event ORDER BY id DESC LIMIT 1")
    return (int(row["id"]), str(row["hash"])) if row else (0, GENESIS)


def verify_ledger(reader: Reader, anchors: tuple[Anchor, ...]) -> tuple[Fault, ...]:
    """Every fault found, in the order of the chain; empty when all is as written."""
    # One that is only read may be of an older schema, and lacks what came later.
    guards = guards_of(int(reader.value("PRAGMA user_version")))
    hashes, recorded, faults = _replay(reader)
    return (
        *_integrity(reader),
        *_guards(reader, guards),
        *faults,
        *_rows(reader, recorded, _chained(guards)),
        *_anchors(anchors, hashes),
    )


def _chained(guards: Mapping[str, str]) -> tuple[str, ...]:
    """The tables that these guards let only grow."""
    return tuple(
        name.removesuffix("_next")
        for name in guards
        if name.endswith("_next") and name != "event_next"
    )


def _integrity(reader: Reader) -> list[Fault]:
    answer = reader.value("PRAGMA quick_check(1)")
    return [] if answer == "ok" else [Fault("ledger", f"the database is damaged: {answer}")]


def _guards(reader: Reader, guards: Mapping[str, str]) -> list[Fault]:
    """The guards are there, and nothing else acts on a write or stands in for a table."""
    present = {
        row["name"]: row
        for row in reader.rows(
            "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type IN ('trigger', 'view')"
        )
    }
    faults = [
        Fault(f"trigger {name}", "a guard was dropped or changed")
        for name, sql in guards.items()
        if name not in present or present[name]["sql"] != sql
    ]
    faults.extend(
        Fault(f"{row['type']} {name}", f"was added to {row['tbl_name']}; this program has none")
        for name, row in present.items()
        if name not in guards
    )
    return faults


def _replay(reader: Reader) -> tuple[dict[int, str], dict[str, dict[int, Any]], list[Fault]]:
    hashes: dict[int, str] = {}
    recorded: dict[str, dict[int, Any]] = {table: {} for table in _chained(guards_of(CURRENT))}
    faults: list[Fault] = []
    prev, expected = GENESIS, 1
    for row in reader.driver.execute("SELECT * FROM event ORDER BY id"):
        where = f"event {row['id']}"
        if row["id"] != expected:
            faults.append(Fault(where, f"event {expected} is missing"))
        if row["prev"] != prev:
            faults.append(Fault(where, "does not follow the event before it"))
        if row["hash"] != event_hash(
            row["id"], row["at"], row["kind"], row["author"], row["payload"], row["prev"]
        ):
            faults.append(Fault(where, f"«{row['kind']}» was edited: its hash does not match"))
        try:
            for table, content in json.loads(row["payload"])["rows"]:
                recorded[table][content["id"]] = content
        except (ValueError, KeyError, TypeError):
            faults.append(Fault(where, "its payload cannot be read"))
        prev, expected = row["hash"], row["id"] + 1
        hashes[row["id"]] = row["hash"]
    return hashes, recorded, faults


def _rows(
    reader: Reader, recorded: Mapping[str, dict[int, Any]], expected: Collection[str]
) -> list[Fault]:
    faults = []
    for table, contents in recorded.items():
        try:
            present = {row["id"]: dict(row) for row in reader.rows(f"SELECT * FROM {table}")}
        except sqlite3.OperationalError:
            if contents or table in expected:
                faults.append(Fault(table, "the table is missing"))
            continue
        for id_ in sorted(contents.keys() | present.keys()):
            where = f"{table} {id_}"
            if id_ not in present:
                faults.append(Fault(where, "a recorded row is gone"))
            elif id_ not in contents:
                faults.append(Fault(where, "a row was written behind the chain"))
            elif present[id_] != contents[id_]:
                changed = [
                    key for key in present[id_] if present[id_][key] != contents[id_].get(key)
                ]
                faults.append(Fault(where, f"was edited: {', '.join(changed)}"))
    return faults


def _anchors(anchors: tuple[Anchor, ...], hashes: dict[int, str]) -> list[Fault]:
    faults = []
    for anchor in anchors:
        if anchor.event_id not in hashes:
            if anchor.event_id:
                faults.append(
                    Fault(
                        anchor.where,
                        f"remembers event {anchor.event_id}, which the ledger no longer has:"
                        " the tail was cut off",
                    )
                )
        elif hashes[anchor.event_id] != anchor.hash:
            faults.append(
                Fault(
                    anchor.where,
                    f"remembers another event {anchor.event_id}: history was rewritten",
                )
            )
    return faults
