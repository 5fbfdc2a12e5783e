"""A page has the keys from the moment it is there, however long that takes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.events import Compose

from grd_core.study import create_study
from grd_screens import cockpit
from grd_screens.pages.evaluation.page import EvaluationPage
from grd_tui.app import CockpitApp
from tests.screens.driving import at_rest, opened


class LatePage(EvaluationPage):
    """A page on a machine that has no time for it."""

    async def _on_compose(self, event: Compose) -> None:
        await asyncio.sleep(0.4)
        await super()._on_compose(event)


async def test_a_page_that_is_made_slowly_has_the_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = list(cockpit.PAGES)
    pages[4] = f"{__name__}:LatePage"
    monkeypatch.setattr(cockpit, "PAGES", tuple(pages))
    app = CockpitApp(create_study(tmp_path / "tides", title="Tides").root)
    async with app.run_test() as pilot:
        await opened(pilot, 4)
        assert isinstance(app.cockpit.page, LatePage)
        assert app.focused is app.cockpit.page.listing
        await opened(pilot, 3)
        await opened(pilot, 4)
        await at_rest(pilot)
        assert app.focused is app.cockpit.page.listing
