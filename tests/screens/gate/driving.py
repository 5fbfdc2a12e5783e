"""Driving a cockpit by keys over a real study, and reading what is on the screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from textual.pilot import Pilot

from grd_screens.page import Page
from grd_tui.app import CockpitApp

TRIES = 600


def screen_text(pilot: Pilot[int]) -> str:
    """Everything that is on the screen, line by line."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


async def until(pilot: Pilot[int], holds: Callable[[], bool]) -> None:
    """Wait until something holds; what is on the screen is told when it never does."""
    for _ in range(TRIES):
        if holds():
            return
        await pilot.pause(0.05)
    raise AssertionError(f"it never came to hold:\n{screen_text(pilot)}")


async def shows(pilot: Pilot[int], *words: str) -> None:
    """Wait until all of these stand on the screen."""
    await until(pilot, lambda: all(word in screen_text(pilot) for word in words))


async def typed(pilot: Pilot[int], words: str) -> None:
    """Type a text."""
    await pilot.press(*("space" if char == " " else char for char in words))


def shown_page(pilot: Pilot[int]) -> Page:
    """The page in the body."""
    return cast("CockpitApp", pilot.app).cockpit.page
