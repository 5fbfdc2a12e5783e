"""Curves as dots: nothing that stands out is lost, nothing is drawn where nothing is known."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grd_core.runs.overlay import BandPiece
from grd_core.runs.series import Series, SeriesBucket
from grd_screens.widgets.curve import (
    ACROSS,
    BRAILLE,
    DOWN,
    PLAIN,
    Range,
    draw,
    linear_ticks,
    range_of,
    time_ticks,
)
from grd_screens.widgets.curve_layers import Other, layers, shaded

FINITE = st.floats(-1e6, 1e6, allow_nan=False)


def bucket(*values: float) -> SeriesBucket:
    finite = [value for value in values if math.isfinite(value)]
    return SeriesBucket(
        len(finite),
        len(values) - len(finite),
        min(finite, default=None),
        max(finite, default=None),
        values[-1] if values and math.isfinite(values[-1]) else None,
    )


def picture(buckets: list[SeriesBucket], columns: int, rows: int, ink: object = BRAILLE) -> str:
    shown = range_of(buckets, "linear")
    assert shown is not None
    drawing = draw(buckets, shown, columns, rows, 0.0)
    lines = ["".join(ink.cell(mask) for mask in drawing.dots.masks(row)) for row in range(rows)]  # type: ignore[attr-defined]
    return "\n".join(lines)


def test_a_line_falls_from_the_left_to_the_right() -> None:
    falling = [bucket(float(8 - at)) for at in range(8)]
    assert picture(falling, 4, 2) == "⠑⢄  \n  ⠑⢄"


def test_without_braille_the_halves_of_a_cell_are_told_apart() -> None:
    falling = [bucket(float(8 - at)) for at in range(8)]
    assert picture(falling, 4, 2, PLAIN) == "'.  \n  '."
    assert picture([bucket(0.0, 1.0), bucket(0.0, 1.0)], 1, 1, PLAIN) == "*"


@given(st.lists(FINITE, min_size=2, max_size=40), st.integers(0, 39), FINITE)
def test_a_spike_within_a_bucket_is_seen_whatever_stands_around_it(
    values: list[float], at: int, spike: float
) -> None:
    at %= len(values)
    buckets = [bucket(value) for value in values]
    buckets[at] = bucket(values[at], spike, values[at])
    shown = range_of(buckets, "linear")
    assert shown is not None
    columns, rows = 20, 6
    dots = draw(buckets, shown, columns, rows, 0.0).dots
    x = at * dots.width // len(buckets)
    y = shown.row_of(spike, dots.height)
    assert dots.masks(y // DOWN)[x // ACROSS]


@given(st.lists(st.one_of(FINITE, st.just(math.nan)), min_size=1, max_size=30))
def test_every_value_that_is_not_finite_leaves_a_mark_and_nothing_bridges_it(
    values: list[float],
) -> None:
    buckets = [bucket(value) for value in values]
    shown = range_of(buckets, "linear")
    if shown is None:
        assert all(math.isnan(value) for value in values)
        return
    columns = len(values)
    drawing = draw(buckets, shown, columns, 4, 0.0)
    for at, value in enumerate(values):
        column = (at * drawing.dots.width // len(values)) // ACROSS
        if math.isnan(value):
            assert column in drawing.gaps
            assert not any(drawing.dots.masks(row)[column] for row in range(4))


def test_pieces_without_points_are_bridged() -> None:
    sparse = [bucket(0.0), *[bucket()] * 6, bucket(0.0)]
    assert "⠀" not in picture(sparse, 4, 1)
    assert " " not in picture(sparse, 4, 1)


def test_one_value_gets_room_around_it() -> None:
    shown = range_of([bucket(5.0)], "linear")
    assert shown is not None
    assert shown.low < 5 < shown.high
    assert range_of([bucket()], "linear") is None


def test_a_logarithm_leaves_out_what_has_no_place_on_it() -> None:
    buckets = [bucket(-1.0), bucket(0.0), bucket(0.001), bucket(10.0)]
    shown = range_of(buckets, "log")
    assert shown == Range(-3.0, 1.0, "log")
    drawing = draw(buckets, shown, 4, 3, 0.0)
    assert drawing.left_out == 2
    assert not drawing.dots.masks(0)[0]
    assert shown.ticks(4)[0] == pytest.approx(0.001)
    assert range_of([bucket(-1.0)], "log") is None


@given(FINITE, st.floats(1e-6, 1e6), st.integers(1, 8))
def test_ticks_are_few_and_within(low: float, span: float, most: int) -> None:
    high = low + span
    found = linear_ticks(low, high, most)
    assert 1 <= len(found) <= most
    slack = 1e-6 * max(abs(low), abs(high), span)
    assert all(low - slack <= tick <= high + slack for tick in found)


def test_a_smoothed_curve_begins_where_the_values_do() -> None:
    level = [bucket(10.0)] * 8
    shown = Range(0.0, 15.0, "linear")
    drawing = draw(level, shown, 4, 4, 0.9)
    assert drawing.smooth is not None
    rows = [any(drawing.smooth.masks(row)) for row in range(4)]
    assert rows.count(True) == 1


@given(st.floats(0, 1), st.integers(2, 20))
def test_the_value_on_the_axis_stands_on_the_line_of_its_dot(share: float, rows: int) -> None:
    shown = Range(0.0, 1.0, "linear")
    buckets = [bucket(share)] * ACROSS
    dots = draw(buckets, shown, 1, rows, 0.0).dots
    inked = [row for row in range(rows) if any(dots.masks(row))]
    assert inked == [shown.line_of(share, rows)]


def test_a_band_is_shaded_between_its_edges_and_its_median_is_a_line() -> None:
    pieces = [BandPiece(3, 0.0, 10.0, 5.0)] * 8
    shown = Range(0.0, 10.0, "linear")
    shade, middle = shaded(pieces, shown, 4, 3)
    assert all(all(shade.masks(row)) for row in range(3))
    assert [any(middle.masks(row)) for row in range(3)] == [False, True, False]
    gap, _ = shaded([*pieces[:4], *[BandPiece()] * 4], shown, 4, 3)
    assert [bool(mask) for mask in gap.masks(1)] == [True, True, False, False]


def test_runs_that_end_in_one_cell_have_their_letters_beside_each_other() -> None:
    buckets = tuple(bucket(float(8 - at)) for at in range(8))
    series = Series("loss", "step", 0, 7, buckets, 8, 0, (), 8, None, None, None, None, None)
    others = [Other("a", "", series), Other("b", "", series)]
    shown = range_of(buckets, "linear")
    assert shown is not None
    found = layers(others, None, shown, (4, 2), PLAIN, "")
    assert {at: cell[0] for at, cell in found.marks.items()} == {(1, 3): "b", (1, 2): "a"}
    assert "".join(sign for sign, _ in found.under[0]).strip()


@given(st.floats(0, 1e6), st.floats(0.3, 1e7), st.integers(1, 8))
def test_ticks_of_time_are_few_within_and_labelled(start: float, span: float, most: int) -> None:
    found = time_ticks(start, start + span, most)
    assert len(found) <= most + 1
    for tick, label in found:
        assert start - 1e-3 <= tick <= start + span + 1e-3
        assert label[-1] in "smhd"


def test_an_hour_is_told_in_minutes() -> None:
    assert time_ticks(0.0, 3600.0, 4) == ((0.0, "0m"), (900.0, "15m"), (1800.0, "30m"),
        (2700.0, "45m"), (3600.0, "60m"))  # fmt: skip
