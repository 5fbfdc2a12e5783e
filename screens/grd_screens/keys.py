"""Keys as data: what a page, a list or the application binds, and how a key is written.

Each has an id, by which it can be remapped and under whose first word the help groups it.
None needs what tmux and screen lack or take for themselves: no ctrl+enter, no ctrl+shift,
no ctrl+a, ctrl+b, ctrl+j or ctrl+s.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding, BindingType
from textual.keys import format_key


@dataclass(frozen=True, slots=True)
class Key:
    """One action: its id, its keys separated by commas, what it does.

    `hint` is its word on the key line, empty for none.
    """

    id: str
    keys: str
    action: str
    effect: str
    hint: str = ""


_WRITTEN = {
    "question_mark": "?",
    "colon": ":",
    "slash": "/",
    "escape": "esc",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "plus": "+",
    "minus": "-",
    # Textual would draw arrows, which a terminal in ASCII cannot.
    **{name: name for name in ("left", "right", "up", "down", "space", "tab")},
}


def bound(*tables: Iterable[Key]) -> list[BindingType]:
    """Tables of keys as Textual takes them."""
    return [
        Binding(key.keys, key.action, key.effect, show=bool(key.hint), id=key.id)
        for table in tables
        for key in table
    ]


def written(key: str, enter: str = "enter") -> str:
    """A key as a person writes it; `enter` is that key's sign."""
    return _WRITTEN.get(key) or (enter if key == "enter" else format_key(key))


def first_key(key: Key, enter: str = "enter") -> str:
    """The first of a key's keys, as a person writes it."""
    return written(key.keys.split(",")[0], enter)
