"""The algebra underneath: which rows lie inside which, and which columns are which."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from grd_core.checks.dataflow.columns import ALL, NONE, Columns, named
from grd_core.checks.dataflow.rows import RowSets, Site

NAMES = ("a", "b", "c", "d")
COLUMNS = st.builds(Columns, st.frozensets(st.sampled_from(NAMES)), complement=st.booleans())
HERE = Site("t.py", 1)


def members(columns: Columns) -> set[str]:
    """The columns as a plain set, in a world with one more name than those in use."""
    world = {*NAMES, "elsewhere"}
    return world - columns.names if columns.complement else set(columns.names)


@given(COLUMNS, COLUMNS)
def test_columns_behave_like_sets(one: Columns, other: Columns) -> None:
    assert members(one.union(other)) == members(one) | members(other)
    assert members(one.intersection(other)) == members(one) & members(other)
    assert members(one.without(other)) == members(one) - members(other)
    assert one.meets(other) == bool(members(one) & members(other))


def test_all_and_none() -> None:
    assert ALL.without(named(["y"])) == Columns(frozenset(["y"]), complement=True)
    assert not NONE.explicit
    assert not ALL.explicit
    assert named(["y"]).explicit


def test_a_part_lies_inside_its_whole_and_not_the_other_way() -> None:
    rows = RowSets()
    whole = rows.source("df", HERE)
    train, test = rows.part(whole, "train", HERE), rows.part(whole, "test", HERE)

    assert rows.inside(train, frozenset([whole]))
    assert not rows.inside(whole, frozenset([train]))
    assert not rows.inside(test, frozenset([train]))
    assert rows.apart(train, test)
    assert not rows.apart(train, whole)


def test_what_was_stacked_lies_inside_the_stack_but_a_cut_of_it_in_none_of_its_members() -> None:
    rows = RowSets()
    one, two = rows.source("one", HERE), rows.source("two", HERE)
    stack = rows.union(frozenset([one, two]), HERE)
    cut = rows.part(stack, "first", HERE)

    assert rows.inside(one, frozenset([stack]))
    assert rows.inside(cut, frozenset([stack]))
    assert not rows.inside(cut, frozenset([one]))
    assert rows.whole_of(one, frozenset([stack])) == stack
    assert rows.whole_of(cut, frozenset([stack])) is None


def test_the_same_cut_is_the_same_rows() -> None:
    rows = RowSets()
    whole = rows.source("df", HERE)

    assert rows.source("df", HERE) == whole
    assert rows.part(whole, "mask", HERE) == rows.part(whole, "mask", HERE)
    assert rows.union(frozenset([whole]), HERE) == whole
