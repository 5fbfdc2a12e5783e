"""The line in which a filter is typed, with its effect at once."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static


class FilterLine(Horizontal):
    """`/ words`: enter keeps the filter, escape takes it away."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "no filter", id="filter.leave"),
        Binding("down,tab", "keep", "to the list", id="filter.keep"),
    ]
    DEFAULT_CSS = """
    FilterLine { height: 1; display: none; padding: 0 1; }
    FilterLine.-shown { display: block; }
    FilterLine > Static { width: 2; color: $accent; }
    FilterLine > Input { width: 1fr; background: $surface; }
    """

    class Typed(Message):
        """The words now; they are to be applied at once."""

        def __init__(self, words: str) -> None:
            super().__init__()
            self.words = words

    class Left(Message):
        """The keys go back to the list."""

    def __init__(self) -> None:
        super().__init__(id="filter")
        self._input = Input(compact=True, id="filter-words")

    def compose(self) -> ComposeResult:
        """A sign and the words."""
        yield Static("/")
        yield self._input

    def open(self) -> None:
        """Take the keys."""
        self.add_class("-shown")
        self._input.focus(scroll_visible=False)

    def clear(self) -> None:
        """No words; the line goes."""
        with self.prevent(Input.Changed):
            self._input.value = ""
        self.remove_class("-shown")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Apply what is typed."""
        event.stop()
        self.post_message(self.Typed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter and go back to the list."""
        event.stop()
        self.action_keep()

    def action_keep(self) -> None:
        """Keep the filter; an empty one goes."""
        if not self._input.value.strip():
            self.clear()
        self.post_message(self.Left())

    def action_leave(self) -> None:
        """Take the filter away."""
        self.clear()
        self.post_message(self.Typed(""))
        self.post_message(self.Left())
