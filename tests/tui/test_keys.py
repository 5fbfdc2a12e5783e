"""The cockpit by keys: what each does, and that the table of keys keeps its promises."""

from __future__ import annotations

import importlib
from pathlib import Path

import click
import pytest
from textual.pilot import Pilot

from grd_core.overview import NextStep, OverviewSnapshot, PhaseLine, Standing
from grd_core.study import create_study
from grd_screens.cockpit import PAGES
from grd_screens.commands.catalogue import COMMANDS
from grd_screens.feed import StudyRead, StudyUnreadable
from grd_screens.glyphs import UNICODE
from grd_screens.help import HelpScreen
from grd_screens.overview import OverviewPage
from grd_screens.page import Page
from grd_screens.phase import PHASES
from grd_screens.widgets.listing import LIST_KEYS
from grd_tui.app import CockpitApp
from grd_tui.cli.root import VERBS
from grd_tui.keymap import KEYS


class Fed(CockpitApp):
    """A cockpit that is given its messages by the test."""

    def start_feeds(self) -> None:
        """Nothing is read and no clock runs."""


@pytest.fixture
def snapshot() -> OverviewSnapshot:
    phases = tuple(PhaseLine(g.number, g.name, Standing.NOT_YET) for g in PHASES)
    counts = dict.fromkeys(
        ("experiments", "running", "proceeded", "revise", "refuted", "sealed", "archived"), 0
    )
    return OverviewSnapshot(
        study="s",
        title="",
        phase=2,
        phases=phases,
        objective="no objective",
        drift="–",
        drift_standing=Standing.NOT_YET,
        next_step=NextStep("Write the objective", "grd objective init", 2),
        question="",
        belief="",
        disproved_if="",
        peeks=0,
        peeks_allowed=None,
        verdicts=(),
        best=None,
        lessons=(),
        alarms=(),
        live=(),
        budget=(),
        **counts,
    )


async def shown(app: CockpitApp, pilot: Pilot[int], key: str) -> int:
    await pilot.press(key)
    await pilot.pause()
    return app.cockpit.shown


async def test_pages(snapshot: OverviewSnapshot) -> None:
    app = Fed(Path("/studies/s"))
    async with app.run_test() as pilot:
        app.post_message(StudyRead(snapshot, ""))
        await pilot.pause()
        for number in "1234567":
            assert await shown(app, pilot, number) == int(number)
        assert await shown(app, pilot, "l") == 0
        assert await shown(app, pilot, "h") == 7
        assert await shown(app, pilot, "left") == 6
        assert await shown(app, pilot, "escape") == 0
        await pilot.pause()
        assert await shown(app, pilot, "enter") == 2
        assert await shown(app, pilot, "0") == 0


async def test_keys_before_anything_is_read() -> None:
    app = Fed(Path("/studies/s"))
    async with app.run_test() as pilot:
        await pilot.press("enter", "y", "r", "3", "j", "k", "G", "g", "space", "pageup", "T", "T")
        await pilot.press("question_mark", "escape", "0")
        await pilot.pause()
        assert app.cockpit.shown == 0


async def test_actions_before_mount_do_not_crash(snapshot: OverviewSnapshot) -> None:
    app = Fed(Path("/studies/s"))
    app.action_show(3)
    app.action_turn(1)
    app.action_step_back()
    app.action_show(3)
    app.action_turn(1)
    app.action_filter()
    app.action_read_again()
    app.action_stop_tasks()
    app.ask_again()
    app.cockpit.show_unreadable("broken")
    app.cockpit.show_snapshot(snapshot, "")
    async with app.run_test() as pilot:
        await pilot.pause()
        assert app.cockpit.shown == 4


