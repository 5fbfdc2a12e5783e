"""Given a study of an older schema, it opens, verifies and takes what came later."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from grd_core.errors import LedgerError, RefusedError
from grd_core.ledger.in_force import all_unfrozen, freeze_in_force
from grd_core.ledger.migrations.apply import CURRENT, MIGRATIONS
from grd_core.ledger.tables import Freeze, RunNote, Unfreeze
from grd_core.ledger.verify import Anchor, Fault, head, verify_ledger
from grd_core.study import Study, find_study
from tests.old_study import schema_of, study_before_notes, written


@pytest.fixture
def old(tmp_path: Path) -> Study:
    return study_before_notes(tmp_path / "study")


def faults(study: Study, *anchors: Anchor) -> tuple[Fault, ...]:
    with study.read() as ledger:
        return verify_ledger(ledger, anchors)


def attack(study: Study, *statements: str) -> None:
    connection = sqlite3.connect(study.ledger_path)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_it_verifies_as_it_is(old: Study) -> None:
    assert (schema_of(old), faults(old)) == (1, ())


def test_opening_it_brings_it_up_to_date_and_breaks_no_anchor(old: Study) -> None:
    with old.read() as ledger:
        anchor = Anchor("DECISION_LOG.md", *head(ledger))
    assert find_study(old.root) == old
    assert schema_of(old) == CURRENT
    assert faults(old, anchor) == ()
    with old.read() as ledger:
        newest = ledger.value("SELECT kind FROM event ORDER BY id DESC")
    assert newest == f"migration {CURRENT} {MIGRATIONS[-1].name}"


def test_a_cockpit_that_never_opened_it_so_may_write_too(old: Study) -> None:
    with old.write("note") as tx:
        tx.insert(RunNote(run_id=1, text="seen"))
    assert (schema_of(old), faults(old)) == (CURRENT, ())


WRITER = """
import sys
from pathlib import Path
from grd_core.ledger.tables import RunNote
from grd_core.study import Study
with Study(Path(sys.argv[1])).write("note") as tx:
    tx.insert(RunNote(run_id=1, text=sys.argv[2]))
"""


def test_those_who_come_at_once_bring_it_up_to_date_once(old: Study) -> None:
    names = ("ada", "bob", "cyd")
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(old.root), name]) for name in names
    ]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    with old.read() as ledger:
        kinds = [row["kind"] for row in ledger.rows("SELECT kind FROM event ORDER BY id")]
        texts = {row["text"] for row in ledger.rows("SELECT text FROM run_note")}
    assert kinds.count("migration 2 run notes") == 1
    assert texts == set(names)
    assert faults(old) == ()


def test_where_nothing_may_be_written_it_is_read_as_it_is(
    old: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    assert find_study(old.root) == old
    assert (schema_of(old), faults(old)) == (1, ())
    with pytest.raises(RefusedError, match="the study is read-only"), old.write("note"):
        pass


def test_notes_are_append_only(old: Study) -> None:
    with old.write("note") as tx:
        tx.insert(RunNote(run_id=1, text="seen"))
    for statement in (
        "UPDATE run_note SET text = 'never seen'",
        "DELETE FROM run_note",
        "INSERT OR REPLACE INTO run_note SELECT id, at, author, run_id, 'other' FROM run_note",
        "INSERT INTO run_note SELECT 9, at, author, run_id, text FROM run_note",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            attack(old, statement)
    assert faults(old) == ()


def test_no_unfreeze_is_ever_taken_away(old: Study) -> None:
    with old.write("data unfrozen") as tx:
        tx.insert(Unfreeze(freeze_id=1, reason="a leak", kept_in="", faults_json="[]"))
    for statement in (
        "UPDATE unfreeze SET reason = 'none'",
        "DELETE FROM unfreeze",
        "INSERT OR REPLACE INTO unfreeze SELECT id, at, author, 7, '', '', '[]' FROM unfreeze",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            attack(old, statement)
    assert faults(old) == ()


def test_before_there_were_unfreezes_every_freeze_is_in_force(old: Study) -> None:
    freeze = Freeze(split_id=1, files_json="[]", test_ids_sha256="0" * 64, test_rows=9)
    written(old, "data frozen", freeze)
    with old.read() as ledger:
        assert (freeze_in_force(ledger), all_unfrozen(ledger)) == (1, ())
    assert schema_of(old) == 1


def test_a_ledger_that_is_said_to_be_older_than_it_is_shows(old: Study) -> None:
    with old.write("note") as tx:
        tx.insert(RunNote(run_id=1, text="seen"))
    attack(old, "DROP TABLE run_note", "DROP TABLE unfreeze", "PRAGMA user_version = 1")
    assert faults(old) == (Fault("run_note", "the table is missing"),)
    find_study(old.root)
    assert faults(old) == (Fault("run_note 1", "a recorded row is gone"),)
    attack(old, "PRAGMA user_version = 1")
    assert {fault.where for fault in faults(old)} >= {"trigger run_note_next"}
    with pytest.raises(LedgerError, match="run_note"):
        find_study(old.root)
