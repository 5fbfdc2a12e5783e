"""Given sqlite3 and time, what somebody can do to an amendment, and what `grd verify` says.

Three attackers: one who works behind the guards, one who computes the whole chain anew, and
one who rewrites every anchor, too. The first two are always found. The third is found where
what he leaves contradicts itself; a history forged to the last byte, with the log, the run
folders and OBJECTIVE.md, can be told only by an anchor he cannot reach, such as one in git.
"""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grd_core.gate.decision_log import write_decision_log
from grd_core.gate.integrity import check_integrity
from grd_core.identity import canonical_json, sha256_bytes
from grd_core.ledger.events import GENESIS, event_hash
from grd_core.ledger.migrations.apply import CURRENT, guards_of
from grd_core.ledger.tables import RunState
from grd_core.objective.lock import amend, objective_lock
from grd_core.study import Study
from tests.objectives import declared_study, with_frozen_data
from tests.small_study import copy_of

Rows = list[dict[str, Any]]
Forgery = Callable[[Rows], Rows]


@pytest.fixture
def amended(honest: Study, tmp_path: Path) -> Study:
    """A copy of the honest history, to be forged."""
    return copy_of(honest, tmp_path / "trains")


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Locked, loosened after a result, then tightened; the log anchors the head."""
    frozen = with_frozen_data(declared_study(tmp_path_factory.mktemp("honest") / "trains"))
    objective_lock(frozen)
    with frozen.write("run started") as tx:
        tx.insert(RunState(run_id=3, state="done", detail_json="{}"))
    for old, new in (("threshold: 4.0", "threshold: 4.5"), ("trials: 10", "trials: 8")):
        text = frozen.objective_path.read_text()
        frozen.objective_path.write_text(text.replace(old, new))
        amend(frozen, f"because of {new}")
    write_decision_log(frozen)
    return frozen


def told(study: Study) -> str:
    found = check_integrity(study)
    return "\n".join(f"{one.where}: {one.what}" for one in (*found.faults, *found.notes))


def forge(path: Path, forgery: Forgery) -> None:
    """Rewrite the locks in their table and in the events that recorded them, and every hash."""
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    with connection:
        for name in guards_of(CURRENT):
            connection.execute(f"DROP TRIGGER {name}")
        rows = [dict(row) for row in connection.execute("SELECT * FROM objective_lock ORDER BY id")]
        forged = {row["id"]: row for row in forgery([dict(row) for row in rows])}
        connection.execute("DELETE FROM objective_lock")
        for row in forged.values():
            marks = ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO objective_lock VALUES ({marks})", tuple(row.values()))
        prev, place = GENESIS, 0
        events = [dict(event) for event in connection.execute("SELECT * FROM event ORDER BY id")]
        connection.execute("DELETE FROM event")
        for event in events:
            payload = json.loads(event["payload"])
            was = len(payload["rows"])
            payload["rows"] = [
                [table, forged.get(row["id"]) if table == "objective_lock" else row]
                for table, row in payload["rows"]
                if table != "objective_lock" or row["id"] in forged
            ]
            if was and not payload["rows"]:
                continue
            place += 1
            text = canonical_json(payload)
            digest = event_hash(place, event["at"], event["kind"], event["author"], text, prev)
            connection.execute(
                "INSERT INTO event (id, at, kind, author, payload, prev, hash)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (place, event["at"], event["kind"], event["author"], text, prev, digest),
            )
            prev = digest
        for sql in guards_of(CURRENT).values():
            connection.execute(sql)
    connection.close()


def without_the_second(rows: Rows) -> Rows:
    return [rows[0], rows[2]]


def without_the_last(rows: Rows) -> Rows:
    return rows[:2]


def swapped(rows: Rows) -> Rows:
    swap = ("sha256", "content_base64", "rule_json", "changes_json", "reason")
    second, third = rows[1], rows[2]
    return [
        rows[0],
        {**second, **{key: third[key] for key in swap}},
        {**third, **{key: second[key] for key in swap}},
    ]


def edited(**new: Any) -> Forgery:
    return lambda rows: [rows[0], {**rows[1], **new}, rows[2]]


def unmarked(rows: Rows) -> Rows:
    changes = json.loads(rows[1]["changes_json"])
    for change in changes:
        change["post_hoc"] = False
    return edited(changes_json=canonical_json(changes))(rows)


def called_changed(rows: Rows) -> Rows:
    changes = json.loads(rows[1]["changes_json"])
    for change in changes:
        change |= {"post_hoc": False, "classification": "changed"}
    return edited(changes_json=canonical_json(changes))(rows)


def other_bytes(rows: Rows) -> Rows:
    raw = base64.b64decode(rows[1]["content_base64"]).replace(b"4.5", b"4.1")
    content = base64.b64encode(raw).decode()
    return edited(content_base64=content, sha256=sha256_bytes(raw))(rows)


nothing_seen = edited(results_seen_json='{"reviews":[],"runs":[],"scorecards":[]}')
backdated = edited(at="2001-01-01T00:00:00.000000Z")

FORGERIES: dict[str, tuple[Forgery, str]] = {
    "removed": (without_the_second, "objective v3: stands in the place of version 2"),
    "swapped": (swapped, "objective v2: its rule was read from other bytes"),
    "backdated": (backdated, "objective v2: is dated 2001-01-01T00:00"),
    "nothing seen": (nothing_seen, "objective v2: says that 0 results were seen by then; the chain"
                     " holds 1 before it"),
    "mark taken away": (unmarked, "metrics.mae.threshold loosened: is not marked post hoc"),
    "called changed": (called_changed, "objective v2: metrics.mae.threshold is loosened by its"
                       " bytes"),
    "bytes exchanged": (other_bytes, "objective v2: its rule was read from other bytes"),
}  # fmt: skip
BEHIND: dict[str, tuple[str, str]] = {
    "reworded": ("UPDATE objective_lock SET reason = 'as planned' WHERE version = 2",
                 "objective_lock 2: was edited: reason"),
    "backdated": ("UPDATE objective_lock SET at = '2001-01-01T00:00:00Z' WHERE version = 2",
                  "objective_lock 2: was edited: at"),
    "removed": ("DELETE FROM objective_lock WHERE version = 2", "objective_lock 2: a recorded row"
                " is gone"),
    "reordered": ("UPDATE objective_lock SET version = 5 - version WHERE version > 1",
                  "objective_lock 2: was edited: version"),
    "renumbered": ("UPDATE objective_lock SET id = 9 WHERE version = 2", "objective_lock 9: a row"
                   " was written behind the chain"),
    "changes": ("UPDATE objective_lock SET changes_json = '[]' WHERE version = 2",
                "objective_lock 2: was edited: changes_json"),
    "seen": ("UPDATE objective_lock SET results_seen_json = '{}' WHERE version = 2",
             "objective_lock 2: was edited: results_seen_json"),
    "contents": ("UPDATE objective_lock SET content_base64 = (SELECT content_base64 FROM"
                 " objective_lock WHERE version = 1) WHERE version = 2",
                 "objective v2: its locked bytes do not match their hash"),
    "not base64": ("UPDATE objective_lock SET content_base64 = 'é' WHERE version = 2",
                   "objective_lock 2: was edited: content_base64"),
}  # fmt: skip


def test_an_honest_history_is_sound(amended: Study) -> None:
    assert told(amended) == ""


@pytest.mark.parametrize("attack", BEHIND)
def test_behind_the_guards(amended: Study, attack: str) -> None:
    statement, expected = BEHIND[attack]
    connection = sqlite3.connect(amended.ledger_path)
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement)
    with connection:
        for name in guards_of(CURRENT):
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
        for sql in guards_of(CURRENT).values():
            connection.execute(sql)
    connection.close()
    assert expected in told(amended)


REWRITTEN = ("the tail was cut off", "history was rewritten")


@pytest.mark.parametrize("attack", FORGERIES)
def test_with_the_whole_chain_computed_anew_and_then_the_log(amended: Study, attack: str) -> None:
    forgery, expected = FORGERIES[attack]
    forge(amended.ledger_path, forgery)
    assert any(word in told(amended) for word in REWRITTEN)
    write_decision_log(amended)
    assert expected in told(amended)


def test_other_words_are_told_by_the_anchor_alone(amended: Study) -> None:
    forge(amended.ledger_path, edited(reason="as planned"))
    assert "history was rewritten" in told(amended)


def test_what_is_cut_off_everywhere_leaves_the_file(amended: Study) -> None:
    """Not found by `verify`: the last amendment gone from chain and log. The file then drifts."""
    from grd_core.objective.lock import unamended_drift

    forge(amended.ledger_path, without_the_last)
    assert "the tail was cut off" in told(amended)
    write_decision_log(amended)
    assert told(amended) == ""
    assert [change.field for change in unamended_drift(amended).changes] == ["budget.trials"]
