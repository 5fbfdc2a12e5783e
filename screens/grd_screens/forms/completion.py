"""How a name that is being typed goes on: shown grey, taken by the right arrow."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from textual.suggester import Suggester
from textual.widgets import TextArea

from grd_screens.forms.form import Field, Values

GetValues = Callable[[], Values]


class Completion(Suggester):
    """Completes a field's name, in any case; of several names the last, by one not named yet."""

    def __init__(self, field: Field, values: GetValues) -> None:
        # What may be meant can change with the other fields.
        super().__init__(use_cache=False, case_sensitive=True)
        self._field = field
        self._values = values

    async def get_suggestion(self, value: str) -> str | None:
        """The whole line with its last name completed, or None where none begins like it."""
        before, _, last = value.rpartition(",") if self._field.kind == "names" else ("", "", value)
        begun = last.lstrip()
        found = _goes_on(self._field, self._values(), begun, _named(before.split(",")))
        return value[: len(value) - len(begun)] + found if found else None


class NamesText(TextArea):
    """Lines `name = text`: completes the name at the beginning of each."""

    def __init__(self, value: str, field: Field, values: GetValues, **settings: Any) -> None:
        self._field = field
        self._values = values
        super().__init__(value, **settings)

    def update_suggestion(self) -> None:
        """What the name on this line goes on with, where the cursor stands at its end."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        begun = line.lstrip()
        if not self.is_mounted or column != len(line) or "=" in line:
            self.suggestion = ""
            return
        others = (one.partition("=")[0] for one in self.text.splitlines() if one != line)
        found = _goes_on(self._field, self._values(), begun, _named(others))
        # What is typed stays, so that it goes on only where the letters are the same.
        self.suggestion = found[len(begun) :] if found.startswith(begun) else ""


def _named(pieces: Iterable[str]) -> set[str]:
    return {piece.strip() for piece in pieces}


def _goes_on(field: Field, values: Values, begun: str, named: Collection[str]) -> str:
    """The first name that begins like this and is not named yet; empty where there is none."""
    if not begun:
        return ""
    known = field.completions
    names = known(values) if callable(known) else known
    small = begun.casefold()
    fitting = (name for name in names if name.casefold().startswith(small) and name not in named)
    return next(fitting, "")
