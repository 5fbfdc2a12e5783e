"""Rows that are the same, apart, or copies of each other, by how they were made."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from grd_core.checks.dataflow.rows import DRAWN, RESAMPLED, Relation, RowSets, Site

HERE = Site("t.py", 1)


def test_parts_of_one_set_are_apart_and_each_shares_rows_with_it() -> None:
    rows = RowSets()
    whole = rows.source("df", HERE)
    train, test = rows.part(whole, ("split", 0), HERE), rows.part(whole, ("split", 1), HERE)

    assert rows.relation(train, test) is Relation.APART
    assert rows.relation(train, whole) is Relation.SHARED
    assert rows.relation(whole, train) is Relation.SHARED
    assert rows.relation(train, train) is Relation.SHARED


def test_parts_of_a_resampled_set_are_copies_of_each_other() -> None:
    rows = RowSets()
    whole = rows.source("df", HERE)
    for cut in (RESAMPLED, DRAWN):
        more = rows.part(whole, (cut, 1), HERE)
        train, test = rows.part(more, ("split", 0), HERE), rows.part(more, ("split", 1), HERE)
        assert rows.relation(train, test) is Relation.COPIED
        assert rows.whole_of_copies(train, test) == more


def test_a_resampled_training_part_is_apart_from_the_held_out_one() -> None:
    rows = RowSets()
    whole = rows.source("df", HERE)
    train, test = rows.part(whole, ("split", 0), HERE), rows.part(whole, ("split", 1), HERE)
    more = rows.part(train, (RESAMPLED, 1), HERE)

    assert rows.relation(more, test) is Relation.APART
    assert rows.relation(more, train) is Relation.SHARED


def test_the_resampled_whole_holds_copies_of_every_part_but_a_draw_may_not() -> None:
    rows = RowSets()
    whole = rows.source("df", HERE)
    test = rows.part(whole, ("split", 1), HERE)
    more, drawn = rows.part(whole, (RESAMPLED, 1), HERE), rows.part(whole, (DRAWN, 1), HERE)
    rest = rows.part(whole, ("without", drawn), HERE)

    assert rows.relation(more, test) is Relation.COPIED
    assert rows.relation(drawn, rest) is Relation.APART


def test_a_stack_with_rows_in_common_repeats_them() -> None:
    rows = RowSets()
    whole = rows.source("df", HERE)
    rare = rows.part(whole, "rare", HERE)
    stack = rows.stack([frozenset([whole]), frozenset([rare])], HERE)
    train, test = rows.part(stack, 0, HERE), rows.part(stack, 1, HERE)

    assert rows.relation(train, test) is Relation.COPIED
    assert rows.relation(stack, rows.part(whole, 2, HERE)) is Relation.COPIED


def test_a_stack_of_parts_that_are_apart_repeats_nothing() -> None:
    rows = RowSets()
    whole = rows.source("df", HERE)
    one, two = rows.part(whole, 1, HERE), rows.part(whole, 2, HERE)
    stack = rows.stack([frozenset([one]), frozenset([two])], HERE)

    assert rows.copied_in(stack) is None
    assert rows.relation(rows.part(stack, 0, HERE), rows.part(stack, 1, HERE)) is Relation.APART
    assert rows.relation(stack, one) is Relation.SHARED


def test_what_a_loop_reads_again_may_be_other_rows() -> None:
    rows = RowSets()
    rows.loops = 1
    piece = rows.source("piece", HERE)
    rows.loops = 0

    assert rows.copied_in(rows.stack([frozenset([piece]), frozenset([piece])], HERE)) is None


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9)), max_size=20))
def test_relations_are_symmetric_and_every_set_shares_rows_with_itself(
    steps: list[tuple[int, int]],
) -> None:
    rows = RowSets()
    made = [rows.source(0, HERE), rows.source(1, HERE)]
    for kind, number in steps:
        one, other = made[number % len(made)], made[-1]
        if kind == 4:
            made.append(rows.stack([frozenset([one]), frozenset([other])], HERE))
        else:
            cut = ("split", "part", RESAMPLED, DRAWN)[kind]
            made.append(rows.part(one, (cut, number), HERE))
    for one in made:
        assert rows.relation(one, one) is Relation.SHARED
        for other in made:
            assert rows.relation(one, other) is rows.relation(other, one)
