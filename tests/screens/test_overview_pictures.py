"""The cockpit as it looks, in both sizes and themes, in each state of a study."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from grd_core.budget.meter import HostSample
from grd_screens.feed import MeterRead, StudyRead, StudyUnreadable
from grd_tui.app import CockpitApp
from tests.screens.driving import at_rest

SIZES = ((80, 24), (120, 40))
Compare = Callable[..., bool]


class Fed(CockpitApp):
    """A cockpit that is given its messages by the test."""

    def start_feeds(self) -> None:
        """Nothing is read and no clock runs."""


def show(state: str, request: pytest.FixtureRequest, *keys: str) -> Callable[[Pilot[int]], object]:
    snapshot = request.getfixturevalue(state)
    sample: HostSample = request.getfixturevalue("on_cpu" if state != "going" else "on_gpu")

    async def run(pilot: Pilot[int]) -> None:
        await at_rest(pilot)
        pilot.app.post_message(StudyRead(snapshot, ""))
        for _ in range(3):
            pilot.app.post_message(MeterRead(sample))
        await at_rest(pilot)
        await pilot.press(*keys)
        await at_rest(pilot)

    return run


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("state", ["begun", "going", "alarmed"])
def test_overview(
    snap_compare: Compare,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    state: str,
    theme: str,
    size: tuple[int, int],
) -> None:
    monkeypatch.setenv("GRD_THEME", theme)
    app = Fed(Path("/studies/flight-delays"))
    assert snap_compare(app, terminal_size=size, run_before=show(state, request))


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("key", ["1", "2", "3", "4", "5", "6", "7", "question_mark", "colon"])
def test_over_a_study_that_goes_on(
    snap_compare: Compare, request: pytest.FixtureRequest, key: str, size: tuple[int, int]
) -> None:
    app = Fed(Path("/studies/flight-delays"))
    assert snap_compare(app, terminal_size=size, run_before=show("going", request, key))


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_ascii(
    snap_compare: Compare, request: pytest.FixtureRequest, size: tuple[int, int]
) -> None:
    app = Fed(Path("/studies/flight-delays"), ascii=True)
    assert snap_compare(app, terminal_size=size, run_before=show("alarmed", request))


def test_without_colour(
    snap_compare: Compare, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = Fed(Path("/studies/flight-delays"))
    assert snap_compare(app, terminal_size=(80, 24), run_before=show("alarmed", request, "2"))


def test_before_anything_was_read(snap_compare: Compare) -> None:
    assert snap_compare(Fed(Path("/studies/flight-delays")), terminal_size=(80, 24))


def test_when_the_ledger_breaks_what_was_read_stays(
    snap_compare: Compare, request: pytest.FixtureRequest
) -> None:
    sentence = (
        "the ledger cannot be read: file is not a database (/studies/flight-delays/.grd/ledger.db):"
        " restore .grd/ledger.db from a backup, with its -wal file if there is one"
    )

    async def run(pilot: Pilot[int]) -> None:
        await show("going", request)(pilot)  # type: ignore[misc]
        pilot.app.post_message(StudyUnreadable(sentence))
        await pilot.pause()

    app = Fed(Path("/studies/flight-delays"))
    assert snap_compare(app, terminal_size=(80, 24), run_before=run)
