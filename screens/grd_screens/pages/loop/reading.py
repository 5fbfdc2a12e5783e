"""What the Loop's page reads: values in, one immutable snapshot out, on the feed's thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grd_screens.pages.loop.view import View

if TYPE_CHECKING:
    from grd_core.runs.metric_lines import MetricLine
    from grd_core.runs.run_lines import RunLine
    from grd_core.runs.series import Series
    from grd_core.runs.snapshot import ExperimentSnapshot, LoopSnapshot
    from grd_core.runs.watching import WatchSnapshot
    from grd_core.study import Study
    from grd_screens.pages.loop.difference import Difference


@dataclass(frozen=True, slots=True)
class WatchRequest:
    """Which run is watched, by id, how, in how many charts of how many buckets."""

    run: int
    view: View
    charts: int
    buckets: int


@dataclass(frozen=True, slots=True)
class LoopRequest:
    """What the page shows beside the list: an experiment by number (0 for none), two that are
    compared, a run that is watched."""

    experiment: int = 0
    compared: tuple[int, int] | None = None
    watch: WatchRequest | None = None


@dataclass(frozen=True, slots=True)
class Watched:
    """A run as it is watched: `shown` are the metrics in the charts, `series` theirs over the
    part of the axis that is seen; `first` and `last` bound the steps of all its metrics."""

    snapshot: WatchSnapshot
    runs: tuple[RunLine, ...]
    metrics: tuple[MetricLine, ...]
    shown: tuple[MetricLine, ...]
    series: tuple[Series, ...]
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class LoopContent:
    """Everything the page shows."""

    loop: LoopSnapshot
    experiment: ExperimentSnapshot | None = None
    difference: Difference | None = None
    watched: Watched | None = None


def read_loop(request: LoopRequest, study: Study) -> LoopContent:
    """The page's content; reads only."""
    from grd_core.runs.experiments import find_experiment
    from grd_core.runs.snapshot import experiment_snapshot, loop_snapshot
    from grd_screens.pages.loop.difference import difference

    loop = loop_snapshot(study)
    known = {line.number for line in loop.experiments}
    number = request.experiment if request.experiment in known else max(known, default=0)
    if request.watch is not None:
        return LoopContent(loop, watched=read_watched(request.watch, study))
    chosen = find_experiment(study, str(number)) if number else None
    return LoopContent(
        loop,
        experiment=experiment_snapshot(study, chosen) if chosen else None,
        difference=difference(study, loop, request.compared) if request.compared else None,
    )


def read_watched(request: WatchRequest, study: Study) -> Watched:
    """A run with the series its charts show."""
    from grd_core.runs.records import find_run
    from grd_core.runs.run_lines import runs_of
    from grd_core.runs.series import series_of
    from grd_core.runs.watching import watch_snapshot

    snapshot = watch_snapshot(study, str(request.run))
    metrics = in_order(snapshot)
    first = min((metric.first_step for metric in metrics), default=0)
    last = max((metric.last_step for metric in metrics), default=0)
    begin, end = request.view.window(first, last)
    shown = charted(metrics, request.view.metric, request.charts)
    with study.read() as ledger:
        runs = runs_of(ledger, find_run(study, str(request.run)).experiment_id)
        series = tuple(
            series_of(
                ledger, request.run, metric.name, buckets=request.buckets, start=begin, end=end
            )
            for metric in shown
        )
    return Watched(snapshot, runs, metrics, shown, series, first, last)


def in_order(snapshot: WatchSnapshot) -> tuple[MetricLine, ...]:
    """The metrics of a run by how much they tell: pairs of training and validation first, then
    what has a better direction, then the rest.

    The meter's own count seconds, not steps, and share no axis with them: they stand in where
    the script logs nothing.
    """
    by_name = {metric.name: metric for metric in snapshot.metrics}
    paired = [name for pair in snapshot.pairs for name in (pair.train, pair.validation)]
    judged = [metric.name for metric in snapshot.metrics if metric.good]
    names = dict.fromkeys((*paired, *judged, *by_name))
    return tuple(by_name[name] for name in names if name in by_name) or snapshot.meter


def charted(metrics: tuple[MetricLine, ...], chosen: str, charts: int) -> tuple[MetricLine, ...]:
    """The group of metrics that are shown together, with the chosen one among them."""
    names = [metric.name for metric in metrics]
    at = names.index(chosen) if chosen in names else 0
    begin = at - at % max(1, charts)
    return metrics[begin : begin + max(1, charts)]
