"""Lines with a label column and a body that wraps under itself, never truncated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

from textual.content import Content
from textual.events import Click
from textual.geometry import Region, Size
from textual.style import Style
from textual.widget import Widget

MUTED = "$text-muted"
ACCENT = "bold $accent"

_ACTION = "action"

Typeset = Callable[[int], list[Content]]
"""Sets lines for a width in cells, which is 1 at least."""


def text(value: str, style: str = "") -> Content:
    """A piece of a line; `value` is taken as it is, without markup."""
    return Content.styled(value, style)


class Body(Protocol):
    """What stands beside a label: wraps to lines of a width in cells."""

    def wrap(self, width: int, /) -> list[Content]:
        """The lines, none wider."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Parts that are read as a whole each: a line breaks between them, not inside, unless a
    part alone is wider than the line."""

    parts: tuple[Content, ...]
    between: str = "   "

    def wrap(self, width: int, /) -> list[Content]:
        """The lines, none wider; the separator stays at the end of a line, bare of spaces."""
        lines: list[Content] = []
        separator = text(self.between, MUTED)
        trailing = text(self.between.rstrip(), MUTED)
        line = Content("")
        for number, part in enumerate(self.parts):
            piece = part + trailing if number < len(self.parts) - 1 else part
            if not line.plain:
                line = part
            elif (line + separator + piece).cell_length <= width:
                line = line + separator + part
            else:
                lines += (line + trailing).wrap(width)
                line = part
        return [*lines, *line.wrap(width)] if line.plain else [*lines, Content("")]


def hanging(label: Content, body: Body, indent: int, width: int) -> list[Content]:
    """A label, then the body from column `indent`, wrapped under itself.

    Where the label is longer than its column, or the width is too small for two columns,
    the body starts on a line of its own.
    """
    if width - indent < 24:
        indent = min(2, max(width - 1, 0))
    room = max(width - indent, 1)
    lines = body.wrap(room) or [Content("")]
    margin = " " * indent
    if label.cell_length >= indent and label.plain:
        return [*label.wrap(max(width, 1)), *(Content(margin) + line for line in lines)]
    first = label + Content(" " * (indent - label.cell_length)) + lines[0]
    return [first, *(Content(margin) + line for line in lines[1:])]


def sides(left: Content, rights: tuple[Content, ...], width: int) -> list[Content]:
    """Two texts on one line, the second flush right: the first of `rights` that fits. When none
    does, below one another, with the first that fits a line of its own; else the first, wrapped."""
    for right in rights:
        gap = width - left.cell_length - right.cell_length
        if gap >= 1:
            return [left + Content(" " * gap) + right]
    right = next((one for one in rights if one.cell_length <= width), rights[0])
    return [*left.wrap(max(width, 1)), *right.wrap(max(width, 1))]


def clickable(content: Content, action: str) -> Content:
    """The same, running an action where it is clicked; without the look of a link."""
    return content.stylize(Style.from_meta({_ACTION: action}))


class Lines(Widget):
    """Text set for the width it is given; painted again only when it would look different."""

    DEFAULT_CSS: ClassVar[str] = "Lines { height: auto; }"

    def __init__(self, typeset: Typeset, *, id: str | None = None, classes: str = "") -> None:
        super().__init__(id=id, classes=classes)
        self._typeset = typeset
        self._set_for = -1
        self._lines: list[Content] = []

    def set(self, typeset: Typeset) -> None:
        """Show something else. Nothing is sent when it reads the same."""
        before, width = self._lines, self._set_for
        self._typeset = typeset
        if width < 0:
            return
        self._lines = self._typeset(max(width, 1))
        if len(self._lines) != len(before):
            self.refresh(layout=True)
            return
        # Over a slow link each line counts: only those that read otherwise are sent.
        for y, (now, was) in enumerate(zip(self._lines, before, strict=True)):
            if not now.is_same(was):
                self.refresh(Region(0, y, width, 1))

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """All the width there is."""
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the text takes at this width."""
        return len(self._at(width))

    def render(self) -> Content:
        """The lines, one under the other."""
        return Content("\n").join(self._at(self.content_size.width))

    async def on_click(self, event: Click) -> None:
        """Run the action of the text under the mouse, if it has one."""
        action = event.style.meta.get(_ACTION)
        if isinstance(action, str):
            await self.run_action(action)

    def _at(self, width: int) -> list[Content]:
        if width != self._set_for:
            self._set_for = width
            self._lines = self._typeset(max(width, 1))
        return self._lines
