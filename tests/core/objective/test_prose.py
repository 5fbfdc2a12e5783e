"""Two versions of prose, compared."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from grd_core.checks.process.sections import sections_of
from grd_core.objective.prose import WordEdit, changed_spans, compare_prose, compare_words

texts = st.text(st.sampled_from("ab é\n.-"), max_size=60)


@settings(max_examples=300, deadline=None)
@given(texts, texts)
def test_the_edits_give_back_both_texts(before: str, after: str) -> None:
    edits = compare_words(before, after)
    assert "".join(edit.text for edit in edits if edit.kind != "added") == before
    assert "".join(edit.text for edit in edits if edit.kind != "removed") == after


@settings(max_examples=300, deadline=None)
@given(*[st.lists(st.sampled_from("abcdefgh"), max_size=90)] * 2)
def test_outside_the_spans_nothing_differs(old: list[str], new: list[str]) -> None:
    rebuilt, at = [], 0
    for i1, i2, j1, j2 in changed_spans(old, new):
        assert old[at:i1] == new[len(rebuilt) : j1]
        rebuilt += old[at:i1] + new[j1:j2]
        at = i2
    assert rebuilt + old[at:] == new


def test_names_the_word_that_changed() -> None:
    assert compare_words("a gain of 1.5 minutes", "a gain of 1.0 minutes") == (
        WordEdit("same", "a gain of 1."),
        WordEdit("removed", "5"),
        WordEdit("added", "0"),
        WordEdit("same", " minutes"),
    )


def test_each_change_knows_its_section_and_lines() -> None:
    before = "## One\n\nfirst\n\n## Two\n\nsecond\n"
    after = "## One\n\nfirst\nand a half\n\n## Two\n\nsecond, third\n"
    one, two = compare_prose(before, after, 10, 10, sections_of(after, 10))
    assert (one.section, one.before_line, one.after_line, one.words) == ("One", 13, 13, 3)
    assert (two.section, two.before_line, two.after_line, two.words) == ("Two", 16, 17, 1)


def test_space_alone_counts_no_word() -> None:
    [change] = compare_prose("a b\n", "a  b\n", 1, 1, ())
    assert change.words == 0
