"""A list with a cursor: rows of one or several lines, worked by keys and by the mouse.

Rows are set in type only where they are seen, and moving the cursor paints two rows. At most
a thousand rows are shown; the rest is found by the filter.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.events import Blur, Click, Focus, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from grd_screens.glyphs import Glyphs
from grd_screens.keys import Key, bound
from grd_screens.typesetting import MUTED, text

MOST = 1000
"""Rows shown at once."""

GUTTER = 2
"""Cells at the left that hold the cursor's mark."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: `key` names it and stays the same, `lines` sets it for a width in cells, `words`
    is what the filter searches. A row without a key is a heading and takes no cursor."""

    key: str
    lines: Callable[[int], list[Content]]
    words: str = ""


LIST_KEYS = (
    Key("read.down", "j,down", "move(1)", "down"),
    Key("read.up", "k,up", "move(-1)", "up"),
    Key("read.page.down", "pagedown,ctrl+f,space", "move_page(1)", "a page down"),
    Key("read.page.up", "pageup,ctrl+u", "move_page(-1)", "a page up"),
    Key("read.top", "g,home", "move(-100000)", "to the top"),
    Key("read.end", "G,end", "move(100000)", "to the end"),
    Key("go.open", "enter", "open", "open what the cursor is on"),
)


class Listing(ScrollView, can_focus=True):
    """Rows with a cursor. Keeps the cursor on its row when the rows are replaced."""

    BINDINGS: ClassVar[list[BindingType]] = bound(LIST_KEYS)
    DEFAULT_CSS = """
    Listing {
        height: 1fr;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        overflow-x: hidden;
    }
    """

    class Moved(Message):
        """The cursor stands on another row, or the row under it was replaced."""

        def __init__(self, listing: Listing, key: str) -> None:
            super().__init__()
            self.listing = listing
            self.key = key

        @property
        def control(self) -> Listing:
            """The list it happened in."""
            return self.listing

    class Opened(Moved):
        """The row under the cursor is to be opened."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._mark = glyphs.cursor
        self._rows: tuple[Row, ...] = ()
        self._shown: tuple[Row, ...] = ()
        self._filter: tuple[str, ...] = ()
        self._cursor = 0
        self._width = -1
        self._lines: list[list[Content]] = []
        self._tops: list[int] = [0]

    @property
    def key(self) -> str:
        """The key of the row under the cursor; empty when there is none."""
        return self._shown[self._cursor].key if self._shown else ""

    @property
    def count(self) -> int:
        """How many rows are shown."""
        return len(self._shown)

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show other rows; nothing is painted where they read the same."""
        self._rows = tuple(rows)
        self._select(self.key)

    def set_filter(self, words: str) -> None:
        """Show only the rows that hold every one of these words, in any case."""
        self._filter = tuple(words.casefold().split())
        self._select(self.key)

    def go_to(self, key: str) -> None:
        """Put the cursor on a row, if it is shown."""
        at = next((at for at, row in enumerate(self._shown) if row.key == key), None)
        if at is not None:
            self._move_to(at)
            # While a screen over this one closes, scrolling is lost.
            self.call_after_refresh(self._reveal)

    def action_move(self, rows: int) -> None:
        """Move the cursor by rows, over headings."""
        if not self._shown:
            return
        last = len(self._shown) - 1
        at = min(max(self._cursor + rows, 0), last)
        # Over headings in the direction of the move; at an end, back to the last row before it.
        onward = range(at, last + 1) if rows > 0 else range(at, -1, -1)
        backward = range(at, -1, -1) if rows > 0 else range(at, last + 1)
        found = next((at for at in (*onward, *backward) if self._shown[at].key), None)
        if found is not None:
            self._move_to(found)
        if rows < 0 and found is not None and not any(r.key for r in self._shown[:found]):
            # What stands above the first row is seen again.
            self.scroll_home(animate=False)

    def action_move_page(self, pages: int) -> None:
        """Move the cursor by about as many lines as are seen."""
        if not self._shown:
            return
        line = self._tops[self._cursor] + pages * max(1, self.size.height - 1)
        at = min(max(bisect_right(self._tops, line) - 1, 0), len(self._shown) - 1)
        self.action_move(at - self._cursor or pages)

    def action_open(self) -> None:
        """Open the row under the cursor."""
        if self.key:
            self.post_message(self.Opened(self, self.key))

    def on_click(self, event: Click) -> None:
        """Put the cursor where the mouse is; a second click opens."""
        at = bisect_right(self._tops, event.y + self.scroll_offset.y) - 1
        if not 0 <= at < len(self._shown) or not self._shown[at].key:
            return
        if at == self._cursor and event.chain > 1:
            self.action_open()
        self._move_to(at)

    def on_resize(self, event: Resize) -> None:
        """Set the rows for the new width."""
        self._typeset()
        is_first = not any(row.key for row in self._shown[: self._cursor])
        if is_first or self._tops[self._cursor + 1 :][:1] <= [self.size.height]:
            # What stood above the cursor, before there was too little room, is seen again.
            self.scroll_home(animate=False)
            self._reveal()

    def on_focus(self, event: Focus) -> None:
        """The cursor's mark shows which list the keys go to."""
        self._paint(self._cursor)

    def on_blur(self, event: Blur) -> None:
        """Another widget has the keys."""
        self._paint(self._cursor)

    def render_line(self, y: int) -> Strip:
        """One line of the list."""
        line = y + self.scroll_offset.y
        width = self._room
        at = bisect_right(self._tops, line) - 1
        if not 0 <= at < len(self._shown) or line >= self._tops[-1]:
            return Strip.blank(width, self.rich_style)
        within = line - self._tops[at]
        here = at == self._cursor and bool(self._shown[at].key)
        if here:
            mark = text(self._mark + " ", "bold $accent" if self.has_focus else MUTED)
        else:
            mark = text(" " * GUTTER)
        content = mark + self._lines[at][within]
        if here and self.has_focus:
            content = content.pad_right(max(0, width - content.cell_length))
            content = content.stylize_before("on $cursor")
        strip = Visual.to_strips(self, content, width, 1, self.visual_style)[0]
        return strip.adjust_cell_length(width, self.rich_style)

    @property
    def _room(self) -> int:
        """Cells beside the scrollbar, which always has its place."""
        return self.scrollable_content_region.width

    def _select(self, key: str) -> None:
        found = [r for r in self._rows if self._matches(r)]
        if len(found) > MOST:
            rest = f"{len(found) - MOST:,} more: / finds them"
            found = [*found[:MOST], Row("", lambda _: [text(rest, MUTED)])]
        self._shown = tuple(found)
        before = self._cursor
        rows = [at for at, row in enumerate(found) if row.key]
        same = next((at for at in rows if found[at].key == key), None)
        if same is None:
            # The row is gone: its neighbour, so that the eye need not travel.
            same = min(rows, key=lambda at: abs(at - before), default=0)
        self._cursor = same
        self._typeset()
        if before != same:
            self._paint(before)
            self._paint(same)
        if self._shown:
            self.post_message(self.Moved(self, self.key))

    def _matches(self, row: Row) -> bool:
        if not self._filter:
            return True
        words = row.words.casefold()
        return bool(row.key) and all(word in words for word in self._filter)

    def _typeset(self) -> None:
        width = self._room - GUTTER
        if width <= 0:
            return
        lines = [row.lines(width) or [Content("")] for row in self._shown]
        before, heights = self._lines, [len(one) for one in self._lines]
        is_resized, self._width, self._lines = width != self._width, width, lines
        if not is_resized and heights == [len(one) for one in lines]:
            # Over a slow link each line counts: only rows that read otherwise are sent.
            for at, (now, was) in enumerate(zip(lines, before, strict=True)):
                if not all(a.is_same(b) for a, b in zip(now, was, strict=True)):
                    self._paint(at)
            return
        tops = [0]
        for one in lines:
            tops.append(tops[-1] + len(one))
        self._tops = tops
        self.virtual_size = Size(self._room, tops[-1])
        self._reveal()
        self.refresh()

    def _move_to(self, at: int) -> None:
        if at == self._cursor:
            self._reveal()
            return
        before, self._cursor = self._cursor, at
        self._paint(before)
        self._paint(at)
        self._reveal()
        self.post_message(self.Moved(self, self.key))

    def _paint(self, at: int) -> None:
        if not 0 <= at < len(self._lines):
            return
        top = self._tops[at] - self.scroll_offset.y
        self.refresh(Region(0, top, self._room, len(self._lines[at])))

    def _reveal(self) -> None:
        if not 0 <= self._cursor < len(self._lines) or not self.size.height:
            return
        top, end = self._tops[self._cursor], self._tops[self._cursor + 1]
        if top < self.scroll_offset.y:
            # The heading above the first row comes into view with it.
            self.scroll_to(y=0 if self._cursor <= 1 else top, animate=False)
        elif end > self.scroll_offset.y + self.size.height:
            self.scroll_to(y=min(top, end - self.size.height), animate=False)
