"""D214: can the test part show the claimed gain at all?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from grd_core.checks.contract import (
    Cost,
    DataContext,
    Evidence,
    Group,
    Judgement,
    Kind,
    Measurement,
    MetricRule,
    NotApplicable,
    Severity,
    Status,
    Thresholds,
)
from grd_core.checks.data.frames import frames_of
from grd_core.checks.data.trivial_pairs import SEED, Answers, answers_of, units_of
from grd_core.errors import GrdError

if TYPE_CHECKING:
    from grd_core.statistics.metrics import Metric
    from grd_core.statistics.resampling import Units

LEVEL = 0.95
RESAMPLES = 400


class TestPartTooSmall:
    """The test part is too small to show the smallest gain worth having.

    ## What it finds
    A metric of the objective whose minimum effect is smaller than the half-width that the
    interval of a paired gain can be expected to have on the test part.

    ## Why it matters
    A test part that cannot tell the claimed gain from none makes every answer «inconclusive».
    That is known before anything is trained, and costs a peek to find out afterwards.

    ## How it is measured
    On the training part alone; no label outside it is read. A constant, a linear model and a
    tree of depth 3 are cross-fitted over two random halves of the independent units (values of
    the objective's cluster, else days where time is dated, else values of the first declared
    group, else rows) and score some 8,000 rows in whole units. The gain of the linear model and
    of the tree over the constant is drawn again 400 times by units and 400 times by rows,
    paired. The two variances give how alike rows of a unit are; from that follows the standard
    error on as many rows and units as the test part holds, and with the t quantile the
    half-width at 95%. The narrower of the two is the value.
    A warning is given where it is more than `half_width_ratio = 1.0` times the minimum effect,
    with the rows that would be enough, and where the test part holds fewer than
    `minimum_units = 10` units, which no interval can be drawn from. The value, n and method are
    those of the first primary metric.

    ## How to fix it
    Give the test part more independent units (days, groups), not only more rows; or declare a
    minimum effect that it can show, with its reason.

    ## When it is wrong
    It is an expectation, not a bound. Two models that err on the same rows have a narrower
    interval than a model and a constant, two that disagree more a wider one. A test part that
    is harder or of larger units than the training part has a wider one.

    ## Reference
    Card et al. 2020, *With Little Power Comes Great Responsibility*, EMNLP. Cohen 1988,
    *Statistical Power Analysis for the Behavioral Sciences*. Kish 1965, *Survey Sampling*,
    section 5.4, for the design effect. Field & Welsh 2007, *Bootstrapping clustered data*,
    JRSS B 69:369-390.
    """

    code: ClassVar[str] = "D214"
    title: ClassVar[str] = "The test part cannot show the claimed gain"
    group: ClassVar[Group] = Group.DATA
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.WARNING
    cost: ClassVar[Cost] = "slow"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "arXiv:2010.06595",
        "doi:10.1111/j.1467-9868.2007.00593.x",
    )
    family: ClassVar[str] = "power"
    thresholds: ClassVar[Thresholds] = {"half_width_ratio": 1.0, "minimum_units": 10.0}

    def measure(self, context: Any) -> Measurement | NotApplicable:
        """The half-width to expect of each metric's paired gain on the test part.

        Raises:
            DataError: a table cannot be read.
        """
        context = cast(DataContext, context)
        rules = [rule for rule in context.metrics if rule.minimum_effect]
        if not rules:
            return NotApplicable("no metric has a minimum effect to hold the test part against")
        frames = frames_of(context)
        if isinstance(frames, NotApplicable):
            return frames
        if not frames.target:
            return NotApplicable("no target is declared")
        test = units_of(frames.test, context)
        if test.count < self.thresholds["minimum_units"]:
            return self._too_few(test, context)
        answers = answers_of(frames, context)
        if isinstance(answers, NotApplicable):
            return answers
        if answers.units.name != test.name:
            return NotApplicable(f"`{answers.units.name}` is not in both tables")
        widths, notes = _widths(answers, rules, test)
        if not widths:
            return NotApplicable("; ".join(notes))
        first = next((w for w in widths if w.rule.role == "primary"), widths[0])
        return Measurement(
            value=first.half_width,
            method=(
                f"half-width to expect of the paired 95% interval of {first.rule.name} on"
                f" {test.count:,} {_many(test)}, from {answers.units.count:,} training"
                f" {_many(test)} ({len(answers.rows):,} rows, seed {SEED}): {first.model} model"
                " against a constant, cross-fitted, bootstrap"
            ),
            n=len(frames.test),
            evidence=tuple(self._evidence(one, test, context) for one in widths if one.too_wide),
            notes=notes,
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """Warned where the half-width to expect is beyond the minimum effect."""
        found = [
            (item.value, item.threshold)
            for item in measurement.evidence
            if item.value is not None and item.threshold is not None
        ]
        if measurement.value is None:  # units were counted, no width was measured
            short = any(units < thresholds["minimum_units"] for units, _ in found)
        else:
            ratio = thresholds["half_width_ratio"]
            short = any(half_width > ratio * effect for half_width, effect in found)
        return Status.WARNED if short else Status.PASSED

    def _evidence(self, width: _Width, test: Units, context: DataContext) -> Evidence:
        rows = len(test.of_row)
        factor = (width.half_width / width.effect) ** 2
        needed = f"{math.ceil(rows * factor):,} rows"
        if test.clustered:
            needed += f" of {math.ceil(test.count * factor):,} {_many(test)}"
        return Evidence(
            title=self.title,
            why=(
                f"on {_size(test)} the 95% interval of a paired gain in {width.rule.name} is"
                f" expected to be ±{width.half_width:.3g}, more than the minimum effect"
                f" {width.effect:.3g}: a gain of that size cannot be told from none;"
                f" about {needed} would be enough"
            ),
            fix=(
                f"hold out about {needed} for the test part, or declare a minimum effect of"
                f" {width.half_width:.2g} or more"
            ),
            severity=Severity.WARNING,
            path=context.test,
            value=width.half_width,
            threshold=width.effect,
        )

    def _too_few(self, test: Units, context: DataContext) -> Measurement:
        least = self.thresholds["minimum_units"]
        return Measurement(
            value=None,
            method="independent units of the test part, counted",
            n=len(test.of_row),
            evidence=(
                Evidence(
                    title=self.title,
                    why=(
                        f"the test part holds {_size(test)}: fewer than {least:.0f} independent"
                        " units give no interval, so no gain can be shown on it"
                    ),
                    fix=f"hold out {least:.0f} {_many(test)} at the least, better many more",
                    severity=Severity.WARNING,
                    path=context.test,
                    value=float(test.count),
                    threshold=least,
                ),
            ),
        )


@dataclass(frozen=True, slots=True)
class _Width:
    """What is to be expected of a metric's gain on the test part, and from which model."""

    rule: MetricRule
    effect: float
    half_width: float
    model: str

    @property
    def too_wide(self) -> bool:
        return self.half_width > TestPartTooSmall.thresholds["half_width_ratio"] * self.effect


