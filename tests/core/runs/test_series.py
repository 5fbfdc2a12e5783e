"""A metric in pieces: extremes, last values, what is not finite, and the true points."""

from __future__ import annotations

import math
import random
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grd_core.ledger.migrations.derived import DERIVED_DDL
from grd_core.ledger.read import Reader
from grd_core.runs import journal_reader
from grd_core.runs.points import CHUNK, append_points
from grd_core.runs.series import MOST_STEPS_KEPT, Point, series, series_of


def ledger_with(points) -> Reader:
    """A ledger holding (step, value) of metric `loss` of run 1, logged four times a second."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.row_factory = sqlite3.Row
    for statement in DERIVED_DDL:
        connection.execute(statement)
    made = journal_reader.Series()
    for i, (step, value) in enumerate(points):
        made.add(step, 1000.0 + i / 4, value)
    append_points(connection, 1, "loss", made)
    return Reader(connection)


def by_hand(points, start, end, buckets):
    """The same buckets, one point after the other: (count, low, high, last)."""
    found = [(0, None, None, None)] * buckets
    width = (end - start) / buckets
    for step, value in points:
        if start <= step <= end:
            at = min(buckets - 1, int((step - start) / width)) if width else 0
            count, low, high, _ = found[at]
            found[at] = (
                count + 1,
                value if low is None else min(low, value),
                value if high is None else max(high, value),
                value,
            )
    return found


def shown(result):
    return [(bucket.count, bucket.low, bucket.high, bucket.last) for bucket in result.buckets]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 300), st.floats(-1e6, 1e6)), min_size=1, max_size=200),
    st.integers(1, 40),
)
def test_every_point_counts_in_the_bucket_of_its_step_whenever_it_came(points, buckets):
    result = series_of(ledger_with(points), 1, "loss", buckets=buckets)
    steps = [step for step, _ in points]
    assert (result.start, result.end) == (min(steps), max(steps))
    # SQLite stores the row of a negative zero as 0, which is equal.
    assert shown(result) == by_hand(points, min(steps), max(steps), buckets)


def test_chunks_wider_than_a_bucket_are_placed_exactly():
    values = [random.Random(3).uniform(-1, 1) for _ in range(5 * CHUNK + 77)]
    points = list(enumerate(values))
    result = series_of(ledger_with(points), 1, "loss", buckets=37)
    assert shown(result) == by_hand(points, 0, len(points) - 1, 37)
    window = series_of(ledger_with(points), 1, "loss", buckets=10, start=1500, end=6000)
    assert shown(window) == by_hand(points, 1500, 6000, 10)
    assert (window.count, window.total) == (4501, len(points))


def test_an_overview_unpacks_two_chunks_for_its_extremes_and_one_for_its_first_point():
    values = [math.sin(i / 5000) for i in range(60 * CHUNK)]
    values[70_000], values[90_000] = -9.0, 9.0
    ledger = ledger_with(enumerate(values))
    needed = {1, 70_000 // CHUNK + 1, 90_000 // CHUNK + 1}
    marks = ",".join(map(str, needed))
    ledger.driver.execute(f"DELETE FROM point_blob WHERE chunk_id NOT IN ({marks})")
    result = series_of(ledger, 1, "loss", buckets=30)
    assert result.count == len(values)
    assert (result.lowest.step, result.lowest.value) == (70_000, -9.0)
    assert (result.highest.step, result.highest.value) == (90_000, 9.0)
    assert result.first == Point(0, 1000.0, values[0])
    at = int(70_000 / result.width)
    assert -9.0 in [bucket.low for bucket in result.buckets[at - 1 : at + 2]]
    assert result.buckets[-1].last == values[-1]


def test_what_is_not_finite_counts_apart_and_its_steps_are_kept():
    values = [float(i) for i in range(3 * CHUNK)]
    for step in (5, CHUNK + 9, 3 * CHUNK - 1):
        values[step] = math.nan
    values[6] = math.inf
    result = series_of(ledger_with(enumerate(values)), 1, "loss", buckets=3)
    assert (result.count, result.nonfinite) == (3 * CHUNK - 4, 4)
    assert result.nonfinite_steps == (5, 6, CHUNK + 9, 3 * CHUNK - 1)
    assert [bucket.nonfinite for bucket in result.buckets] == [2, 1, 1]
    assert result.buckets[-1].last is None
    assert result.buckets[-1].high == 3 * CHUNK - 2
    assert math.isnan(result.last.value)
    assert result.highest.step == 3 * CHUNK - 2


def test_a_metric_that_is_never_finite_has_no_extremes():
    result = series_of(ledger_with([(i, math.nan) for i in range(1000)]), 1, "loss", buckets=4)
    assert (result.count, result.nonfinite) == (0, 1000)
    assert len(result.nonfinite_steps) == MOST_STEPS_KEPT
    assert result.lowest is None is result.highest
    assert {bucket.low for bucket in result.buckets} == {None}


def test_a_long_stretch_of_nothing_finite_is_counted_without_unpacking_it():
    values = [1.0] * CHUNK + [math.nan] * (39 * CHUNK)
    ledger = ledger_with(enumerate(values))
    ledger.driver.execute("DELETE FROM point_blob WHERE chunk_id > 2")
    result = series_of(ledger, 1, "loss", buckets=20)
    assert (result.count, result.nonfinite) == (CHUNK, 39 * CHUNK)
    assert result.nonfinite_steps == tuple(range(CHUNK, CHUNK + MOST_STEPS_KEPT))
    assert result.buckets[-1].nonfinite == 2 * CHUNK
    assert (result.buckets[-1].low, result.buckets[-1].last) == (None, None)


def test_a_resumed_run_keeps_both_passes():
    first = [(step, 1.0) for step in range(3000)]
    resumed = [(step, 2.0) for step in range(1000, 2500)]
    result = series_of(ledger_with(first + resumed), 1, "loss", buckets=3)
    assert (result.start, result.end) == (0, 2999)
    assert [bucket.count for bucket in result.buckets] == [1000, 2000, 1500]
    assert [(bucket.low, bucket.high) for bucket in result.buckets] == [(1, 1), (1, 2), (1, 2)]
    assert result.buckets[1].last == 2.0
    assert result.last.step == 2499


def test_the_time_axis_places_points_by_when_they_were_logged():
    points = [(0, float(i)) for i in range(CHUNK + 100)]
    result = series_of(ledger_with(points), 1, "loss", buckets=4, axis="time")
    assert (result.start, result.end) == (1000.0, 1000.0 + (CHUNK + 99) / 4)
    assert [bucket.count for bucket in result.buckets] == [537, 537, 537, 537]
    assert result.buckets[0].last == 536.0


@pytest.mark.parametrize("window", [(500, 900), (10, 5)])
def test_a_window_beside_the_points_is_empty_and_the_true_points_stay(window):
    ledger = ledger_with([(step, float(step)) for step in range(100, 200)])
    result = series_of(ledger, 1, "loss", buckets=5, start=window[0], end=window[1])
    assert (result.count, len(result.buckets)) == (0, 5)
    assert (result.lowest.step, result.highest.step, result.total) == (100, 199, 100)


def test_one_point_and_no_point():
    one = series_of(ledger_with([(7, 0.5)]), 1, "loss", buckets=200)
    assert one.first == one.last == one.lowest == one.highest == Point(7, 1000.0, 0.5)
    assert (one.count, one.buckets[0].last) == (1, 0.5)
    none = series_of(ledger_with([(7, 0.5)]), 1, "other", buckets=200)
    assert (none.buckets, none.total, none.last, none.age_s) == ((), 0, None, None)


def test_of_a_study(logged):
    study, log = logged
    log(*({"loss": 1 / (step + 1)} for step in range(50)))
    result = series(study, 1, "loss", buckets=10)
    assert [bucket.count for bucket in result.buckets] == [5] * 10
    assert (result.lowest.step, result.highest.value) == (49, 1.0)
    assert 0 <= result.age_s < 60
