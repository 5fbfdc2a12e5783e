"""The watch over a run: head, charts, output. Freezing it stops the view, never the run."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.events import Resize
from textual.timer import Timer
from textual.widget import Widget

from grd_screens.glyphs import Glyphs
from grd_screens.host import host_of
from grd_screens.keys import bound
from grd_screens.pages.loop.keys import WATCH_KEYS
from grd_screens.pages.loop.reading import Watched, WatchRequest
from grd_screens.pages.loop.view import View
from grd_screens.pages.loop.watch_lines import (
    curve_of,
    head_lines,
    nothing_lines,
    output_lines,
    run_list_lines,
)
from grd_screens.typesetting import MUTED, Lines, text
from grd_screens.widgets.chart import Chart, columns_of
from grd_screens.widgets.curve import ACROSS
from grd_screens.widgets.panel import Panel

if TYPE_CHECKING:
    from grd_core.runs.metric_lines import MetricLine

CHARTS = 4
"""Charts there are; two where the height does not allow four."""
TALL = 26
"""Rows from which charts stand in two rows."""
RUN_LIST_FROM = 88
"""Cells from which the runs of the experiment stand beside the output."""
PAINT_REMOTE_S = 1.0
PAINT_S = 0.25
"""Seconds between two paintings of the charts, over SSH and here."""


class WatchView(Widget, can_focus=True):
    """Paints one run after the other's snapshot, and says what it wants read."""

    BINDINGS: ClassVar[list[BindingType]] = bound(WATCH_KEYS)
    # Which signs are used is known to the application, outside of what is scoped.
    SCOPED_CSS = False
    DEFAULT_CSS = """
    WatchView { layout: vertical; height: 1fr; padding: 0 1; }
    WatchView > .charts { height: 3fr; min-height: 6; }
    WatchView > .charts.-empty { display: none; }
    WatchView Chart { width: 1fr; height: 1fr; margin-right: 2; }
    WatchView > .below { height: 2fr; min-height: 3; border-top: solid $rule; }
    WatchView > .below > .runs { width: 40; height: 1fr; display: none;
        border-left: solid $rule; padding-left: 1; }
    WatchView.-wide-watch > .below > .runs { display: block; }
    .-ascii WatchView > .below { border-top: ascii $rule; }
    .-ascii WatchView > .below > .runs { border-left: ascii $rule; }
    """

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(id="watch")
        self._glyphs = glyphs
        self.run_id = 0
        self.view = View()
        self.watched: Watched | None = None
        self._read_at = 0.0
        self._held: tuple[str, ...] | None = None
        self._back = 0
        self._painted_at = 0.0
        self._later: Timer | None = None
        self._head = Lines(self._head_lines, classes="watch-head")
        self._empty = Lines(self._empty_lines, classes="watch-empty")
        self._charts = tuple(Chart(glyphs) for _ in range(CHARTS))
        self._rows = (
            Horizontal(*self._charts[:2], classes="charts"),
            Horizontal(*self._charts[2:], classes="charts"),
        )
        self._output = Panel(classes="output")
        self._runs = Panel(classes="runs")

    def compose(self) -> ComposeResult:
        """Head, charts, output with the runs beside it."""
        yield self._head
        yield self._empty
        yield from self._rows
        yield Horizontal(self._output, self._runs, classes="below")

    def on_mount(self) -> None:
        """Data that stops coming tells its age."""
        self.set_interval(1.0, self._tell_ages)

    @property
    def request(self) -> WatchRequest:
        """What is to be read for it."""
        return WatchRequest(self.run_id, self.view, self._chart_count, ACROSS * self._columns)

    @property
    def live(self) -> bool:
        """Whether the run goes on."""
        return self.watched is not None and self.watched.snapshot.run.state == "started"

    def follow(self, run_id: int) -> None:
        """Watch another run, all of it."""
        if run_id != self.run_id:
            self.run_id = run_id
            self.watched = None
            self._back, self._held = 0, None
            self.view = replace(self.view, span=None, end=None, cursor=None, is_frozen=False)
            self._paint()

    def show(self, watched: Watched) -> None:
        """Paint a snapshot of the run; at most as often as the terminal's line bears."""
        if watched.snapshot.run.id != self.run_id:
            return
        self.watched, self._read_at = watched, monotonic()
        if not self.view.metric and watched.metrics:
            self.view = replace(self.view, metric=watched.metrics[0].name)
        pause = PAINT_REMOTE_S if self.app.animation_level == "none" else PAINT_S
        wait = self._painted_at + pause - monotonic()
        if wait <= 0:
            self._paint()
        elif self._later is None:
            self._later = self.set_timer(wait, self._paint)

    def on_resize(self, event: Resize) -> None:
        """Other sizes have room for other charts."""
        self.set_class(event.size.width >= RUN_LIST_FROM, "-wide-watch")
        if self.run_id:
            self.call_after_refresh(self._asked)

    def action_metric(self, by: int) -> None:
        """Choose another metric; the charts turn with it."""
        names = [metric.name for metric in self._metrics]
        if names:
            at = names.index(self.view.metric) if self.view.metric in names else 0
            self._look(replace(self.view, metric=names[(at + by) % len(names)]))

    def action_zoom(self, direction: int) -> None:
        """See fewer steps, or more."""
        self._look(self.view.zoomed(direction, *self._reach))

    def action_pan(self, direction: int) -> None:
        """Move what is seen, or the cursor where there is one."""
        if self.view.cursor is None:
            self._look(self.view.panned(direction, *self._reach))
            return
        self._look(self.view.inspected(direction, *self._reach, ACROSS * self._columns))

    def action_inspect(self) -> None:
        """Put the cursor at the end of what is seen, or take it away."""
        if self.view.cursor is None:
            self._look(self.view.inspected(0, *self._reach, 1))
        else:
            self._look(replace(self.view, cursor=None))

    def action_scale(self) -> None:
        """Logarithmic or plain."""
        self._look(self.view.rescaled())

    def action_smooth(self) -> None:
        """More smoothing, or none."""
        self._look(self.view.smoothed())

    def action_freeze(self) -> None:
        """Hold the charts and the output, or follow the run again."""
        view = self.view.frozen(self._reach[1])
        self._held = self.watched.snapshot.stdout if view.is_frozen and self.watched else None
        self._look(view)

    def action_run(self, by: int) -> None:
        """Watch another run of the experiment."""
        ids = [run.id for run in self.watched.runs] if self.watched else []
        if self.run_id in ids:
            at = ids.index(self.run_id) + by
            if 0 <= at < len(ids):
                self.follow(ids[at])
                self._asked()

    def action_output(self, by: int) -> None:
        """Look further back in the output, or come back to its end."""
        kept = len(self._stdout)
        self._back = min(max(0, self._back + by), max(0, kept - 1))
        self._output.set(self._output_lines)

    @property
    def _metrics(self) -> tuple[MetricLine, ...]:
        return self.watched.metrics if self.watched else ()

    @property
    def _reach(self) -> tuple[float, float]:
        return (self.watched.first, self.watched.last) if self.watched else (0, 0)

    @property
    def _stdout(self) -> tuple[str, ...]:
        if self._held is not None:
            return self._held
        return self.watched.snapshot.stdout if self.watched else ()

    @property
    def _columns(self) -> int:
        """The columns of the widest curve; before there is one, of half the width."""
        widths = [chart.size.width for chart in self._charts if chart.display]
        return columns_of(max(widths, default=0) or self.size.width // 2)

    @property
    def _chart_count(self) -> int:
        return CHARTS if self.size.height >= TALL else CHARTS // 2

    def _look(self, view: View) -> None:
        if view != self.view:
            self.view = view
            self._paint()
            self._asked()

    def _asked(self) -> None:
        host_of(self).ask_again()

    def _tell_ages(self) -> None:
        if self.display and self.live:
            self._head.set(self._head_lines)

    def _paint(self) -> None:
        if self._later is not None:
            self._later.stop()
            self._later = None
        self._painted_at = monotonic()
        watched = self.watched
        self._head.set(self._head_lines)
        curves = []
        if watched is not None:
            curves = [
                curve_of(metric, series, self.view, self._since_s, self.live, self._glyphs)
                for metric, series in zip(watched.shown, watched.series, strict=True)
            ]
        self._empty.display = not curves
        self._empty.set(self._empty_lines)
        for at, chart in enumerate(self._charts):
            chart.display = at < len(curves)
            chart.show(curves[at] if at < len(curves) else None)
        for at, row in enumerate(self._rows):
            row.set_class(len(curves) <= 2 * at, "-empty")
        self._output.set(self._output_lines)
        self._runs.set(self._run_lines)
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """Have it read again where the charts are of another width than it was read for."""
        series = self.watched.series if self.watched else ()
        if any(one.buckets and len(one.buckets) != self.request.buckets for one in series):
            self._asked()

    @property
    def _since_s(self) -> float:
        return max(0.0, monotonic() - self._read_at)

    def _head_lines(self, width: int) -> list[Content]:
        if self.watched is None:
            return [text(f"reading run {self.run_id}", MUTED)]
        return head_lines(self.watched, self.view, self._since_s, self._glyphs, width)

    def _empty_lines(self, width: int) -> list[Content]:
        return nothing_lines(self.watched.snapshot, width) if self.watched else []

    def _output_lines(self, width: int, height: int) -> list[Content]:
        return output_lines(self._stdout, self._back, self._glyphs, width, height)

    def _run_lines(self, width: int, height: int) -> list[Content]:
        if self.watched is None:
            return []
        return run_list_lines(self.watched.runs, self.run_id, self._glyphs, width, height)
