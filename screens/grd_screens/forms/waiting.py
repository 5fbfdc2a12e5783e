"""While a form is being prepared: what is typed ahead is kept for it.

Over a slow link a researcher types on before the form is drawn. Those keys are meant for the
form; on the page below, a word with a `q` in it would leave the cockpit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Key
from textual.screen import ModalScreen


class WaitingScreen(ModalScreen[None]):
    """Shows nothing and keeps keys; escape gives the form up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "leave", id="waiting.leave", priority=True)
    ]
    DEFAULT_CSS = "WaitingScreen { background: transparent; }"

    def __init__(self, given_up: Callable[[], None]) -> None:
        super().__init__()
        self._given_up = given_up
        self._kept: list[Key] = []

    def on_key(self, event: Key) -> None:
        """Keep it."""
        event.stop()
        event.prevent_default()
        self._kept.append(Key(event.key, event.character))

    def action_give_up(self) -> None:
        """The form is not wanted any more, nor what was typed for it."""
        self._kept.clear()
        self._given_up()

    def over(self) -> None:
        """The form is there, or will not come: what was kept goes to what is shown now."""
        app, kept = self.app, tuple(self._kept)
        self.dismiss()

        def replay() -> None:
            for key in kept:
                app.post_message(key)

        app.call_after_refresh(replay)
