"""Screen 4: Evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.content import Content

from grd_screens.glyphs import Glyphs
from grd_screens.page import Page
from grd_screens.phase import phase_lines
from grd_screens.typesetting import MUTED, text
from grd_screens.widgets.detail import Detail

if TYPE_CHECKING:
    from grd_core.overview import OverviewSnapshot


class EvaluationPage(Page):
    """How the phase stands."""

    NUMBER: ClassVar[int] = 4

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self._overview: OverviewSnapshot | None = None
        self._text = Detail()
        self._text.set(self._lines)

    def compose(self) -> ComposeResult:
        """One text that scrolls."""
        yield self._text

    def show_overview(self, overview: OverviewSnapshot) -> None:
        """Paint the study at a glance."""
        self._overview = overview
        self._text.set(self._lines)

    def opened(self) -> None:
        """The text takes the keys."""
        self._text.focus(scroll_visible=False)

    def _lines(self, width: int) -> list[Content]:
        if self._overview is None:
            return [text("reading the study", MUTED)]
        return phase_lines(self._overview, 4, self.glyphs, width)
