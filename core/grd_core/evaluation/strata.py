"""The locked metrics within strata fixed beforehand, and the worst of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from grd_core.evaluation.schema import Strata, Stratum, StratumMetric, WorstStratum, fields_of
from grd_core.statistics.estimation import draw_metrics
from grd_core.statistics.metrics import Metric
from grd_core.statistics.observed import Observed
from grd_core.statistics.resampling import SEED, Units

MINIMUM_N = 30
"""Rows a stratum needs to be scored; smaller ones are counted."""
LEAST_COMPARED = 2
MOST_VALUES = 40
"""Strata of one column that are scored, the largest first."""
DISTINCT_NUMBERS = 12
"""A number with more distinct values than this is cut into quantiles."""
QUANTILES = 4
STRATA_RESAMPLES = 1_000

Rows = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """What is scored in each stratum: the metrics, the models on all rows, their units."""

    metrics: tuple[Metric, ...]
    models: tuple[Observed, ...]
    units: Units
    level: float

    def within(self, rows: Rows) -> list[StratumMetric]:
        """Every metric on these rows alone."""
        units = self.units.take(rows)
        models = [model.take(rows) for model in self.models]
        requests = [(metric, models) for metric in self.metrics]
        drawn = draw_metrics(requests, units, resamples=STRATA_RESAMPLES, seed=SEED)
        return [
            StratumMetric(
                name=metric.name, **fields_of(found.interval(units, level=self.level), self.level)
            )
            for metric, found in zip(self.metrics, drawn, strict=True)
        ]


def score_strata(scored: Scored, column: str, values: pd.Series[Any]) -> Strata:
    """Every large enough stratum of one column; `values` (n) stand beside the models' rows.

    Dates are cut into months, numbers with many values into quantiles of the test part.
    A missing value is a stratum of its own.
    """
    kind, labels = _levels(values)
    counts = labels.value_counts(sort=True)
    large = [value for value in counts.index if counts[value] >= MINIMUM_N][:MOST_VALUES]
    strata = []
    for value in sorted(large, key=_natural):
        rows = (labels == value).to_numpy()
        strata.append(Stratum(value=str(value), n=int(rows.sum()), metrics=scored.within(rows)))
    left_out = counts.drop(large)
    return Strata(
        column=column,
        kind=kind,
        minimum_n=MINIMUM_N,
        strata=strata,
        too_small=len(left_out),
        rows_too_small=int(left_out.sum()),
        note=f"the {MOST_VALUES} largest of {len(counts)}" if len(counts) > MOST_VALUES else "",
    )


def score_target_quantiles(scored: Scored, column: str, truth: NDArray[np.float64]) -> Strata:
    """Strata by quantile of the true value: where in the target's range the model fails.

    Any model that regresses to the mean is worst at both ends; compare with the baseline.
    """
    labels = _quantiles(pd.Series(truth))
    found = score_strata(scored, column, labels)
    note = "by the true value: predictions that lean to the mean look worst at both ends"
    return found.model_copy(update={"kind": "quantile", "note": note})


def worst_of(
    strata: Sequence[Strata], metric: Metric, overall: float | None
) -> WorstStratum | None:
    """The scored stratum where the metric is worst; None where fewer than two were scored,
    since the only one is as much the best."""
    found = [
        (one.column, stratum, result)
        for one in strata
        for stratum in one.strata
        for result in stratum.metrics
        if result.name == metric.name and result.estimate is not None
    ]
    if len(found) < LEAST_COMPARED:
        return None
    sign = 1.0 if metric.direction == "lower" else -1.0
    column, stratum, result = max(found, key=lambda item: sign * (item[2].estimate or 0.0))
    return WorstStratum(
        **result.model_dump(exclude={"name"}),
        metric=metric.name,
        column=column,
        value=stratum.value,
        overall=overall,
        among=len(found),
        minimum_n=MINIMUM_N,
        note=f"the worst of {len(found)}: its interval is not corrected for having been chosen",
    )


def _levels(values: pd.Series[Any]) -> tuple[Any, pd.Series[Any]]:
    if pd.api.types.is_datetime64_any_dtype(values):
        return "month", values.dt.strftime("%Y-%m").astype(object).fillna("missing")
    numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    if numeric and values.nunique() > DISTINCT_NUMBERS:
        return "quantile", _quantiles(values)
    return "value", values.astype(object).where(values.notna(), "missing").astype(str)


def _quantiles(values: pd.Series[Any]) -> pd.Series[Any]:
    """`low to high` of the quantile each number lies in; equal numbers stay together."""
    cut = pd.qcut(values.astype("float64"), QUANTILES, duplicates="drop")
    names = {
        interval: f"{place}: {interval.left:.6g} to {interval.right:.6g}"
        for place, interval in enumerate(cut.cat.categories, start=1)
    }
    return cut.astype(object).map(names).fillna("missing")


def _natural(value: Any) -> tuple[int, float, str]:
    try:
        return 0, float(value), ""
    except (TypeError, ValueError):
        return 1, 0.0, str(value)
