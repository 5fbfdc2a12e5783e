"""The catalogue page says what the checks say."""

from __future__ import annotations

from pathlib import Path

from grd_core.checks.catalogue import catalogue_text
from grd_core.checks.registry import all_checks

PAGE = Path(__file__).parents[3] / "docs" / "checks.md"


def test_the_page_is_what_the_checks_generate() -> None:
    assert PAGE.read_text(encoding="utf-8") == catalogue_text(), "run `make catalogue`"


def test_every_check_stands_on_the_page_once() -> None:
    text = catalogue_text()
    for code in all_checks():
        assert text.count(f"\n## {code}\n") == 1
