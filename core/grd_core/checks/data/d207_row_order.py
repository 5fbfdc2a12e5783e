"""D207: the place of a row in the file, or its id, tells the target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from grd_core.checks.contract import (
    Cost,
    DataContext,
    Evidence,
    Group,
    Judgement,
    Kind,
    Measurement,
    NotApplicable,
    Severity,
    Thresholds,
    judge_by_severity,
)
from grd_core.checks.data.frames import frames_of
from grd_core.checks.data.row_orders import (
    Order,
    Trend,
    orders_of,
    trend_of,
    without_explained,
)
from grd_core.checks.data.training_labels import Labels, labels_of

_SEED = 207
_MOST_ROWS = 5000


class RowOrderTellsTarget:
    """Row order or id that predicts the target.

    ## What it finds
    A training file sorted by the target or made of one class after the other; ids, or another
    column that numbers nearly every row, given in blocks by class. Looked at are the position in
    the file, the number and the alphabetical place of the id, and every other column of whole
    numbers or codes that are at least 95% distinct.

    ## Why it matters
    A model given such a column predicts from how the data was collected. Even without it, an
    unshuffled cross-validation trains on other classes than it tests, and a cut by position is
    no random cut.

    ## How it is measured
    At most 5,000 training rows, drawn with a fixed seed. For each order |Spearman| with a number,
    or the largest AUC of one class against the others; its p-value is that of a random
    permutation in its normal limit, widened by the autocorrelation of what the trend leaves.
    Further, how much of the target the five rows to either side explain. All p-values stand
    together under Benjamini–Hochberg at `significance = 0.002`. It warns where the order is
    that sharp and is no order of something else:

    - a trend: |Spearman| of `spearman_floor = 0.3` or an AUC of `auc_floor = 0.65` and more,
    - blocks of a class: neighbours explain `blocks_floor = 0.8` or more, and no time is declared.

    Orders that follow the declared time, another time, a number or a name in the table are left
    out: they tell what that column tells. Where neighbours explain half of the target or more, the
    rows are taken for a series and a trend counts from `sorted_floor = 0.98` of either measure.
    Neighbours that explain `series_floor = 0.2` of the target without a declared time are told
    as an info.

    ## How to fix it
    Drop the id from the features, and shuffle before an unordered split. If the rows follow time,
    declare the time column and split by it.

    ## When it is wrong
    A series without its time column looks like a sorted file where it only rises, or like blocks
    where its classes last long. Ids that were honestly given in order of a cause that is not in
    the table alarm as well.

    ## Reference
    Kaufman, Rosset and Perlich, «Leakage in data mining», KDD 2011 (the patient id of the KDD Cup
    2008 told the diagnosis). Newey and West, «A simple, positive semi-definite,
    heteroskedasticity and autocorrelation consistent covariance matrix», Econometrica 55(3), 1987.
    """

    code: ClassVar[str] = "D207"
    title: ClassVar[str] = "Row order or id predicts the target"
    group: ClassVar[Group] = Group.DATA
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.WARNING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "https://doi.org/10.1145/2020408.2020496",
        "https://doi.org/10.2307/1913610",
    )
    family: ClassVar[str] = "target"
    thresholds: ClassVar[Mapping[str, float]] = {
        "significance": 0.002,
        "spearman_floor": 0.3,
        "auc_floor": 0.65,
        "blocks_floor": 0.8,
        "sorted_floor": 0.98,
        "series_floor": 0.2,
    }

    def measure(self, context: Any) -> Measurement | NotApplicable:
        """Hold the orders of the training rows against the target.

        Raises:
            DataError: a table cannot be read.
        """
        context = cast(DataContext, context)
        frames = frames_of(context)
        if isinstance(frames, NotApplicable):
            return frames
        labels = labels_of(frames, _MOST_ROWS, _SEED)
        if isinstance(labels, NotApplicable):
            return labels
        table = labels.table(frames).drop(columns=[frames.target])
        barred = [context.time, *context.groups]
        orders = orders_of(
            table.drop(columns=barred, errors="ignore"), labels.rows, context.id_column
        )
        orders, followed = without_explained(orders, table, context.time)
        if not orders:
            return NotApplicable("; ".join(followed) or "there is no order to look at")
        trends = [trend_of(one, labels.values, bool(labels.classes)) for one in orders]
        told = self._told(orders, trends, labels, context)
        strongest = max(trends, key=lambda one: one.effect)
        return Measurement(
            value=strongest.effect,
            method=(
                f"{_measure(labels)} of {len(orders)} orders with the target, permutation p in its"
                f" normal limit widened by autocorrelation; {labels.sampled}, seed {_SEED}"
            ),
            n=labels.n,
            evidence=tuple(_evidence(one, labels, context) for one in told),
            notes=tuple(followed),
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """Warned by any order that tells the target; a series by itself passes."""
        return judge_by_severity(measurement)

    def _told(
        self, orders: list[Order], trends: list[Trend], labels: Labels, context: DataContext
    ) -> list[_Told]:
        from scipy.stats import false_discovery_control

        limits = self.thresholds
        adjusted = false_discovery_control(
            [p for one in trends for p in (one.p_value, one.neighbours_p)]
        )
        floor = limits["auc_floor" if labels.classes else "spearman_floor"]
        told = []
        for order, trend, p, alike_p in zip(
            orders, trends, adjusted[::2], adjusted[1::2], strict=True
        ):
            alike = trend.neighbours if alike_p <= limits["significance"] else 0.0
            # What a sorted file leaves is one smooth curve, whose autocorrelation proves nothing.
            is_sorted = trend.effect >= limits["sorted_floor"] and alike > 0
            is_trend = p <= limits["significance"] and trend.effect >= floor and alike < _SERIES
            if is_sorted or is_trend:
                proof = min(p, alike_p) if is_sorted else p
                told.append(_Told(order, trend, "trend", float(proof), floor))
            elif labels.classes and alike >= limits["blocks_floor"] and not context.time:
                told.append(_Told(order, trend, "blocks", float(alike_p), limits["blocks_floor"]))
            elif alike >= limits["series_floor"] and not context.time:
                told.append(_Told(order, trend, "series", float(alike_p), limits["series_floor"]))
        return told


_SERIES = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """An order that tells the target, how («trend», «blocks» or «series»), adjusted p-value and
    the floor it passed."""

    order: Order
    trend: Trend
    way: str
    p_value: float
    floor: float


def _measure(labels: Labels) -> str:
    return "AUC of one class against the others" if labels.classes else "|Spearman|"


def _evidence(told: _Told, labels: Labels, context: DataContext) -> Evidence:
    order, trend, target = told.order, told.trend, context.target
    which = ""
    if labels.classes:
        # repr: a value from data may hold control characters.
        which = f" (`{target}` {labels.classes[trend.place][:40]!r})"
    tail = f"p {'< 1e-6' if told.p_value < 1e-6 else f'= {told.p_value:.2g}'}, n = {labels.n:,}"
    fix = "shuffle the rows, or declare the time that they follow"
    if order.column:
        fix = f"keep `{order.column}` out of the features and ask how it was given"
    if told.way == "trend":
        title = f"{order.what} tells the target"
        low, high = _interval(trend, labels)
        why = (
            f"{order.what} tells `{target}`: {_measure(labels)} {trend.effect:.3f}"
            f" [{low:.3f}, {high:.3f}]{which}, {tail}"
        )
    else:
        title = f"rows that are neighbours by {order.what} have the same target"
        why = (
            f"the five rows to either side, by {order.what}, explain {trend.neighbours:.0%} of"
            f" `{target}`, {tail}"
        )
    return Evidence(
        title=title[0].upper() + title[1:] if told.way != "trend" else title,
        why=why,
        fix=fix,
        severity=Severity.INFO if told.way == "series" else Severity.WARNING,
        path=context.train,
        value=trend.effect if told.way == "trend" else trend.neighbours,
        threshold=told.floor,
        family="target",
    )


def _interval(trend: Trend, labels: Labels) -> tuple[float, float]:
    """95%: Hanley and McNeil's for an AUC, Fisher's z with Bonett and Wright's variance (2000,
    *Psychometrika* 65(1)) for Spearman's correlation."""
    import math

    from grd_core.checks.data.predictive_score import auc_interval

    if labels.classes:
        positives = int(labels.values[:, trend.place].sum())
        bound = auc_interval(trend.effect, positives, labels.n - positives)
        return bound.low, bound.high
    r = min(trend.effect, 1 - 1e-9)
    half = 1.959964 * math.sqrt((1 + r * r / 2) / (labels.n - 3))
    return math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)
