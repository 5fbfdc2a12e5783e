"""One of a few: all of them on a line, chosen with the arrows."""

from __future__ import annotations

from textual.content import Content
from textual.events import Click, Key
from textual.message import Message
from textual.widget import Widget

from grd_screens.glyphs import Glyphs
from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, Parts, text

_TURNS = {"right": 1, "l": 1, "space": 1, "left": -1, "h": -1}


class Choice(Widget, can_focus=True):
    """`(•) this  ( ) that`; empty until something is chosen, when it begins empty."""

    DEFAULT_CSS = "Choice { height: auto; width: 1fr; } Choice:focus { background: $cursor; }"

    class Changed(Message):
        """Another one is chosen."""

    def __init__(
        self, choices: tuple[str, ...], value: str, glyphs: Glyphs, *, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._choices = choices
        self.value = value if value in choices else ""
        self._glyphs = glyphs

    def render(self) -> Content:
        """The choices, the chosen one marked."""
        parts = tuple(
            text(f"{self._glyphs.chosen} {printable(one)}", "bold $accent")
            if one == self.value
            else text(f"{self._glyphs.unchosen} {printable(one)}", MUTED)
            for one in self._choices
        )
        return Content("\n").join(Parts(parts, "  ").wrap(max(1, self.content_size.width or 50)))

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many lines as the choices take."""
        parts = tuple(text(f"{self._glyphs.chosen} {printable(one)}") for one in self._choices)
        return len(Parts(parts, "  ").wrap(max(1, width)))

    def on_key(self, event: Key) -> None:
        """Right and left choose. Not by a binding: bindings are looked up when a key has
        bubbled up, and of keys that come in one piece a tab after it would be quicker."""
        if event.key in _TURNS:
            event.stop()
            event.prevent_default()
            self.turn(_TURNS[event.key])

    def turn(self, step: int) -> None:
        """Choose the next or the previous one."""
        if not self._choices:
            return
        at = self._choices.index(self.value) + step if self.value else 0
        self._choose(self._choices[at % len(self._choices)])

    def on_click(self, event: Click) -> None:
        """Choose the next one; the mouse is for pointing, the keys are exact."""
        self.turn(1)

    def _choose(self, value: str) -> None:
        if value != self.value:
            self.value = value
            self.refresh()
            self.post_message(self.Changed())
