"""SQLite files: which rows, in which order, and that a query can do nothing but read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from grd_core.checks.data.reading.options import ReadOptions
from grd_core.checks.data.tables import column_names, read_table
from grd_core.errors import DataError, GrdError, UsageError
from grd_core.identity import sha256_file

WORDS = "SELECT word, n FROM readings ORDER BY n DESC"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "a & b?.sqlite"
    with closing(sqlite3.connect(place)) as made, made:
        made.execute("CREATE TABLE readings (n INTEGER, x, word TEXT, mixed, raw BLOB, empty)")
        rows = [
            (3, 1, "c", 1, b"\x00", None),
            (1, 0.5, None, "two", None, None),
            (2, None, "b;'", None, b"z", None),
        ]
        made.executemany("INSERT INTO readings VALUES (?, ?, ?, ?, ?, ?)", rows)
    return place


@pytest.fixture
def writer(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def test_the_only_table_is_read_in_the_order_of_its_rows(path: Path) -> None:
    table = read_table(path)
    assert column_names(path) == ("n", "x", "word", "mixed", "raw", "empty")
    assert [str(kind) for kind in table.schema.types] == [
        "int64",
        "double",
        "string",
        "string",
        "binary",
        "null",
    ]
    assert table.column("n").to_pylist() == [3, 1, 2]
    assert table.column("x").to_pylist() == [1.0, 0.5, None]
    assert table.column("mixed").to_pylist() == ["1", "two", None]


def test_a_table_with_a_key_is_read_in_its_order(path: Path, writer: sqlite3.Connection) -> None:
    writer.execute('CREATE TABLE "odd "" name" (b, a, PRIMARY KEY (a, b)) WITHOUT ROWID')
    writer.execute("""INSERT INTO "odd "" name" VALUES (2, 1), (1, 1), (0, 2)""")
    table = read_table(path, ("b",), ReadOptions(table='odd " name'))
    assert table.to_pylist() == [{"b": 1}, {"b": 2}, {"b": 0}]


def test_a_query_gives_its_rows_in_its_order(path: Path) -> None:
    assert read_table(path, options=ReadOptions(query=WORDS)).to_pylist() == [
        {"word": "c", "n": 3},
        {"word": "b;'", "n": 2},
        {"word": None, "n": 1},
    ]
    assert column_names(path, ReadOptions(query=f"{WORDS};\n")) == ("word", "n")
    recursive = (
        "WITH RECURSIVE k(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM k WHERE i < 3)"
        " SELECT i, sum(n) AS total FROM k JOIN readings ON n <= i GROUP BY i ORDER BY i"
    )
    found = read_table(path, options=ReadOptions(query=recursive))
    assert found.column("total").to_pylist() == [1, 3, 6]


def test_types_hold_for_all_rows_and_not_for_the_first_thousands(
    path: Path, writer: sqlite3.Connection
) -> None:
    writer.execute("BEGIN")
    writer.execute("CREATE TABLE long (v)")
    writer.executemany("INSERT INTO long VALUES (?)", ((value,) for value in range(40_000)))
    writer.execute("INSERT INTO long VALUES ('n.a.')")
    writer.execute("COMMIT")
    values = read_table(path, options=ReadOptions(table="long")).column("v").to_pylist()
    assert (values[0], values[-2:]) == ("0", ["39999", "n.a."])


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("SELECT n FROM readings", "states no order"),
        ("SELECT n FROM (SELECT n FROM readings ORDER BY n)", "states no order"),
        ("SELECT n, ' ORDER BY n' FROM readings -- ORDER BY n", "states no order"),
        ("SELECT 1; DROP TABLE readings -- x\n ORDER BY 1", "more than one statement"),
        ("DELETE FROM readings ORDER BY n", "more than read|cannot be read"),
        ("DROP TABLE readings /* */ ORDER BY n", "cannot be read"),
        ("ATTACH 'other.db' AS o ORDER BY 1", "cannot be read"),
        ("PRAGMA user_version ORDER BY 1", "cannot be read"),
        ("SELECT n FROM pragma_table_list ORDER BY 1", "more than read|cannot be read"),
        ("SELECT n FROM readings ORDER BY random()", "what chance or the clock decides"),
        ("SELECT n, current_date FROM readings ORDER BY n", "what chance or the clock decides"),
        ("SELECT n FROM readings WHERE n < date('now') ORDER BY n", "asks what time it is"),
        ("SELECT load_extension('x') FROM readings ORDER BY 1", "more than read|cannot be read"),
        ("SELECT nn FROM readings ORDER BY n", "no such column: nn"),
        ("SELECT n, n FROM readings ORDER BY n", "`n` stands twice"),
        ("SELECT n FROM readings WHERE n > 9 ORDER BY n", "no rows"),
        ("SELECT coalesce(raw, n) AS v FROM readings ORDER BY n", "`v` holds bytes in some rows"),
        ("SELECT zeroblob(99999999) AS v FROM readings ORDER BY n", "longer than 16 MiB"),
        ("SELECT CAST(x'ff' AS TEXT) AS v FROM readings ORDER BY n", "UTF-8"),
    ],
)
def test_a_query_that_does_not_read_is_refused_and_changes_nothing(
    query: str, sentence: str, path: Path
) -> None:
    before = sha256_file(path)
    with pytest.raises(GrdError, match=sentence):
        read_table(path, options=ReadOptions(query=query))
    assert sha256_file(path) == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_which_table_must_be_said_where_there_are_several(
    path: Path, writer: sqlite3.Connection
) -> None:
    writer.execute("CREATE VIEW large AS SELECT * FROM readings WHERE n > 1")
    with pytest.raises(UsageError, match=r"2 tables .*its tables are large, readings"):
        read_table(path)
    with pytest.raises(DataError, match="no table `reading`"):
        read_table(path, options=ReadOptions(table="reading"))
    with pytest.raises(UsageError, match="a view, whose rows have no order"):
        read_table(path, options=ReadOptions(table="large"))
    with pytest.raises(UsageError, match="both a query and a table"):
        read_table(path, options=ReadOptions(table="readings", query=WORDS))


def test_writes_that_are_not_in_the_file_yet_are_told(
    path: Path, writer: sqlite3.Connection
) -> None:
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("INSERT INTO readings (n) VALUES (4)")
    link = path.with_name("link.sqlite")
    link.symlink_to(path)
    for way in (path, link):
        with pytest.raises(DataError, match=r"-wal holds writes that are not in the database yet"):
            read_table(way)
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert read_table(path).num_rows == 4


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="no SQLite database"):
        read_table(path)
    path.write_bytes(b"SQLite format 3\0" + b"junk" * 999)
    with pytest.raises(DataError, match="cannot be read"):
        read_table(path)
