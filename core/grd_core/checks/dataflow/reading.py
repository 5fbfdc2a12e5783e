"""Calls that bring rows from outside, and the names of files they are read from."""

from __future__ import annotations

import ast
from collections.abc import Hashable

from grd_core.checks.dataflow import access, named_parts
from grd_core.checks.dataflow.columns import ALL
from grd_core.checks.dataflow.library import Known
from grd_core.checks.dataflow.machine import Call, Machine
from grd_core.checks.dataflow.unknown_calls import unknown
from grd_core.checks.dataflow.values import NOTHING, Shape, Value, derived, sequence


def read(machine: Machine, call: Call, row: Known) -> Value:
    """Rows from outside; reading the same file twice gives the same rows."""
    name = call.args[0].constant if call.args else None
    place = name if isinstance(name, str) else machine.key(call.node)
    if call.args and not isinstance(name, str) and not machine.stack:
        place = _written_with(machine, call.node.args[0])
    source = machine.rows.source(("read", place), call.site)
    columns = access.columns_named(call.argument(-1, "columns", "usecols") or NOTHING)
    shape = Shape.FRAME if row.name.startswith(("read_", "scan_")) else Shape.ARRAY
    return Value(shape=shape, rows=frozenset((source,)), columns=columns or ALL)


def _written_with(machine: Machine, path: ast.expr) -> Hashable:
    """A path as it is written, with the texts its variables hold: they may be given others."""
    names = sorted({node.id for node in ast.walk(path) if isinstance(node, ast.Name)})
    values = (machine.state.lookup(machine.scopes, name) or NOTHING for name in names)
    told = (value.constant for value in values if isinstance(value.constant, str))
    return (access.written(path), *told)


def path(machine: Machine, call: Call, row: Known) -> Value:
    """`os.path.join(folder, "a.csv")`: a text, what is not known in it as it is written."""
    if call.opaque or len(call.args) != len(call.node.args):
        return unknown(machine, call)
    pieces = zip(call.args, call.node.args, strict=True)
    texts = (
        value.constant if isinstance(value.constant, str) else f"<{access.written(node)}>"
        for value, node in pieces
    )
    return Value(constant="/".join(texts))


def read_parts(machine: Machine, call: Call, row: Known) -> Value:
    """`load_dataset("reviews")`: all parts, or those that `split` names."""
    whole = read(machine, call, row)._replace(shape=Shape.PARTS)
    split = call.argument(-1, "split")
    made = whole if split is None else _split(machine, whole, split, call)
    return sequence((made, NOTHING)) if call.constant("with_info") is True else made


def _split(machine: Machine, whole: Value, split: Value, call: Call) -> Value:
    if split.fields is not None:
        items = [machine.state.latest(item) for _, item in split.fields]
        return sequence(_split(machine, whole, item, call) for item in items)
    if isinstance(split.constant, str):
        return named_parts.part(machine, whole, split.constant, call.node)
    return derived(whole, shape=Shape.FRAME)
