"""Effects of calls on models and transformers: fitting, transforming, evaluating."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from grd_core.checks.dataflow import contents, kinds, library, networks, saved
from grd_core.checks.dataflow.columns import NONE, Columns, named, narrowed
from grd_core.checks.dataflow.machine import SPLIT_INSIDE, Call, Machine, Use, taint
from grd_core.checks.dataflow.rows import RESAMPLED
from grd_core.checks.dataflow.values import (
    NOTHING,
    Estimator,
    Fit,
    Forecast,
    Shape,
    Taint,
    Value,
    derived,
    mix,
    sequence,
    shuffled,
)
from grd_core.checks.dataflow.watching import watched

_DATA = (
    "X",
    "x",
    "data",
    "X_train",
    "x_train",
    "training_data",
    "train_set",
    "dtrain",
    "df",
    "generator",
    "sentences",
    "documents",
    "corpus",
)
_TARGET = ("y", "Y", "y_train", "labels", "label", "target")
_TEST = ("X", "x", "data", "X_test", "x_test", "test_data", "dataset", "df")


def class_name(value: Value) -> str:
    """The class of an estimator, or «estimator» where it is not known."""
    return value.thing.name if isinstance(value.thing, Estimator) else "estimator"


def _classes(value: Value) -> tuple[str, ...]:
    if isinstance(value.thing, Estimator):
        return (value.thing.name, *value.thing.parts)
    return ()


def fit(machine: Machine, call: Call, owner: Value) -> Value:
    """`model.fit(X, y)`: the receiver has learned from these rows."""
    features = call.argument(0, *_DATA)
    if features is None:
        features = owner if owner.rows else NOTHING
    features = _yielded(features)
    target = call.argument(1, *_TARGET)
    if features.names and features.fields is None:
        return owner
    if not features.origin and not features.taints:
        return owner
    about = target.columns if target is not None and target.columns.explicit else NONE
    learned = _learned(machine, call, owner, features, target)
    fitted = Fit(
        site=call.site,
        rows=features.origin,
        taints=features.taints,
        target=about,
        subject=call.expression(0, *_DATA),
        statistic=learned,
        has_target=target is not None,
        in_target=target.taints if target is not None else frozenset(),
        through=_through(features),
        moment=machine.moment(call.node),
        features=derived(features),
        label=derived(target) if target is not None else None,
        classes=_classes(owner),
    )
    machine.trained(fitted, watched(fitted, call))
    _validated_inside(machine, call, fitted)
    earlier = owner.fits if owner.instance else ()
    changed = owner._replace(fits=(*earlier, fitted))
    machine.state.overwrite(owner, changed)
    saved.checkpoint(machine, call, changed)
    return changed


def _validated_inside(machine: Machine, call: Call, fitted: Fit) -> None:
    """`fit(…, validation_split=0.2)` judges the model on the last of the rows it is given.

    Rows that were cut out of others leave some that judge the model after the training.
    """
    share = call.keywords.get(SPLIT_INSIDE)
    whole = all(machine.rows[row].parent is None for row in fitted.rows)
    if share is not None and share.constant not in (0, 0.0, None) and whole:
        inside = Use(
            site=fitted.site,
            rows=fitted.rows,
            taints=fitted.taints,
            subject=fitted.subject,
            internal=True,
            method=SPLIT_INSIDE,
            moment=fitted.moment,
        )
        machine.pair(fitted, inside)


def _yielded(features: Value) -> Value:
    """What a generator of batches hands out, the first of each pair."""
    if features.origin or features.taints or features.each is None:
        return features
    return features.each.field(0) or features.each


def _through(features: Value) -> frozenset[int]:
    return features.latent if features.rows else frozenset()


def _learned(
    machine: Machine, call: Call, owner: Value, features: Value, target: Value | None
) -> int:
    classes = _classes(owner)
    own = owner.instance is not None and owner.instance.method("fit") is not None
    if _is_stateless(owner) or own:  # what a method of the program fits is met inside it
        return -1
    supervised = target is not None and any(name in library.SUPERVISED for name in classes)
    holder = getattr(call.node.func, "value", None)
    return machine.statistic(
        call.node,
        class_name(owner),
        features,
        supervised=supervised,
        subject=call.expression(0, *_DATA),
        holder=holder,
    )


def _is_stateless(owner: Value) -> bool:
    """True for a transformer whose output for a row does not depend on other rows."""
    if isinstance(owner.thing, Estimator) and owner.thing.told:
        return True
    classes = _classes(owner)
    return bool(classes) and all(name in library.STATELESS for name in classes)


def transform(machine: Machine, call: Call, owner: Value) -> Value:
    """`transformer.transform(X)`: X with what the transformer learned."""
    features = call.argument(0, *_DATA) or NOTHING
    learned = frozenset(
        Taint(fitted.statistic, about=NONE) for fitted in owner.fits if fitted.statistic >= 0
    )
    # what chose columns for the rows it was fitted on chose them here, too
    inherited = frozenset(t for fitted in owner.fits for t in fitted.taints if t.by_choice)
    made = derived(features)._replace(taints=features.taints | learned | inherited)
    last = _classes(owner)[-1:]
    if any(contents.is_predictor(name) and name not in library.SUPERVISED for name in last):
        return predict(machine, call, owner)
    if _is_stateless(owner):
        return made
    made = shuffled(made)
    if not owner.thing or any(name in contents.SELECTING for name in _classes(owner)):
        return made._replace(columns=narrowed(made.columns))
    return made


def fit_transform(machine: Machine, call: Call, owner: Value) -> Value:
    """Fit, then transform the same rows."""
    return transform(machine, call, fit(machine, call, owner))


def fit_predict(machine: Machine, call: Call, owner: Value) -> Value:
    """Clustering: a label a row, from all rows."""
    return fit_transform(machine, call, owner)._replace(columns=NONE, shape=Shape.SERIES)


def predict(machine: Machine, call: Call, owner: Value) -> Value:
    """`model.predict(X)`, `score`, `evaluate`: the evaluating call."""
    features = _yielded(call.argument(0, *_TEST) or NOTHING)
    subject, method = call.expression(0, *_TEST), getattr(call.node.func, "attr", "")
    judged = owner.fits or _behind(machine, owner, features)
    _evaluated(machine, call, judged, features, subject, method)
    learned = frozenset(
        Taint(fitted.statistic, about=fitted.target)
        for fitted in owner.fits
        if fitted.statistic >= 0
    )
    return Value(
        shape=Shape.SERIES,
        rows=features.rows,
        latent=features.latent,
        taints=features.taints | learned,
        forecast=_forecast(call, owner),
    )


def judge(machine: Machine, call: Call) -> Value | None:
    """`from_estimator(model, X, y)`: a score by a function; None where no model is given."""
    model = machine.state.latest(call.argument(0, "estimator", "classifier") or NOTHING)
    features = _yielded(call.argument(1, *_TEST) or NOTHING)
    if not model.fits or not features.origin:
        return None
    _evaluated(machine, call, model.fits, features, call.expression(1, *_TEST), "score")
    return NOTHING


def _evaluated(
    machine: Machine,
    call: Call,
    judged: Iterable[Fit],
    features: Value,
    subject: ast.expr | None,
    method: str,
) -> None:
    """Pair the trainings of a model with a call that evaluates it on rows."""
    if not features.origin and method not in kinds.SCORING:
        return
    use = Use(
        call.site,
        features.origin,
        features.taints,
        subject,
        method=method,
        through=_through(features),
        moment=machine.moment(call.node),
    )
    for fitted in judged:
        machine.pair(fitted, use)


def _behind(machine: Machine, owner: Value, features: Value) -> list[Fit]:
    """The last training that predictions come from, where an object of its own scores them."""
    if class_name(owner) not in kinds.EVALUATORS:
        return []
    last = max((taint.statistic for taint in features.taints), default=-1)
    return [known for known in machine.facts.fits if known.statistic == last >= 0]


def _forecast(call: Call, owner: Value) -> Forecast | None:
    name = call.node.func.attr if isinstance(call.node.func, ast.Attribute) else ""
    if name in contents.SCORING:
        return Forecast.SCORES
    if name in contents.CLASSIFYING:
        return Forecast.LABELS
    if name not in contents.PREDICTING:
        return None
    if any(contents.is_classifier(one) for one in _classes(owner)):
        return Forecast.LABELS
    return Forecast.NUMBERS


def resample(machine: Machine, call: Call, owner: Value) -> Value:
    """`sampler.fit_resample(X, y)`: these rows and new ones made of them, or fewer of them."""
    pieces = []
    leaves_out = any(name in kinds.UNDERSAMPLERS for name in _classes(owner))
    for value in call.args:
        key = ("part" if leaves_out else RESAMPLED, machine.key(call.node))
        rows = machine.rows.parts(value.origin, key, call.site)
        pieces.append(derived(value, rows=rows))
    return sequence(pieces)


def folds(machine: Machine, call: Call, owner: Value) -> Value:
    """`splitter.split(X)`: pairs of indices, training rows and held-out rows."""
    splits = class_name(owner).endswith(kinds.SPLITTER_ENDINGS)
    if not splits and not any(value.origin for value in call.values):
        return mix((owner,))
    return Value(each=_fold(machine, call, "split" if contents.ONCE in _classes(owner) else "fold"))


def _fold(machine: Machine, call: Call, cut: str = "fold") -> Value:
    key = machine.key(call.node)
    machine.rows.split_at(key, call.site)
    return sequence(
        Value(shape=Shape.INDICES, selects=(cut, key, side)) for side in ("train", "test")
    )


def _splits_once(name: str, call: Call) -> bool:
    """True for `ShuffleSplit(n_splits=1)` and the like."""
    times = call.argument(0, "n_splits")
    return name.endswith("ShuffleSplit") and times is not None and times.constant == 1


def cross_validate(machine: Machine, call: Call) -> Value:
    """`cross_val_score(model, X, y)`: trains and evaluates on parts of X."""
    features = call.argument(1, "X") or NOTHING
    target = call.argument(2, "y")
    about = target.columns if target is not None and target.columns.explicit else NONE
    subject, moment = call.expression(1, "X"), machine.moment(call.node)
    fitted = Fit(
        site=call.site,
        rows=features.origin,
        taints=features.taints,
        target=about,
        subject=subject,
        statistic=-1,
        features=derived(features),
        label=derived(target) if target is not None else None,
        classes=_classes(call.argument(0, "estimator") or NOTHING),
        moment=moment,
    )
    use = Use(call.site, features.origin, features.taints, subject, internal=True, moment=moment)
    if features.origin:
        machine.pair(fitted, use)
    return Value(rows=features.rows, taints=features.taints)


def train(machine: Machine, call: Call, row: library.Known) -> Value:
    """`xgboost.train(params, data)`: returns a fitted model."""
    features = call.argument(row.data, "dtrain", "train_set", "pool") or NOTHING
    model = machine.state.placed(Value(thing=Estimator("Booster")))
    fitted = Fit(
        site=call.site,
        rows=features.origin,
        taints=features.taints,
        target=_label(features),
        subject=call.expression(row.data, "dtrain", "train_set", "pool"),
        statistic=machine.statistic(call.node, "Booster", features, holder=call.node.func),
        through=_through(features),
        moment=machine.moment(call.node),
    )
    machine.trained(fitted, watched(fitted, call))
    return machine.state.overwrite(model, model._replace(fits=(fitted,)))


def _label(features: Value) -> Columns:
    label = features.field("label")
    return label.columns if label is not None and label.columns.explicit else NONE


def construct(machine: Machine, call: Call, name: str) -> Value:
    """`SomeClass(...)`: an estimator or a container, holding the data it was given."""
    given = [networks.held_in(machine, value) for value in call.values]
    held = mix(given)
    held = held if held.origin else NOTHING
    data = next((value for value in given if value.rows), held)  # before a target
    parts: list[str] = []
    for value in call.values:
        parts.extend(_inside(machine, value))
    if _splits_once(name, call):
        parts.append(contents.ONCE)
    made = Value(
        rows=data.rows,
        taints=held.taints,
        columns=call.args[0].columns if call.args else NONE,
        thing=Estimator(name, tuple(dict.fromkeys(parts))[:12], _is_told(name, call)),
        fits=tuple(fit for value in call.values for fit in value.fits),
    )
    if name in kinds.SPLITTERS:
        return made._replace(rows=frozenset(), each=_fold(machine, call))
    if name in library.FITTED_WHEN_MADE and held.origin:
        model = machine.state.placed(Value(thing=made.thing))
        return fit(machine, call, model)
    if name in saved.CHECKPOINTS:
        path = saved.place(call, 0)
        return made if path is None else made.with_field(saved.PATH, path)
    label = call.argument(1, "label", "y")
    if label is not None and label.columns.explicit and held.rows:
        return made._replace(fields=(("label", label),))
    return made


def _is_told(name: str, call: Call) -> bool:
    """True for `OrdinalEncoder(categories=[…])`: what it would learn is given."""
    given = call.keywords.get(library.TOLD.get(name, ""))
    return given is not None and given.constant not in (None, "auto")


def _inside(machine: Machine, value: Value, depth: int = 0) -> list[str]:
    """The classes of the estimators in an argument, however nested."""
    value = machine.state.latest(value)
    names = list(_classes(value))
    if value.instance is not None:
        names.append(contents.OWN)
    if depth < 4:
        for _, item in value.fields or ():
            names.extend(_inside(machine, item, depth + 1))
    return names


def statistic(
    machine: Machine,
    call: Call,
    of: Value,
    what: str,
    *,
    about: Columns = NONE,
    supervised: bool = False,
    subject: ast.expr | None = None,
) -> Value:
    """A statistic of all rows of a value, as a value without rows of its own."""
    subject = getattr(call.node.func, "value", None) if subject is None else subject
    number = machine.statistic(call.node, what, of, supervised=supervised, subject=subject)
    covered = about if about != NONE else of.columns
    return Value(columns=of.columns, taints=of.taints | taint(number, covered), shape=Shape.OTHER)


def keyed_columns(value: Value | None) -> Columns:
    """The columns an aggregation names: the keys of a dict, or the first of each tuple."""
    if value is None:
        return NONE
    return named(key for key, _ in value.fields or () if isinstance(key, str))
