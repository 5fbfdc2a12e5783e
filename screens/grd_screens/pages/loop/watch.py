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
from grd_screens.pages.loop.below import Below
from grd_screens.pages.loop.keys import WATCH_KEYS
from grd_screens.pages.loop.reading import Watched, WatchRequest
from grd_screens.pages.loop.view import View
from grd_screens.pages.loop.watch_lines import curves_of, head_lines, nothing_lines
from grd_screens.typesetting import MUTED, Lines, text
from grd_screens.widgets.chart import Chart, columns_of
from grd_screens.widgets.curve import ACROSS
from grd_screens.widgets.filter_line import FilterLine

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

_OVERLAYS = {
    "alone": "the run alone",
    "seeds": "with its seeds: the same code, config and data",
    "runs": "with other runs of this experiment",
    "marked": "with marked runs",
}


class WatchView(Widget, can_focus=True):
    """Paints one run after the other's snapshot, and says what it wants read."""

    BINDINGS: ClassVar[list[BindingType]] = bound(WATCH_KEYS)
    DEFAULT_CSS = """
    WatchView { layout: vertical; height: 1fr; padding: 0 1; }
    WatchView > .charts { height: 3fr; min-height: 6; }
    WatchView > .charts.-empty { display: none; }
    WatchView Chart { width: 1fr; height: 1fr; margin-right: 2; }
    """

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(id="watch")
        self._glyphs = glyphs
        self.run_id = 0
        self.view = View()
        self.watched: Watched | None = None
        self._read_at = 0.0
        self._painted_at = 0.0
        self._later: Timer | None = None
        self._head = Lines(self._head_lines, classes="watch-head")
        self._empty = Lines(self._empty_lines, classes="watch-empty")
        self._charts = tuple(Chart(glyphs) for _ in range(CHARTS))
        self._rows = (
            Horizontal(*self._charts[:2], classes="charts"),
            Horizontal(*self._charts[2:], classes="charts"),
        )
        self.below = Below(glyphs)
        self._find = FilterLine()

    def compose(self) -> ComposeResult:
        """Head, charts, what stands below them, and the line that searches the output."""
        yield self._head
        yield self._empty
        yield from self._rows
        yield self.below
        yield self._find

    def on_mount(self) -> None:
        """Data that stops coming tells its age."""
        self.set_interval(1.0, self._tell_ages)

    @property
    def request(self) -> WatchRequest:
        """What is to be read for it."""
        buckets = ACROSS * self._columns
        return WatchRequest(self.run_id, self.view, self._chart_count, buckets, self.below.kind)

    @property
    def live(self) -> bool:
        """Whether the run goes on."""
        return self.watched is not None and self.watched.snapshot.run.state == "started"

    @property
    def pair(self) -> tuple[int, int] | None:
        """The watched run and another to compare it with; None where there is none."""
        return self.watched.to_compare(self.view.marked) if self.watched is not None else None

    def follow(self, run_id: int) -> None:
        """Watch another run, all of it."""
        if run_id != self.run_id:
            self.run_id = run_id
            self.watched = None
            self.below.forget()
            self.view = self.view.whole()
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

    def action_axis(self) -> None:
        """Against steps, or against time."""
        self._look(self.view.on_other_axis())

    def action_overlay(self) -> None:
        """Draw nothing with it, its seeds, other runs, marked runs."""
        self._look(self.view.overlaid())
        host_of(self).tell(_OVERLAYS[self.view.overlay])

    def action_pin(self) -> None:
        """Have the chosen metric among the first, or not any more."""
        self._look(self.view.pinned())

    def action_mark_run(self) -> None:
        """Mark the run, so that `o` can draw it with any other, and `D` compare them."""
        self._look(self.view.with_mark(self.run_id))
        is_marked = self.run_id in self.view.marked
        host_of(self).tell(
            f"run {self.run_id} is marked: o draws it with another"
            if is_marked
            else f"run {self.run_id} is not marked any more"
        )

    def action_compare(self) -> None:
        """Read what differs between the run and the marked one, or the one before it."""
        if self.pair is None:
            host_of(self).tell("nothing to compare with: m on another run marks it")
            return
        before, after = map(str, self.pair)
        host_of(self).perform("diff", {"other": before, "run": after})

    def action_freeze(self) -> None:
        """Hold the charts and the output, or follow the run again."""
        self._look(self.view.frozen(self.watched.newest if self.watched else 0))

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
        self.below.move(by)

    def action_panel(self) -> None:
        """Show the output, all metrics, the machine, the alarms with their rules, or the notes."""
        self.below.turn()
        self._asked()

    def action_note(self) -> None:
        """Note something on the run."""
        host_of(self).perform("note", {"run": str(self.run_id)})

    def action_level(self) -> None:
        """Show graver lines of the output alone."""
        self.below.read(self.below.reading.next_level())

    def action_fold(self) -> None:
        """Steps of an epoch as one line, or each its own."""
        self.below.read(self.below.reading.refolded())

    def action_find(self) -> None:
        """Search the output for words."""
        self.below.read(self.below.reading)
        self._find.open()

    def on_filter_line_typed(self, event: FilterLine.Typed) -> None:
        """Search while it is typed; the application's own filter is another."""
        event.stop()
        self.below.read(self.below.reading.searched(event.words))

    def on_filter_line_left(self, event: FilterLine.Left) -> None:
        """The keys come back."""
        event.stop()
        self.focus(scroll_visible=False)

    def narrow(self, words: str) -> None:
        """Show only the metrics whose names hold these words."""
        self._look(replace(self.view, words=words.strip()))

    @property
    def _metrics(self) -> tuple[MetricLine, ...]:
        return self.watched.metrics if self.watched else ()

    @property
    def _reach(self) -> tuple[float, float]:
        return (self.watched.first, self.watched.last) if self.watched else (0, 0)

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
        curves = curves_of(watched, self.view, self._since_s, self._glyphs) if watched else []
        self._empty.display = not curves
        self._empty.set(self._empty_lines)
        for at, chart in enumerate(self._charts):
            chart.display = at < len(curves)
            chart.show(curves[at] if at < len(curves) else None)
        for at, row in enumerate(self._rows):
            row.set_class(len(curves) <= 2 * at, "-empty")
        self.below.show(watched, self.view)
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
        if self.watched is None:
            return []
        return nothing_lines(self.watched.snapshot, self.view.words, width)
