"""The page: its lists, its keys, and the commands they send."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.events import Resize

from grd_screens.glyphs import Glyphs
from grd_screens.host import Query
from grd_screens.keys import Key, bound
from grd_screens.page import Page
from grd_screens.pages.objective.change_text import change_lines, change_words
from grd_screens.pages.objective.content import ObjectiveContent, Reading
from grd_screens.pages.objective.diff_items import CONTEXT, items_of
from grd_screens.pages.objective.diff_text import digits_of
from grd_screens.pages.objective.diff_view import DiffView
from grd_screens.pages.objective.editor import EditorDoor
from grd_screens.pages.objective.texts import (
    empty_rows,
    head_lines,
    problem_rows,
    refusal_lines,
    rule_rows,
    version_rows,
)
from grd_screens.typesetting import MUTED, Lines, text
from grd_screens.widgets.listing import GUTTER, Listing, Row

if TYPE_CHECKING:
    from grd_core.objective.comparison import ComparedChange, Comparison

_EDIT = Key("objective.edit", "e", "edit", "edit OBJECTIVE.md here", "edit")
_EDITOR = Key("objective.editor", "E", "editor", "OBJECTIVE.md in your editor")
_AMEND = Key("objective.amend", "a", "perform('objective amend')", "amend, with a reason", "amend")
_RESTORE = Key(
    "objective.restore", "R", "perform('objective restore')", "restore the lock", "restore"
)
_NEXT = Key("objective.next", "right_square_bracket,n", "step(1)", "the next change", "next")
_PREVIOUS = Key("objective.previous", "left_square_bracket,N", "step(-1)", "the change before")
_COMPARE = Key("objective.compare", "v", "compare", "compare other versions", "compare")
_FOLD = Key("objective.fold", "f", "fold", "fold or show what is the same", "fold")
_WHY = Key("objective.why", "w", "why", "to the amendment and its reason, and back", "why")
_LOCK = Key("objective.lock", "L", "perform('objective lock')", "lock the objective", "lock")
_INIT = Key("objective.init", "i", "perform('objective init')", "draft the objective", "draft")

KEYS = (_NEXT, _PREVIOUS, _FOLD, _WHY, _AMEND, _RESTORE, _COMPARE, _EDIT, _EDITOR, _LOCK, _INIT)

_LIST_SHARE = 0.45
"""Of the body, at most, for the list of changes when the document stands below it."""


class ObjectivePage(Page):
    """Screen 2."""

    NUMBER: ClassVar[int] = 2
    BINDINGS = bound(KEYS)
    DEFAULT_CSS = """
    ObjectivePage { layout: vertical; }
    ObjectivePage > .head { padding: 0 1 0 2; }
    ObjectivePage > .between { height: 1; display: none; }
    ObjectivePage > DiffView { display: none; }
    ObjectivePage.-compared > .between { display: block; }
    ObjectivePage.-compared > DiffView { display: block; }
    """

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self._content: ObjectiveContent | None = None
        self._reading = Reading()
        self._folded = True
        self._about = ""
        self._refusal = ""
        self._asked_why: tuple[str, bool] | None = None
        self._door = EditorDoor(self, self._refused, self._left)
        self.head = Lines(self._head, classes="head")
        self.listing = Listing(glyphs)
        self.between = Lines(self._between, classes="between")
        self.document = DiffView(glyphs)

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys that do something in the state the objective is in."""
        content = self._content
        if content is None:
            return KEYS
        if content.state.state == "none":
            return (_INIT, _EDIT)
        if content.state.state == "draft":
            return (_EDIT, _LOCK, _EDITOR)
        drift = content.state.drift_state
        answers: tuple[Key, ...] = (_RESTORE,) if drift in ("unreadable", "file missing") else ()
        if drift == "drifted":
            answers = (_AMEND, _RESTORE)
        walks: tuple[Key, ...] = (_NEXT, _PREVIOUS, _FOLD) if content.shows_document else ()
        if content.amends_shown:
            walks = (*walks, _WHY)
        return (*walks, *answers, _COMPARE, _EDIT, _EDITOR)

    def compose(self) -> ComposeResult:
        """The state, the list, and below it the two documents."""
        yield self.head
        yield self.listing
        yield self.between
        yield self.document

    def wanted(self) -> Query:
        """The objective, and the two versions that are compared."""
        return self._reading

    def show(self, content: object) -> None:
        """Paint the objective."""
        if isinstance(content, ObjectiveContent):
            if self._content is not None and content.state != self._content.state:
                # It was said of a file that is another one by now.
                self._refusal = ""
            self._content = content
            self._door.study_read()
            self._repaint()
            if self._about:
                self.listing.go_to(self._about)
                self._about = ""

    def opened(self) -> None:
        """The list takes the keys."""
        self.listing.focus(scroll_visible=False)

    def about(self, name: str) -> None:
        """`compare:v1:file` holds two versions against each other; else a row's key."""
        verb, _, sides = name.partition(":")
        left, _, right = sides.partition(":")
        if verb == "compare" and right:
            self._reading = Reading(left, right)
        else:
            self._about = name
            self.listing.go_to(name)

    def back(self) -> bool:
        """From why nothing was edited; from the document to the list; from another comparison to
        the first lock's."""
        if self._refusal:
            self._refused("")
            return True
        if self.document.has_focus:
            self.listing.focus(scroll_visible=False)
            return True
        if (self._reading.left, self._reading.right) != (Reading().left, Reading().right):
            self._compare(Reading().left, Reading().right)
            return True
        return False

    def narrow(self, words: str) -> None:
        """Show only the rows that hold these words."""
        self.listing.set_filter(words)
        self._fit()

    @property
    def can_filter(self) -> bool:
        """The list can be narrowed."""
        return True

    def on_resize(self, event: Resize) -> None:
        """Share the height between list and document again."""
        self.call_after_refresh(self._fit)

    def on_listing_moved(self, event: Listing.Moved) -> None:
        """Below the list stands the change the cursor is on."""
        event.stop()
        kind, _, field = event.key.partition(":")
        current = self.document.change
        if kind == "change" and (current is None or current.field != field):
            self.document.show_change(field)
            self.between.set(self._between)
        self._fit()

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """Enter: to the change in the document, the problem in the editor here, an amendment."""
        event.stop()
        kind, _, name = event.key.partition(":")
        if kind == "change":
            if self.document.show_change(name):
                self.document.focus(scroll_visible=False)
            else:
                self.host.tell("it changed without a line of its own: a default")
        elif kind == "problem" and self._content is not None:
            self._door.open(self._content.state.problems[int(name)].line)
        elif kind == "version" and int(name) > 1:
            self._compare(f"v{int(name) - 1}", f"v{name}")
        elif kind == "version":
            self.host.tell("the first lock: no amendment changed anything before it")

    def action_edit(self) -> None:
        """Edit OBJECTIVE.md here, at the change or the problem the cursor is on."""
        self._door.open(self._line())

    def action_editor(self) -> None:
        """Open it there in the researcher's own editor."""
        self.host.edit(self.host.study_root / "OBJECTIVE.md", self._line())

    def action_perform(self, verb: str) -> None:
        """Do a command of the catalogue."""
        self.host.perform(verb)

    def action_compare(self) -> None:
        """Choose what is held against each other."""
        given = {"left": self._reading.left, "right": self._reading.right}
        self.host.perform("objective diff", given)

    def action_step(self, by: int) -> None:
        """Go to the next or previous change, in the order of the document."""
        change = self.document.step(by)
        if change is None:
            self.host.tell("nothing differs between the two")
            return
        self.listing.go_to(f"change:{change.field}")
        self.between.set(self._between)

    def action_why(self) -> None:
        """From a change to the amendment that records it, with its reason; and back."""
        kind, _, name = self.listing.key.partition(":")
        if kind == "version":
            if self._asked_why is None:
                self.host.tell("w is for a change that an amendment records")
                return
            field, was_reading = self._asked_why
            self._asked_why = None
            self.listing.go_to(f"change:{field}")
            if was_reading:
                self.document.focus(scroll_visible=False)
            return
        comparison = self._content.comparison if self._content is not None else None
        changes = comparison.changes if comparison is not None and kind == "change" else ()
        change = next((one for one in changes if one.line.field == name), None)
        if change is None or change.amendment is None:
            self.host.tell("no amendment records this")
            return
        self._asked_why = (name, self.document.has_focus)
        self.listing.focus(scroll_visible=False)
        self.listing.go_to(f"version:{change.amendment.version}")

    def action_fold(self) -> None:
        """Fold or show the lines that are the same."""
        self._folded = not self._folded
        self._repaint()

    def _refused(self, sentence: str) -> None:
        """Why the editor did not open, until something else is done."""
        self._refusal = sentence
        self.head.set(self._head)
        self.call_after_refresh(self._fit)

    def _left(self, word: str) -> None:
        if word and self.is_attached:
            self.host.tell(word)

    def _compare(self, left: str, right: str) -> None:
        self._reading = Reading(left, right)
        self.host.ask_again()

    def _line(self) -> int:
        """The line of the file that the cursor is about; 0 where it is about none."""
        content = self._content
        kind, _, name = self.listing.key.partition(":")
        if content is None:
            return 0
        if kind == "problem":
            return content.state.problems[int(name)].line
        if kind == "change" and content.comparison is not None and not self._is_past:
            lines = (c.line for c in content.comparison.changes if c.line.field == name)
            return next((line.after_line for line in lines), 0)
        return 0

    @property
    def _is_past(self) -> bool:
        """Whether the later side is a locked version, not the file."""
        return self._reading.right != Reading().right

    def _repaint(self) -> None:
        content = self._content
        self.head.set(self._head)
        self.listing.set_rows(self._rows())
        comparison = content.comparison if content is not None else None
        compared = content is not None and content.shows_document
        if compared and not self.has_class("-compared"):
            # What drifted while something else was read comes first.
            self.listing.action_move(-self.listing.count)
        self.set_class(compared, "-compared")
        if content is not None and compared and comparison is not None:
            items = items_of(comparison, CONTEXT if self._folded else None)
            self.document.set_items(items, digits_of(comparison.rows), content.results)
            self.between.set(self._between)
        elif self.document.has_focus:
            self.listing.focus(scroll_visible=False)
        self.call_after_refresh(self._fit)
        self.host.keys_changed()

    def _fit(self) -> None:
        """The list takes what its changes need, and its share where something else is read in
        it; the document takes the rest."""
        if not self.has_class("-compared"):
            self.listing.styles.height = "1fr"
            return
        room = max(1, self.size.height - self.head.size.height - 1)
        share = max(3, int(room * _LIST_SHARE))
        width = max(1, self.listing.size.width - GUTTER)
        changes = [row for row in self._rows() if row.key.startswith("change:")]
        needed = sum(len(row.lines(width)) for row in changes[:share]) or share
        at_change = not self.listing.key or self.listing.key.startswith("change:")
        self.listing.styles.height = min(needed, share) if at_change else share

    def _head(self, width: int) -> list[Content]:
        lines = refusal_lines(self._refusal, self.glyphs, width)
        if self._content is None:
            return [*lines, text("reading the objective", MUTED)]
        return [*lines, *head_lines(self._content, self.glyphs, width)]

    def _between(self, width: int) -> list[Content]:
        """The rule above the document says which of its changes the cursor is on."""
        at, of = self.document.changes
        said = f" change {at} of {of} " if at else f" {of} change{'' if of == 1 else 's'} "
        rule = self.glyphs.rule
        line = Content.assemble((rule * 2, "$rule"), (said, MUTED))
        return [line + text(rule * max(0, width - line.cell_length), "$rule")]

    def _rows(self) -> tuple[Row, ...]:
        content = self._content
        if content is None:
            return ()
        state = content.state
        if state.state == "none":
            return empty_rows()
        if state.state == "draft":
            whole = rule_rows(content.rule, "as it would be locked", self.glyphs)
            return (*problem_rows(state.problems, self.glyphs), *whole)
        comparison = content.comparison if content.shows_document else None
        return (
            *(self._change_rows(comparison, content.results) if comparison is not None else ()),
            *problem_rows(state.problems, self.glyphs),
            *version_rows(content.versions, self.glyphs),
            *rule_rows(content.rule, f"by which v{state.version} judges", self.glyphs),
        )

    def _change_rows(self, comparison: Comparison, results: int) -> tuple[Row, ...]:
        def row(change: ComparedChange) -> Row:
            return Row(
                f"change:{change.line.field}",
                lambda width: change_lines(change, results, self.glyphs, width),
                change_words(change),
            )

        return tuple(row(change) for change in comparison.changes)
