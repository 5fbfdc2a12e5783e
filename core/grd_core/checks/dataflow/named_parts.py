"""Data sets that come in parts by name, such as «train» and «test»."""

from __future__ import annotations

import ast

from grd_core.checks.dataflow.machine import Call, Machine
from grd_core.checks.dataflow.values import Shape, Value, derived


def divided(machine: Machine, call: Call, owner: Value) -> Value:
    """`rows.train_test_split(test_size=0.2)`, whose parts are called «train» and «test»."""
    return derived(owner, shape=Shape.PARTS)


def part(machine: Machine, whole: Value, name: str, node: ast.expr) -> Value:
    """The part with a name; of `train[:80%]` some of the rows of «train»."""
    rows, site = whole.origin, machine.site(node)
    stem, _, slices = name.partition("[")
    for key in (("named", stem), *([("slice", slices)] if slices else [])):
        rows = machine.rows.parts(rows, key, site)
    return derived(whole, rows=rows, shape=Shape.FRAME)
