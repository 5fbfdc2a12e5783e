"""Rows a training call watches while it trains, as rows of a table."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from grd_core.checks.dataflow.machine import Call, Watch
from grd_core.checks.dataflow.values import Fit, Value


@dataclass(frozen=True, slots=True)
class Watched:
    """An argument with rows the training call measures itself on.

    `position` is where it stands without its name, -1 where it has to be named. `pairs` says
    that the argument is a list of sets, each a set or a tuple that starts with one.
    """

    keyword: str
    position: int = -1
    pairs: bool = False


WATCHED: tuple[Watched, ...] = (
    Watched("validation_data"),  # keras
    Watched("eval_set", pairs=True),  # xgboost, lightgbm, catboost, tabnet
    Watched("evals", pairs=True),  # xgboost.train
    Watched("valid_sets", pairs=True),  # lightgbm.train
    Watched("val_dataloaders"),  # lightning
    Watched("valid_dl"),  # fastai
    Watched("X_val"),
    Watched("eval_dataset"),  # transformers
)


def watched(fitted: Fit, call: Call) -> Iterator[Watch]:
    """The sets a training call watches, but those it trains on."""
    for known in WATCHED:
        value = call.argument(known.position, known.keyword)
        written = call.expression(known.position, known.keyword)
        if value is None or written is None:
            continue
        for held, subject in _sets(value, written, known):
            if held.origin and not held.origin & fitted.rows:
                yield Watch(fitted, held.origin, subject)


def _sets(value: Value, written: ast.expr, known: Watched) -> Iterator[tuple[Value, ast.expr]]:
    """Features of each set; the value as a whole where its items are not known."""
    if not known.pairs:
        first = value.field(0)
        yield first if first is not None else value, _first(written)
        return
    items = [item for _, item in value.fields or ()]
    elements = written.elts if isinstance(written, ast.List | ast.Tuple) else []
    tells_sets = isinstance(written, ast.List) or any(item.fields for item in items)
    if not items or not tells_sets:
        first = value.field(0)
        yield first if first is not None else value, _first(written)
        return
    for number, item in enumerate(items):
        subject = elements[number] if number < len(elements) else written
        first = item.field(0)
        yield first if first is not None else item, _first(subject)


def _first(written: ast.expr) -> ast.expr:
    if isinstance(written, ast.Tuple | ast.List) and written.elts:
        return _first(written.elts[0])
    return written
