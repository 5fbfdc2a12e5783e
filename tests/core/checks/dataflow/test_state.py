"""Names and objects: aliases see changes, branches meet, errors leave nothing open."""

from __future__ import annotations

from grd_core.checks.dataflow.state import State
from grd_core.checks.dataflow.values import MAX_ALTERNATIVES, Value

ONE, TWO = Value(rows=frozenset([1])), Value(rows=frozenset([2]))


def rows(state: State, name: str) -> frozenset[int]:
    value = state.lookup((1,), name)
    assert value is not None
    return value.rows


def test_two_names_of_one_object_see_the_same_change() -> None:
    state = State()
    first = state.bind(1, "a", ONE)
    state.bind(1, "b", first)
    state.overwrite(first, first._replace(rows=TWO.rows))

    assert rows(state, "a") == rows(state, "b") == TWO.rows


def test_a_branch_is_undone_and_both_ways_meet() -> None:
    state = State()
    state.bind(1, "a", ONE)
    state.fork()
    state.bind(1, "a", TWO)
    changes = state.rewind()

    assert rows(state, "a") == ONE.rows
    state.merge((changes, {}))
    assert rows(state, "a") == ONE.rows | TWO.rows


def test_a_single_way_replaces_what_was_there() -> None:
    state = State()
    state.bind(1, "a", ONE)
    state.fork()
    state.bind(1, "a", TWO)
    state.merge((state.rewind(),))

    assert rows(state, "a") == TWO.rows


def test_branches_left_by_an_error_are_closed() -> None:
    state = State()
    state.fork()
    state.bind(1, "a", ONE)
    state.fork()
    state.bind(1, "a", TWO)
    state.unwind(1)

    assert state.depth == 1
    assert rows(state, "a") == TWO.rows
    state.rewind()
    assert state.lookup((1,), "a") is None


def test_a_variable_holds_as_many_alternatives_as_are_followed() -> None:
    state = State()
    state.bind(1, "a", Value(latent=frozenset(range(1_000))))
    value = state.lookup((1,), "a")

    assert value is not None
    assert value.latent == frozenset(range(MAX_ALTERNATIVES))
