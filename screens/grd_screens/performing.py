"""Doing a command: its form is read beside the screen, asked over it, run at the desk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

from grd_screens.commands.command import Command, Outcome
from grd_screens.desk import Desk, Ending, Refused, Running, Succeeded
from grd_screens.feed import Access, ReadingOnly
from grd_screens.forms.form import Form, Values

if TYPE_CHECKING:
    from textual.app import App

    from grd_core.study import Study
    from grd_screens.forms.screen import FormScreen
    from grd_screens.glyphs import Glyphs
    from grd_screens.told import Told

Given = Mapping[str, str]


class Performer:
    """Takes commands from asking to done. `done` is told the outcome, `refused` the sentence
    of what was not done, where no form is open to say it."""

    def __init__(
        self,
        app: App[int],
        desk: Desk,
        access: Access,
        glyphs: Glyphs,
        done: Callable[[Outcome], None],
        refused: Callable[[Refused], None],
    ) -> None:
        self._app = app
        self._desk = desk
        self._access = access
        self._glyphs = glyphs
        self._done = done
        self._refused = refused
        self._forms: dict[str, FormScreen] = {}
        self._preparing = ""
        self._next: tuple[str, Given] | None = None
        self._drafts: dict[tuple[str, tuple[tuple[str, str], ...]], Values] = {}

    def perform(self, verb: str, given: Given) -> None:
        """Ask and do; a verb that is going on is not begun twice."""
        from grd_screens.commands.catalogue import COMMANDS

        command = COMMANDS[verb]
        if command.access == "writes" and isinstance(self._access, ReadingOnly):
            what = f"`{verb}` writes, and this cockpit is read-only"
            self._refused(Refused(f"{what}: open it without --readonly", what))
            return

        if self._preparing:
            # Pressed before the first was drawn. It is done after it, if that asks nothing.
            self._next = (verb, given)
            return
        from grd_screens.forms.waiting import WaitingScreen

        self._preparing = f"ask {verb}"
        waiting = WaitingScreen(lambda: self._desk.stop(f"ask {verb}"))

        def asked(ending: Ending) -> None:
            self._preparing = ""
            waiting.dismiss()
            following, self._next = self._next, None
            if isinstance(ending, Refused):
                self._refused(ending)
            elif isinstance(ending, Succeeded) and isinstance(ending.value, Form):
                self._ask(command, given, ending.value)
                if not ending.value.asks and following is not None:
                    self.perform(*following)

        self._app.push_screen(waiting)
        self._desk.begin(
            f"ask {verb}", verb, lambda study, progress: command.form(study, given), asked
        )

    def moved(self, tasks: Sequence[Running]) -> None:
        """Say in the open form how far its command is."""
        # While the cockpit closes there is no screen any more, and still something at the desk.
        screen = self._app.screen if self._app.screen_stack else None
        for task in tasks:
            if self._forms.get(task.key) is screen:
                cast("FormScreen", screen).show_doing(
                    f"{told(task, task.doing or task.title)}; esc leaves it running"
                )

    def _ask(self, command: Command, given: Given, form: Form) -> None:
        if not form.asks:
            self._run(command, dict(given), None)
            return
        from grd_screens.forms.screen import FormScreen

        names = form.draft or tuple(given)
        draft = (command.verb, tuple(sorted((name, given.get(name, "")) for name in names)))

        def keep(values: Values) -> None:
            self._drafts[draft] = values

        def submit(values: Values) -> None:
            keep(values)
            self._run(command, {**given, **values}, screen, draft)

        look = None if form.beside is None else partial(self._look, form.beside)
        screen = FormScreen(form, self._glyphs, submit, keep, self._drafts.get(draft), look)
        self._app.push_screen(screen)

    def _look(
        self,
        beside: Callable[[Study, Values], tuple[Told, ...]],
        values: Values,
        tell: Callable[[tuple[Told, ...]], None],
    ) -> bool:
        """Have read what is known of what is being written; False while that is being done."""

        def read(ending: Ending) -> None:
            # What cannot be read is told by whoever needs it: here it would only help.
            if isinstance(ending, Succeeded):
                tell(cast("tuple[Told, ...]", ending.value))

        return self._desk.begin(
            "ask beside", "beside", lambda study, progress: beside(study, values), read
        )

    def _run(
        self,
        command: Command,
        values: Values,
        screen: FormScreen | None,
        draft: tuple[str, tuple[tuple[str, str], ...]] | None = None,
    ) -> None:
        def ended(ending: Ending) -> None:
            self._forms.pop(command.verb, None)
            open_form = screen if screen is not None and screen.is_attached else None
            if isinstance(ending, Succeeded) and isinstance(ending.value, Outcome):
                if draft is not None and ending.value.typed == "done with":
                    self._drafts.pop(draft, None)
                if open_form is not None:
                    self._close(open_form)
                self._done(ending.value)
            elif isinstance(ending, Refused):
                if open_form is not None:
                    open_form.show_refusal(ending.sentence)
                else:
                    self._refused(ending)
            elif open_form is not None:
                open_form.show_refusal("stopped; nothing was recorded")

        begun = self._desk.begin(
            command.verb,
            command.verb,
            lambda study, progress: command.run(study, values, progress),
            ended,
        )
        if screen is not None:
            if begun:
                self._forms[command.verb] = screen
                screen.show_doing(f"{command.effect}; esc leaves it running")
            else:
                screen.show_refusal(f"`{command.verb}` is running already; wait for its end")

    def _close(self, form: FormScreen) -> None:
        """Close a form, and what was opened over it."""
        while self._app.screen is not form:
            self._app.pop_screen()
        form.dismiss()


def told(task: Running, doing: str) -> str:
    """How far a task is, where it says so, and for how long it has been going on."""
    share = f" {task.fraction:.0%}" if task.fraction else ""
    return f"{doing}{share} {task.seconds:.0f} s"
