"""Rows a training call watches while it trains, as rows of a table."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from grd_core.checks.dataflow.machine import Call, Facts, ModelPair, Use, Watch
from grd_core.checks.dataflow.values import Estimator, Fit, Value


@dataclass(frozen=True, slots=True)
class Watched:
    """An argument with rows the training call measures itself on.

    `position` is where it stands without its name in a call of `function`, -1 where it has to be
    named. `pairs` says that the argument is a list of sets, each a set or a tuple that starts with
    one.
    """

    keyword: str
    position: int = -1
    pairs: bool = False
    function: str = ""


WATCHED: tuple[Watched, ...] = (
    Watched("validation_data"),  # keras
    Watched("eval_set", pairs=True),  # xgboost, lightgbm, catboost, tabnet
    Watched("evals", 3, pairs=True, function="train"),  # xgboost.train
    Watched("valid_sets", 3, pairs=True, function="train"),  # lightgbm.train
    Watched("val_dataloaders"),  # lightning
    Watched("valid_dl"),  # fastai
    Watched("X_val"),
    Watched("eval_dataset"),  # transformers
)


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


CHOOSERS = _names(
    "EarlyStopping ModelCheckpoint ReduceLROnPlateau early_stopping EarlyStoppingCallback "
    "EarlyStoppingHandler SaveModelCallback"
)
"""Callbacks that stop the training, or keep a state of the model, by the watched rows."""
CHOOSING_KEYWORDS = _names("early_stopping_rounds use_best_model od_wait od_type")
"""Arguments of a training call or of a model that do the same."""
CHOOSING_MODELS = _names(
    "CatBoost CatBoostClassifier CatBoostRegressor TabNetClassifier TabNetRegressor"
)
"""Models that keep their best state by the watched rows unless they are told not to."""


def watched(fitted: Fit, call: Call) -> Iterator[Watch]:
    """The sets a training call watches, but those it trains on."""
    for known in WATCHED:
        position = known.position if call.name == known.function else -1
        value = call.argument(position, known.keyword)
        written = call.expression(position, known.keyword)
        if value is None or written is None:
            continue
        for held, subject in _sets(value, written, known):
            if held.origin and not held.origin & fitted.rows:
                yield Watch(fitted, held.origin, subject, chooser(call))


def watched_pairs(facts: Facts) -> Iterator[ModelPair]:
    """Training calls with the rows they measure themselves on."""
    for watch in facts.watches:
        fit = watch.fit
        yield ModelPair(fit, Use(fit.site, watch.rows, frozenset(), watch.subject))


def chooser(call: Call) -> str:
    """What in the arguments of a call keeps a state of the model by watched rows."""
    for name, value in sorted(call.keywords.items(), key=lambda pair: pair[0]):
        if name in CHOOSING_KEYWORDS and value.constant not in (None, False):
            return name
    callbacks = call.argument(-1, "callbacks")
    names = {value.thing.name for value in _held(callbacks) if isinstance(value.thing, Estimator)}
    for keyword in call.node.keywords:
        if keyword.arg == "callbacks":
            names |= {getattr(n, "id", getattr(n, "attr", "")) for n in ast.walk(keyword.value)}
    return min(names & CHOOSERS, default="")


def _held(value: Value | None) -> Iterator[Value]:
    if value is not None:
        yield value
        for _, item in value.fields or ():
            yield item
        if value.each is not None:
            yield value.each


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
