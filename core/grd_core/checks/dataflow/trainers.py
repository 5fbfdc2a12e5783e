"""Objects that train another object, as in lightning and transformers, as rows of a table."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from grd_core.checks.dataflow import models
from grd_core.checks.dataflow.machine import Call, Machine
from grd_core.checks.dataflow.networks import held_in
from grd_core.checks.dataflow.values import NOTHING, Estimator, Value

TRAINERS = frozenset({"Trainer", "Seq2SeqTrainer", "SFTTrainer", "SetFitTrainer"})
_KEPT = (("model", 0), ("train_dataset", 3), ("eval_dataset", 4), ("callbacks", -1))
"""What a trainer is made with, by name or position, and keeps for later."""


@dataclass(frozen=True, slots=True)
class Step:
    """One row: the method `name` of a trainer, and where the rows it works on come from.

    They are the argument at `position` or under one of `keywords`; else what the trainer `keeps`
    under this name; else what the method `loader` of a module hands out.
    """

    name: str
    does: str
    position: int = -1
    keywords: tuple[str, ...] = ()
    keeps: str = ""
    loader: str = ""


LIGHTNING: tuple[Step, ...] = (
    Step("fit", "fit", 1, ("train_dataloaders", "train_dataloader"), loader="train_dataloader"),
    Step("test", "evaluate", 1, ("dataloaders", "test_dataloaders"), loader="test_dataloader"),
    Step("validate", "evaluate", 1, ("dataloaders", "val_dataloaders"), loader="val_dataloader"),
    Step("predict", "predict", 1, ("dataloaders",), loader="predict_dataloader"),
)
"""Their model is the first argument."""
TRANSFORMERS: tuple[Step, ...] = (
    Step("train", "fit", keeps="train_dataset"),
    Step("evaluate", "evaluate", 0, ("eval_dataset",), keeps="eval_dataset"),
    Step("predict", "predict", 0, ("test_dataset",)),
)
"""Their model is the one they were made with."""


def is_trainer(value: Value) -> bool:
    """True for an object of a class in the table."""
    return isinstance(value.thing, Estimator) and value.thing.name in TRAINERS


def construct(machine: Machine, call: Call, name: str) -> Value:
    """`Trainer(model, train_dataset=…)`."""
    made = Value(thing=Estimator(name))
    for kept, position in _KEPT:
        value = call.argument(position, kept)
        if value is not None:
            made = made.with_field(kept, value)
    return made


def method(machine: Machine, call: Call, owner: Value, name: str) -> Value | None:
    """What a trainer's method does to the model it trains; None for any other method."""
    keeps_model = owner.field("model") is not None
    for step in TRANSFORMERS if keeps_model else LIGHTNING:
        if step.name == name:
            return _run(machine, call, owner, step)
    return None


def _run(machine: Machine, call: Call, owner: Value, step: Step) -> Value:
    model = NOTHING
    if owner.field("model") is None:
        model = machine.state.latest(call.argument(0, "model") or NOTHING)
    data = _rows(machine, call, owner, model, step)
    if data is None:
        return NOTHING
    rows, written = data
    asked = _call(call, owner, step.does, held_in(machine, rows), written)
    if step.does != "fit":
        return models.predict(machine, asked, model if model.fits else owner)
    trained = models.fit(machine, asked, model if model.location else owner)
    # «test» and «predict» without a model mean the one that was trained last
    machine.state.overwrite(owner, machine.state.latest(owner)._replace(fits=trained.fits))
    return NOTHING


def _rows(
    machine: Machine, call: Call, owner: Value, model: Value, step: Step
) -> tuple[Value, ast.expr | None] | None:
    given = call.argument(step.position, *step.keywords)
    if given is not None and given.instance is None:
        return given, call.expression(step.position, *step.keywords)
    kept = owner.field(step.keeps) if step.keeps else None
    if kept is not None:
        return machine.state.latest(kept), None
    for module, written in _modules(call, model, given, step):
        for name in ("prepare_data", "setup", step.loader):
            loaded = _invoke(machine, call, module, name)
        if loaded is not None:
            return loaded, written
    return None if given is None else (given, call.expression(step.position, *step.keywords))


def _modules(
    call: Call, model: Value, given: Value | None, step: Step
) -> Iterator[tuple[Value, ast.expr | None]]:
    """Objects that may hand out loaders: a data module, or the model itself."""
    named = call.argument(-1, "datamodule")
    if named is not None:
        yield named, call.expression(-1, "datamodule")
    if given is not None:
        yield given, call.expression(step.position, *step.keywords)
    yield model, call.expression(0, "model")


def _invoke(machine: Machine, call: Call, module: Value, name: str) -> Value | None:
    function = module.instance.method(name) if module.instance is not None else None
    if function is None:
        return None
    bound = replace(function, receiver=machine.state.latest(module))
    return machine.invoke(bound, call._replace(args=(), keywords={}))


def _call(call: Call, owner: Value, does: str, rows: Value, written: ast.expr | None) -> Call:
    """The call as the model's own: `model.fit(rows, val_dataloaders=…)`."""
    keywords = dict(call.keywords)
    spelt = list(call.node.keywords)
    watched = call.argument(2, "val_dataloaders") or owner.field("eval_dataset")
    if does == "fit" and watched is not None:
        expression = call.expression(2, "val_dataloaders")
        keywords["val_dataloaders"] = watched
        if expression is not None and "val_dataloaders" not in call.keywords:
            spelt.append(ast.keyword("val_dataloaders", expression))
    callbacks = owner.field("callbacks")
    if callbacks is not None:
        keywords["callbacks"] = callbacks
    model = call.expression(0, "model") if owner.field("model") is None else None
    own = call.node.func
    holder = model or (own.value if isinstance(own, ast.Attribute) else own)
    func = ast.copy_location(ast.Attribute(holder, does, ast.Load()), call.node.func)
    node = ast.copy_location(ast.Call(func, [] if written is None else [written], spelt), call.node)
    return Call(node, call.site, (rows,), keywords, call.opaque)
