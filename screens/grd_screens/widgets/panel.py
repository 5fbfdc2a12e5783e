"""A box of lines as large as its place, of which only those that changed are sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.content import Content
from textual.events import Resize
from textual.geometry import Region
from textual.strip import Strip
from textual.visual import Visual
from textual.widget import Widget

Fill = Callable[[int, int], list[Content]]
"""Sets lines for a width and a height in cells."""


class Panel(Widget):
    """Lines that are set anew for each size; empty until they are set."""

    DEFAULT_CSS: ClassVar[str] = "Panel { width: 1fr; height: 1fr; }"

    def __init__(self, *, id: str | None = None, classes: str = "") -> None:
        super().__init__(id=id, classes=classes)
        self._fill: Fill = _nothing
        self._lines: list[Content] = []

    def set(self, fill: Fill) -> None:
        """Show something else. Only the lines that read otherwise are sent."""
        self._fill = fill
        before, self._lines = self._lines, self._filled()
        both = min(len(before), len(self._lines))
        for y in range(max(len(before), len(self._lines))):
            if y >= both or not before[y].is_same(self._lines[y]):
                self.refresh(Region(0, y, self.size.width, 1))

    def on_resize(self, event: Resize) -> None:
        """Set the lines for the new size."""
        self._lines = self._filled()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line."""
        width = self.size.width
        if y >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        return Visual.to_strips(self, self._lines[y], width, 1, self.visual_style)[0]

    def _filled(self) -> list[Content]:
        width, height = self.size
        return self._fill(width, height) if width > 0 and height > 0 else []


def _nothing(width: int, height: int) -> list[Content]:
    return []
