"""Every page at sizes in which nothing can be read: it is left whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from grd_core.study import Study
from grd_tui.app import CockpitApp
from tests.screens.driving import at_rest, opened, screen_text, until
from tests.small_study import copy_of

SMALL = ((40, 10), (200, 60), (20, 5), (1, 1), (110, 30), (3, 40), (2, 2))


@pytest.fixture
def judged(judged_once: Study, tmp_path: Path) -> Study:
    """Three experiments, run and reviewed."""
    return copy_of(judged_once, tmp_path / "tides")


LIKE_OTHERS = {1, 3, 6, 7}
"""Lists of which another page stands for; they are looked at in the soak."""


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=pytest.mark.soak) if page in LIKE_OTHERS else page
        for page in range(8)
    ],
)
async def test_a_page_outlives_every_size(judged: Study, page: int) -> None:
    app = CockpitApp(judged.root, readonly=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, page)
        await pilot.press("j", "enter")
        await at_rest(pilot)
        before = await steady(pilot)
        for size in (*SMALL, (80, 24)):
            await pilot.resize_terminal(*size)
        await until(pilot, lambda: body(pilot) == before, "\n".join(before))


async def steady(pilot: Pilot[int]) -> list[str]:
    """What is shown once everything is read and nothing changes any more."""
    seen: list[list[str]] = []
    while len(seen) < 5 or any(shown != seen[-1] for shown in seen[-5:]):
        await pilot.pause(0.1)
        seen.append(body(pilot))
    return seen[-1]


def body(pilot: Pilot[int]) -> list[str]:
    """What is shown but for the meter and the notices below it."""
    return screen_text(pilot).splitlines()[:-3]
