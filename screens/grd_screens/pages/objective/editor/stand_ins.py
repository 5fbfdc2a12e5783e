"""Characters that act on a terminal, or break a line in an editor alone, while they are edited.

Each is edited as a stand-in of one cell, and is itself again when the text is saved. Stand-ins
come from a private plane of Unicode and are never characters of the text.
"""

from __future__ import annotations

from grd_screens.printable import printable

_FIRST, _LAST = 0xF0000, 0xFFFFD
_OURS = "\n\t"
"""What the editor shows as what it is."""


class StandIns:
    """A bijection between what a text holds and what is edited; it grows with what is met."""

    def __init__(self) -> None:
        self._shown: dict[int, int] = {}
        self._meant: dict[int, int] = {}
        self._next = _FIRST

    def shown(self, text: str) -> str:
        """The text as it is edited."""
        if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
            return text
        met = set(text)
        # A stand-in that the text holds itself stands for itself.
        taken = {ord(char) for char in met if _FIRST <= ord(char) <= _LAST}
        for char in sorted(met):
            if ord(char) not in self._shown and (ord(char) in taken or _acts(char)):
                while self._next in taken:
                    self._next += 1
                self._shown[ord(char)], self._meant[self._next] = self._next, ord(char)
                self._next += 1
        return text.translate(self._shown)

    def meant(self, text: str) -> str:
        """The text as it is."""
        return text.translate(self._meant) if self._meant else text

    def is_one(self, char: str) -> bool:
        """Whether an edited character stands for another."""
        return ord(char) in self._meant

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return bool(self._meant)


def _acts(char: str) -> bool:
    return char not in _OURS and printable(char) != char
