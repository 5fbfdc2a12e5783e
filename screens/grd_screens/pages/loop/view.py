"""How a run is looked at: which metric, which part of the axis, on which scale. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

from grd_screens.widgets.curve import Scale

if TYPE_CHECKING:
    from grd_core.runs.series_window import Axis

Overlay = Literal["alone", "seeds", "runs", "marked"]
"""What is drawn with the watched run: nothing, its seeds as a band, other runs of its
experiment, marked runs."""

Item = TypeVar("Item", str, int)

SMOOTHINGS = (0.0, 0.6, 0.9)
"""Weights of the smoothed curve that `s` goes through; 0 draws none."""

ZOOM = 2.0
LEAST_SPAN = 8.0
"""Steps that are seen at least."""
PAN = 0.25
"""The part of what is seen by which the view moves."""


@dataclass(frozen=True, slots=True)
class View:
    """What is seen of a run.

    `span` is how many steps (or seconds) are seen, None for all; `end` the last of them, None
    for the newest there is. `cursor` is the place that is inspected. A frozen view has an end.
    `words` narrow the metrics; `pins` are metrics that come first, `marked` runs, by id, to lay
    over each other, both in the order in which they were chosen.
    """

    metric: str = ""
    span: float | None = None
    end: float | None = None
    cursor: float | None = None
    scale: Scale = "linear"
    smoothing: float = 0.0
    is_frozen: bool = False
    axis: Axis = "step"
    overlay: Overlay = "alone"
    words: str = ""
    pins: tuple[str, ...] = ()
    marked: tuple[int, ...] = ()

    def window(self, first: float, last: float) -> tuple[float, float]:
        """Where the view begins and ends in a run of these steps."""
        end = last if self.end is None else min(self.end, last)
        begin = first if self.span is None else end - self.span
        return max(first, min(begin, end)), max(first, end)

    def zoomed(self, direction: int, first: float, last: float) -> View:
        """Half of what is seen (direction 1) or twice as much (-1), around the cursor if there
        is one, else up to the same end."""
        begin, end = self.window(first, last)
        span = (end - begin) / ZOOM if direction > 0 else (end - begin) * ZOOM
        whole = last - first
        if direction > 0 and span < min(LEAST_SPAN, whole):
            return self
        if span >= (end - first if self.is_frozen else whole):
            return replace(self, span=None, end=self.end if self.is_frozen else None)
        if self.cursor is not None:
            end = self.cursor + span * (1 - (self.cursor - begin) / max(end - begin, 1e-9))
        return self._ending(end, span, first, last)

    def panned(self, direction: int, first: float, last: float) -> View:
        """Moved towards the beginning (-1) or the end (1); the end follows again there."""
        if self.span is None:
            return self
        _, end = self.window(first, last)
        return self._ending(end + direction * self.span * PAN, self.span, first, last)

    def inspected(self, direction: int, first: float, last: float, columns: int) -> View:
        """The cursor moved by dots of a chart that is so many dots wide."""
        begin, end = self.window(first, last)
        if self.cursor is None:
            return replace(self, cursor=end)
        step = max(1.0, (end - begin) / max(1, columns))
        return replace(self, cursor=min(max(self.cursor + direction * step, begin), end))

    def frozen(self, last: float) -> View:
        """Held where it is; again: following."""
        if self.is_frozen:
            return replace(self, is_frozen=False, end=None)
        return replace(self, is_frozen=True, end=last if self.end is None else self.end)

    def smoothed(self) -> View:
        """With the next weight of the smoothed curve."""
        at = SMOOTHINGS.index(self.smoothing) + 1
        return replace(self, smoothing=SMOOTHINGS[at % len(SMOOTHINGS)])

    def rescaled(self) -> View:
        """On the other scale."""
        return replace(self, scale="linear" if self.scale == "log" else "log")

    def whole(self) -> View:
        """All of it, following."""
        return replace(self, span=None, end=None, cursor=None, is_frozen=False)

    def on_other_axis(self) -> View:
        """Against steps or against time, all of it: a place on one is none on the other."""
        return replace(self.whole(), axis="time" if self.axis == "step" else "step")

    def overlaid(self) -> View:
        """With the next that may be drawn over it; marked runs only where there are some."""
        kinds = [kind for kind in get_args(Overlay) if kind != "marked" or self.marked]
        at = kinds.index(self.overlay) + 1 if self.overlay in kinds else 0
        return replace(self, overlay=kinds[at % len(kinds)])

    def pinned(self) -> View:
        """With the chosen metric among the first, or not any more."""
        return replace(self, pins=_toggled(self.pins, self.metric)) if self.metric else self

    def with_mark(self, run_id: int) -> View:
        """With a run marked, or not any more."""
        return replace(self, marked=_toggled(self.marked, run_id))

    def _ending(self, end: float, span: float, first: float, last: float) -> View:
        end = min(max(end, first + span), last)
        follows = end >= last and not self.is_frozen
        return replace(self, span=span, end=None if follows else end)


def _toggled(items: tuple[Item, ...], item: Item) -> tuple[Item, ...]:
    kept = [one for one in items if one != item]
    if item not in items:
        kept.append(item)
    return tuple(kept)
