"""Models that a program writes to a file and reads again: they are the same model."""

from __future__ import annotations

import ast

from grd_core.checks.dataflow import access
from grd_core.checks.dataflow.machine import Call, Machine
from grd_core.checks.dataflow.values import Estimator, Value

CHECKPOINTS = frozenset({"ModelCheckpoint"})
"""Callbacks that write the model they watch to a file."""
PATH = "filepath"
_PATHS = ("filepath", "path", "filename", "file")


def place(call: Call, position: int) -> Value | None:
    """The file a call names: the text itself where it is known, else how it is written."""
    given, node = call.argument(position, *_PATHS), call.expression(position, *_PATHS)
    if given is None or node is None:
        return None
    if isinstance(given.constant, str):
        return Value(constant=given.constant)
    return Value(constant=access.written(node)) if isinstance(node, ast.expr) else None


def save(machine: Machine, call: Call, owner: Value) -> Value:
    """`model.save(path)`."""
    return _kept(machine, owner, place(call, 0))


def dump(machine: Machine, call: Call) -> Value | None:
    """`joblib.dump(model, path)`; None where what is saved is no trained model."""
    model = machine.state.latest(call.args[0]) if call.args else Value()
    return _kept(machine, model, place(call, 1)) if model.fits else None


def checkpoint(machine: Machine, call: Call, trained: Value) -> None:
    """`model.fit(…, callbacks=[ModelCheckpoint(path)])` writes what it has trained."""
    callbacks = call.argument(-1, "callbacks")
    if callbacks is None:
        return
    for _, item in ((None, callbacks), *(callbacks.fields or ())):
        known = machine.state.latest(item)
        if isinstance(known.thing, Estimator) and known.thing.name in CHECKPOINTS:
            _kept(machine, trained, known.field(PATH))


def load(machine: Machine, call: Call) -> Value | None:
    """`load_model(path)`: the model that was written there; None where none was."""
    path = place(call, 0)
    kept = machine.saved.get(path.constant) if path is not None else None
    return None if kept is None else machine.state.placed(kept._replace(location=0))


def _kept(machine: Machine, model: Value, path: Value | None) -> Value:
    if path is not None:
        machine.saved[path.constant] = model
    return Value()
