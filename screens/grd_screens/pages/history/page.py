"""The History: what was believed, tried and decided, and whether the record holds together."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content

from grd_screens.desk import Ending, Progress, Refused, Succeeded
from grd_screens.glyphs import Glyphs
from grd_screens.host import Query
from grd_screens.keys import Key, bound
from grd_screens.page import ListPage
from grd_screens.pages.history.detail_lines import detail_of, narrative_lines
from grd_screens.pages.history.query import HistoryContent, View, read_history
from grd_screens.pages.history.rows import (
    CHECK,
    DECISION,
    EXPERIMENT,
    HIT,
    check_rows,
    hit_rows,
    record_rows,
)
from grd_screens.pages.history.verification import (
    NotVerified,
    Unverifiable,
    Verification,
    Verified,
    Verifying,
    verification_lines,
)
from grd_screens.typesetting import MUTED, text
from grd_screens.widgets.listing import Row

if TYPE_CHECKING:
    from grd_core.study import Study

KEYS = (
    Key("history.verify", "V", "verify", "replay and hash everything again", "verify"),
    Key("history.search", "s", "search", "search everything ever believed", "search"),
    Key("history.narrative", "n", "narrative", "the story, to read", "narrative"),
    Key("history.export", "E", "export", "write the story to a file", "export"),
    Key("history.checks", "x", "checks", "the catalogue of checks", "checks"),
    Key("history.object", "o", "object", "to the page of what the cursor is on", "go there"),
)

SEARCH, NARRATIVE, VERIFY = "search:", "narrative", "verify"
"""What this page may be opened on beside a row."""


class HistoryPage(ListPage):
    """Screen 7. The list holds the record, what a search found, or the checks."""

    NUMBER: ClassVar[int] = 7
    KEYS: ClassVar[tuple[Key, ...]] = KEYS
    BINDINGS = bound(KEYS)
    DEFAULT_CSS = """
    HistoryPage.-whole > .head { display: none !important; }
    HistoryPage.-whole > .split > Listing { display: none !important; }
    HistoryPage.-whole > .split > Detail { display: block; border-left: none !important; }
    HistoryPage > .split > Listing { width: 3fr; }
    HistoryPage > .split > Detail { width: 2fr; }
    """

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self._content: HistoryContent | None = None
        self._verification: Verification = NotVerified()
        self._view: View = "record"
        self._words = ""
        self._sought = ""

    def wanted(self) -> Query:
        """The record, and what the view needs beside it."""
        return partial(read_history, view=self._view, words=self._words)

    def show(self, content: object) -> None:
        """Paint it."""
        if not isinstance(content, HistoryContent):
            return
        self._content = content
        self.repaint()
        if self._sought:
            self.listing.go_to(self._sought)
            if self.key == self._sought:
                self._sought = ""
                super().open_details()

    def about(self, name: str) -> None:
        """A check's page, a search, the narrative, a verification, or a row of the record."""
        self._leave_whole()
        if name.startswith(SEARCH):
            self._to("hits", name.removeprefix(SEARCH))
        elif name.startswith(CHECK):
            self._sought = name
            self._to("checks")
        elif name == NARRATIVE:
            self.action_narrative()
        elif name == VERIFY:
            self.action_verify()
        else:
            self._sought = name
            self._to("record")

    def back(self) -> bool:
        """From the narrative or details to the list, from hits and checks to the record."""
        if self._leave_whole() or super().back():
            self.listing.focus(scroll_visible=False)
            return True
        if self._view != "record":
            self._to("record")
            self.listing.focus(scroll_visible=False)
            return True
        return False

    def opened(self) -> None:
        """What is read takes the keys, else the list."""
        if self.has_class("-whole"):
            self.details.focus(scroll_visible=False)
        else:
            super().opened()

    def open_details(self) -> None:
        """Enter: a hit leads to its object's page; the rest is shown in full."""
        if self.key.startswith(HIT):
            self.action_object()
        else:
            super().open_details()

    def action_verify(self) -> None:
        """Replay the ledger and hash what is locked and frozen, at the desk."""
        self._verification = Verifying()
        self.head.set(self.head_lines)
        self.host.desk.begin("history verify", "verifying", _verified, self._take_up)

    def action_search(self) -> None:
        """Ask for words."""
        self.host.perform("search", {})

    def action_export(self) -> None:
        """Ask for a file."""
        self.host.perform("history export", {})

    def action_narrative(self) -> None:
        """The whole story, over the list."""
        self.add_class("-whole")
        self.details.set(self._narrative)
        self.details.scroll_home(animate=False)
        self.details.focus(scroll_visible=False)

    def action_checks(self) -> None:
        """The catalogue of checks."""
        self._leave_whole()
        self._to("checks")

    def action_object(self) -> None:
        """To the page of what the cursor is on."""
        kind, _, name = self.key.partition(":")
        content = self._content
        if content is None:
            return
        if f"{kind}:" == EXPERIMENT:
            self.host.go(3, name)
        elif f"{kind}:" == DECISION:
            line = content.snapshot.decisions[int(name)]
            self._go_to(line.kind, line.experiment)
        elif f"{kind}:" == HIT:
            hit = content.hits[int(name)]
            if hit.run:
                self.host.go(3, f"run:{hit.run}")
            else:
                self._go_to(hit.kind, hit.experiment)

    def head_lines(self, width: int) -> list[Content]:
        """Whether the record holds."""
        if self._content is None:
            return [text("reading the record", MUTED)]
        events = len(self._content.snapshot.events)
        lines = verification_lines(self._verification, events, self.glyphs, width)
        return [*lines, text(self.glyphs.rule * width, "$rule")]

    def rows(self) -> tuple[Row, ...]:
        """The rows of the view."""
        content = self._content
        if content is None:
            return ()
        match self._view:
            case "record":
                return record_rows(content, self.glyphs)
            case "hits":
                return hit_rows(content, self.glyphs) if content.words == self._words else ()
            case "checks":
                return check_rows(content, self.glyphs)

    def detail_lines(self, key: str, width: int) -> list[Content]:
        """What a row says in full; the narrative while it is read."""
        if self._content is None:
            return []
        if self.has_class("-whole"):
            return narrative_lines(self._content, width)
        return detail_of(self._content, key, self.glyphs, width)

    def _narrative(self, width: int) -> list[Content]:
        return narrative_lines(self._content, width) if self._content is not None else []

    def _to(self, view: View, words: str = "") -> None:
        """Show another view, and have read what it needs."""
        self.remove_class("-open")
        self._view, self._words = view, words
        self.repaint()
        self.host.ask_again()

    def _leave_whole(self) -> bool:
        if not self.has_class("-whole"):
            return False
        self.remove_class("-whole")
        self.repaint()
        return True

    def _go_to(self, kind: str, experiment: int) -> None:
        if kind in ("seal", "iterate", "archive", "decision", "lesson"):
            self.host.go(5, f"decided:{experiment}")
        elif kind in ("lock", "amendment", "objective"):
            self.host.go(2)
        elif kind in ("freeze", "unfreeze"):
            self.host.go(1)
        elif kind == "peek":
            self.host.go(4, str(experiment))
        elif experiment:
            self.host.go(3, str(experiment))

    def _take_up(self, ending: Ending) -> None:
        from grd_core.gate.integrity import Integrity

        if isinstance(ending, Succeeded) and isinstance(ending.value, Integrity):
            self._verification = Verified(ending.value)
        elif isinstance(ending, Refused):
            self._verification = Unverifiable(ending.sentence)
        else:
            self._verification = NotVerified()
        self.head.set(self.head_lines)


def _verified(study: Study, progress: Progress) -> object:
    from grd_core.gate.integrity import check_integrity

    progress(0.1, "replaying the ledger")
    return check_integrity(study)
