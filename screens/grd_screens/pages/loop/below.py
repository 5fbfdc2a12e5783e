"""What stands below the charts: output, metrics, machine, alarms or notes; the runs beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, get_args

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content

from grd_screens.glyphs import Glyphs
from grd_screens.pages.loop.note_lines import note_lines
from grd_screens.pages.loop.output_lines import Reading, entries_of, output_lines
from grd_screens.pages.loop.panel_lines import machine_lines, metric_lines, rule_lines
from grd_screens.pages.loop.reading import Panel as Kind
from grd_screens.pages.loop.reading import Watched
from grd_screens.pages.loop.view import View
from grd_screens.pages.loop.watch_lines import run_list_lines
from grd_screens.widgets.panel import Panel

if TYPE_CHECKING:
    from grd_core.runs.output import OutputLine
    from grd_core.runs.output_summary import Entry


class Below(Horizontal):
    """Paints what it is given; knows how the output is read and what is held still."""

    # Which signs are used is known to the application, outside of what is scoped.
    SCOPED_CSS = False
    DEFAULT_CSS: ClassVar[str] = """
    Below { height: 2fr; min-height: 3; border-top: solid $rule; }
    Below > .runs { width: 40; height: 1fr; display: none; border-left: solid $rule;
        padding-left: 1; }
    .-wide-watch > Below > .runs { display: block; }
    .-ascii Below { border-top: ascii $rule; }
    .-ascii Below > .runs { border-left: ascii $rule; }
    """

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(classes="below")
        self._glyphs = glyphs
        self._watched: Watched | None = None
        self._view = View()
        self._held: tuple[OutputLine, ...] | None = None
        self.kind: Kind = "output"
        self.reading = Reading()
        self._from_top = 0
        self._entries: tuple[Entry, ...] = ()
        self._main = Panel(classes="output")
        self._runs = Panel(classes="runs")

    def compose(self) -> ComposeResult:
        """What is read, and the runs."""
        yield self._main
        yield self._runs

    def forget(self) -> None:
        """Another run: nothing of the one before stays."""
        self._watched, self._held, self._from_top = None, None, 0
        self.reading = replace(self.reading, back=0)

    def show(self, watched: Watched | None, view: View) -> None:
        """Paint a run; a frozen view holds the output it was frozen at."""
        self._watched, self._view = watched, view
        if not view.is_frozen:
            self._held = None
        elif self._held is None and watched is not None:
            self._held = watched.output
        self._paint()

    def turn(self) -> None:
        """Show the next kind of lines."""
        kinds = get_args(Kind)
        self.kind = kinds[(kinds.index(self.kind) + 1) % len(kinds)]
        self._from_top = 0
        self._paint()

    def read(self, reading: Reading) -> None:
        """Read the output otherwise."""
        self.reading, self.kind = reading, "output"
        self._paint()

    def move(self, by: int) -> None:
        """Further back in the output (positive), or on; other lines are read from their top."""
        if self.kind == "output":
            self.reading = self.reading.moved(by, len(self._entries))
        else:
            self._from_top = max(0, self._from_top - by)
        self._paint()

    @property
    def _output(self) -> tuple[OutputLine, ...]:
        if self._held is not None:
            return self._held
        return self._watched.output if self._watched else ()

    def _paint(self) -> None:
        self._entries = entries_of(self._output, self.reading) if self._watched else ()
        self._main.set(self._lines)
        self._runs.set(self._run_lines)

    def _lines(self, width: int, height: int) -> list[Content]:
        if self._watched is None:
            return []
        if self.kind == "output":
            read = len(self._output)
            return output_lines(self._entries, self.reading, read, self._glyphs, width, height)
        lines = self._other_lines(self._watched, width)
        self._from_top = min(self._from_top, max(0, len(lines) - height))
        return lines[self._from_top :][:height]

    def _other_lines(self, watched: Watched, width: int) -> list[Content]:
        match self.kind:
            case "metrics":
                files = watched.snapshot.files
                return metric_lines(watched.metrics, files, self._view, self._glyphs, width)
            case "machine":
                return machine_lines(watched.snapshot, watched.gpus, self._glyphs, width)
            case "notes":
                return note_lines(watched.snapshot.notes, width)
            case _:
                return rule_lines(watched.snapshot, self._glyphs, width)

    def _run_lines(self, width: int, height: int) -> list[Content]:
        watched = self._watched
        if watched is None:
            return []
        drawn = frozenset(run.id for run in watched.beside)
        marked = frozenset(self._view.marked)
        return run_list_lines(
            watched.runs, watched.snapshot.run.id, drawn, marked, self._glyphs, width, height
        )
