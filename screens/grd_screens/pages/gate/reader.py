"""Where the evidence is read: how far it is, the open section, what stands in the way."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.keys import Key, bound
from grd_screens.pages.gate.evidence_lines import changed_lines, progress_lines, section_lines
from grd_screens.pages.gate.reading import Reading
from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, Lines, hanging, text
from grd_screens.widgets.detail import READ_KEYS, Detail

READ_ON = Key("gate.on", "space,enter", "read_on", "read: to the next section", "read on")
READ_BEFORE = Key("gate.before", "p", "read_before", "the section before, again", "before")


class SectionText(Detail, inherit_bindings=False):
    """The open section. It counts as read once its end was on the screen."""

    BINDINGS: ClassVar[list[BindingType]] = bound(
        (key for key in READ_KEYS if key.id != "read.page.down"),
        (Key("read.page.down", "pagedown,ctrl+f", "scroll_pages(1)", "a page down"),),
        (READ_ON, READ_BEFORE),
    )

    class ReadOn(Message):
        """The section was read to its end."""

    class ReadBefore(Message):
        """The section before is wanted."""

    def action_read_on(self) -> None:
        """A page further, and past the end to the next section."""
        if self.scroll_offset.y < self.max_scroll_y:
            self.action_scroll_pages(1)
        else:
            self.post_message(self.ReadOn())

    def action_read_before(self) -> None:
        """Back."""
        self.post_message(self.ReadBefore())


class Reader(Vertical):
    """Shows a reading, or that the evidence is being gathered; and why a key did nothing."""

    DEFAULT_CSS = """
    Reader { height: 1fr; display: none; }
    Reader > Lines { padding: 0 1; }
    Reader > SectionText { padding: 0 1; }
    """

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self._glyphs = glyphs
        self._reading: Reading | None = None
        self._gathering = ""
        self._refusal: tuple[str, str] = ("", "")
        self._head = Lines(self._head_lines)
        self._text = SectionText()
        self._foot = Lines(self._foot_lines)

    def compose(self) -> ComposeResult:
        """Progress, text, why not."""
        yield self._head
        yield self._text
        yield self._foot

    def take_keys(self) -> None:
        """The text takes the keys."""
        self._text.focus(scroll_visible=False)

    def show_gathering(self, sentence: str) -> None:
        """Nothing to read yet, and why."""
        self._reading, self._gathering, self._refusal = None, sentence, ("", "")
        self._repaint(to_top=True)

    def show_reading(self, reading: Reading) -> None:
        """Show a reading; another section begins at its top."""
        before = self._reading
        moved = before is None or (before.identity, before.at) != (reading.identity, reading.at)
        self._reading, self._gathering = reading, ""
        if moved:
            self._refusal = ("", "")
        self._repaint(to_top=moved)

    def refuse(self, sentence: str, standing: str = "attention") -> None:
        """Say in place why a key did nothing."""
        self._refusal = (standing, sentence)
        self._repaint(to_top=False)

    def _repaint(self, *, to_top: bool) -> None:
        self._head.set(self._head_lines)
        self._text.set(self._text_lines)
        self._foot.set(self._foot_lines)
        if to_top:
            self._text.scroll_home(animate=False)

    def _head_lines(self, width: int) -> list[Content]:
        rule = text(self._glyphs.rule * width, "$rule")
        if self._reading is None:
            return [*text(printable(self._gathering), MUTED).wrap(max(width, 1)), rule]
        return [
            *progress_lines(self._reading, self._glyphs, width),
            *changed_lines(self._reading, self._glyphs, width),
            rule,
        ]

    def _text_lines(self, width: int) -> list[Content]:
        if self._reading is None:
            return [Content("")]
        return section_lines(self._reading, self._glyphs, width)

    def _foot_lines(self, width: int) -> list[Content]:
        standing, sentence = self._refusal
        if not sentence:
            return []
        label = text(self._glyphs.standing[standing], STYLES[standing])
        rule = text(self._glyphs.rule * width, "$rule")
        return [rule, *hanging(label, Content(printable(sentence)), 2, width)]
