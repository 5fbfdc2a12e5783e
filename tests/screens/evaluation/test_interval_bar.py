"""The bar never lies about where the threshold is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from grd_screens.glyphs import ASCII, UNICODE
from grd_screens.pages.evaluation.interval_bar import LEAST, interval_bar

VALUE = st.floats(-1e9, 1e9, allow_nan=False)


@given(st.lists(VALUE, min_size=3, max_size=3), VALUE, st.integers(LEAST, 60))
def test_a_bar_fills_its_cells_and_shows_the_threshold(
    ends: list[float], mark: float, cells: int
) -> None:
    low, estimate, high = sorted(ends)
    for glyphs in (UNICODE, ASCII):
        bar = interval_bar(low, estimate, high, mark, cells, glyphs)
        assert bar.cell_length == cells
        assert bar.plain.count(glyphs.threshold) == 1
        if mark > high:
            assert bar.plain.endswith(glyphs.threshold)
        if mark < low:
            assert bar.plain.startswith(glyphs.threshold)


def test_an_interval_short_of_its_threshold() -> None:
    assert interval_bar(0.0, 1.0, 2.0, 4.0, 17, UNICODE).plain == "├───●───┤       ▕"
    assert interval_bar(0.0, 1.0, 2.0, 4.0, 17, ASCII).plain == "[---o---]       |"


def test_bars_beside_one_another_share_a_scale() -> None:
    assert interval_bar(0.0, 1.0, 2.0, None, 17, UNICODE, beside=(4.0,)).plain.rstrip() == (
        "├───●───┤"
    )


def test_without_an_interval_or_room_there_is_no_bar() -> None:
    assert interval_bar(None, 1.0, None, 2.0, 20, UNICODE).plain == ""
    assert interval_bar(0.0, 1.0, 2.0, 4.0, LEAST - 1, UNICODE).plain == ""
    assert interval_bar(0.0, float("inf"), 2.0, 4.0, 20, UNICODE).plain == ""
