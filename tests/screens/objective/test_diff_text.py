"""Lines of the drift view: where they break, and that their heights are what is drawn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from grd_core.objective.diff_lines import diff_rows, line_rows
from grd_screens.glyphs import ASCII, UNICODE
from grd_screens.pages.objective.diff_items import Fold, Line, Named, items_of
from grd_screens.pages.objective.diff_text import Sheet, breaks, height, lines_of
from grd_screens.printable import printable

ONE_LINE = st.text(st.characters(blacklist_categories=("Cs", "Mn", "Me", "Cf")), max_size=80)


@given(ONE_LINE.map(printable), st.integers(8, 40))
def test_a_line_breaks_into_pieces_that_fit_and_lose_no_word(value: str, width: int) -> None:
    pieces = [value[start:end] for start, end in breaks(value, width)]
    assert all(cell_len(piece) <= width for piece in pieces)
    assert "".join(pieces).replace(" ", "") == value.replace(" ", "")


@given(
    st.lists(ONE_LINE, max_size=6),
    st.lists(ONE_LINE, max_size=6),
    st.sampled_from(["unified", "side by side"]),
    st.sampled_from([UNICODE, ASCII]),
    st.integers(40, 130),
)
def test_a_row_is_as_high_as_it_was_said_to_be(before, after, arrangement, glyphs, width) -> None:  # type: ignore[no-untyped-def]
    sheet = Sheet(arrangement, width, 3, 0, glyphs)
    for row in line_rows("\n".join(before).encode(), "\n".join(after).encode()):
        drawn = lines_of(Line(row), sheet)
        assert len(drawn) == height(Line(row), sheet)
        assert all(line.cell_length <= width for line in drawn)


def test_what_is_the_same_is_folded_but_for_its_neighbours(drifted) -> None:  # type: ignore[no-untyped-def]
    items = items_of(drifted.comparison, 3)
    folded = sum(item.lines for item in items if isinstance(item, Fold))
    shown = sum(isinstance(item, Line) for item in items)
    assert folded + shown == len(drifted.comparison.rows)
    assert folded > shown
    assert [item.field for item in items if isinstance(item, Named)] == [
        "metrics.mae.threshold",
        "budget.trials",
        "prose: Question and why it matters",
    ]


def test_unfolded_every_line_is_there(drifted) -> None:  # type: ignore[no-untyped-def]
    items = items_of(drifted.comparison, None)
    assert sum(isinstance(item, Line) for item in items) == len(drifted.comparison.rows)
    assert not any(isinstance(item, Fold) for item in items)


@pytest.mark.parametrize("arrangement", ["unified", "side by side"])
def test_a_changed_line_reads_without_colour(arrangement) -> None:  # type: ignore[no-untyped-def]
    (row,) = diff_rows(b"threshold: 1.0\n", b"threshold: 1.5\n")
    lines = lines_of(Line(row), Sheet(arrangement, 80, 3, 0, UNICODE))
    said = "\n".join(line.plain for line in lines)
    assert "- " in said and "+ " in said
    reversed_words = {
        line.plain[span.start : span.end]
        for line in lines
        for span in line.spans
        if "reverse" in str(span.style)
    }
    assert reversed_words == {"1.0", "1.5"}
