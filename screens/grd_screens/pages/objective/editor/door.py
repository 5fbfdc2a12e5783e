"""Opening the editor from the page: read beside the screen, refused with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from grd_screens.desk import Ending, Refused, Succeeded
from grd_screens.feed import ReadingOnly
from grd_screens.forms.waiting import WaitingScreen
from grd_screens.host import host_of
from grd_screens.pages.objective.editor.screen import EditorScreen
from grd_screens.pages.objective.editor.session import EditSession, Opening, begin_opening

if TYPE_CHECKING:
    from textual.app import App
    from textual.widget import Widget

READ_ONLY = "this cockpit is read-only: open it without --readonly to edit"


class EditorDoor:
    """Opens one editor at a time over `page`. `refused` is told why none opened, `left` what
    the page should say when one was left; either may be told nothing."""

    def __init__(
        self, page: Widget, refused: Callable[[str], None], left: Callable[[str], None]
    ) -> None:
        self._page = page
        self._refused = refused
        self._left = left
        self._editor: EditorScreen | None = None

    def study_read(self) -> None:
        """Something in the study has changed."""
        if self._editor is not None and self._editor.is_attached:
            self._editor.study_read()

    def open(self, line: int) -> None:
        """Open OBJECTIVE.md, or the draft of it, at a line counted from 1; 0 for none."""
        self._refused("")
        host, app = host_of(self._page), self._page.app
        if isinstance(host.access, ReadingOnly):
            self._refused(READ_ONLY)
            return
        is_wanted = True

        def given_up() -> None:
            nonlocal is_wanted
            is_wanted = False
            waiting.dismiss()

        def opened(ending: Ending) -> None:
            opening = ending.value if isinstance(ending, Succeeded) else None
            if isinstance(opening, Opening):
                session = EditSession(opening, host.desk)
                if is_wanted:
                    waiting.dismiss()
                    self._show(app, opening, session, line)
                else:
                    session.close()
            elif is_wanted:
                waiting.dismiss()
                if isinstance(ending, Refused):
                    self._refused(ending.sentence)

        waiting = WaitingScreen(given_up)
        if begin_opening(host.desk, opened):
            app.push_screen(waiting)

    def _show(self, app: App[Any], opening: Opening, session: EditSession, line: int) -> None:
        glyphs = host_of(self._page).glyphs
        self._editor = EditorScreen(opening, session, glyphs, line, self._left)
        app.push_screen(self._editor)