def _widths(
    answers: Answers, rules: list[MetricRule], test: Units
) -> tuple[list[_Width], tuple[str, ...]]:
    """The narrower half-width of each metric; and why there is none for another."""
    widths, notes = [], []
    for rule in rules:
        try:
            found = _of_models(answers, rule.metric, test)
        except GrdError as error:
            notes.append(f"{rule.name}: not estimable: {error.what}")
            continue
        if found:
            half_width, model = min(found)
            widths.append(_Width(rule, float(rule.minimum_effect or 0.0), half_width, model))
        else:
            notes.append(f"{rule.name}: not estimable: no trivial model differs from a constant")
    return widths, tuple(notes)


def _of_models(answers: Answers, metric: Metric, test: Units) -> list[tuple[float, str]]:
    """The half-width of each model's gain over the constant, where it has one."""
    from grd_core.statistics.estimation import draw_metrics
    from grd_core.statistics.resampling import Units

    models = [name for name in ("linear", "tree") if name in answers.models]
    asked = [(metric, (answers.observed(metric, name),)) for name in ("constant", *models)]
    by_unit = draw_metrics(asked, answers.units, resamples=RESAMPLES, seed=SEED)
    by_row = by_unit
    if answers.units.clustered:
        rows = Units.rows(len(answers.rows))
        by_row = draw_metrics(asked, rows, resamples=RESAMPLES, seed=SEED)
    found: list[tuple[float, str]] = []
    for place, name in enumerate(models, start=1):
        between, among = (
            _variance(drawn[place].replicates - drawn[0].replicates) for drawn in (by_unit, by_row)
        )
        if between and among:
            found.append((_half_width(between, among, answers.units, test), name))
    return found


def _variance(gains: Any) -> float:
    """The variance of replicates; 0 where the gain is undefined or does not vary."""
    import numpy as np

    defined = gains[np.isfinite(gains)]
    if defined.size < 0.95 * gains.size or np.ptp(defined) <= 1e-12:
        return 0.0
    return float(defined.var(ddof=1))


def _half_width(by_unit: float, by_row: float, scored: Units, test: Units) -> float:
    """From the variances of a gain on the scored rows, drawn by unit and by row, to its 95%
    half-width on the test part's.

    The ratio of the two is 1 + (m − 1)·ρ for units of m rows that are alike to the degree ρ,
    with m the size of a row's unit on average; the variance by row falls as 1/n.
    Source: Kish 1965, *Survey Sampling*, section 5.4.
    """
    from scipy import stats

    alike = 0.0
    if (size := _rows_a_unit(scored)) > 1:
        alike = min(max((by_unit / by_row - 1) / (size - 1), 0.0), 1.0)
    effect = 1 + (_rows_a_unit(test) - 1) * alike
    error = math.sqrt(by_row * len(scored.of_row) / len(test.of_row) * effect)
    return error * float(stats.t.ppf((1 + LEVEL) / 2, test.count - 1))


def _rows_a_unit(units: Units) -> float:
    """The size of the unit that a row is of, on average over rows."""
    import numpy as np

    sizes = np.bincount(units.of_row)
    return float((sizes**2).sum() / sizes.sum())


def _size(units: Units) -> str:
    rows = f"{len(units.of_row):,} rows"
    return f"{rows} of {units.count:,} {_many(units)}" if units.clustered else rows


def _many(units: Units) -> str:
    return {"row": "rows", "day": "days"}.get(units.name, f"values of {units.name}")
