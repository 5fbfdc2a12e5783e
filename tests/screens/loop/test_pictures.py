"""The Loop and its watch as they look, in both sizes and themes, in each state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual.pilot import Pilot

from grd_core.budget.meter import HostSample
from grd_core.critic.live import LiveState
from grd_core.overview import OverviewSnapshot
from grd_core.runs.snapshot import LoopSnapshot
from grd_screens.feed import MeterRead, PageRead, StudyRead
from grd_screens.pages.loop import watch
from grd_screens.pages.loop.reading import LoopContent, Watched
from grd_tui.app import CockpitApp
from tests.screens.driving import at_rest, opened
from tests.screens.noted import NOTES

if TYPE_CHECKING:
    from collections.abc import Awaitable

SIZES = ((80, 24), (120, 40))
Compare = Callable[..., bool]
Before = Callable[[Pilot[int]], "Awaitable[None]"]


class Fed(CockpitApp):
    """A cockpit that is given its messages by the test."""

    def start_feeds(self) -> None:
        """Nothing is read and no clock runs."""


@pytest.fixture(autouse=True)
def _still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "monotonic", lambda: 0.0)
    monkeypatch.setattr(watch, "PAINT_S", 0.0)


@pytest.fixture
def feed(going: OverviewSnapshot, on_cpu: HostSample) -> Callable[..., Before]:
    def show(*given: LoopContent | str, live: LiveState | None = None) -> Before:
        async def run(pilot: Pilot[int]) -> None:
            await opened(pilot, 3)
            pilot.app.post_message(StudyRead(going, "", live))
            pilot.app.post_message(MeterRead(on_cpu))
            for one in given:
                if isinstance(one, str):
                    await pilot.press(one)
                else:
                    pilot.app.post_message(PageRead(3, one))
                    pilot.app.post_message(StudyRead(going, "", live))
                await at_rest(pilot)

        return run

    return show


def app(monkeypatch: pytest.MonkeyPatch, theme: str = "dark", *, ascii: bool = False) -> Fed:
    monkeypatch.setenv("GRD_THEME", theme)
    # On a busy machine a notice would be gone from some pictures.
    monkeypatch.setattr("grd_tui.app._NOTICE_S", 3600.0)
    return Fed(Path("/studies/flight-delays"), ascii=ascii)


@pytest.fixture
def none(loop: LoopSnapshot) -> LoopContent:
    """No experiment yet."""
    return LoopContent(replace(loop, experiments=(), runs=(), run_count=0))


def fitting(content: LoopContent, one: Watched, size: tuple[int, int]) -> LoopContent:
    """As it would be read for a terminal of this size: two charts where there is no room."""
    charts = 4 if size == (120, 40) else 2
    shown = replace(
        one,
        shown=one.shown[:charts],
        series=one.series[:charts],
        others=one.others[:charts],
        bands=one.bands[:charts],
    )
    return replace(content, experiment=None, watched=shown)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_experiments(
    snap_compare: Compare, monkeypatch, feed, detailed: LoopContent, theme: str, size
) -> None:
    run = feed(detailed, "j", detailed)
    assert snap_compare(app(monkeypatch, theme), terminal_size=size, run_before=run)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_no_experiment_yet(
    snap_compare: Compare, monkeypatch, feed, none: LoopContent, size
) -> None:
    assert snap_compare(app(monkeypatch), terminal_size=size, run_before=feed(none))


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_experiments_with_findings(
    snap_compare: Compare,
    monkeypatch,
    feed,
    detailed: LoopContent,
    found: LiveState,
    theme: str,
    size,
) -> None:
    run = feed(detailed, "j", "m", "j", on(detailed, 6), live=found)
    assert snap_compare(app(monkeypatch, theme), terminal_size=size, run_before=run)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_tree(snap_compare: Compare, monkeypatch, feed, detailed: LoopContent, size) -> None:
    run = feed(detailed, "j", detailed, "t", "enter")
    assert snap_compare(app(monkeypatch), terminal_size=size, run_before=run)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("state", ["watched", "troubled"])
def test_watch(
    snap_compare: Compare,
    monkeypatch,
    feed,
    request: pytest.FixtureRequest,
    detailed: LoopContent,
    state: str,
    theme: str,
    size,
) -> None:
    content = fitting(detailed, request.getfixturevalue(state), size)
    run = feed(watching(detailed), "j", "w", content, content)
    assert snap_compare(app(monkeypatch, theme), terminal_size=size, run_before=run)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_watch_frozen_and_inspected(
    snap_compare: Compare, monkeypatch, feed, detailed: LoopContent, watched: Watched, size
) -> None:
    content = fitting(detailed, watched, size)
    keys = ("space", "i", *["comma"] * 20, "s", "tab")
    run = feed(watching(detailed), "j", "w", content, *keys, content)
    assert snap_compare(app(monkeypatch), terminal_size=size, run_before=run)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_watch_over_its_seeds(
    snap_compare: Compare, monkeypatch, feed, detailed: LoopContent, seeds: Watched, size
) -> None:
    content = fitting(detailed, seeds, size)
    run = feed(watching(detailed), "j", "w", content, "o", content)
    assert snap_compare(app(monkeypatch), terminal_size=size, run_before=run)


@pytest.mark.parametrize("ascii", [False, True], ids=["unicode", "ascii"])
def test_watch_over_other_runs_and_its_rules(
    snap_compare: Compare, monkeypatch, feed, detailed: LoopContent, overlaid: Watched, ascii
) -> None:
    content = fitting(detailed, overlaid, (80, 24))
    run = feed(watching(detailed), "j", "w", content, "o", "o", "v", "v", "v", content)
    still = app(monkeypatch, ascii=ascii)
    assert snap_compare(still, terminal_size=(80, 24), run_before=run)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_watch_and_its_notes(
    snap_compare: Compare, monkeypatch, feed, detailed: LoopContent, watched: Watched, size
) -> None:
    noted = replace(watched, snapshot=replace(watched.snapshot, notes=NOTES))
    content = fitting(detailed, noted, size)
    run = feed(watching(detailed), "j", "w", content, "v", "v", "v", "v", content)
    assert snap_compare(app(monkeypatch), terminal_size=size, run_before=run)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_notes_under_their_run(
    snap_compare: Compare, monkeypatch, feed, detailed: LoopContent, size
) -> None:
    assert detailed.experiment is not None
    noted = replace(detailed, experiment=replace(detailed.experiment, notes=NOTES))
    run = feed(noted, "j", noted, "enter")
    assert snap_compare(app(monkeypatch), terminal_size=size, run_before=run)


def test_watch_in_ascii(
    snap_compare: Compare, monkeypatch, feed, detailed: LoopContent, watched: Watched
) -> None:
    content = fitting(detailed, watched, (80, 24))
    run = feed(watching(detailed), "j", "w", content, content)
    still = app(monkeypatch, ascii=True)
    assert snap_compare(still, terminal_size=(80, 24), run_before=run)


def on(content: LoopContent, number: int) -> LoopContent:
    """The same with another experiment under the cursor."""
    line = next(line for line in content.loop.experiments if line.number == number)
    shown = content.experiment
    assert shown is not None
    shown = replace(shown, number=number, name=line.name, kind=line.kind, line=line, runs=())
    return replace(content, experiment=shown)


def watching(content: LoopContent) -> LoopContent:
    """The same, the run of experiment 8 being run 12."""
    lines = tuple(
        replace(line, last_run=12) if line.number == 8 else line
        for line in content.loop.experiments
    )
    return replace(content, loop=replace(content.loop, experiments=lines))
