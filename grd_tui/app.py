"""The cockpit: one screen over a study, fed from two threads, worked by keys.

At import and until the first frame only Textual is loaded. The study, the ledger and the
meter are loaded by the threads that need them, after it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import App
from textual.binding import BindingType
from textual.events import Event, Key, Paste
from textual.screen import Screen
from textual.scrollbar import ScrollBar
from textual.widget import Widget

import grd_screens
from grd_screens.cockpit import CockpitScreen
from grd_screens.desk import Desk, TaskEnded, TaskMoved
from grd_screens.feed import (
    Access,
    MeterFeed,
    MeterRead,
    PageRead,
    PageUnreadable,
    ReadingOnly,
    StudyFeed,
    StudyRead,
    StudyUnreadable,
    Watching,
)
from grd_screens.forms.external_editor import edit_file
from grd_screens.forms.waiting import WaitingScreen
from grd_screens.glyphs import ASCII, UNICODE, Glyphs
from grd_screens.help import HelpScreen
from grd_screens.performing import Performer
from grd_screens.widgets.ascii_scrollbar import AsciiScrollBar
from grd_tui.ascii_signs import AsciiSigns
from grd_tui.key_order import KeyOrder, Typed
from grd_tui.keymap import bindings, help_groups, key_hints
from grd_tui.leaving import leave_when_told
from grd_tui.remote import animation
from grd_tui.themes import THEMES, other_theme, preferred_theme

if TYPE_CHECKING:
    from textual.command import Provider
    from textual.filter import LineFilter
    from textual.timer import Timer

    from grd_core.critic.live import LiveState
    from grd_core.overview import OverviewSnapshot
    from grd_screens.commands.command import OpenDocument, OpenReview, Outcome
    from grd_screens.critic.reviews import Reviews
    from grd_screens.desk import Refused

SWITCH_INTERVAL_S = 0.0005
"""How long a thread may hold the interpreter: with the default of 5 ms an import on the study's
thread delays a key by 49 ms, with this by 24."""

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
        self._signs = (AsciiSigns(),) if ascii else ()
        self.cockpit = CockpitScreen(study_root.name, glyphs, key_hints(glyphs.enter))
        self._access: Access = ReadingOnly() if readonly else Watching()
        self._study = StudyFeed(study_root, self._access, self.post_message)
        self.desk = Desk(study_root, self.post_message)
        self._performer = Performer(
            self, self.desk, self._access, glyphs, self._done, self._show_refusal
        )
        self._reviews: Reviews | None = None
        self._notice: Timer | None = None
        self._live: LiveState | None = None
        self._meter = MeterFeed(self.post_message)
        self._meter_at = self._read_at = time.monotonic()
        self._repaint: Timer | None = None
        self._keys = KeyOrder(self, self._hand_on, self._takes_keys)

    async def on_event(self, event: Event) -> None:
        """What is typed goes on in order; everything else as the toolkit has it."""
        if not isinstance(event, Key | Paste) or event.is_forwarded:
            await super().on_event(event)
        elif isinstance(event, Key) and event.key == "escape" and self._is_preparing:
            self._keys.forget()
            await super().on_event(event)
        else:
            await self._keys.take(event)

    async def _hand_on(self, typed: Typed) -> None:
        await super().on_event(typed)

    @property
    def _is_preparing(self) -> bool:
        return bool(self.screen_stack) and isinstance(self.screen, WaitingScreen)

    def _takes_keys(self, typed: Typed) -> bool:
        if not self.screen_stack:
            return False
        screen = self.screen
        if screen is self.cockpit:
            if not self.cockpit.is_settled:
                return False
            if isinstance(typed, Key) and self._study.is_reading:
                return screen.is_mounted and not self.cockpit.is_too_early(typed.key)
        return screen.is_mounted and not self._is_preparing

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What every painted line goes through."""
        return (*super().get_line_filters(), *self._signs)

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
        """Paint all of the screen that is on top by now, if the cockpit is not being left."""
        if not self.screen_stack:
            return
        for widget in self.screen.walk_children(Widget):
            if widget.show_vertical_scrollbar:
                # What was scrolled while there was room for all of it did not move its bar.
                widget.vertical_scrollbar.position = widget.scroll_y
        self.screen.refresh()

    def on_unmount(self) -> None:
        """Leave no thread and no worker behind."""
        self.desk.stop_all()
        self._study.stop()
        self._meter.stop()

    def on_study_read(self, message: StudyRead) -> None:
        """Paint a snapshot, then let the next one come."""
        self._read_at = message.read_at
        self._live = message.live
        self.cockpit.show_snapshot(message.snapshot, message.notice)
        if message.answer is not None:
            self.cockpit.show_answer(message.answer)
        if self._reviews is not None:
            self._reviews.study_read()
        self.call_after_refresh(self._study.painted)

    def on_study_unreadable(self, message: StudyUnreadable) -> None:
        """Say it in place and go on trying."""
        self.cockpit.show_unreadable(message.sentence)
        self.call_after_refresh(self._study.painted)

    def on_page_read(self, message: PageRead) -> None:
        """Give a page what it wanted read."""
        self.cockpit.show_answer(message)

    def on_page_unreadable(self, message: PageUnreadable) -> None:
        """Say in place that a page cannot be read now."""
        self.cockpit.show_answer(message)

    def on_meter_read(self, message: MeterRead) -> None:
        """Paint a sample of the meter."""
        self._meter_at = time.monotonic()
        self.cockpit.show_meter(message.sample)

    def on_task_moved(self, message: TaskMoved) -> None:
        """Say how far the work beside the screen is."""
        self._show_tasks()
        if self._reviews is not None:
            self._reviews.task_moved(message.task)

    def on_task_ended(self, message: TaskEnded) -> None:
        """Hand the end over to whoever began it, and read what it changed."""
        self._show_tasks()
        message.then(message.ending)
        if not message.task.only_asks:
            self._study.read_again()

    @property
    def is_at_rest(self) -> bool:
        """Whether every key that came has had its effect, and the open page is there."""
        return not self._keys.is_busy and self.cockpit.is_settled and bool(self.screen_stack)

    @property
    def glyphs(self) -> Glyphs:
        """The signs in use."""
        return self._glyphs

    @property
    def access(self) -> Access:
        """Whether this cockpit may write."""
        return self._access

    @property
    def study_root(self) -> Path:
        """The folder of the study."""
        return self._root

    @property
    def overview(self) -> OverviewSnapshot | None:
        """The study at a glance."""
        return self.cockpit.snapshot

    @property
    def live(self) -> LiveState | None:
        """What is true of the files between reviews."""
        return self._live

    def perform(self, command: str, given: Mapping[str, str] | None = None) -> None:
        """Ask for what a command needs, run it, say what came of it."""
        self._show_refusal(None)
        self._performer.perform(command, given or {})

    def go(self, page: int, about: str = "") -> None:
        """Open a page, and have read what it wants."""
        self.cockpit.show_page(page, about)
        self.ask_again()

    def keys_changed(self) -> None:
        """The page's keys are other ones now."""
        self.cockpit.repaint_keys()

    def ask_again(self) -> None:
        """Have read what the open page wants."""
        self._study.ask(self.cockpit.shown, self.cockpit.wanted)

    def edit(self, path: Path, line: int = 0) -> None:
        """Open a file in the researcher's editor and come back; refused where nothing may write."""
        if isinstance(self._access, ReadingOnly):
            from grd_screens.desk import Refused

            what = f"an editor writes {path.name}, and this cockpit is read-only"
            self._show_refusal(Refused(f"{what}: open it without --readonly", what))
            return
        self._show_refusal(None)
        fault = self.lend(path, line)
        self.tell(fault or f"{path.name} was open in your editor")
        self._study.read_again()

    def lend(self, path: Path, line: int) -> str:
        """Lend the terminal to the editor until it is closed; what went wrong, or nothing."""
        return edit_file(self, path, line)

    def copy(self, command: str) -> None:
        """Put a command on the clipboard of the terminal (OSC 52) and say so on the key line."""
        self.copy_to_clipboard(command)
        self.tell("sent to the terminal's clipboard")

    def tell(self, notice: str) -> None:
        """A short word on the key line, gone after a while."""
        self._show_notice(notice)
        if self._notice is not None:
            self._notice.stop()
        self._notice = self.set_timer(_NOTICE_S, lambda: self._show_notice(""))

    def action_show(self, number: int) -> None:
        """Open the Overview (0) or a phase."""
        self.go(number)

    def action_turn(self, step: int) -> None:
        """Open the next or previous page."""
        self.cockpit.turn(step)
        self.ask_again()

    def action_step_back(self) -> None:
        """One step back."""
        before = self.cockpit.shown
        self.cockpit.back()
        if self.cockpit.shown != before:
            self.ask_again()

    def action_critic(self) -> None:
        """Have the experiment of the open page reviewed, or ask which."""
        about = self.cockpit.page.experiment
        self.perform("critic", {"experiment": about} if about else None)

    def action_filter(self) -> None:
        """Narrow the open page's list."""
        self.cockpit.open_filter()

    def action_read_again(self) -> None:
        """Read the study now."""
        self._study.read_again()
        self.tell("reading again")

    def action_stop_tasks(self) -> None:
        """Stop what is being done beside the screen; runs are not touched."""
        tasks = len(self.desk.running)
        self.desk.stop_all()
        self.tell(f"stopped {tasks}" if tasks else "nothing is being done")

    def action_help(self) -> None:
        """Show the keys in force."""
        if not isinstance(self.screen, HelpScreen):
            groups = help_groups(self.screen.active_bindings)
            self.push_screen(HelpScreen(groups, self._glyphs))

    def action_command_palette(self) -> None:
        """Find a verb or an object by words."""
        from textual.command import CommandPalette

        if not isinstance(self.screen, CommandPalette):
            said = "a verb, a page, an experiment"
            self.push_screen(CommandPalette(id="--command-palette", placeholder=said))

    def action_other_theme(self) -> None:
        """Change between dark and light."""
        self.theme = other_theme(self.theme)

    def _done(self, outcome: Outcome) -> None:
        self._show_refusal(None)
        if outcome.sentence:
            self.tell("; ".join((outcome.sentence, *outcome.notes)))
        if outcome.page is not None:
            self.go(outcome.page, outcome.about)
        if outcome.opens is not None:
            self._open(outcome.opens)

    def _open(self, what: OpenReview | OpenDocument) -> None:
        from grd_screens.commands.command import OpenReview
        from grd_screens.critic.document_screen import DocumentScreen
        from grd_screens.critic.reviews import Reviews

        if not isinstance(what, OpenReview):
            self.push_screen(DocumentScreen(what.document))
            return
        if self._reviews is None:
            self._reviews = Reviews(self, self.desk, self._access, self._glyphs, self.tell, self.go)
        self._reviews.open(what.number, what.name)

    def _show_refusal(self, refusal: Refused | None) -> None:
        """Where it is seen: in the Critic while that is open, else in the cockpit."""
        critic = self._reviews.shown if self._reviews is not None else None
        (critic or self.cockpit).show_refusal(refusal)

    def _show_notice(self, notice: str) -> None:
        critic = self._reviews.shown if self._reviews is not None else None
        (critic or self.cockpit).show_notice(notice)

    def leave(self, code: int) -> None:
        """End soon with this exit code. There is nothing to save: the ledger's transactions are
        whole, the runs belong to their supervisors."""
        self.call_later(self.exit, code)

    def _tick(self) -> None:
        now = time.monotonic()
        self.cockpit.show_ages(now - self._meter_at, now - self._read_at)
        if self.desk.running:
            self._show_tasks()

    def _show_tasks(self) -> None:
        self.cockpit.show_tasks(self.desk.running)
        self._performer.moved(self.desk.running)


def run_cockpit(
    study_root: Path, *, readonly: bool = False, ascii: bool = False, mouse: bool = True
) -> int:
    """Run the cockpit on this terminal until it is left; returns the exit code."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    if ascii:
        ScrollBar.renderer = AsciiScrollBar
    app = CockpitApp(study_root, readonly=readonly, ascii=ascii, mouse=mouse)
    leave_when_told(app.leave)
    result = app.run(mouse=mouse)
    return app.return_code or 0 if result is None else result
