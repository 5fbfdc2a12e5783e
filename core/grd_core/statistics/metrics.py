"""The metrics a study may register: the catalogue, and how a name is found in it.

Light at import. The formulas live in `forms`, which is imported only when something is
computed, so that the cockpit can validate an objective without loading numpy.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from grd_core.errors import UsageError
from grd_core.statistics.metrics_elsewhere import ELSEWHERE, NoMetric
from grd_core.statistics.metrics_entry import (
    Direction,
    Distribution,
    Metric,
    Needs,
    Own,
    Task,
    Unfit,
    gain,
)
from grd_core.statistics.metrics_of_classes import OF_LABELS, OF_SCORES
from grd_core.statistics.metrics_of_numbers import OF_NUMBERS
from grd_core.statistics.own_metric import OwnSource, is_own

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = [
    "CATALOGUE",
    "ELSEWHERE",
    "USUAL",
    "Direction",
    "Distribution",
    "Metric",
    "Needs",
    "NoMetric",
    "Task",
    "Unfit",
    "compute",
    "find_metric",
    "gain",
    "lookup",
    "metric_of",
    "metrics_for",
    "no_metric",
    "registered_name",
    "source_of",
    "suggest",
]

USUAL = (
    "mae", "mse", "rmse", "median_ae", "r2", "mape",
    "accuracy", "balanced_accuracy", "f1", "roc_auc", "average_precision", "log_loss", "brier",
)  # fmt: skip
"""What most questions need, in the order in which it is offered."""

CATALOGUE: tuple[Metric, ...] = tuple(
    sorted(
        (*OF_NUMBERS, *OF_LABELS, *OF_SCORES),
        key=lambda metric: USUAL.index(metric.name) if metric.name in USUAL else len(USUAL),
    )
)
"""Every metric the tool can compute by name, the usual ones first.

`brier` over two classes is the squared error of the positive class and lies in [0, 1];
over more it sums the classes and lies in [0, 2], as Brier defined it.
"""


@cache
def _by_name() -> dict[str, Metric]:
    known = {_key(metric.name): metric for metric in CATALOGUE}
    for metric in CATALOGUE:
        for alias in metric.aliases:
            known.setdefault(_key(alias), metric)
    return known


@cache
def _elsewhere() -> dict[str, NoMetric]:
    return {_key(name): kind for kind in ELSEWHERE for name in kind.names}


def _key(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def lookup(name: str) -> Metric | None:
    """The metric of this name or alias, in any case, with or without underscores."""
    return None if is_own(name) else _by_name().get(_key(name))


def no_metric(name: str) -> NoMetric | None:
    """Why a name that other libraries know is no metric here; None for any other name."""
    return _elsewhere().get(_key(name))


def suggest(name: str) -> str:
    """The registered name nearest to this one, empty when nothing is near."""
    near = difflib.get_close_matches(_key(name), _by_name(), n=1, cutoff=0.5)
    return _by_name()[near[0]].name if near else ""


def metrics_for(task: str) -> str:
    """The usual metrics of a task in a few words, and how many more there are."""
    names = [metric.name for metric in CATALOGUE if task in metric.tasks]
    usual = [name for name in names if name in USUAL]
    return f"{', '.join(usual)} or one of {len(names) - len(usual)} more"


def find_metric(name: str, *, where: str = "") -> Metric:
    """The metric of this name or alias.

    Raises:
        UsageError: nothing is registered under it; the nearest name is given.
    """
    metric = lookup(name)
    if metric is None:
        other = no_metric(name)
        if other is not None:
            raise UsageError(
                f"{name} is no metric here: {other.why}", where=where, fix=other.instead
            )
        near = suggest(name)
        known = ", ".join(item.name for item in CATALOGUE)
        fix = f"did you mean {near}?" if near else f"use one of {known}"
        raise UsageError(f"no metric is called {name!r}", where=where, fix=fix)
    return metric


def registered_name(name: str) -> str:
    """The name in the catalogue, or the name as written if it is not there."""
    known = lookup(name)
    return known.name if known else name


def metric_of(item: Mapping[str, Any], root: str) -> Metric:
    """The metric that an item of a decision rule names: the catalogue's, or one's own.

    Args:
        item: of `metrics` in a locked rule.
        root: the study's root, which the files of one's own functions are relative to.

    Raises:
        UsageError: the catalogue does not know it.
    """
    own = item.get("own")
    if own is None:
        return find_metric(item["name"])
    source = source_of(item)
    return Metric(
        name=item["name"],
        title=f"a function of the study's own, {source.described()}",
        direction=item["direction"],
        low=-math.inf if own["low"] is None else own["low"],
        high=math.inf if own["high"] is None else own["high"],
        tasks=("regression", "binary", "multiclass"),
        needs=own["needs"],
        aliases=(),
        source=source.described(),
        own=Own(source, root),
    )


def source_of(item: Mapping[str, Any]) -> OwnSource:
    """The recorded source of a metric of one's own, from its item of a decision rule."""
    own = item["own"]
    files = tuple((str(path), str(sha256)) for path, sha256 in own["files"])
    return OwnSource(item["name"], files, own["installed"], own["weighted"])


def compute(
    name: str,
    y_true: ArrayLike,
    y_pred: ArrayLike | None = None,
    scores: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    *,
    classes: Sequence[Any] | None = None,
) -> float:
    """One metric of n rows; NaN where it is undefined, such as roc_auc of one class.

    `scores` is (n,) for two classes, the probability of the last of the sorted classes,
    or (n, k) in the order of `classes`. `weights` is (n,) and not negative.

    Raises:
        UsageError: unknown metric, or it needs predictions or scores that are not given.
    """
    from grd_core.statistics.forms import form_of, observe

    metric = find_metric(name)
    observed = observe(metric, y_true, y_pred, scores, classes=classes)
    return form_of(metric, observed).value(weights)
