"""A run as a face without a screen shows it: its snapshot, curves, seeds, machine, output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grd_core.ledger.read import Reader
from grd_core.runs.gpu_panel import ONCE_S, GpuPanel, gpu_panel
from grd_core.runs.metric_lines import MetricLine
from grd_core.runs.output import OutputLine, read_output
from grd_core.runs.overlay import Band, band, extent_of, placed_series, seeds_of
from grd_core.runs.progress import progress_of
from grd_core.runs.series import Series
from grd_core.runs.watching import WatchSnapshot, watch_snapshot
from grd_core.study import Study

BUCKETS = 40
"""Pieces of a curve."""


@dataclass(frozen=True, slots=True)
class WatchedRun:
    """Everything that is shown of one run. `curves` and `seeds` are by metric; a metric that
    only this run logged has no seeds."""

    snapshot: WatchSnapshot
    metrics: tuple[MetricLine, ...]
    curves: Mapping[str, Series]
    seeds: Mapping[str, Band]
    machine: GpuPanel
    output: tuple[OutputLine, ...]


def watched_run(study: Study, run_id: int, *, words: str = "") -> WatchedRun:
    """A run with the curves of its metrics over all steps; reads only.

    Args:
        study: the study.
        run_id: its id.
        words: narrow the metrics to those whose names hold all of these, in any case.
    """
    snapshot = watch_snapshot(study, str(run_id))
    metrics = narrowed(snapshot.metrics, words)
    curves: dict[str, Series] = {}
    seeds: dict[str, Band] = {}
    with study.read() as ledger:
        ids = seeds_of(ledger, run_id)
        for metric in metrics:
            found = _curves(ledger, run_id, ids, metric.name)
            curves[metric.name] = found[run_id]
            if len(found) > 1 and (one := band(list(found.items()))) is not None:
                seeds[metric.name] = one
        machine = gpu_panel(progress_of(ledger.driver, run_id), patience_s=ONCE_S)
    return WatchedRun(snapshot, metrics, curves, seeds, machine, read_output(snapshot.stdout))


def narrowed(metrics: tuple[MetricLine, ...], words: str) -> tuple[MetricLine, ...]:
    """The metrics whose names hold all of these words, in any case."""
    sought = words.lower().split()
    return tuple(m for m in metrics if all(word in m.name.lower() for word in sought))


def _curves(ledger: Reader, run_id: int, ids: tuple[int, ...], metric: str) -> dict[int, Series]:
    """The metric of every run that logged it, over the steps of all of them."""
    extents = {id_: one for id_ in ids if (one := extent_of(ledger, id_)) is not None}
    start = min(one.first_step for one in extents.values())
    end = max(one.last_step for one in extents.values())
    found = {
        id_: placed_series(
            ledger,
            id_,
            metric,
            buckets=BUCKETS,
            start=float(start),
            end=float(end),
            axis="step",
            extent=extent,
        )
        for id_, extent in extents.items()
    }
    return {id_: one for id_, one in found.items() if one.total or id_ == run_id}
