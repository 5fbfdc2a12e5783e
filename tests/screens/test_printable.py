"""Nothing that comes from a study acts on the terminal it is shown on."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grd_screens.printable import printable


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("plain text, 12.5 %", "plain text, 12.5 %"),
        ("Größe ▸ 模型 ✔", "Größe ▸ 模型 ✔"),
        ("two\nlines\r\nand\ttabs", "two lines and tabs"),
        ("\x1b[31mred\x1b[0m", "<1B>[31mred<1B>[0m"),
        ("\x1b]52;c;cm0gLXJm\x07", "<1B>]52;c;cm0gLXJm<07>"),
        ("\x9b2J", "<9B>2J"),
        ("file\u202egpj.exe", "file<202E>gpj.exe"),
        ("zero\u200bwidth\ufeff", "zero<200B>width<FEFF>"),
        ("[bold]not markup[/bold]", "[bold]not markup[/bold]"),
        ("\ud800", "<D800>"),
    ],
)
def test_known_attacks(given_text: str, shown: str) -> None:
    assert printable(given_text) == shown


@given(st.text(alphabet=st.characters(), max_size=60))
def test_whatever_comes_stays_on_its_line(text: str) -> None:
    shown = printable(text)
    shown.encode("utf-8")
    assert all(
        unicodedata.category(char) not in {"Cc", "Cs", "Zl", "Zp"}
        and unicodedata.bidirectional(char) not in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI"}
        for char in shown
    )
    assert printable(shown) == shown


@given(st.text(alphabet=st.characters(categories=("Cf",)), min_size=1, max_size=5))
def test_invisible_formatting_becomes_visible(text: str) -> None:
    assert all(unicodedata.category(char) != "Cf" for char in printable(text))
