"""Given a ledger somebody tampers with, the guards refuse or `verify` says so."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from grd_core.errors import LedgerError
from grd_core.ledger.migrations.apply import CURRENT, guards_of, migrate
from grd_core.ledger.read import reading
from grd_core.ledger.tables import CHAINED, Event, Lease, Touch
from grd_core.ledger.verify import Anchor, Fault, head, verify_ledger
from grd_core.ledger.write import transaction

GUARDS = guards_of(CURRENT)
LAST = CURRENT + 3
"""The last event: one for each migration, then three leases."""


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.db"
    migrate(path, author="ada")
    for hours in (1.0, 2.0, 3.0):
        with transaction(path, "lease reserved", author="ada") as tx:
            tx.insert(Lease(run_id=1, cpu_hours=hours))
    return path


def verified(path: Path, *anchors: Anchor) -> tuple[Fault, ...]:
    with reading(path) as reader:
        return verify_ledger(reader, anchors)


def anchor_of(path: Path) -> Anchor:
    with reading(path) as reader:
        return Anchor("DECISION_LOG.md", *head(reader))


def attack(path: Path, *statements: str) -> None:
    """What anybody with sqlite3 and the file can do."""
    connection = sqlite3.connect(path)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def without_guards(path: Path, *statements: str) -> None:
    """An attacker who drops the triggers, works, and puts them back word for word."""
    attack(
        path,
        *(f"DROP TRIGGER {name}" for name in GUARDS),
        *statements,
        *GUARDS.values(),
    )


def test_an_untouched_ledger_verifies(ledger: Path) -> None:
    assert verified(ledger, anchor_of(ledger)) == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET author = 'eve' WHERE id = 2",
        "DELETE FROM event WHERE id = 2",
        "INSERT OR REPLACE INTO event SELECT id, at, kind, 'eve', payload, prev, hash"
        " FROM event WHERE id = 2",
        "INSERT INTO event SELECT 9, at, kind, author, payload, prev, 'x' FROM event WHERE id = 2",
        f"INSERT INTO event SELECT {LAST + 1}, at, kind, author, payload, prev, 'x' FROM event"
        " WHERE id = 2",
        "UPDATE lease SET cpu_hours = 0 WHERE id = 1",
        "DELETE FROM lease WHERE id = 1",
        "INSERT OR REPLACE INTO lease SELECT id, at, author, run_id, 0, 0, 0 FROM lease"
        " WHERE id = 1",
        "INSERT INTO lease SELECT 9, at, author, run_id, 0, 0, 0 FROM lease WHERE id = 1",
    ],
    ids=[
        "update",
        "delete",
        "replace",
        "skip ahead",
        "wrong predecessor",
        "row update",
        "row delete",
        "row replace",
        "row skip ahead",
    ],
)
def test_the_guards_refuse(ledger: Path, statement: str) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        attack(ledger, statement)
    assert verified(ledger) == ()


def test_dropping_a_guard_shows(ledger: Path) -> None:
    attack(ledger, "DROP TRIGGER event_update")
    assert [fault.where for fault in verified(ledger)] == ["trigger event_update"]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER evil BEFORE INSERT ON peek BEGIN SELECT RAISE(IGNORE); END",
        "CREATE VIEW evil AS SELECT * FROM peek",
    ],
    ids=["trigger", "view"],
)
def test_what_was_added_to_the_schema_shows(ledger: Path, statement: str) -> None:
    attack(ledger, statement)
    assert [fault.where.split()[1] for fault in verified(ledger)] == ["evil"]


@pytest.mark.parametrize("table", ["lease", "event"])
def test_a_row_the_database_drops_is_never_taken_for_recorded(ledger: Path, table: str) -> None:
    attack(ledger, f"CREATE TRIGGER e BEFORE INSERT ON {table} BEGIN SELECT RAISE(IGNORE); END")
    with (
        pytest.raises(LedgerError, match="did not keep"),
        transaction(ledger, "lease reserved", author="ada") as tx,
    ):
        tx.insert(Lease(run_id=1, cpu_hours=4.0))


def test_editing_a_row_shows_even_with_the_guards_put_back(ledger: Path) -> None:
    without_guards(ledger, "UPDATE lease SET cpu_hours = 99 WHERE id = 2")
    assert verified(ledger) == (Fault("lease 2", "was edited: cpu_hours"),)


def test_editing_an_event_shows_even_with_the_guards_put_back(ledger: Path) -> None:
    without_guards(ledger, "UPDATE event SET author = 'eve' WHERE id = 3")
    assert "its hash does not match" in verified(ledger)[0].what


def test_a_row_written_behind_the_chain_shows(ledger: Path) -> None:
    attack(ledger, "INSERT INTO lease VALUES (4, 'then', 'eve', 1, 9, 9, 9)")
    assert verified(ledger) == (Fault("lease 4", "a row was written behind the chain"),)


CUT = (f"DELETE FROM event WHERE id = {LAST}", "DELETE FROM lease WHERE id = 3")


def test_cutting_the_tail_shows_by_the_anchor(ledger: Path) -> None:
    anchor = anchor_of(ledger)
    without_guards(ledger, *CUT)
    assert verified(ledger) == (), "cut cleanly, the chain alone cannot tell"
    assert "the tail was cut off" in verified(ledger, anchor)[0].what


def test_rewriting_the_tail_shows_by_the_anchor(ledger: Path) -> None:
    anchor = anchor_of(ledger)
    without_guards(ledger, *CUT)
    with transaction(ledger, "lease reserved", author="eve") as tx:
        tx.insert(Lease(run_id=1, cpu_hours=0.1))
    assert "history was rewritten" in verified(ledger, anchor)[0].what


def test_an_exception_leaves_nothing_behind(ledger: Path) -> None:
    before = anchor_of(ledger)

    def fail() -> None:
        with transaction(ledger, "lease reserved", author="ada") as tx:
            tx.insert(Lease(run_id=2))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert anchor_of(ledger) == before
    assert verified(ledger) == ()


def test_derived_writes_may_not_carry_chained_rows(ledger: Path) -> None:
    with pytest.raises(LedgerError), transaction(ledger, None, author="ada") as tx:
        tx.insert(Lease(run_id=2))
    assert verified(ledger) == ()


WRITER = """
import sys
from pathlib import Path
from grd_core.ledger.tables import Touch
from grd_core.ledger.write import transaction
for i in range(int(sys.argv[3])):
    with transaction(Path(sys.argv[1]), "touch", author=sys.argv[2], durable=i % 10 == 0) as tx:
        tx.insert(Touch(freeze_id=1, what=f"{sys.argv[2]} {i}", why="four writers at once"))
