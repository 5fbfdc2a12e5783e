"""A page to read over whatever is shown."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from grd_screens.critic.documents import Document, document_lines
from grd_screens.widgets.detail import Detail


class DocumentScreen(ModalScreen[None]):
    """Shows a document; it scrolls by the keys of a text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss", "close", id="document.close")
    ]
    CSS_PATH = Path(__file__).parent.parent / "styles" / "critic.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 - as in Textual

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._text = Detail()

    def compose(self) -> ComposeResult:
        """One scrolling text in a box."""
        box = Vertical(self._text, id="document")
        box.border_title = self._document.heading
        box.border_subtitle = "esc closes"
        yield box

    def on_mount(self) -> None:
        """The text takes the keys."""
        self._text.set(lambda width: document_lines(self._document, width))
        self._text.focus(scroll_visible=False)