async def test_copy_and_theme(snapshot: OverviewSnapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRD_THEME", "dark")
    app = Fed(Path("/studies/s"))
    async with app.run_test() as pilot:
        app.post_message(StudyRead(snapshot, ""))
        await pilot.press("y")
        assert app.clipboard == "grd objective init"
        await pilot.press("T")
        assert app.theme == "grd-light"
        await pilot.press("T")
        assert app.theme == "grd-dark"


async def test_help_lists_every_binding_and_a_remapped_key_as_it_is() -> None:
    app = Fed(Path("/studies/s"))
    app.set_keymap({"overview.copy": "z"})
    async with app.run_test() as pilot:
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        lines = {
            line.effect: line.keys.split("  ")
            for group in app.screen.groups
            for line in group.lines
        }
        own = (*OverviewPage.KEYS, *LIST_KEYS)
        assert {key.effect for key in (*KEYS, *own[1:])} == set(lines)
        assert lines["copy the command of the next step"] == ["z"]
        await pilot.press("q")
        assert not isinstance(app.screen, HelpScreen)


async def test_help_that_does_not_fit_says_what_shows_the_rest() -> None:
    app = Fed(Path("/studies/s"))
    async with app.run_test(size=(80, 18)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        box = app.screen.query_one("#help")
        assert "space more" in str(box.border_subtitle)
        await pilot.press("space")
        assert box.scroll_offset.y > 5
        await pilot.press("escape")
        await pilot.resize_terminal(120, 50)
        await pilot.press("question_mark")
        await pilot.pause()
        assert str(app.screen.query_one("#help").border_subtitle) == "esc closes"


async def test_palette_runs_a_verb(snapshot: OverviewSnapshot) -> None:
    app = Fed(Path("/studies/s"))
    async with app.run_test() as pilot:
        app.post_message(StudyRead(snapshot, ""))
        for opening in ("colon", "ctrl+p"):
            await pilot.press(opening)
            await pilot.pause()
            await pilot.press(*"5gate")
            await app.workers.wait_for_complete()
            await pilot.pause(0.3)
            await pilot.press("enter")
            await pilot.pause(0.2)
            assert app.cockpit.shown == 5
            await pilot.press("0")


async def test_trouble_is_said_in_place_and_goes(snapshot: OverviewSnapshot) -> None:
    app = Fed(Path("/studies/s"))
    async with app.run_test() as pilot:
        app.post_message(StudyUnreadable("the ledger cannot be read: [bold]x[/bold] \x1b[2J"))
        await pilot.pause()
        banner = app.cockpit.query_one("#banner")
        assert banner.display
        assert "[bold]x[/bold] <1B>[2J" in str(banner.render())
        app.post_message(StudyRead(snapshot, ""))
        await pilot.pause()
        assert not banner.display


async def test_a_click_on_a_phase_opens_it(snapshot: OverviewSnapshot) -> None:
    app = Fed(Path("/studies/s"))
    async with app.run_test(size=(120, 40)) as pilot:
        app.post_message(StudyRead(snapshot, ""))
        await pilot.pause()
        await pilot.click("#rail", offset=(3, 4))
        assert app.cockpit.shown == 3


def page_of(place: str) -> Page:
    module, _, name = place.partition(":")
    made: Page = getattr(importlib.import_module(module), name)(UNICODE)
    return made


@pytest.mark.parametrize("place", PAGES)
def test_no_key_means_two_things_on_a_page_and_none_is_lost_in_tmux(place: str) -> None:
    entries = [*KEYS, *page_of(place).KEYS]
    pressed = [key for entry in entries for key in entry.keys.split(",")]
    # A page may say more exactly what a key of every page does on it, and nothing else.
    meant: dict[str, set[str]] = {}
    for entry in entries:
        for key in entry.keys.split(","):
            meant.setdefault(key, set()).add(entry.id.rpartition(".")[2])
    assert not {key: words for key, words in meant.items() if len(words) > 1}
    assert not set(pressed) & {"ctrl+a", "ctrl+b", "ctrl+j", "ctrl+s", "ctrl+enter", "shift+enter"}
    assert not [key for key in pressed if "ctrl+shift" in key]
    assert len({entry.id for entry in entries}) == len(entries)


IN_THE_SHELL_ALONE = {
    "new",  # makes a study; a cockpit is over one that exists
    "demo",  # the same, and opens it
}


def verbs() -> set[str]:
    found = set()
    for verb, (module, _) in VERBS.items():
        command = getattr(importlib.import_module(f"grd_tui.cli.{module}"), verb)
        if isinstance(command, click.Group):
            found |= {f"{verb} {name}" for name in command.commands}
        else:
            found.add(verb)
    return found


def test_everything_the_shell_can_do_can_be_done_by_keys() -> None:
    assert verbs() - set(COMMANDS) == IN_THE_SHELL_ALONE


def test_a_command_is_found_on_the_page_of_its_phase() -> None:
    for verb, command in COMMANDS.items():
        assert command.verb == verb
        assert 0 <= command.page < len(PAGES)
        assert command.effect


async def test_on_a_real_study(tmp_path: Path) -> None:
    app = CockpitApp(create_study(tmp_path / "s").root)
    async with app.run_test() as pilot:
        for _ in range(100):
            if app.cockpit.snapshot is not None:
                break
            await pilot.pause(0.1)
        assert app.cockpit.snapshot is not None
        assert app.cockpit.snapshot.next_step.command
