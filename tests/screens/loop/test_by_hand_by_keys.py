"""A training that somebody starts past the program shows itself in an open cockpit."""

from __future__ import annotations

from pathlib import Path

import pytest

from grd_core.runs.experiments import new_experiment
from grd_core.study import Study
from grd_screens import feed
from grd_tui.app import CockpitApp
from tests.by_hand import trained_by_hand
from tests.screens.driving import at_rest, cockpit, opened, screen_text, shows, until
from tests.small_study import copy_of


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_it_is_seen_on_the_first_screen_and_enter_leads_to_its_experiment(
    locked_once: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setattr(feed, "LIVE_S", 0.3)
    monkeypatch.setattr("grd_core.runs.readers.unsupervised.LIVE_S", 3.0)
    study = copy_of(locked_once, tmp_path / "tides")
    made = new_experiment(study, "The mean", kind="baseline")
    # What the folder looks like is known before; only the file below it is new.
    (made.folder / "logs").mkdir()
    async with CockpitApp(study.root).run_test(size=size) as pilot:
        await until(pilot, lambda: cockpit(pilot).overview, "the study is read")
        await opened(pilot, 0)
        assert "by hand" not in screen_text(pilot)
        with trained_by_hand(made.folder) as file:
            await shows(pilot, "training by hand goes on", "logs/metrics.csv")
            # Below the next step stands what is wrong.
            await pilot.press("j", "enter")
            await until(pilot, lambda: cockpit(pilot).cockpit.shown == 3, "the Loop")
            await shows(pilot, "! training by hand goes on")
            await at_rest(pilot)
            if size[0] < 110:
                await pilot.press("enter")
            await shows(pilot, "r runs it supervised", "by hand   ! training by hand goes on")
        assert file.is_file()
        await shows(pilot, "by hand   ! training by hand, unsupervised", "ended:")
