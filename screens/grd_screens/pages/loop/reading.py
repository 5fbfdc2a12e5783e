"""What the Loop's page reads: values in, one immutable snapshot out, on the feed's thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from grd_screens.pages.loop.view import View

if TYPE_CHECKING:
    from grd_core.history.similar import Alike
    from grd_core.ledger.read import Reader
    from grd_core.runs.experiment_lines import ExperimentLine
    from grd_core.runs.gpu_panel import GpuPanel
    from grd_core.runs.metric_lines import MetricLine
    from grd_core.runs.output import OutputLine
    from grd_core.runs.overlay import Band, Extent
    from grd_core.runs.run_lines import RunLine
    from grd_core.runs.series import Series
    from grd_core.runs.snapshot import ExperimentSnapshot, LoopSnapshot
    from grd_core.runs.watching import WatchSnapshot
    from grd_core.study import Study
    from grd_screens.pages.loop.difference import Difference


MOST_OVERLAID = 6
"""Other runs in a chart at most, the newest; as many colours there are."""

Panel = Literal["output", "metrics", "machine", "alarms", "notes"]
"""What stands below the charts."""


@dataclass(frozen=True, slots=True)
class WatchRequest:
    """Which run is watched, by id, how, in how many charts of how many buckets, and what stands
    below them."""

    run: int
    view: View
    charts: int
    buckets: int
    panel: Panel = "output"


@dataclass(frozen=True, slots=True)
class LoopRequest:
    """What the page shows beside the list: an experiment by number (0 for none), two that are
    compared, a run that is watched."""

    experiment: int = 0
    compared: tuple[int, int] | None = None
    watch: WatchRequest | None = None


@dataclass(frozen=True, slots=True)
class Overlaid:
    """Another run in a chart, with its series over the same part of the axis."""

    run: RunLine
    series: Series


@dataclass(frozen=True, slots=True)
class Watched:
    """A run as it is watched: `shown` are the metrics in the charts, `series` theirs over the
    part of the axis that is seen; `first` and `last` bound it for all runs that are drawn.

    `metrics` are those that hold the view's words, of `metric_count`. `others` and `bands` are
    what is drawn with each series; `beside` are the other runs that were looked at. `output` is
    what the run printed, read; `gpus` is None unless it is looked at. `own_last` is where the
    run itself ends, None before it logged anything.
    """

    snapshot: WatchSnapshot
    runs: tuple[RunLine, ...]
    metrics: tuple[MetricLine, ...]
    shown: tuple[MetricLine, ...]
    series: tuple[Series, ...]
    first: float
    last: float
    metric_count: int = 0
    others: tuple[tuple[Overlaid, ...], ...] = ()
    bands: tuple[Band | None, ...] = ()
    beside: tuple[RunLine, ...] = ()
    output: tuple[OutputLine, ...] = ()
    gpus: GpuPanel | None = None
    own_last: float | None = None

    @property
    def newest(self) -> float:
        """Where the run's own newest value lies; others may reach further."""
        return self.last if self.own_last is None else self.own_last

    def to_compare(self, marked: tuple[int, ...]) -> tuple[int, int] | None:
        """The runs to hold against each other, the first as what was before: the one marked
        last and this one, else this one with the run of its experiment next to it."""
        own = self.snapshot.run.id
        if others := [run for run in marked if run != own]:
            return others[-1], own
        ids = [run.id for run in self.runs]
        older = [run for run in ids if run < own]
        newer = [run for run in ids if run > own]
        if older:
            return older[-1], own
        return (own, newer[0]) if newer else None


@dataclass(frozen=True, slots=True)
class LoopContent:
    """Everything the page shows; `alike` are earlier hypotheses like that of a draft."""

    loop: LoopSnapshot
    experiment: ExperimentSnapshot | None = None
    difference: Difference | None = None
    watched: Watched | None = None
    alike: tuple[Alike, ...] = ()


def read_loop(request: LoopRequest, study: Study) -> LoopContent:
    """The page's content; reads only."""
    from grd_core.history.similar import similar_to
    from grd_core.runs.experiments import find_experiment
    from grd_core.runs.snapshot import experiment_snapshot, loop_snapshot
    from grd_screens.pages.loop.difference import difference

    loop = loop_snapshot(study)
    known = {line.number for line in loop.experiments}
    number = request.experiment if request.experiment in known else max(known, default=0)
    if request.watch is not None:
        return LoopContent(loop, watched=read_watched(request.watch, study))
    chosen = find_experiment(study, str(number)) if number else None
    is_draft = any(line.number == number and is_drafted(line) for line in loop.experiments)
    return LoopContent(
        loop,
        experiment=experiment_snapshot(study, chosen) if chosen else None,
        difference=difference(study, loop, request.compared) if request.compared else None,
        alike=similar_to(study, number) if is_draft else (),
    )


def is_drafted(line: ExperimentLine) -> bool:
    """Whether an experiment is still being written: nothing of it was run or judged."""
    return line.state == "open" and not line.runs and not line.verdict


