"""Text to read: scrolls by keys, set for its width."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from grd_screens.keys import Key, bound
from grd_screens.typesetting import Lines, Typeset

READ_KEYS = (
    Key("read.down", "j,down", "scroll_lines(1)", "down"),
    Key("read.up", "k,up", "scroll_lines(-1)", "up"),
    Key("read.page.down", "pagedown,ctrl+f,space", "scroll_pages(1)", "a page down"),
    Key("read.page.up", "pageup,ctrl+u", "scroll_pages(-1)", "a page up"),
    Key("read.top", "g,home", "scroll_lines(-100000)", "to the top"),
    Key("read.end", "G,end", "scroll_lines(100000)", "to the end"),
)


class Detail(VerticalScroll, can_focus=True, inherit_bindings=False):
    """Lines in a box that scrolls."""

    BINDINGS: ClassVar[list[BindingType]] = bound(READ_KEYS)
    DEFAULT_CSS = "Detail { height: 1fr; scrollbar-size-vertical: 1; }"

    def __init__(self, *, id: str | None = None, classes: str = "") -> None:
        super().__init__(id=id, classes=classes)
        self.lines = Lines(_nothing)

    def compose(self) -> ComposeResult:
        """The text."""
        yield self.lines

    def set(self, typeset: Typeset) -> None:
        """Show other text."""
        self.lines.set(typeset)

    def action_scroll_lines(self, lines: int) -> None:
        """Scroll by lines."""
        self.scroll_relative(y=lines, animate=False)

    def action_scroll_pages(self, pages: int) -> None:
        """Scroll by as much as is seen."""
        self.action_scroll_lines(pages * max(1, self.size.height - 1))


def _nothing(width: int) -> list[Content]:
    return [Content("")]
