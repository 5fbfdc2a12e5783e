"""A column looked at closely, as lines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grd_core.recon.column_detail import EXCLUDED, ColumnDetail
from grd_screens.glyphs import ASCII, UNICODE, Glyphs
from grd_screens.pages.recon.column_text import column_lines
from grd_screens.pages.recon.plots import columns, interval, levels_line


def told(column: ColumnDetail, glyphs: Glyphs = UNICODE, width: int = 76) -> str:
    return "\n".join(line.plain for line in column_lines(column, glyphs, width))


def test_numbers_have_a_histogram_time_and_the_target(wind: ColumnDetail) -> None:
    said = told(wind)
    assert "576 of 159,851 rows, 0.36%" in said
    assert "█" in said and "27.6" in said
    assert "rank correlation ρ +0.061" in said
    assert "(missing)" in said and "21.9" in said
    assert "0.0% to 2.0%" in said


def test_words_have_bars_and_nothing_of_them_acts_on_a_terminal(carrier: ColumnDetail) -> None:
    said = told(carrier)
    assert "B6<1B>[2J" in said
    assert "all others" in said
    assert "before the freeze" in said


def test_what_is_withheld_says_why_and_shows_no_value(wind: ColumnDetail) -> None:
    said = told(replace(wind, withheld=EXCLUDED, role="excluded"))
    assert EXCLUDED.split(",")[0] in said
    assert "VALUES" not in said and "SAMPLE" not in said


@pytest.mark.parametrize("width", [20, 44, 76])
def test_every_line_fits(wind: ColumnDetail, carrier: ColumnDetail, width: int) -> None:
    for column in (wind, carrier):
        lines = column_lines(column, ASCII, width)
        assert all(line.cell_length <= max(width, 26) for line in lines)
        assert all(line.plain.isascii() for line in lines if "ρ" not in line.plain)


def test_a_rare_bin_is_seen_beside_a_common_one() -> None:
    drawn = columns([1, 10_000], 4, UNICODE)
    assert [line[0] for line in drawn] == [" ", " ", " ", "▁"]
    assert [line[1] for line in drawn] == ["█"] * 4


def test_plots_of_nothing_and_of_one_value() -> None:
    assert columns([0, 0], 4, UNICODE) == []
    assert levels_line([None, None], UNICODE) == ""
    assert levels_line([2.0, None, 2.0], UNICODE) == "▁ ▁"
    assert interval(1, 1, 1, (1, 1), 5, UNICODE).count("●") == 1
