"""The reviews of the application: one session for each experiment, and the modal over them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from grd_screens.critic.modal import CriticScreen
from grd_screens.critic.session import Recorded, ReviewSession
from grd_screens.critic.state import Stage
from grd_screens.critic.verdict import decide_form, destination
from grd_screens.desk import Desk, Ending, Refused, Running, Succeeded
from grd_screens.feed import Access, ReadingOnly
from grd_screens.forms.form import Values
from grd_screens.forms.screen import FormScreen

if TYPE_CHECKING:
    from textual.app import App

    from grd_screens.glyphs import Glyphs


class Reviews:
    """Holds the sessions, shows one of them, and takes its verdict to the ledger.

    `tell` says a short word where it is seen, `go` opens a page on an object.
    """

    def __init__(
        self,
        app: App[int],
        desk: Desk,
        access: Access,
        glyphs: Glyphs,
        tell: Callable[[str], None],
        go: Callable[[int, str], None],
    ) -> None:
        self._app = app
        self._desk = desk
        self._access = access
        self._glyphs = glyphs
        self._tell = tell
        self._go = go
        self._sessions: dict[int, ReviewSession] = {}
        self._modal: CriticScreen | None = None

    @property
    def shown(self) -> CriticScreen | None:
        """The open modal."""
        modal = self._modal
        return modal if modal is not None and modal.is_attached else None

    def session(self, number: int) -> ReviewSession | None:
        """The review of this experiment, if there was one since the application began."""
        return self._sessions.get(number)

    def open(self, number: int, name: str) -> None:
        """Show the review of an experiment: the one that runs or waits, or a new one."""
        if self.shown is not None:
            return
        session = self._sessions.get(number)
        if session is None:
            session = ReviewSession(number, name, self._desk, self._moved)
        self.show(session)
        if session.state.stage in (Stage.CHECKING, Stage.RULED):
            session.look()
        else:
            session.begin("reads" if isinstance(self._access, ReadingOnly) else "writes")

    def show(self, session: ReviewSession) -> None:
        """Put the modal of a session over the page."""
        self._sessions[session.number] = session
        self._modal = CriticScreen(session, self._glyphs, self._decide)
        self._app.push_screen(self._modal)

    def study_read(self) -> None:
        """The study may have changed: see whether what is shown still holds."""
        if self.shown is not None:
            self.shown.session.look()

    def task_moved(self, task: Running) -> None:
        """A task at the desk came further; paint it if it is what is shown."""
        if self.shown is not None and task.key == self.shown.session.key:
            self.shown.repaint()

    def _moved(self, session: ReviewSession) -> None:
        if self.shown is not None and self.shown.session is session:
            self.shown.repaint()
        elif session.state.stage is Stage.RULED and session.state.passed is not None:
            verdict = session.state.passed.ruling.verdict
            self._tell(f"Critic {session.number:03d}: would be {verdict}; c shows it")
        elif session.state.stage is Stage.REFUSED:
            self._tell(f"Critic {session.number:03d}: {session.state.trouble}")

    def _decide(self, modal: CriticScreen) -> None:
        session = modal.session
        passed = session.state.passed
        sentence = self._not_decidable(session)
        if sentence or passed is None:
            modal.show_refusal(Refused(sentence, sentence))
            return

        def keep(values: Values) -> None:
            session.draft = values["because"]

        def submit(values: Values) -> None:
            keep(values)
            if session.record(values["because"].strip(), ended):
                form.show_doing("recording the verdict")
            else:
                form.show_refusal("something of this review is going on; wait for its end")

        def ended(ending: Ending) -> None:
            if isinstance(ending, Succeeded) and isinstance(ending.value, Recorded):
                self._recorded(session, modal, form, ending.value)
            elif form.is_attached:
                said = ending.sentence if isinstance(ending, Refused) else "stopped"
                form.show_refusal(said)

        typed = {"because": session.draft}
        form = FormScreen(decide_form(session.state, passed), self._glyphs, submit, keep, typed)
        self._app.push_screen(form)

    def _not_decidable(self, session: ReviewSession) -> str:
        state = session.state
        if isinstance(self._access, ReadingOnly):
            return "this cockpit is read-only: open it without --readonly to record a verdict"
        if state.is_running:
            return f"the checks are running ({state.count}): a verdict follows from all of them"
        if state.stage is Stage.RECORDED:
            return "this verdict is recorded: R reviews what is there now"
        if state.stage is not Stage.RULED:
            return "there is nothing to decide on: R runs the checks"
        return ""

    def _recorded(
        self, session: ReviewSession, modal: CriticScreen, form: FormScreen, made: Recorded
    ) -> None:
        session.draft = ""
        is_here = modal.is_attached
        for screen in (form, modal):
            if screen.is_attached:
                screen.dismiss()
        page, purpose = destination(made.passed)
        said = f"recorded {made.passed.ruling.verdict} for {made.passed.experiment.name}"
        self._tell("; ".join((said, *made.notes, purpose)))
        if is_here:
            self._go(page, str(session.number))
