"""Loops that try cutoffs on labels and keep the best, and accuracy where classes are rare."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from grd_core.checks.dataflow.machine import Facts
from grd_core.checks.dataflow.metric_calls import MetricCall, is_last_judged, metric_calls
from grd_core.checks.dataflow.parse import Unit
from grd_core.checks.dataflow.seed_selection import kept_best, picked_later

_BALANCING = frozenset(
    {
        "SMOTE",
        "ADASYN",
        "BorderlineSMOTE",
        "SVMSMOTE",
        "KMeansSMOTE",
        "SMOTENC",
        "SMOTETomek",
        "SMOTEENN",
        "RandomOverSampler",
        "RandomUnderSampler",
    }
)
_WEIGHTS = frozenset({"class_weight", "scale_pos_weight", "auto_class_weights"})
_TELLING = (
    "f1",
    "auc",
    "roc",
    "recall",
    "precision",
    "confusion",
    "report",
    "balanced_acc",
    "matthews",
    "mcc",
    "kappa",
    "sensitivity",
    "specificity",
    "g_mean",
    "geometric_mean",
    "brier",
    "log_loss",
    "fbeta",
    "crosstab",
    "error",
    "r2",
)
_PICKS = frozenset({"max", "argmax", "min", "argmin", "nanargmax", "nanmax"})


@dataclass(frozen=True, slots=True)
class TriedCutoffs:
    """A loop over cutoffs that scores each on the labels it is judged by."""

    item: MetricCall
    variable: str
    loop_line: int
    pick_line: int


@dataclass(frozen=True, slots=True)
class OnlyAccuracy:
    """Accuracy as the only score, where the program itself says that classes are rare."""

    path: str
    line: int
    shown_by: str
    shown_line: int


def tried_cutoffs(units: tuple[Unit, ...], facts: Facts) -> Iterator[TriedCutoffs]:
    """Every loop or comprehension that picks a cutoff by a metric on held-out labels."""
    scored = {item.call.node: item for item in metric_calls(facts) if not item.metric.scores}
    if not scored:
        return
    for unit in units:
        calls = unit.nodes.of(ast.Call)
        for node in unit.nodes.of_any(ast.For, ast.Assign):
            tried: tuple[MetricCall, str, int] | None = None
            if isinstance(node, ast.For) and isinstance(node.target, ast.Name):
                tried = _in_loop(node, node.target.id, scored)
                line = (kept_best(node) or picked_later(calls, node)) if tried else 0
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.ListComp):
                tried = _in_comprehension(node.value, scored)
                line = _picked(calls, node) if tried else 0
            if tried is not None and line and is_last_judged(facts, tried[0].predicted.rows):
                yield TriedCutoffs(tried[0], tried[1], tried[2], line)


def _in_loop(
    loop: ast.For, variable: str, scored: dict[ast.Call, MetricCall]
) -> tuple[MetricCall, str, int] | None:
    cut: set[str] = set()
    for node in ast.walk(loop):
        if isinstance(node, ast.Assign) and _compares(node.value, variable):
            cut |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    for node in ast.walk(loop):
        item = scored.get(node) if isinstance(node, ast.Call) else None
        if item is not None and item.predicted_node is not None:
            by_name = isinstance(item.predicted_node, ast.Name) and item.predicted_node.id in cut
            if by_name or _compares(item.predicted_node, variable):
                return item, variable, loop.lineno
    return None


def _in_comprehension(
    made: ast.ListComp, scored: dict[ast.Call, MetricCall]
) -> tuple[MetricCall, str, int] | None:
    target = made.generators[0].target
    variable = target.id if isinstance(target, ast.Name) else ""
    for node in ast.walk(made.elt):
        item = scored.get(node) if isinstance(node, ast.Call) else None
        given = item.predicted_node if item is not None else None
        if item is not None and given is not None and _compares(given, variable):
            return item, variable, made.lineno
    return None


def _compares(node: ast.expr, variable: str) -> bool:
    return any(
        isinstance(inner, ast.Compare)
        and any(isinstance(name, ast.Name) and name.id == variable for name in ast.walk(inner))
        for inner in ast.walk(node)
    )


def _picked(calls: Iterable[ast.Call], assigned: ast.Assign) -> int:
    """The line that takes the best of a list of scores, 0 for none."""
    names = {target.id for target in assigned.targets if isinstance(target, ast.Name)}
    for call in calls:
        func = call.func
        name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
        inside = {inner.id for inner in ast.walk(call) if isinstance(inner, ast.Name)}
        if name in _PICKS and inside & names and call.lineno >= assigned.lineno:
            return call.lineno
    return 0


def only_accuracy(units: tuple[Unit, ...], facts: Facts) -> Iterator[OnlyAccuracy]:
    """The first accuracy of a program that balances classes and reports nothing else."""
    shown = _balanced(facts)
    if shown is None or _tells_more(units):
        return
    for item in metric_calls(facts):
        if item.metric.name == "accuracy_score":
            site = item.call.site
            yield OnlyAccuracy(site.path, site.line, *shown)
            return


def _balanced(facts: Facts) -> tuple[str, int] | None:
    for item in facts.calls:
        name = item.symbol.rpartition(".")[2]
        if name in _BALANCING:
            return f"`{name}`", item.call.site.line
        for keyword in _WEIGHTS & set(item.call.keywords):
            if item.call.constant(keyword) is not None or item.call.keywords[keyword].fields:
                return f"`{keyword}`", item.call.site.line
    return None


def _tells_more(units: tuple[Unit, ...]) -> bool:
    for unit in units:
        if any(word in text.lower() for text in _words(unit) for word in _TELLING):
            return True
    return False


def _words(unit: Unit) -> Iterator[str]:
    """The names and short texts of a file or cell."""
    yield from (node.attr for node in unit.nodes.of(ast.Attribute))
    yield from (node.id for node in unit.nodes.of(ast.Name))
    yield from (node.name for node in unit.nodes.of(ast.alias))
    for node in unit.nodes.of(ast.Constant):
        if isinstance(node.value, str) and len(node.value) < 40:
            yield node.value
