"""The key line follows what a page shows, where its keys depend on that."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from grd_screens.page import Page

if TYPE_CHECKING:
    from grd_screens.cockpit import CockpitScreen


def repaint_keys(page: Page) -> None:
    """Show the page's keys as they are now; what is being told beside them stays."""
    if page.is_attached:
        cast("CockpitScreen", page.screen).show_tasks(page.host.desk.running)
