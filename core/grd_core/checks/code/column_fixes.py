"""Corrections of C108, C110 and C112: one call or one expression, each as edits of the text."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grd_core.checks.code.made_at import made_at
from grd_core.checks.code.text_edits import Edit, Source
from grd_core.checks.dataflow import contents
from grd_core.checks.dataflow.lookahead import looks_ahead
from grd_core.checks.dataflow.machine import Facts
from grd_core.checks.dataflow.metric_calls import Flaw, MetricFlaw, metric_flaws
from grd_core.checks.dataflow.parse import Unit
from grd_core.checks.dataflow.target_copies import Relation, target_copies

_FORWARD = {"bfill": "ffill", "backfill": "ffill"}
_DIRECTIONS = {"bfill": "ffill", "backfill": "ffill", "both": "forward", "backward": "forward"}
_RANKING = frozenset(
    {"roc_auc_score", "roc_curve", "average_precision_score", "precision_recall_curve"}
)


def backward_corrections(source: Source, facts: Facts, line: int) -> Iterator[list[Edit]]:
    """Fills and windows that look back instead of ahead; a shift is the researcher's to change."""
    for found in looks_ahead(facts):
        if found.statistic.site.line != line:
            continue
        for call in _calls(source.tree, found.statistic.what):
            func = call.func
            if call.lineno != line:
                continue
            if isinstance(func, ast.Attribute) and func.attr in _FORWARD:
                yield [source.replaced(func, f"{source.written(func.value)}.{_FORWARD[func.attr]}")]
            for keyword in call.keywords:
                value = keyword.value
                text = value.value if isinstance(value, ast.Constant) else None
                if isinstance(text, str) and text in _DIRECTIONS:
                    yield [source.replaced(value, f'"{_DIRECTIONS[text]}"')]
                elif keyword.arg == "center":
                    yield [source.replaced(value, "False")]


def target_corrections(
    source: Source, units: tuple[Unit, ...], facts: Facts, line: int
) -> Iterator[list[Edit]]:
    """The target dropped where the features are put together."""
    for copy in target_copies(facts):
        made = made_at(units, copy.pair.train.subject, copy.pair.train.site)
        wanted = copy.relation is Relation.SAME and made is not None and made.lineno == line
        if made is None or not wanted or _reads_target(source, made, copy.target):
            continue
        if isinstance(made, ast.Name | ast.Attribute | ast.Subscript | ast.Call):
            dropped = f'{source.written(made)}.drop(columns=["{copy.target}"])'
            yield [source.replaced(made, dropped)]


def _reads_target(source: Source, made: ast.expr, target: str) -> bool:
    """True when the target is read later from what the expression is assigned to."""
    statement = source.statement_of(made)
    names = {
        name.id
        for node in getattr(statement, "targets", [])
        for name in ast.walk(node)
        if isinstance(name, ast.Name)
    }
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            named = node.slice.value == target
        else:
            named = isinstance(node, ast.Attribute) and node.attr == target
        owner = node.value if isinstance(node, ast.Subscript | ast.Attribute) else None
        if named and isinstance(owner, ast.Name) and owner.id in names:
            return True
    return False


def metric_corrections(source: Source, facts: Facts, line: int) -> Iterator[list[Edit]]:
    """Arguments exchanged, or the scores of a classifier in place of its classes."""
    for found in metric_flaws(facts):
        item = found.item
        true, predicted = item.true_node, item.predicted_node
        if item.call.site.line != line or true is None or predicted is None:
            continue
        if found.flaw is Flaw.SWAPPED:
            yield [
                source.replaced(true, source.written(predicted)),
                source.replaced(predicted, source.written(true)),
            ]
        elif found.flaw is Flaw.HARD_LABELS:
            yield from _scored(source, found, predicted)


def _scored(source: Source, found: MetricFlaw, predicted: ast.expr) -> Iterator[list[Edit]]:
    classes = found.pair.train.classes if found.pair is not None else ()
    known = len(classes) == 1 and classes[0] in contents.WITH_PROBABILITIES
    if not known or found.item.metric.name not in _RANKING:
        return
    for call in _calls(predicted, "predict"):
        if call is predicted and len(call.args) == 1 and isinstance(call.func, ast.Attribute):
            model, rows = source.written(call.func.value), source.written(call.args[0])
            yield [source.replaced(call, f"{model}.predict_proba({rows})[:, 1]")]


def _calls(inside: ast.AST, name: str) -> Iterator[ast.Call]:
    """Calls of a method by this name."""
    for node in ast.walk(inside):
        func = node.func if isinstance(node, ast.Call) else None
        if isinstance(node, ast.Call) and isinstance(func, ast.Attribute) and func.attr == name:
            yield node