"""


def four_writers(ledger: Path, each: int) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(ledger), name, str(each)])
        for name in ("ada", "bob", "cyd", "dee")
    ]
    assert [writer.wait() for writer in writers] == [0, 0, 0, 0]
    with reading(ledger) as reader:
        assert reader.value("SELECT count(DISTINCT what) FROM touch") == 4 * each
    assert verified(ledger) == ()


def test_four_writers_at_once_lose_nothing(ledger: Path) -> None:
    four_writers(ledger, 40)


@pytest.mark.soak
def test_four_writers_at_length(ledger: Path) -> None:
    four_writers(ledger, 150)


def test_the_table_classes_and_the_migrated_schema_are_one(ledger: Path) -> None:
    types = {"INTEGER": "INTEGER", "VARCHAR": "TEXT", "FLOAT": "REAL"}
    with reading(ledger) as reader:
        for table in (Event, *CHAINED):
            declared = [
                (column.name, types[str(column.type)], int(not column.nullable))
                for column in table.__table__.columns  # type: ignore[attr-defined]
                if column.name != "id"
            ]
            migrated = [
                (row["name"], row["type"], row["notnull"])
                for row in reader.rows(f"PRAGMA table_info({table.__tablename__})")
                if row["name"] != "id"
            ]
            assert sorted(declared) == sorted(migrated), table


def test_migrating_twice_changes_nothing(ledger: Path) -> None:
    before = anchor_of(ledger)
    migrate(ledger, author="ada")
    assert anchor_of(ledger) == before
    with reading(ledger) as reader:
        assert reader.value("PRAGMA user_version") == CURRENT


def test_reading_cannot_write(ledger: Path) -> None:
    with pytest.raises(LedgerError), reading(ledger) as reader:
        reader.rows("DELETE FROM event")


def test_ids_are_the_next_of_their_table(ledger: Path) -> None:
    with transaction(ledger, "touch", author="ada") as tx:
        assert tx.insert(Touch(freeze_id=1, what="a", why="b")) == 1
        assert tx.insert(Touch(freeze_id=1, what="a", why="b")) == 2
        assert tx.insert(Lease(run_id=1)) == 4
