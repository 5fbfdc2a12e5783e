"""Points in and out: rows, chunks, extremes and overviews."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grd_core.ledger.migrations.derived import DERIVED_DDL
from grd_core.ledger.read import Reader
from grd_core.runs.journal_reader import Series
from grd_core.runs.points import CHUNK, append_points, overview, read_points

STEP_LIMIT = 2**63


@pytest.fixture
def ledger():
    return fresh_ledger()


def fresh_ledger() -> Reader:
    import sqlite3

    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.row_factory = sqlite3.Row
    for statement in DERIVED_DDL:
        connection.execute(statement)
    return Reader(connection)


def series(values, first=0) -> Series:
    made = Series()
    for i, value in enumerate(values, start=first):
        made.add(i, 1000.0 + i / 4, value)
    return made


def summary(ledger, name="loss"):
    return ledger.one("SELECT * FROM metric_summary WHERE name = ?", name)


def same(left, right) -> bool:
    """Equal, NaN included; SQLite stores the row of a negative zero as 0."""
    return [repr(value + 0.0) for value in left] == [repr(value + 0.0) for value in right]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.lists(st.floats(width=64), min_size=1, max_size=CHUNK // 3), min_size=1, max_size=9
    ),
    st.integers(1, 50),
)
def test_whatever_is_appended_in_whatever_pieces_is_read_back(pieces, buckets):
    ledger = fresh_ledger()
    everything: list[float] = []
    for piece in pieces:
        append_points(ledger.driver, 1, "loss", series(piece, len(everything)))
        everything += piece
    points = read_points(ledger, 1, "loss")
    assert same(points.values, everything)
    assert list(points.steps) == list(range(len(everything)))
    finite = [value for value in everything if math.isfinite(value)]
    row = summary(ledger)
    assert row["count"] == len(everything)
    assert row["nonfinite"] == len(everything) - len(finite)
    assert row["min_value"] == min(finite, default=None)
    assert row["max_value"] == max(finite, default=None)
    assert same([math.nan if row["last_value"] is None else row["last_value"]], everything[-1:])
    shown = overview(ledger, 1, "loss", buckets=buckets)
    assert len(shown) <= buckets + 1
    assert sum(bucket.count for bucket in shown) == len(everything)
    assert min((b.low for b in shown if b.low is not None), default=None) == row["min_value"]
    assert max((b.high for b in shown if b.high is not None), default=None) == row["max_value"]


def test_full_chunks_leave_the_rows(ledger):
    values = [random.Random(1).random() for _ in range(3 * CHUNK + 5)]
    for start in range(0, len(values), 500):
        append_points(ledger.driver, 1, "loss", series(values[start : start + 500], start))
    assert ledger.value("SELECT count(*) FROM point_chunk") == 3
    assert ledger.value("SELECT count(*) FROM point_tail") == 5 == summary(ledger)["in_tail"]
    assert same(read_points(ledger, 1, "loss").values, values)


def test_an_overview_of_many_chunks_reads_no_blob(ledger):
    values = [math.sin(i / 1000) for i in range(40 * CHUNK + 7)]
    append_points(ledger.driver, 1, "loss", series(values))
    ledger.driver.execute("DELETE FROM point_blob")
    shown = overview(ledger, 1, "loss", buckets=20)
    assert sum(bucket.count for bucket in shown) == len(values)
    assert min(b.low for b in shown) == min(values)
    assert shown[-1].last == values[-1]
    assert [b.first_step for b in shown] == sorted(b.first_step for b in shown)


def test_a_point_takes_less_than_27_bytes(ledger):
    before = ledger.value("PRAGMA page_count")
    append_points(ledger.driver, 1, "loss", series([0.5] * (100 * CHUNK)))
    taken = (ledger.value("PRAGMA page_count") - before) * ledger.value("PRAGMA page_size")
    assert taken / (100 * CHUNK) < 27


def test_runs_and_metrics_do_not_mix(ledger):
    append_points(ledger.driver, 1, "loss", series([1.0]))
    append_points(ledger.driver, 2, "loss", series([2.0]))
    append_points(ledger.driver, 1, "rate", series([3.0]))
    assert list(read_points(ledger, 1, "loss").values) == [1.0]
    assert list(read_points(ledger, 2, "loss").values) == [2.0]
    assert list(read_points(ledger, 1, "unknown").values) == []
    assert overview(ledger, 1, "unknown", buckets=5) == []


def test_the_largest_steps_fit(ledger):
    made = Series()
    made.add(-STEP_LIMIT, 0.0, 1.0)
    made.add(STEP_LIMIT - 1, 0.0, 1.0)
    append_points(ledger.driver, 1, "loss", made)
    assert list(read_points(ledger, 1, "loss").steps) == [-STEP_LIMIT, STEP_LIMIT - 1]
