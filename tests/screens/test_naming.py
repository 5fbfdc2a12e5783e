"""Names of experiments break after a hyphen, and nothing of them is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from grd_screens.naming import name_parts, named

NAME = "002-mean-delays-of-carrier-and-route"


def test_a_long_name_breaks_after_a_hyphen() -> None:
    assert [line.plain for line in name_parts(NAME).wrap(33)] == [
        "002-mean-delays-of-carrier-and-",
        "route",
    ]


def test_the_standing_is_flush_right_where_it_fits_and_below_where_not() -> None:
    standing = Content("! refuted")
    (line,) = named(NAME, standing, 4, 60)
    assert line.plain.endswith("! refuted") and line.cell_length == 60
    assert [line.plain for line in named(NAME, standing, 4, 40)] == [NAME, "    ! refuted"]


def test_what_follows_stands_under_the_name_not_under_its_branch() -> None:
    lines = named(NAME, Content("open"), 7, 33, before=Content("|- "))
    assert [line.plain for line in lines] == [
        "|- 002-mean-delays-of-carrier-",
        "   and-route",
        "       open",
    ]


@given(st.text(alphabet="abc-0", min_size=1, max_size=40), st.integers(4, 50))
def test_nothing_of_a_name_is_lost(name: str, width: int) -> None:
    lines = name_parts(name).wrap(width)
    assert "".join(line.plain for line in lines) == name
    assert all(line.cell_length <= width for line in lines)
