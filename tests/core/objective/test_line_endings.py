"""Bytes to an editable text and back: what was not touched stays as it was, byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grd_core.errors import RefusedError
from grd_core.objective.line_endings import bytes_of, text_of

# A mark typed at the very front is one of the file: it is no part of the text.
LINE = st.text(
    st.characters(exclude_characters="\r\n\ufeff", exclude_categories=("Cs",)), max_size=12
)
ENDING = st.sampled_from(["\n", "\r\n", "\r"])
MARK = st.sampled_from(["", "\ufeff"])


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A file of any line endings, with or without a byte order mark or a last line break."""
    pairs = draw(st.lists(st.tuples(LINE, ENDING), max_size=8))
    body = "".join(line + ending for line, ending in pairs) + draw(LINE)
    return (draw(MARK) + body).encode()


@given(files())
def test_an_untouched_text_is_the_same_file(raw: bytes) -> None:
    assert bytes_of(text_of(raw), raw) == raw


@given(files(), st.lists(LINE, min_size=1, max_size=8))
def test_what_was_typed_is_what_the_file_says(raw: bytes, lines: list[str]) -> None:
    typed = "\n".join(lines)
    assert text_of(bytes_of(typed, raw)) == typed


@given(files(), st.data())
def test_one_line_that_changes_leaves_every_other_as_it_was(
    raw: bytes, data: st.DataObject
) -> None:
    lines = text_of(raw).split("\n")
    at = data.draw(st.integers(0, len(lines) - 1))
    changed = [*lines[:at], lines[at] + " and more", *lines[at + 1 :]]
    expected = bytearray(raw)
    # Where the line ends in the bytes: behind its text, before its own ending.
    before = "\n".join(lines[: at + 1])
    end = _end_of(raw, before.count("\n"))
    expected[end:end] = b" and more"
    assert bytes_of("\n".join(changed), raw) == bytes(expected)


def _end_of(raw: bytes, number: int) -> int:
    at = 0
    for _ in range(number):
        while raw[at : at + 1] not in (b"\r", b"\n"):
            at += 1
        at += 2 if raw[at : at + 2] == b"\r\n" else 1
    while at < len(raw) and raw[at : at + 1] not in (b"\r", b"\n"):
        at += 1
    return at


def test_a_new_line_ends_like_the_line_before_it() -> None:
    raw = b"one\r\ntwo\nthree"
    assert bytes_of("one\nnew\ntwo\nthree", raw) == b"one\r\nnew\r\ntwo\nthree"
    assert bytes_of("one\ntwo\nthree\nfour", raw) == b"one\r\ntwo\nthree\nfour"


def test_an_emptied_line_is_not_swallowed_by_the_ending_before_it() -> None:
    assert text_of(bytes_of("one\n\nthree", b"one\rtwo\nthree")) == "one\n\nthree"


def test_tabs_and_a_missing_last_line_break_stay() -> None:
    raw = b"\xef\xbb\xbfa:\tb\r\nc"
    assert text_of(raw) == "a:\tb\nc"
    assert bytes_of("a:\tb\nd", raw) == b"\xef\xbb\xbfa:\tb\r\nd"


def test_what_no_encoding_can_write_is_a_question_mark() -> None:
    assert bytes_of("a\ud800", b"a") == b"a?"


@pytest.mark.parametrize("raw", [b"fine\nbad \xff", b"\xff\xfea\x00"])
def test_what_is_not_utf8_is_refused_with_its_line(raw: bytes) -> None:
    with pytest.raises(RefusedError, match="not UTF-8") as refused:
        text_of(raw)
    assert "editor of your own" in refused.value.sentence()