def read_watched(request: WatchRequest, study: Study) -> Watched:
    """A run with the series its charts show, and those of the runs that are drawn with it."""
    from grd_core.runs.output import read_output
    from grd_core.runs.overlay import extent_of
    from grd_core.runs.records import find_run
    from grd_core.runs.run_lines import runs_of
    from grd_core.runs.watched import narrowed
    from grd_core.runs.watching import watch_snapshot

    view = request.view
    snapshot = watch_snapshot(study, str(request.run))
    ordered = in_order(snapshot, view.pins)
    metrics = narrowed(ordered, view.words)
    shown = charted(metrics, view.metric, request.charts)
    with study.read() as ledger:
        runs = runs_of(ledger, find_run(study, str(request.run)).experiment_id)
        beside = _beside(ledger, request.run, view, runs)
        extents = {
            id_: extent
            for id_ in (request.run, *(run.id for run in beside))
            if (extent := extent_of(ledger, id_)) is not None
        }
        reaches = [extent.reach(view.axis) for extent in extents.values()] or [(0.0, 0.0)]
        first, last = min(first for first, _ in reaches), max(last for _, last in reaches)
        drawn = [
            _drawn(ledger, request, metric.name, extents, view.window(first, last))
            for metric in shown
            if request.run in extents
        ]
    lines = {run.id: run for run in beside}
    is_band = view.overlay == "seeds"
    return Watched(
        snapshot,
        runs,
        metrics,
        shown[: len(drawn)],
        tuple(series[request.run] for series in drawn),
        first,
        last,
        metric_count=len(ordered),
        others=tuple(
            tuple(Overlaid(lines[id_], one) for id_, one in series.items() if id_ in lines)
            for series in ([] if is_band else drawn)
        ),
        bands=tuple(_band(series) for series in (drawn if is_band else [])),
        beside=beside,
        output=read_output(snapshot.stdout),
        gpus=_gpus(request, study) if request.panel == "machine" else None,
        own_last=extents[request.run].reach(view.axis)[1] if request.run in extents else None,
    )


def _beside(
    ledger: Reader, run_id: int, view: View, runs: tuple[RunLine, ...]
) -> tuple[RunLine, ...]:
    """The other runs that are drawn, the newest first."""
    from grd_core.runs.overlay import seeds_of
    from grd_core.runs.run_lines import runs_named

    if view.overlay == "seeds":
        known = set(seeds_of(ledger, run_id))
        found = tuple(run for run in runs if run.id in known)
    elif view.overlay == "marked":
        found = runs_named(ledger, view.marked)
    else:
        found = runs if view.overlay == "runs" else ()
    others = tuple(run for run in reversed(found) if run.id != run_id)
    return others if view.overlay == "seeds" else others[:MOST_OVERLAID]


def _drawn(
    ledger: Reader,
    request: WatchRequest,
    metric: str,
    extents: dict[int, Extent],
    window: tuple[float, float],
) -> dict[int, Series]:
    """A metric of every run that logged it, by run, the watched one first."""
    from grd_core.runs.overlay import placed_series

    found = {}
    for id_, extent in extents.items():
        one = placed_series(
            ledger,
            id_,
            metric,
            buckets=request.buckets,
            start=window[0],
            end=window[1],
            axis=request.view.axis,
            extent=extent,
        )
        if one.total or id_ == request.run:
            found[id_] = one
    return found


def _band(series: dict[int, Series]) -> Band | None:
    """The band of all seeds; a single run is none."""
    from grd_core.runs.overlay import band

    return band(list(series.items())) if len(series) > 1 else None


def _gpus(request: WatchRequest, study: Study) -> GpuPanel:
    from grd_core.runs.gpu_panel import gpu_panel
    from grd_core.runs.progress import progress_of

    with study.read() as ledger:
        progress = progress_of(ledger.driver, request.run)
    return gpu_panel(progress)


def in_order(snapshot: WatchSnapshot, pins: tuple[str, ...] = ()) -> tuple[MetricLine, ...]:
    """The metrics of a run by how much they tell: those that are pinned, then pairs of training
    and validation, then what has a better direction, then the rest.

    The meter's own count seconds, not steps, and share no axis with them: they stand in where
    the script logs nothing.
    """
    by_name = {metric.name: metric for metric in snapshot.metrics}
    paired = [name for pair in snapshot.pairs for name in (pair.train, pair.validation)]
    judged = [metric.name for metric in snapshot.metrics if metric.good]
    names = dict.fromkeys((*pins, *paired, *judged, *by_name))
    return tuple(by_name[name] for name in names if name in by_name) or snapshot.meter


def charted(metrics: tuple[MetricLine, ...], chosen: str, charts: int) -> tuple[MetricLine, ...]:
    """The group of metrics that are shown together, with the chosen one among them."""
    names = [metric.name for metric in metrics]
    at = names.index(chosen) if chosen in names else 0
    begin = at - at % max(1, charts)
    return metrics[begin : begin + max(1, charts)]
