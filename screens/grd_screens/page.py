"""A page: one phase in the body of the cockpit. It paints a snapshot and sends commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget

from grd_screens.glyphs import Glyphs
from grd_screens.host import Host, Query, host_of
from grd_screens.keys import Key
from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, Lines, text
from grd_screens.widgets.detail import Detail
from grd_screens.widgets.listing import Listing, Row

if TYPE_CHECKING:
    from grd_core.overview import OverviewSnapshot


class Page(Widget):
    """What every page has. A page is made once, when it is first opened, and kept.

    NUMBER is its key; KEYS are its own, beside those of the list or text in it: a page that
    has some says `BINDINGS = bound(KEYS)` too.
    """

    NUMBER: ClassVar[int]
    KEYS: ClassVar[tuple[Key, ...]] = ()

    DEFAULT_CSS = "Page { height: 1fr; }"

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(id=f"page-{self.NUMBER}", classes="page")
        self.glyphs = glyphs

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys that do something now, for the key line; a page that has modes says which,
        and calls `host.keys_changed` when they change."""
        return self.KEYS

    @property
    def experiment(self) -> str:
        """The number of the experiment the page is about now; empty where it is about none."""
        return ""

    @property
    def host(self) -> Host:
        """The application."""
        return host_of(self)

    def on_mount(self) -> None:
        """Paint what is known already."""
        overview = self.host.overview
        if overview is not None:
            self.show_overview(overview)

    def wanted(self) -> Query | None:
        """What is to be read for this page, again and again; None for the Overview alone.

        It runs on another thread: it must hold values, not this page.
        """
        return None

    def show(self, content: object) -> None:
        """Paint what `wanted` returned."""

    def show_overview(self, overview: OverviewSnapshot) -> None:
        """Paint what the page takes from the study at a glance."""

    def about(self, name: str) -> None:
        """Put the cursor on the object of this name, where there is one."""

    def opened(self) -> None:
        """The page is shown now: take the keys."""

    def back(self) -> bool:
        """Go back one step inside the page; False when there is nowhere to go back to."""
        return False

    def narrow(self, words: str) -> None:
        """Show only what holds these words."""

    @property
    def can_filter(self) -> bool:
        """Whether `/` does something here."""
        return False


class ListPage(Page):
    """A head, a list, and beside it the details of what the cursor is on.

    Below 110 columns the details open over the list.
    """

    KEYS: ClassVar[tuple[Key, ...]] = ()
    # The width is known to the screen alone, which lies outside of what is scoped.
    SCOPED_CSS = False
    DEFAULT_CSS = """
    ListPage { layout: vertical; }
    ListPage > .head { padding: 0 1; }
    ListPage > .split { height: 1fr; }
    ListPage > .split > Listing { width: 1fr; }
    ListPage > .split > Detail { display: none; width: 1fr; padding: 0 1; }
    ListPage.-open > .head { display: none; }
    ListPage.-open > .split > Listing { display: none; }
    ListPage.-open > .split > Detail { display: block; }
    .-wide ListPage > .split > Detail { display: block; border-left: solid $rule; }
    .-wide ListPage.-open > .split > Listing { display: block; }
    .-wide ListPage.-open > .head { display: block; }
    .-ascii ListPage > .split > Detail { border-left: ascii $rule; }
    """

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self.head = Lines(self.head_lines, classes="head")
        self.listing = Listing(glyphs)
        self.details = Detail()

    def compose(self) -> ComposeResult:
        """Head, list and details."""
        yield self.head
        with Horizontal(classes="split"):
            yield self.listing
            yield self.details

    def head_lines(self, width: int) -> list[Content]:
        """What stands above the list."""
        return []

    def rows(self) -> tuple[Row, ...]:
        """The rows of the list; a row without a key is a heading."""
        return ()

    def detail_lines(self, key: str, width: int) -> list[Content]:
        """The details of a row."""
        return []

    def repaint(self) -> None:
        """The snapshot or the choice has changed."""
        self.head.set(self.head_lines)
        self.listing.set_rows(self.rows())
        self._show_details()

    @property
    def key(self) -> str:
        """The key of the row under the cursor."""
        return self.listing.key

    @property
    def is_open(self) -> bool:
        """Whether the details are being read."""
        return self.has_class("-open")

    @property
    def can_filter(self) -> bool:
        """A list can be narrowed."""
        return True

    def about(self, name: str) -> None:
        """Put the cursor on a row."""
        self.listing.go_to(name)

    def opened(self) -> None:
        """The list takes the keys; where it is empty, the page's own keys still work."""
        (self.details if self.is_open else self.listing).focus(scroll_visible=False)

    def narrow(self, words: str) -> None:
        """Show only the rows that hold these words."""
        self.listing.set_filter(words)

    def back(self) -> bool:
        """From the details to the list; from a filtered list to the whole."""
        if self.is_open:
            self.remove_class("-open")
            self.listing.focus(scroll_visible=False)
            return True
        return False

    def open_details(self) -> None:
        """Read the details of the row under the cursor."""
        self._show_details()
        self.add_class("-open")
        self.details.scroll_home(animate=False)
        self.details.focus(scroll_visible=False)

    def on_listing_moved(self, event: Listing.Moved) -> None:
        """Beside the list stand the details of the row under the cursor."""
        if event.listing is self.listing:
            event.stop()
            self.moved()

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """Enter on a row."""
        if event.listing is self.listing:
            event.stop()
            self.open_details()

    def moved(self) -> None:
        """The cursor stands on another row."""
        self._show_details()

    def _show_details(self) -> None:
        key = self.key
        if not key:
            self.details.set(lambda _: [Content("")])
            return
        self.details.set(lambda width: self.detail_lines(key, width))


def unreadable(sentence: str, width: int) -> list[Content]:
    """Why a page has nothing to show."""
    return text(printable(sentence), MUTED).wrap(max(width, 1))
