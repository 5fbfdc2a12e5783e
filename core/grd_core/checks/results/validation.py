"""What the validation rows say of each locked metric: its value, and its gain.

The one measurement that several results checks judge. Only labels of the validation part
are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grd_core.checks.contract import MetricRule, ResultsContext
from grd_core.errors import DataError, GrdError
from grd_core.statistics.estimate import Estimate

if TYPE_CHECKING:
    from grd_core.statistics.observed import Observed
    from grd_core.statistics.resampling import Units


@dataclass(frozen=True, slots=True)
class MeasuredMetric:
    """One metric's interval, and that of its gain over the baseline in the good direction;
    `gain` is None where there are no baseline predictions."""

    rule: MetricRule
    value: Estimate
    gain: Estimate | None


@dataclass(frozen=True, slots=True)
class Validation:
    """Every locked metric, in the objective's order."""

    metrics: tuple[MeasuredMetric, ...]
    notes: tuple[str, ...]

    @property
    def first_primary(self) -> MeasuredMetric:
        """The first primary metric; the first of all where none is primary."""
        return next((m for m in self.metrics if m.rule.role == "primary"), self.metrics[0])


def validation_of(context: ResultsContext) -> Validation:
    """Every metric over the validation rows that all models answered.

    Raises:
        GrdError: a table cannot be read, or there are no validation predictions.
    """
    from grd_core.statistics.comparisons import drawn_gain
    from grd_core.statistics.estimation import draw_metrics
    from grd_core.statistics.intervals import interval_of

    rows = _Rows.read(context)
    metrics = [rule.metric for rule in context.metrics]
    requests = [(metric, rows.candidate) for metric in metrics]
    if rows.baseline:
        requests += [(metric, rows.baseline) for metric in metrics]
    drawn = draw_metrics(requests, rows.units)
    measured = []
    for place, rule in enumerate(context.metrics):
        value = drawn[place].interval(rows.units, level=context.confidence)
        gain: Estimate | None = None
        if rows.baseline:
            against = drawn[len(metrics) + place]
            observed, gains = drawn_gain(drawn[place], against, rule.direction)
            gain = interval_of(observed, gains, rows.units, level=context.confidence)
        measured.append(MeasuredMetric(rule, value, gain))
    return Validation(tuple(measured), rows.notes)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The models of candidate and baseline on the same validation rows; no baseline, none."""

    candidate: tuple[Observed, ...]
    baseline: tuple[Observed, ...]
    units: Units
    notes: tuple[str, ...]

    @classmethod
    def read(cls, context: ResultsContext) -> _Rows:
        from grd_core.statistics.label_table import read_columns
        from grd_core.statistics.panel import Panel
        from grd_core.statistics.resampling import Units

        if not context.predictions:
            raise DataError(
                "no finished run of the code as it stands has predictions",
                fix="run the experiment; its script writes them with grd_log.predict",
            )
        columns = [context.id_column, context.target, *((context.cluster,) * bool(context.cluster))]
        labels = read_columns(Path(context.train_table), columns)
        panel = Panel(labels[context.id_column], labels[context.target], context.task, "validation")
        candidate = panel.models(*map(Path, (context.predictions, *context.other_seeds)))
        notes: tuple[str, ...] = ()
        baseline = panel.none()
        if context.baseline_predictions:
            try:
                baseline = panel.models(Path(context.baseline_predictions))
            except GrdError as error:
                notes = (f"no paired interval: {error.sentence()}",)
        rows = panel.answered(candidate, baseline)
        if context.cluster:
            units = Units.clusters(labels[context.cluster].iloc[rows], context.cluster)
        else:
            units = Units.rows(len(rows))
        return cls(candidate.on(rows), baseline.on(rows), units, notes)
