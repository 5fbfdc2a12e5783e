"""What a metric of one's own will cost: asked before a look at frozen labels is spent on it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from grd_core.errors import RefusedError
from grd_core.statistics.metrics import Metric
from grd_core.statistics.own_metric import OWN_RESAMPLES

AFFORDABLE_S = 600.0
"""How long all calls of one function may take; scoring is killed after 900 s."""


def require_affordable(metrics: Sequence[Metric], task: str, rows: int, models: int) -> None:
    """Call each function of one's own once, on invented rows, and reckon what scoring takes.

    Args:
        metrics: the locked ones; those of the catalogue cost nothing to speak of.
        task: of the study.
        rows: how many are frozen.
        models: over how many models all rows are resampled, strata counted as one more each.

    Raises:
        RefusedError: a function is too slow to be resampled, or its source is not the locked one.
        DataError: it cannot be imported.
    """
    for metric in metrics:
        if metric.own is None:
            continue
        from grd_core.statistics.own_metric_run import example_of, own_form

        form = own_form(metric, metric.own, example_of(task, rows))
        form.value()  # the first call may still import something
        begun = time.perf_counter()
        form.value()
        takes_s = (time.perf_counter() - begun) * OWN_RESAMPLES * models
        if takes_s > AFFORDABLE_S:
            raise RefusedError(
                f"{OWN_RESAMPLES * models:,} calls of {metric.name} on {rows:,} rows would take"
                f" {takes_s / 60:,.0f} minutes; {AFFORDABLE_S / 60:.0f} are allowed",
                where=metric.own.source.files[0][0],
                fix="make it faster: let numpy do the loop over the rows; then amend",
            )
