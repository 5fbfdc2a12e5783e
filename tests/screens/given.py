"""A cockpit that is given what it shows: no study is read, no clock runs, no thread works."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from textual.pilot import Pilot

from grd_core.budget.meter import HostSample
from grd_core.overview import OverviewSnapshot
from grd_screens.desk import Desk, Ending, Running, Then, Work
from grd_screens.feed import MeterRead, PageRead, StudyRead
from grd_tui.app import CockpitApp
from tests.screens.driving import at_rest, opened

SIZES = ((80, 24), (120, 40))
THEMES = ("dark", "light")


class GivenDesk(Desk):
    """Ends every task at once, as the test said it ends."""

    def __init__(self, endings: Mapping[str, Ending]) -> None:
        super().__init__(Path("/studies/flight-delays"), lambda message: None)
        self.endings = dict(endings)

    @property
    def running(self) -> tuple[Running, ...]:
        """Nothing goes on."""
        return ()

    def begin(self, key: str, title: str, work: Work, then: Then) -> bool:
        """End it, or leave it going on for ever where no end was given."""
        if key in self.endings:
            then(self.endings[key])
        return True


class Given(CockpitApp):
    """A cockpit over a study at a path that does not exist."""

    def __init__(self, endings: Mapping[str, Ending], *, ascii: bool = False) -> None:
        super().__init__(Path("/studies/flight-delays"), ascii=ascii)
        self.desk = GivenDesk(endings)

    def start_feeds(self) -> None:
        """Nothing is read."""

    def ask_again(self) -> None:
        """Nobody is asked: the test posts what was read."""


def shown(
    page: int, content: object, overview: OverviewSnapshot, sample: HostSample, *keys: str
) -> Callable[[Pilot[int]], Awaitable[None]]:
    """Open a page, give it its content, press keys."""

    async def run(pilot: Pilot[int]) -> None:
        await opened(pilot, page)
        pilot.app.post_message(StudyRead(overview, ""))
        for _ in range(3):
            pilot.app.post_message(MeterRead(sample))
        pilot.app.post_message(PageRead(page, content))
        await at_rest(pilot)
        for key in keys:
            await pilot.press(key)
            await at_rest(pilot)
            pilot.app.post_message(PageRead(page, content))
            await at_rest(pilot)

    return run
