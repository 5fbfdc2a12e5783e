"""The Graduation: from exploration to production, each step with its proof."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content

from grd_screens.glyphs import Glyphs
from grd_screens.host import Query
from grd_screens.keys import Key, bound
from grd_screens.page import Page
from grd_screens.pages.graduation.lines import checklist_lines, column_rows, way_lines
from grd_screens.pages.graduation.query import GraduationContent, read_graduation
from grd_screens.typesetting import MUTED, Lines, text
from grd_screens.widgets.detail import Detail
from grd_screens.widgets.listing import Listing, Row

KEYS = (
    Key("go.open", "enter", "open", "the checklist with its proofs", "checklist"),
    Key("graduation.column", "tab", "column(1)", "the next column", "column"),
    Key("graduation.back", "shift+tab", "column(-1)", "the column before"),
    Key("graduation.gate", "o", "gate", "to the Gate with this experiment", "to the Gate"),
    Key("graduation.loop", "i", "loop", "to this experiment in the Loop", "in the Loop"),
)

STAGES = 3


class GraduationPage(Page):
    """Screen 6. Three lists beside one another; under one another, in one list, where the
    screen is narrow. Under them the checklist of what the cursor is on, where it fits."""

    NUMBER: ClassVar[int] = 6
    KEYS: ClassVar[tuple[Key, ...]] = KEYS
    BINDINGS = bound(KEYS)
    SCOPED_CSS: ClassVar[bool] = False
    DEFAULT_CSS = """
    GraduationPage { layout: vertical; }
    GraduationPage > .head { padding: 0 1; }
    GraduationPage > .columns { display: none; height: 1fr; min-height: 8; }
    GraduationPage > .columns > Listing { width: 1fr; }
    GraduationPage > .stacked { height: 1fr; }
    GraduationPage > Detail { display: none; height: 1fr; padding: 0 1; }
    GraduationPage.-open > .stacked { display: none; }
    GraduationPage.-open > Detail { display: block; }
    .-wide GraduationPage > .columns { display: block; }
    .-wide GraduationPage > .stacked { display: none; }
    .-wide GraduationPage > Detail { display: block; height: 2fr; border-top: solid $rule; }
    .-ascii .-wide GraduationPage > Detail { border-top: ascii $rule; }
    """

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self.head = Lines(self._head_lines, classes="head")
        self.columns = tuple(Listing(glyphs) for _ in range(STAGES))
        self.stacked = Listing(glyphs)
        self.stacked.add_class("stacked")
        self.checklist = Detail()
        self._content: GraduationContent | None = None
        self._number = 0
        self._column = 0

    def compose(self) -> ComposeResult:
        """The way, its columns in both arrangements, and the checklist."""
        yield self.head
        with Horizontal(classes="columns"):
            yield from self.columns
        yield self.stacked
        yield self.checklist

    def wanted(self) -> Query:
        """The columns, and the checklist of what the cursor is on."""
        return partial(read_graduation, number=self._number)

    def show(self, content: object) -> None:
        """Paint them."""
        if not isinstance(content, GraduationContent):
            return
        first = self._content is None
        self._content = content
        self._repaint()
        if first:
            self._begin()

    def about(self, name: str) -> None:
        """Put the cursor on an experiment and show its checklist."""
        if name.isdigit():
            self._choose(int(name))
            self.stacked.go_to(name)
            self._focus_column_of(int(name))

    def opened(self) -> None:
        """The list with the cursor takes the keys, or the checklist that is read."""
        (self.checklist if self.has_class("-open") else self._list).focus(scroll_visible=False)

    def back(self) -> bool:
        """From the checklist to the list."""
        if self.has_class("-open") or self.checklist.has_focus:
            self.remove_class("-open")
            self._list.focus(scroll_visible=False)
            return True
        return False

    def narrow(self, words: str) -> None:
        """Show only the experiments that hold these words."""
        for listing in (*self.columns, self.stacked):
            listing.set_filter(words)

    @property
    def can_filter(self) -> bool:
        """The lists can be narrowed."""
        return True

    def on_listing_moved(self, event: Listing.Moved) -> None:
        """The checklist is that of the row under the cursor of the list in use."""
        event.stop()
        if event.listing is self._list and event.key.isdigit():
            self._choose(int(event.key))

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """Enter: read the checklist."""
        event.stop()
        self.action_open()

    def action_open(self) -> None:
        """Read the checklist."""
        if self._number and not self.checklist.has_focus:
            self.add_class("-open")
            self.checklist.scroll_home(animate=False)
            self.checklist.focus(scroll_visible=False)

    def action_column(self, step: int) -> None:
        """The next column that holds an experiment."""
        if not self._is_wide:
            return
        for far in range(1, STAGES + 1):
            column = (self._column + step * far) % STAGES
            if self.columns[column].key:
                self._take_column(column)
                return

    def action_gate(self) -> None:
        """To the Gate with the experiment under the cursor."""
        if self._number:
            self.host.go(5, str(self._number))

    def action_loop(self) -> None:
        """To the experiment under the cursor in the Loop."""
        if self._number:
            self.host.go(3, str(self._number))

    @property
    def _is_wide(self) -> bool:
        return self.screen.has_class("-wide")

    @property
    def _list(self) -> Listing:
        return self.columns[self._column] if self._is_wide else self.stacked

    def _begin(self) -> None:
        """At first the cursor is on what came furthest."""
        for column in reversed(range(STAGES)):
            if self.columns[column].key:
                self._take_column(column)
                self.stacked.go_to(self.columns[column].key)
                return

    def _take_column(self, column: int) -> None:
        self._column = column
        key = self.columns[column].key
        if self._is_wide:
            had_keys = any(one.has_focus for one in (*self.columns, self.stacked, self.checklist))
            if had_keys:
                self.columns[column].focus(scroll_visible=False)
        if key.isdigit():
            self._choose(int(key))

    def _focus_column_of(self, number: int) -> None:
        columns = self._content.overview.columns if self._content is not None else ()
        for at, column in enumerate(columns):
            if any(line.number == number for line in column.lines):
                self.columns[at].go_to(str(number))
                self._take_column(at)

    def _choose(self, number: int) -> None:
        if number != self._number:
            self._number = number
            self.checklist.set(self._checklist_lines)
            self.host.ask_again()

    def _repaint(self) -> None:
        self.head.set(self._head_lines)
        if self._content is None:
            return
        rows: list[Row] = []
        for listing, column in zip(self.columns, self._content.overview.columns, strict=True):
            found = column_rows(column, self.glyphs)
            listing.set_rows(found)
            rows += found
        self.stacked.set_rows(rows)
        self.checklist.set(self._checklist_lines)

    def _head_lines(self, width: int) -> list[Content]:
        if self._content is None:
            return [text("reading the checklists", MUTED)]
        rule = text(self.glyphs.rule * width, "$rule")
        return [*way_lines(self._content.overview, self.glyphs, width), rule]

    def _checklist_lines(self, width: int) -> list[Content]:
        content = self._content
        if content is None or content.checklist is None or content.number != self._number:
            return [Content("")]
        return checklist_lines(content.checklist, self.glyphs, width)
