"""The two documents held against each other: scrolls, and goes from change to change.

Only what is seen is set in type: a long prose costs its number of lines, not its text.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.events import Blur, Focus, Resize
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from grd_screens.glyphs import Glyphs
from grd_screens.keys import bound
from grd_screens.pages.objective.diff_items import Item, Named
from grd_screens.pages.objective.diff_text import Arrangement, Sheet, height, lines_of
from grd_screens.typesetting import MUTED
from grd_screens.widgets.detail import READ_KEYS

SIDE_BY_SIDE = 110
"""Columns of the terminal from which the two sides stand beside each other."""
_ABOVE = 2
"""Lines kept above a change that is gone to."""
_REMEMBERED = 256


class DiffView(ScrollView, can_focus=True):
    """The items of a comparison; one named change at a time is the one the cursor is on."""

    BINDINGS: ClassVar[list[BindingType]] = bound(READ_KEYS)
    # A scrollbar that comes tells no new size: without its column kept it would cover a letter.
    DEFAULT_CSS = """
    DiffView {
        height: 1fr;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        overflow-x: hidden;
    }
    """

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self._glyphs = glyphs
        self._items: tuple[Item, ...] = ()
        self._digits = 3
        self._results = 0
        self._sheet: Sheet | None = None
        self._tops: list[int] = [0]
        self._at = -1
        self._set: dict[int, list[Content]] = {}

    @property
    def arrangement(self) -> Arrangement:
        """Side by side where the terminal is wide enough."""
        return "side by side" if self.app.size.width >= SIDE_BY_SIDE else "unified"

    @property
    def change(self) -> Named | None:
        """The change the cursor is on."""
        item = self._items[self._at] if 0 <= self._at < len(self._items) else None
        return item if isinstance(item, Named) else None

    @property
    def changes(self) -> tuple[int, int]:
        """Which change the cursor is on, counted from 1, and how many there are."""
        named = [at for at, item in enumerate(self._items) if isinstance(item, Named)]
        return (named.index(self._at) + 1 if self._at in named else 0), len(named)

    @property
    def lines_in_type(self) -> int:
        """How many lines are kept set in type."""
        return sum(len(lines) for lines in self._set.values())

    def set_items(self, items: tuple[Item, ...], digits: int, results: int) -> None:
        """Show other lines; nothing moves where they are the same."""
        if (items, digits, results) == (self._items, self._digits, self._results):
            return
        current = self.change
        self._items, self._digits, self._results = items, digits, results
        self._sheet = None
        self._at = -1
        if current is not None:
            self._at = self._named(current.field)
        self._typeset()

    def show_change(self, field: str) -> bool:
        """Bring the lines of a field into view; False where the document shows none."""
        at = self._named(field)
        if at >= 0:
            self._go(at)
        return at >= 0

    def step(self, by: int) -> Named | None:
        """Go to the next or the previous change."""
        named = [at for at, item in enumerate(self._items) if isinstance(item, Named)]
        if not named:
            return None
        place = named.index(self._at) + by if self._at in named else 0
        self._go(named[min(max(place, 0), len(named) - 1)])
        return self.change

    def on_resize(self, event: Resize) -> None:
        """Set the lines for the new width."""
        self._typeset()

    def on_focus(self, event: Focus) -> None:
        """The mark shows that the keys go here."""
        self._set.pop(self._at, None)
        self.refresh()

    def on_blur(self, event: Blur) -> None:
        """Another widget has the keys."""
        self._set.pop(self._at, None)
        self.refresh()

    def action_scroll_lines(self, lines: int) -> None:
        """Scroll by lines."""
        self.scroll_relative(y=lines, animate=False)

    def action_scroll_pages(self, pages: int) -> None:
        """Scroll by as much as is seen."""
        self.action_scroll_lines(pages * max(1, self.size.height - 1))

    def render_line(self, y: int) -> Strip:
        """One line of the document."""
        line = y + self.scroll_offset.y
        width = self.size.width
        at = bisect_right(self._tops, line) - 1
        if self._sheet is None or not 0 <= at < len(self._items) or line >= self._tops[-1]:
            return Strip.blank(width, self.rich_style)
        lines = self._lines(at, self._sheet)
        within = line - self._tops[at]
        content = lines[within] if within < len(lines) else Content("")
        if at == self._at and self.has_focus:
            content = content.pad_right(max(0, width - content.cell_length))
            content = content.stylize_before("on $cursor")
        strip = Visual.to_strips(self, content, width, 1, self.visual_style)[0]
        return strip.adjust_cell_length(width, self.rich_style)

    def _lines(self, at: int, sheet: Sheet) -> list[Content]:
        known = self._set.get(at)
        if known is None:
            if len(self._set) >= _REMEMBERED:
                self._set.clear()
            known = self._set[at] = lines_of(self._items[at], sheet, self._mark(at))
        return known

    def _mark(self, at: int) -> str:
        """How the change the cursor is on is marked; the accent says where the keys go."""
        if at != self._at:
            return ""
        return "bold $accent" if self.has_focus else MUTED

    def _named(self, field: str) -> int:
        return next(
            (
                at
                for at, item in enumerate(self._items)
                if isinstance(item, Named) and item.field == field
            ),
            -1,
        )

    def _go(self, at: int) -> None:
        before, self._at = self._at, at
        for one in (before, at):
            self._set.pop(one, None)
        self._reveal()
        self.call_after_refresh(self._reveal)
        self.refresh()

    def _reveal(self) -> None:
        if not self.size.height or len(self._tops) <= self._at or self._at < 0:
            return
        top = self._tops[self._at]
        room = self.size.height
        end = self._tops[min(self._at + 2, len(self._tops) - 1)]
        shown = self.scroll_offset.y
        if top < shown or end > shown + room:
            # Forced: until its scrollbar is laid out, a view says it cannot scroll.
            self.scroll_to(y=max(0, top - _ABOVE), animate=False, force=True)

    def _typeset(self) -> None:
        width = self.size.width
        if width <= 0:
            return
        sheet = Sheet(self.arrangement, width, self._digits, self._results, self._glyphs)
        if sheet == self._sheet:
            self._reveal()
            return
        self._sheet = sheet
        self._set = {}
        tops = [0]
        for item in self._items:
            tops.append(tops[-1] + height(item, sheet))
        self._tops = tops
        self.virtual_size = Size(width, tops[-1])
        self._reveal()
        # The page has still to share its height: what is seen now may not be seen then, and
        # a document that has no place yet cannot be scrolled.
        self.call_after_refresh(self._reveal)
        self.refresh()
