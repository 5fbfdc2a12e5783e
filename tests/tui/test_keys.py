"""The cockpit by keys: what each does, and that the table of keys keeps its promises."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from grd_core.overview import NextStep, OverviewSnapshot, PhaseLine, Standing
from grd_core.study import create_study
from grd_screens.feed import StudyRead, StudyUnreadable
from grd_screens.help import HelpScreen
from grd_screens.phase import GUIDES
from grd_tui.app import CockpitApp
from grd_tui.keymap import KEYS


class Fed(CockpitApp):
    """A cockpit that is given its messages by the test."""

    def start_feeds(self) -> None:
        """Nothing is read and no clock runs."""


@pytest.fixture
def snapshot() -> OverviewSnapshot:
    phases = tuple(PhaseLine(g.number, g.name, Standing.NOT_YET) for g in GUIDES)
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
    app.action_go_next()
    app.action_copy_next()
    app.action_scroll_lines(1)
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
    app.set_keymap({"do.copy": "c"})
    async with app.run_test() as pilot:
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        lines = {
            line.effect: line.keys.split("  ")
            for group in app.screen.groups
            for line in group.lines
        }
        assert {key.effect for key in KEYS} == set(lines)
        assert lines["copy the command of the next step"] == ["c"]
        await pilot.press("q")
        assert not isinstance(app.screen, HelpScreen)


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


def test_no_two_actions_share_a_key_and_none_is_lost_in_tmux() -> None:
    pressed = [key for entry in KEYS for key in entry.keys.split(",")]
    assert len(pressed) == len(set(pressed))
    assert not set(pressed) & {"ctrl+a", "ctrl+b", "ctrl+j", "ctrl+s", "ctrl+enter", "shift+enter"}
    assert not [key for key in pressed if "ctrl+shift" in key]
    assert len({entry.id for entry in KEYS}) == len(KEYS)


def test_every_command_a_page_names_exists() -> None:
    import click

    from grd_tui.cli.root import VERBS

    for guide in GUIDES:
        for command, _ in guide.commands:
            grd, verb, *rest = command.split()
            assert grd == "grd"
            assert verb in VERBS, command
            import importlib

            found = getattr(importlib.import_module(f"grd_tui.cli.{VERBS[verb][0]}"), verb)
            if isinstance(found, click.Group):
                assert rest[0] in found.commands, command


async def test_on_a_real_study(tmp_path: Path) -> None:
    app = CockpitApp(create_study(tmp_path / "s").root)
    async with app.run_test() as pilot:
        for _ in range(100):
            if app.cockpit.snapshot is not None:
                break
            await pilot.pause(0.1)
        assert app.cockpit.snapshot is not None
        assert app.cockpit.snapshot.next_step.command
