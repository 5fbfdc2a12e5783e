"""While a form is being prepared: what is typed ahead waits for it.

Over a slow link a researcher types on before the form is drawn. Those keys are meant for the
form; on the page below, a word with a `q` in it would leave the cockpit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen


class WaitingScreen(ModalScreen[None]):
    """Shows nothing; while it is on top the application keeps what is typed, all but escape,
    which gives the form up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "leave", id="waiting.leave", priority=True)
    ]
    DEFAULT_CSS = "WaitingScreen { background: transparent; }"

    def __init__(self, given_up: Callable[[], None]) -> None:
        super().__init__()
        self._given_up = given_up

    def action_give_up(self) -> None:
        """The form is not wanted any more."""
        self._given_up()
