"""Driving a cockpit by keys, with or without a study behind it, and reading its screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from textual.pilot import Pilot

from grd_screens.page import Page
from grd_tui.app import CockpitApp

TRIES = 4500
LOOK_S = 0.02


def cockpit(pilot: Pilot[int]) -> CockpitApp:
    """The application that is driven."""
    return cast("CockpitApp", pilot.app)


def screen_text(pilot: Pilot[int]) -> str:
    """Everything that is on the screen, line by line."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


def shown_page(pilot: Pilot[int]) -> Page:
    """The page in the body."""
    return cockpit(pilot).cockpit.page


async def until(pilot: Pilot[int], holds: Callable[[], object], what: str = "it") -> None:
    """Wait until something holds; what is on the screen is told when it never does."""
    for _ in range(TRIES):
        if holds():
            return
        await pilot.pause(LOOK_S)
    raise AssertionError(f"{what} never came to hold:\n{screen_text(pilot)}")


async def shows(pilot: Pilot[int], *words: str) -> None:
    """Wait until all of these stand on the screen."""
    await until(pilot, lambda: all(word in screen_text(pilot) for word in words), str(words))


async def typed(pilot: Pilot[int], words: str) -> None:
    """Type a text."""
    await pilot.press(*("space" if char == " " else char for char in words))


async def at_rest(pilot: Pilot[int]) -> None:
    """Wait until every key has had its effect and every message has been looked at."""
    app = cockpit(pilot)
    await until(pilot, lambda: app.screen_stack and app.screen.is_mounted, "a screen")
    await until(pilot, lambda: app.is_at_rest, "rest")
    for _ in range(2):
        await pilot._wait_for_screen()
    await pilot.pause()


async def opened(pilot: Pilot[int], page: int) -> None:
    """Open a page by its number, and wait until it has the keys."""
    app = cockpit(pilot)
    await at_rest(pilot)
    await pilot.press(str(page))
    await until(pilot, lambda: app.cockpit.shown == page and app.is_at_rest, f"page {page}")
    await at_rest(pilot)
