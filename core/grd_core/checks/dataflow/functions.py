"""Effects of functions of libraries, one for each kind of row in the table of functions."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable

from grd_core.checks.dataflow import access, copies, mapped, models, networks, reading, saved
from grd_core.checks.dataflow.columns import NONE
from grd_core.checks.dataflow.expressions import elements
from grd_core.checks.dataflow.library import Effect, Known
from grd_core.checks.dataflow.machine import Call, Machine, taint
from grd_core.checks.dataflow.unknown_calls import unknown
from grd_core.checks.dataflow.values import (
    NOTHING,
    Nature,
    Shape,
    Value,
    derived,
    mix,
    sequence,
    shuffled,
)

_DECIDES = frozenset({"random_state", "test_size", "train_size", "shuffle", "stratify"})


def _judge(machine: Machine, call: Call, row: Known) -> Value:
    judged = models.judge(machine, call)
    return unknown(machine, call) if judged is None else judged


def _load(machine: Machine, call: Call, row: Known) -> Value:
    model = saved.load(machine, call)
    if model is not None:
        return model
    return reading.read(machine, call, row) if row.packages else unknown(machine, call)


def _save(machine: Machine, call: Call, row: Known) -> Value:
    written = saved.dump(machine, call)
    return unknown(machine, call) if written is None else written


def _split(machine: Machine, call: Call, row: Known) -> Value:
    """`train_test_split(a, b)`: every argument is cut into the same two parts."""
    key = _seeded(call) or machine.key(call.node)
    machine.rows.split_at(key, call.site)
    parts: list[Value] = []
    sides = 2
    if row.name != "train_test_split" and len(call.args) > 1:
        sides = max(2, len(call.args[1].fields or ()))
    whole = call.args if row.name == "train_test_split" else call.args[:1]
    for value in (networks.held_in(machine, given) for given in whole):
        for side in range(sides):
            if value.shape is Shape.INDICES and not value.rows:
                parts.append(derived(value)._replace(selects=("split", key, side)))
                continue
            rows = machine.rows.parts(value.origin, ("split", key, side), call.site)
            parts.append(derived(value, rows=rows))
    return sequence(parts)


def _seeded(call: Call) -> tuple[Hashable, ...] | None:
    """What decides a split where its seed is known: with it the same rows are cut alike."""
    if not isinstance(call.constant("random_state"), int) or call.opaque:
        return None
    given = [(k.arg, access.written(k.value)) for k in call.node.keywords]
    decides = (pair for pair in given if pair[0] in _DECIDES)
    return ("seeded", *sorted((str(name), text) for name, text in decides))


def _concat(machine: Machine, call: Call, row: Known) -> Value:
    """Rows of several values, or with axis=1 their columns side by side."""
    if row.name == "append" and len(call.args) > 1:
        pieces = list(call.args)
    else:
        whole = call.argument(0, "objs", "tensors", "arrays", "values") or NOTHING
        pieces = [machine.state.latest(item) for _, item in whole.fields or ()] or [whole]
    mixed = mix(pieces)
    columns = next((piece.columns for piece in pieces if piece.columns != NONE), NONE)
    shape = Shape.FRAME if row.name == "concat" else Shape.OTHER
    axis = call.argument(2 if row.name == "append" else 1, "axis", "dim")
    beside = axis is not None and axis.fields is None and axis.constant in (1, -1, "columns")
    if beside or not mixed.origin:
        return mixed._replace(shape=shape)
    below = axis is None or axis.constant in (0, "index", "rows")
    rows = _stackable(pieces) if below else [mixed.origin]
    together = frozenset((machine.rows.stack(rows, call.site),))
    return shuffled(mixed._replace(rows=together, columns=columns, shape=shape))


def _stackable(pieces: list[Value]) -> list[frozenset[int]]:
    """The rows of each piece; pieces of other columns, or of one row, have none in common."""
    explicit = [piece.columns for piece in pieces if piece.columns.explicit]
    disjoint = len(explicit) > 1 and not any(
        one.meets(other) for one, other in itertools.combinations(explicit, 2)
    )
    single = any(piece.shape is Shape.ROW for piece in pieces)
    if disjoint or single:
        return [mix(pieces).origin]
    return [piece.origin for piece in pieces]


def _statistic(machine: Machine, call: Call, row: Known) -> Value:
    of = call.argument(0, "a", "x", "X", "data") or NOTHING
    axis = call.argument(1, "axis")
    across = axis is not None and not axis.origin and axis.constant in (1, -1, "columns")
    if across or of.shape is Shape.ROW or not of.origin:
        return mix((of,)) if of.rows else Value(taints=of.taints)
    subject = call.expression(0, "a", "x", "X", "data")
    if not row.supervised:
        return models.statistic(machine, call, of, row.name, subject=subject)
    target = call.argument(row.target, "y") or NOTHING
    return models.statistic(
        machine, call, of, row.name, about=target.columns, supervised=True, subject=subject
    )


def _statistic_in_rows(machine: Machine, call: Call, row: Known) -> Value:
    of = call.argument(0, "x", "X", "a") or NOTHING
    bins = call.argument(1, "bins")
    if row.name == "cut" and (bins is None or not isinstance(bins.constant, int)):
        return derived(of)._replace(taints=of.taints | (bins.taints if bins else frozenset()))
    if of.shape is Shape.ROW or not of.origin:
        return mix((of,))
    number = machine.statistic(call.node, row.name, of, subject=call.expression(0, "x", "X", "a"))
    return derived(of)._replace(taints=of.taints | taint(number, of.columns))


def _count(machine: Machine, call: Call, row: Known) -> Value:
    return NOTHING


def _indices(machine: Machine, call: Call, row: Known) -> Value:
    if row.name == "where" and len(call.args) > 1:
        return unknown(machine, call)  # a choice between two values, row by row
    if row.name == "range":
        counted = mapped.numbers_of_objects(machine, call)
        if counted is not None:
            return counted
    return Value(shape=Shape.INDICES, selects=(machine.key(call.node),))


def _cross_validate(machine: Machine, call: Call, row: Known) -> Value:
    return models.cross_validate(machine, call)


def _curve(machine: Machine, call: Call, row: Known) -> Value:
    """`roc_curve(y, scores)`: numbers at every cutoff, without rows of their own."""
    labels = call.argument(0, "y_true") or NOTHING
    subject = call.expression(0, "y_true")
    taints = mix(call.values).taints
    if not labels.origin:
        return Value(taints=taints)
    number = machine.statistic(call.node, row.name, labels, subject=subject, nature=Nature.CUTOFF)
    return Value(taints=taints | taint(number))


def _pipeline(machine: Machine, call: Call, row: Known) -> Value:
    return models.construct(machine, call, row.name)


def _zip(machine: Machine, call: Call, row: Known) -> Value:
    return Value(each=sequence(elements(machine, value) for value in call.args))


def _enumerate(machine: Machine, call: Call, row: Known) -> Value:
    counted = call.args[0] if call.args else NOTHING
    if counted.iterated is not None:
        pairs = [
            sequence((Value(constant=number), machine.state.latest(item)))
            for number, item in enumerate(counted.iterated)
        ]
        return sequence(pairs)
    return Value(each=sequence((NOTHING, elements(machine, counted))))


def _next(machine: Machine, call: Call, row: Known) -> Value:
    """`next(rows)`: what an iterator hands out here, it hands out nowhere else."""
    found = elements(machine, call.args[0]) if call.args else NOTHING
    return _drawn(machine, call, found)


def _drawn(machine: Machine, call: Call, value: Value) -> Value:
    rows = machine.rows.parts(value.origin, ("next", machine.key(call.node)), call.site)
    if value.fields is None or not rows:
        return derived(value, rows=rows)
    items = ((key, _drawn(machine, call, item)) for key, item in value.fields)
    return value._replace(rows=rows, fields=tuple(items), location=0)


def _itself(machine: Machine, call: Call, row: Known) -> Value:
    if not call.args:
        return sequence(())
    given = call.args[0]
    if given.shape is Shape.MAPPING:
        return sequence(given.iterated or ())
    return given._replace(location=0)


def _dict(machine: Machine, call: Call, row: Known) -> Value:
    fields = tuple(call.keywords.items())
    made = mix(call.keywords.values())._replace(fields=fields, shape=Shape.MAPPING)
    return made if call.keywords or not call.args else call.args[0]._replace(location=0)


FUNCTION_EFFECTS: dict[Effect, Callable[[Machine, Call, Known], Value]] = {
    Effect.READ: reading.read,
    Effect.PARTS: reading.read_parts,
    Effect.PATH: reading.path,
    Effect.LOAD: _load,
    Effect.JUDGE: _judge,
    Effect.SAVE: _save,
    Effect.SPLIT: _split,
    Effect.CONCAT: _concat,
    Effect.STATISTIC: _statistic,
    Effect.STATISTIC_IN_ROWS: _statistic_in_rows,
    Effect.COUNT: _count,
    Effect.INDICES: _indices,
    Effect.REPEAT: copies.repeat_function,
    Effect.SUBSET: networks.subset,
    Effect.LOADER: networks.loader,
    Effect.DRAW: copies.draw_function,
    Effect.LEAVE_OUT: copies.leave_out,
    Effect.TRAIN: models.train,
    Effect.CROSS_VALIDATE: _cross_validate,
    Effect.CURVE: _curve,
    Effect.PIPELINE: _pipeline,
    Effect.ZIP: _zip,
    Effect.MAP: mapped.map_function,
    Effect.ENUMERATE: _enumerate,
    Effect.NEXT: _next,
    Effect.ITSELF: _itself,
    Effect.DICT: _dict,
}
