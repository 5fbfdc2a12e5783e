"""How a run is looked at: zooming and panning stay within it, a frozen view does not move."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from grd_screens.pages.loop.view import LEAST_SPAN, View

STEPS = st.integers(0, 100_000)
MOVES = st.lists(st.sampled_from(["in", "out", "back", "on", "inspect", "left"]), max_size=30)


def moved(view: View, move: str, first: float, last: float) -> View:
    match move:
        case "in":
            return view.zoomed(1, first, last)
        case "out":
            return view.zoomed(-1, first, last)
        case "back":
            return view.panned(-1, first, last)
        case "on":
            return view.panned(1, first, last)
        case "inspect":
            return view.inspected(0, first, last, 80)
        case _:
            return view.inspected(-1, first, last, 80)


@given(STEPS, STEPS, MOVES)
def test_the_view_stays_within_the_run(first: int, length: int, moves: list[str]) -> None:
    last = first + length
    view = View()
    for move in moves:
        view = moved(view, move, first, last)
        begin, end = view.window(first, last)
        assert first <= begin <= end <= last


@given(STEPS, MOVES, STEPS)
def test_a_frozen_view_shows_nothing_newer(length: int, moves: list[str], grown: int) -> None:
    view = View().frozen(length)
    for move in moves:
        view = moved(view, move, 0, length)
    _, end = view.window(0, length + grown)
    assert end <= length


def test_a_view_that_is_not_frozen_follows_the_newest_step() -> None:
    zoomed = View().zoomed(1, 0, 100)
    assert zoomed.window(0, 100) == (50, 100)
    assert zoomed.window(0, 140) == (90, 140)


def test_panning_back_stays_there_and_panning_on_follows_again() -> None:
    back = View().zoomed(1, 0, 100).panned(-1, 0, 100)
    assert back.window(0, 140) == back.window(0, 100) == (37.5, 87.5)
    assert back.panned(1, 0, 100).window(0, 140) == (90, 140)


def test_zooming_out_of_everything_shows_everything() -> None:
    view = View().zoomed(1, 0, 100).panned(-1, 0, 100).zoomed(-1, 0, 100)
    assert view == View()


def test_zooming_in_ends_at_a_few_steps() -> None:
    view = View()
    for _ in range(40):
        view = view.zoomed(1, 0, 100_000)
    begin, end = view.window(0, 100_000)
    assert LEAST_SPAN <= end - begin < 2 * LEAST_SPAN


def test_zooming_keeps_the_inspected_step_where_it_is() -> None:
    view = View(cursor=25.0).zoomed(1, 0, 100)
    assert view.window(0, 100) == (12.5, 62.5)


def test_unfreezing_follows_again() -> None:
    view = View().frozen(100)
    assert view.window(0, 200) == (0, 100)
    assert view.frozen(200).window(0, 200) == (0, 200)


def test_what_is_drawn_with_a_run_goes_round_marked_runs_where_there_are_some() -> None:
    view, seen = View(), []
    for _ in range(4):
        view = view.overlaid()
        seen.append(view.overlay)
    assert seen == ["seeds", "runs", "alone", "seeds"]
    marked = View(overlay="runs").with_mark(3).overlaid()
    assert marked.overlay == "marked"
    assert marked.with_mark(3).overlaid().overlay == "alone"


def test_pins_and_marks_go_on_and_off_in_their_order() -> None:
    view = View(metric="a").pinned()
    view = View(metric="b", pins=view.pins).pinned()
    assert view.pins == ("a", "b")
    assert View(metric="a", pins=view.pins).pinned().pins == ("b",)
    assert View().pinned() == View()
    assert View().with_mark(2).with_mark(1).with_mark(2).marked == (1,)


def test_another_axis_shows_all_of_it() -> None:
    view = View(span=10.0, end=30.0, cursor=25.0, is_frozen=True, scale="log").on_other_axis()
    assert view == View(axis="time", scale="log")
    assert view.on_other_axis() == View(scale="log")
