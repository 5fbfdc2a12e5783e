"""What is read beside the list: the experiment under the cursor, two compared, checked code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.desk import Ending
from grd_screens.glyphs import Glyphs
from grd_screens.pages.loop.checked import Checked, checked_lines
from grd_screens.pages.loop.details import detail_lines
from grd_screens.pages.loop.difference import difference_lines
from grd_screens.pages.loop.experiments import Beside
from grd_screens.pages.loop.reading import LoopContent
from grd_screens.typesetting import MUTED, text

if TYPE_CHECKING:
    from grd_core.runs.snapshot import ExperimentLine


@dataclass(frozen=True, slots=True)
class Aside:
    """What stands there instead of the experiment: `compared` two of them by number, or
    `checked` code; `row` is the experiment it was opened on. `marked` is the number of the one
    that others are compared with, 0 for none."""

    marked: int = 0
    compared: tuple[int, int] | None = None
    checked: Checked | None = None
    row: int = 0

    @property
    def is_experiment(self) -> bool:
        """Whether nothing else was asked for than the experiment under the cursor."""
        return self.compared is None and self.checked is None

    def left(self, row: int) -> Aside:
        """With the experiment again."""
        return Aside(self.marked, row=row)

    def comparing(self, other: int, row: int) -> Aside:
        """With what differs from another experiment."""
        return Aside(self.marked, (other, row), row=row)

    def checking(self, path: Path, row: int) -> Aside:
        """With the checks of a file or folder, which go on."""
        return Aside(self.marked, checked=Checked(path, None), row=row)

    def ended(self, path: Path, ending: Ending) -> Aside:
        """With the end of these checks, where they are still what is read."""
        if self.checked is None or self.checked.path != path:
            return self
        return replace(self, checked=Checked(path, ending))

    def with_mark(self, number: int) -> Aside:
        """With an experiment marked, or not any more."""
        return replace(self, marked=0 if self.marked == number else number)

    def other_than(self, line: ExperimentLine | None) -> int:
        """What an experiment is compared with: the marked one, else its parent; 0 for none."""
        if line is None:
            return 0
        return self.marked if self.marked not in (0, line.number) else line.parent

    def lines(
        self, content: LoopContent | None, beside: Beside, key: str, glyphs: Glyphs, width: int
    ) -> list[Content]:
        """Set for a width in cells; `key` is the number of the experiment under the cursor."""
        if self.checked is not None:
            return checked_lines(self.checked, glyphs, width)
        if content is None:
            return []
        if self.compared is not None:
            if content.difference is None:
                return [text("comparing", MUTED)]
            return difference_lines(content.difference, glyphs, width)
        shown = content.experiment
        if shown is None or str(shown.number) != key:
            return [text("reading", MUTED)]
        return detail_lines(shown, beside, glyphs, width, content.alike)
