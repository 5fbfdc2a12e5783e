"""The cockpit: one screen over a study, fed from two threads, worked by keys.

At import and until the first frame only Textual is loaded. The study, the ledger and the
meter are loaded by the threads that need them, after it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, ClassVar

from textual.app import App
from textual.binding import BindingType
from textual.screen import Screen

import grd_screens
from grd_screens.cockpit import CockpitScreen
from grd_screens.feed import (
    MeterFeed,
    MeterRead,
    ReadingOnly,
    StudyFeed,
    StudyRead,
    StudyUnreadable,
    Watching,
)
from grd_screens.glyphs import ASCII, UNICODE
from grd_screens.help import HelpScreen
from grd_tui.keymap import bindings, help_groups, key_hints
from grd_tui.remote import animation, standard_input, terminal_is_gone
from grd_tui.themes import THEMES, other_theme, preferred_theme

if TYPE_CHECKING:
    from textual.command import Provider
    from textual.timer import Timer

SWITCH_INTERVAL_S = 0.0005
"""How long a thread may hold the interpreter: with the default of 5 ms an import on the study's
thread delays a key by 49 ms, with this by 24."""

HANG_UP_GRACE_S = 2.0
"""How long a cockpit without a terminal may take to leave before it is ended."""

_NOTICE_S = 3.0
_TICK_S = 1.0
_SETTLED_S = 0.25


def _verbs() -> type[Provider]:
    from grd_tui.palette import CockpitVerbs

    return CockpitVerbs


class CockpitApp(App[int]):
    """The application over the study at `study_root`."""

    TITLE = "grd"
    CSS_PATH = Path(str(grd_screens.__file__)).parent / "styles" / "cockpit.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]
    COMMANDS = {_verbs}  # noqa: RUF012 - Textual's own annotation is a mutable ClassVar
    COMMAND_PALETTE_BINDING = "ctrl+p"
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self, study_root: Path, *, readonly: bool = False, ascii: bool = False, mouse: bool = True
    ) -> None:
        super().__init__()
        self._root = study_root
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = preferred_theme(os.environ)
        self.animation_level = animation(os.environ)
        glyphs = ASCII if ascii else UNICODE
        self._glyphs = glyphs
        self.set_class(ascii, "-ascii")
        self.cockpit = CockpitScreen(study_root.name, glyphs, key_hints(glyphs.enter))
        self._study = StudyFeed(
            study_root, ReadingOnly() if readonly else Watching(), self.post_message
        )
        self._meter = MeterFeed(self.post_message)
        self._meter_at = self._read_at = time.monotonic()
        self._repaint: Timer | None = None

    def get_default_screen(self) -> Screen[None]:
        """The cockpit's one screen; everything else opens over it."""
        return self.cockpit

    def on_ready(self) -> None:
        """The first frame is on the terminal: now read the study and start the meter."""
        self.start_feeds()

    def start_feeds(self) -> None:
        """Start both threads and the clock that tells ages."""
        self._study.start()
        self._meter.start()
        self.set_interval(_TICK_S, self._tick)

    def on_resize(self) -> None:
        """Repaint everything once the size has settled.

        A terminal loses what it crops. Sizes that change and come back within a frame look
        like no change to the layout, which would then leave the lost parts blank.
        """
        if self._repaint is not None:
            self._repaint.stop()
        self._repaint = self.set_timer(_SETTLED_S, self._repaint_screen)

    def _repaint_screen(self) -> None:
        """Paint all of the screen that is on top by now."""
        self.screen.refresh()

    def on_unmount(self) -> None:
        """Leave no thread behind that writes."""
        self._study.stop()
        self._meter.stop()

    def on_study_read(self, message: StudyRead) -> None:
        """Paint a snapshot, then let the next one come."""
        self._read_at = message.read_at
        self.cockpit.show_snapshot(message.snapshot, message.notice)
        self.call_after_refresh(self._study.painted)

    def on_study_unreadable(self, message: StudyUnreadable) -> None:
        """Say it in place and go on trying."""
        self.cockpit.show_unreadable(message.sentence)
        self.call_after_refresh(self._study.painted)

    def on_meter_read(self, message: MeterRead) -> None:
        """Paint a sample of the meter."""
        self._meter_at = time.monotonic()
        self.cockpit.show_meter(message.sample)

    def action_show(self, number: int) -> None:
        """Open the Overview (0) or a phase."""
        self.cockpit.show_page(number)

    def action_turn(self, step: int) -> None:
        """Open the next or previous page."""
        self.cockpit.turn(step)

    def action_go_next(self) -> None:
        """Open the phase of the next step."""
        if self.cockpit.snapshot is not None:
            self.cockpit.show_page(self.cockpit.snapshot.next_step.phase)

    def action_copy_next(self) -> None:
        """Copy the command of the next step."""
        if self.cockpit.snapshot is not None and self.cockpit.snapshot.next_step.command:
            self.copy_command(self.cockpit.snapshot.next_step.command)

    def copy_command(self, command: str) -> None:
        """Put a command on the clipboard of the terminal (OSC 52) and say so on the key line."""
        self.copy_to_clipboard(command)
        self._tell("sent to the terminal's clipboard")

    def action_read_again(self) -> None:
        """Read the study now."""
        self._study.read_again()
        self._tell("reading again")

    def action_scroll_lines(self, lines: int) -> None:
        """Scroll the body by lines."""
        self.cockpit.scroll(lines)

    def action_scroll_pages(self, pages: int) -> None:
        """Scroll the body by as much as is seen."""
        self.cockpit.scroll_pages(pages)

    def action_help(self) -> None:
        """Show the keys in force."""
        if not isinstance(self.screen, HelpScreen):
            groups = help_groups(self.cockpit.active_bindings)
            self.push_screen(HelpScreen(groups, self._glyphs))

    def action_other_theme(self) -> None:
        """Change between dark and light."""
        self.theme = other_theme(self.theme)

    def hang_up(self, number: int = signal.SIGHUP) -> None:
        """Leave because the terminal is gone or a signal asks; by force if that does not work.

        The loop may be stuck in a write nobody reads, and Textual's own threads may have died
        on the dead terminal: then a plain exit would wait for ever. There is nothing to save:
        the ledger's transactions are whole, the runs belong to their supervisors.
        """
        threading.Thread(
            target=_end_after, args=(HANG_UP_GRACE_S, 128 + number), daemon=True
        ).start()
        self._study.stop()
        self._meter.stop()
        self.call_later(self.exit, 128 + number)

    def _tick(self) -> None:
        keys = standard_input()
        if keys is not None and terminal_is_gone(keys):
            self.hang_up()
            return
        now = time.monotonic()
        self.cockpit.show_ages(now - self._meter_at, now - self._read_at)

    def _tell(self, notice: str) -> None:
        self.cockpit.show_notice(notice)
        self.set_timer(_NOTICE_S, lambda: self.cockpit.show_notice(""))


def run_cockpit(
    study_root: Path, *, readonly: bool = False, ascii: bool = False, mouse: bool = True
) -> int:
    """Run the cockpit on this terminal until it is left; returns the exit code."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    app = CockpitApp(study_root, readonly=readonly, ascii=ascii, mouse=mouse)

    def hang_up(number: int, frame: FrameType | None) -> None:
        app.hang_up(number)

    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, hang_up)
    result = app.run(mouse=mouse)
    return app.return_code or 0 if result is None else result


def _end_after(seconds: float, code: int) -> None:
    time.sleep(seconds)
    os._exit(code)
