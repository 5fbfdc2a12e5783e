"""The text that is edited: line numbers with the marks of problems, and how a line goes on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.binding import BindingType
from textual.document._document import DocumentBase, EditResult
from textual.document._edit import Edit
from textual.events import Paste
from textual.geometry import Offset
from textual.message import Message
from textual.strip import Strip
from textual.widgets import TextArea

from grd_core.objective.completing import Vocabulary, suggestion
from grd_screens.glyphs import Glyphs
from grd_screens.keys import Key, bound
from grd_screens.pages.objective.editor.stand_ins import StandIns

TEXT_KEYS = (Key("edit.take", "tab", "take", "take what is shown grey, or indent", "take"),)

LONGEST_LINE = 10_000
"""Characters from which a line would make every key wait; it is for an editor of one's own."""

INDENT = 2
_UNFILLED = re.compile(r"\s*(?:- )?\w+: ?(?=\s+#|$)")
"""A key without a value, up to where the value is typed."""
_MARGIN = 2
"""Cells between a line's number and its text: the mark and a space."""


class ObjectiveText(TextArea):
    """OBJECTIVE.md by lines. `marks` maps a line, counted from 0, to «refuse» or «warn»."""

    BINDINGS: ClassVar[list[BindingType]] = bound(TEXT_KEYS)
    COMPONENT_CLASSES: ClassVar[set[str]] = {"mark--refuse", "mark--warn"}
    DEFAULT_CSS = """
    ObjectiveText, ObjectiveText:focus {
        border: none;
        padding: 0;
        background: $surface;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
    }
    ObjectiveText > .mark--refuse { color: $error; text-style: bold; }
    ObjectiveText > .mark--warn { color: $warning; text-style: bold; }
    """

    class Refused(Message):
        """A change was not made: one of its lines would have been longer than LONGEST_LINE."""

    def __init__(self, text: str, vocabulary: Vocabulary, glyphs: Glyphs) -> None:
        self._known_text: str | None = None
        self._stand_ins = StandIns()
        self._vocabulary = vocabulary
        self._glyphs = {"refuse": glyphs.standing["blocked"], "warn": glyphs.standing["attention"]}
        self._marks: Mapping[int, str] = {}
        self._went_on_at = (-1, -1)
        super().__init__(self._stand_ins.shown(text), show_line_numbers=True, max_checkpoints=500)
        self.indent_width = INDENT
        # A blink is a line on a slow link twice a second.
        self.cursor_blink = False

    @property
    def written(self) -> str:
        """What is written, every character as itself, with a line feed between the lines."""
        return self._stand_ins.meant("\n".join(self.document.lines))

    @property
    def text(self) -> str:
        """The edited text, put together once for every change: a line that is painted asks."""
        if self._known_text is None:
            self._known_text = self.document.text
        return self._known_text

    @text.setter
    def text(self, value: str) -> None:
        self.load_text(value)

    def set_text(self, text: str) -> None:
        """Let the text be another one, by an edit that can be undone; the cursor stays near."""
        row, column = self.cursor_location
        shown = self._stand_ins.shown(text)
        self.replace(shown, (0, 0), self.document.end, maintain_selection_offset=False)
        self.move_cursor(self.clamp_visitable((row, column)), center=True)

    def set_marks(self, marks: Mapping[int, str]) -> None:
        """Mark other lines."""
        if marks != self._marks:
            self._marks = dict(marks)
            self.refresh()

    def go_to(self, row: int) -> None:
        """Put the cursor on a line: where its missing value goes, else behind its indentation."""
        row = min(max(row, 0), self.document.line_count - 1)
        line = self.document.get_line(row)
        unfilled = _UNFILLED.match(line)
        column = unfilled.end() if unfilled else len(line) - len(line.lstrip())
        self.move_cursor((row, column), center=True)

    def edit(self, edit: Edit) -> EditResult:
        """Change the text, unless a line would become too long to be edited here again."""
        if _longest_after(edit, self.document) > LONGEST_LINE:
            self.post_message(self.Refused())
            return EditResult(self.selection.end, "")
        self._known_text = None
        return super().edit(edit)

    def undo(self) -> None:
        """Take the last change back."""
        self._known_text = None
        super().undo()

    def redo(self) -> None:
        """Change again what was taken back."""
        self._known_text = None
        super().redo()

    def load_text(self, text: str) -> None:
        """Begin with another text."""
        self._known_text = None
        super().load_text(self._stand_ins.shown(text))

    def update_suggestion(self) -> None:
        """After a change: how the line goes on."""
        row, column = self.cursor_location
        found = suggestion(self.document.lines, row, column, self._vocabulary)
        # A column of the data may be called anything.
        self.suggestion = self._stand_ins.shown(found)
        self._went_on_at = (row, column)

    def on_text_area_selection_changed(self, event: TextArea.SelectionChanged) -> None:
        """Elsewhere nothing was begun that could go on."""
        if self.cursor_location != self._went_on_at:
            self.suggestion = ""

    def on_paste(self, event: Paste) -> None:
        """What is pasted may hold anything."""
        event.prevent_default()
        event.stop()
        shown = self._stand_ins.shown(event.text.replace("\r\n", "\n").replace("\r", "\n"))
        self.move_cursor(
            self.replace(shown, *self.selection, maintain_selection_offset=False).end_location
        )

    def action_take(self) -> None:
        """Take what is shown grey; where nothing is, indent."""
        if self.suggestion:
            self.insert(self.suggestion)
            return
        _, column = self.cursor_location
        spaces = " " * (INDENT - column % INDENT)
        self.replace(spaces, *self.selection, maintain_selection_offset=False)

    def get_line(self, line_index: int) -> Text:
        """A line as it is painted: a character that is not shown is a question mark, reversed."""
        line = super().get_line(line_index)
        if not self._stand_ins.any or line.plain.isascii():
            return line
        shown = Text(end="", no_wrap=True)
        for char in line.plain:
            if self._stand_ins.is_one(char):
                shown.append("?", "reverse")
            else:
                shown.append(char)
        return shown

    def render_line(self, y: int) -> Strip:
        """One line, with its mark between number and text."""
        strip = super().render_line(y)
        at = y + self.scroll_offset.y
        if at >= self.virtual_size.height:
            return strip
        row, column = self.wrapped_document.offset_to_location(Offset(0, at))
        severity = self._marks.get(row)
        if severity is None or column:
            return strip
        place = self.gutter_width - _MARGIN
        cells = list(strip.crop(place, place + _MARGIN))
        beside = cells[0].style if cells and cells[0].style else Style.null()
        style = beside + self.get_component_rich_style(f"mark--{severity}", partial=True)
        mark = Strip([Segment(f"{self._glyphs[severity]} ", style)], _MARGIN)
        rest = strip.crop(place + _MARGIN, strip.cell_length)
        return Strip.join([strip.crop(0, place), mark, rest])


def _longest_after(edit: Edit, document: DocumentBase) -> int:
    """Characters of the longest line that a change makes."""
    first, *between = edit.text.split("\n")
    before, after = edit.top[1], len(document.get_line(edit.bottom[0])) - edit.bottom[1]
    if not between:
        return before + len(first) + after
    *between, last = between
    return max(before + len(first), len(last) + after, *map(len, between))
