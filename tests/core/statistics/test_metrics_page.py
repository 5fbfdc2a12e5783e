"""The page of metrics says what the catalogue says."""

from __future__ import annotations

from pathlib import Path

from grd_core.statistics.metrics_page import page

PAGE = Path(__file__).parents[3] / "docs" / "metrics.md"


def test_the_page_is_that_of_the_catalogue() -> None:
    assert PAGE.read_text(encoding="utf-8") == f"{page()}\n", "run `make catalogue`"
