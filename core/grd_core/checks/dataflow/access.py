"""Attributes and items: reading and writing columns, rows, fields and positions."""

from __future__ import annotations

import ast
from collections.abc import Hashable
from dataclasses import replace

from grd_core.checks.dataflow import library, named_parts
from grd_core.checks.dataflow.columns import ALL, NONE, Columns, named, narrowed
from grd_core.checks.dataflow.machine import Copied, Machine
from grd_core.checks.dataflow.values import (
    NOTHING,
    Absent,
    Class,
    Estimator,
    Module,
    Shape,
    Taint,
    Value,
    derived,
    join_all,
    mix,
    moved,
    restricted,
)

_POSITIONAL = frozenset({"iloc", "loc", "at", "iat", "ix"})
_OF = "of"  # some of the numbers that pick rows: some of the rows these pick
_OF_OTHER_ROWS = (Shape.GROUPS, Shape.WINDOW)
_ITSELF = frozenset(
    {"best_estimator_", "best_pipeline", "named_steps", "steps", "estimator_", "named_estimators_"}
)


def columns_named(value: Value) -> Columns | None:
    """The columns a value names when it is used as an index; None if it names none."""
    if value.shape is Shape.NAMES:
        return value.columns
    names = value.names
    return named(names) if names else None


def attribute(machine: Machine, owner: Value, name: str, node: ast.expr) -> Value:
    """`owner.name`."""
    known = _of_program(machine, owner, name)
    if known is not None:
        return known
    if owner.symbol and not owner.fits and not owner.rows:
        return Value(symbol=f"{owner.symbol}.{name}", latent=owner.latent)
    if owner.fits or isinstance(owner.thing, Estimator):
        return _of_estimator(owner, name)
    return _of_data(machine, owner, name)


def _of_program(machine: Machine, owner: Value, name: str) -> Value | None:
    """A member of an instance, a class or a module of the files under review."""
    if owner.fields is not None or owner.instance is not None:
        item = owner.field(name)
        if item is not None:
            return machine.state.latest(item)
        method = owner.instance.method(name) if owner.instance else None
        if method is not None:
            return Value(thing=replace(method, receiver=owner))
    if isinstance(owner.thing, Module):
        return machine.state.lookup((owner.thing.scope,), name) or NOTHING
    if isinstance(owner.thing, Class):
        method = owner.thing.method(name)
        found = next((v for key, v in owner.thing.attributes if key == name), None)
        return Value(thing=method) if method else found or NOTHING
    return None


def _of_estimator(owner: Value, name: str) -> Value:
    if name in _ITSELF:
        return owner
    learned = frozenset(
        Taint(fit.statistic, ALL, fit.target) for fit in owner.fits if fit.statistic >= 0
    )
    return Value(taints=learned, rows=owner.rows, columns=owner.columns)


def _of_data(machine: Machine, owner: Value, name: str) -> Value:
    if name in library.NEUTRAL_ATTRIBUTES:
        return NOTHING
    if name == "columns":
        known = owner.columns if owner.columns != NONE else ALL
        return Value(shape=Shape.NAMES, columns=known)
    if name == "index" and owner.origin:
        return Value(shape=Shape.INDICES, rows=owner.origin, selects=("rows", owner.origin))
    if name in _POSITIONAL or (name == "data" and not owner.fields):
        return owner
    if name == "T":
        return _transposed(machine, owner)
    is_column = name != "index" and name not in library.VIEW_ATTRIBUTES
    if is_column and (owner.rows or owner.taints):
        shape = owner.shape if owner.shape in _OF_OTHER_ROWS else Shape.SERIES
        picked = select_columns(owner, named((name,)), shape)
        return picked._replace(copies=owner.copies) if owner.shape is Shape.SERIES else picked
    return derived(owner)


def _transposed(machine: Machine, owner: Value) -> Value:
    """`np.vstack((y, 2 * y)).T`: what was stacked on its own rows stands beside them."""
    pieces = (
        machine.rows[row].members if machine.rows[row].repeats else {row} for row in owner.rows
    )
    return derived(owner, rows=frozenset().union(*pieces))


def select_columns(owner: Value, columns: Columns, shape: Shape) -> Value:
    """The columns of a table, with the statistics that are in them."""
    if not owner.origin:
        # a table of statistics: picking one narrows what it is about
        taints = frozenset(
            taint._replace(about=columns)
            if columns.explicit and not taint.about.explicit
            else taint
            for taint in owner.taints
            if taint.where.meets(columns)
        )
        return Value(taints=taints, columns=columns)
    kept = columns if owner.columns in (NONE, ALL) else columns.intersection(owner.columns)
    if kept == NONE:
        kept = columns
    picked = derived(owner, shape=Shape.ROW if owner.shape is Shape.ROW else shape)
    copies = kept if kept.explicit and shape not in _OF_OTHER_ROWS else NONE
    return picked._replace(columns=kept, copies=copies, taints=restricted(owner.taints, columns))


def select_rows(machine: Machine, owner: Value, key: Hashable, node: ast.expr) -> Value:
    """Some rows of a value: the same key picks the same rows."""
    if owner.shape is Shape.INDICES and not owner.rows:
        return derived(owner)._replace(selects=(_OF, owner.selects, key))
    if not owner.origin or owner.shape is Shape.ROW:
        return derived(owner)
    if isinstance(key, tuple) and len(key) == 3 and key[0] == _OF:
        owner, key = select_rows(machine, owner, key[1], node), key[2]
    return derived(owner, rows=machine.rows.parts(owner.origin, key, machine.site(node)))


def subscript(machine: Machine, node: ast.Subscript) -> Value:
    """`owner[index]` as a value."""
    owner = machine.evaluate(node.value)
    index = node.slice
    if owner.shape is Shape.NAMES:
        chooser = machine.evaluate(index)
        some = derived(owner)._replace(columns=narrowed(ALL))
        return some._replace(taints=owner.taints | chooser.taints)
    if owner.fields is not None and not isinstance(index, ast.Slice | ast.Tuple):
        return _item(machine, owner, machine.evaluate(index))
    if isinstance(index, ast.Tuple) and len(index.elts) >= 2:
        rows = _by_position(machine, owner, index.elts[0], node)
        return _select_second(machine, rows, index.elts[1])
    if isinstance(index, ast.Slice):
        return _sliced(machine, owner, index, node)
    if isinstance(node.value, ast.Attribute) and node.value.attr in _POSITIONAL:
        return _by_position(machine, owner, index, node)
    return _by_label(machine, owner, index, node)


def _sliced(machine: Machine, owner: Value, index: ast.Slice, node: ast.expr) -> Value:
    bounds = [bound for bound in (index.lower, index.upper) if bound is not None]
    for bound in bounds:
        machine.evaluate(bound)
    if not bounds and (index.step is None or written(index.step) == "-1"):
        return derived(owner)
    return select_rows(machine, owner, ("slice", written(index), machine.stack), node)


def _by_position(machine: Machine, owner: Value, index: ast.expr, node: ast.expr) -> Value:
    """`owner.iloc[index]`, or the first of two indices: always rows."""
    if isinstance(index, ast.Slice):
        return _sliced(machine, owner, index, node)
    value = machine.evaluate(index)
    if not isinstance(value.constant, Absent):
        return derived(owner, shape=Shape.ROW)
    return _picked(machine, owner, index, value, node)


def _by_label(machine: Machine, owner: Value, index: ast.expr, node: ast.expr) -> Value:
    """`owner[index]`: columns if it names any, else rows if it has or picks any."""
    value = machine.evaluate(index)
    if owner.shape is Shape.PARTS and isinstance(value.constant, str):
        return named_parts.part(machine, owner, value.constant, node)
    columns = columns_named(value)
    if owner.shape in _OF_OTHER_ROWS:
        return owner if columns is None else select_columns(owner, columns, owner.shape)
    if columns is not None:
        shape = Shape.SERIES if isinstance(value.constant, str) else Shape.FRAME
        return _chosen(select_columns(owner, columns, shape), value)
    if not isinstance(value.constant, Absent):
        return _numbered(machine, owner, value.constant, node)
    if value.rows or value.shape in (Shape.MASK, Shape.INDICES):
        return _picked(machine, owner, index, value, node)
    picked = _some_columns(owner)
    if owner.rows and value.fields is None:  # perhaps some rows, perhaps columns
        key = ("picked", written(index), machine.stack)
        through = machine.rows.source(key, machine.site(node))
        picked = picked._replace(latent=picked.latent | {through})
    return _chosen(picked, value)


def _numbered(machine: Machine, owner: Value, number: Hashable, node: ast.expr) -> Value:
    """`items[0]`: of a list that a loop has filled, what one turn put there."""
    if owner.each is None or not isinstance(number, int):
        return derived(owner)
    if owner.each.fields is not None or not owner.each.origin:
        return owner.each
    key = ("element", number)
    return derived(owner.each, machine.rows.parts(owner.each.origin, key, machine.site(node)))


def _some_columns(owner: Value) -> Value:
    """The value with columns left out that nobody named."""
    return derived(owner)._replace(columns=narrowed(owner.columns), copies=NONE)


def _picked(machine: Machine, owner: Value, index: ast.expr, value: Value, node: ast.expr) -> Value:
    if not owner.origin and owner.shape is not Shape.INDICES:
        known = derived(owner)._replace(taints=owner.taints | value.taints)
        # looked up by what rows hold: one item a row; numbers picked by a mask are no rows
        return known if value.shape in (Shape.MASK, Shape.INDICES) else _looked_up(known, value)
    if value.shape in (Shape.MASK, Shape.INDICES):
        return select_rows(machine, owner, value.selects or written(index), node)
    return select_rows(machine, owner, (written(index), machine.stack), node)


def _looked_up(table: Value, by: Value) -> Value:
    return table._replace(rows=by.rows, latent=by.latent, shape=by.shape)


def _select_second(machine: Machine, owner: Value, index: ast.expr) -> Value:
    if isinstance(index, ast.Slice):
        for part in (index.lower, index.upper):
            if part is not None:
                machine.evaluate(part)
        if owner.origin and owner.columns in (NONE, ALL) and written(index) == ":-1":
            rest = narrowed(Columns(frozenset(("<-1>",)), complement=True))
            return derived(owner)._replace(columns=rest)
        return derived(owner) if written(index) == ":" else _some_columns(owner)
    value = machine.evaluate(index)
    columns = columns_named(value)
    if columns is not None:
        shape = Shape.SERIES if isinstance(value.constant, str) else Shape.FRAME
        return _chosen(select_columns(owner, columns, shape), value)
    if isinstance(index, ast.Constant | ast.UnaryOp) and owner.origin:
        position = named((f"<{written(index)}>",))
        return derived(owner, shape=Shape.SERIES)._replace(columns=position, copies=NONE)
    return _chosen(_some_columns(owner), value)


def _chosen(picked: Value, chooser: Value) -> Value:
    """Columns picked by a statistic carry it, marked as a choice."""
    if chooser.rows or not chooser.taints:
        return picked
    by_choice = frozenset(t._replace(where=ALL, by_choice=True) for t in chooser.taints)
    return picked._replace(taints=picked.taints | by_choice)


def _item(machine: Machine, owner: Value, index: Value) -> Value:
    key = index.constant
    if not isinstance(key, Absent):
        item = owner.field(key)
        if item is None and isinstance(key, int) and key < 0:
            item = owner.field(len(owner.fields or ()) + key)
        if item is not None:
            return machine.state.latest(item)
    items = [machine.state.latest(item) for _, item in owner.fields or ()]
    return join_all(items)._replace(location=0) if items else derived(owner)


def store_item(machine: Machine, node: ast.Subscript, value: Value) -> None:
    """`owner[index] = value`."""
    owner = machine.evaluate(node.value)
    index = node.slice
    masked = False
    if isinstance(index, ast.Tuple) and len(index.elts) >= 2:
        first, second = index.elts[0], index.elts[1]
        masked = not (isinstance(first, ast.Slice) and first.lower is first.upper is None)
        if masked and not isinstance(first, ast.Slice):
            machine.evaluate(first)
        key = NOTHING if isinstance(second, ast.Slice) else machine.evaluate(second)
    elif isinstance(index, ast.Slice):
        masked, key = True, NOTHING
    else:
        key = machine.evaluate(index)
    columns = columns_named(key)
    if columns is None and (owner.fields is not None or not owner.origin):
        machine.state.overwrite(owner, _with_item(machine, owner, key, value))
        return
    if columns is not None and not masked:
        note_copy(machine, node, owner, columns, value)
    if masked or columns is None:
        changed = _store_in_some(owner, columns or ALL, value)
    else:
        changed = store_columns(owner, columns, value)
    if owner.fields is not None and isinstance(key.constant, str):
        changed = changed._replace(fields=owner.fields).with_field(
            key.constant, machine.state.placed(value)
        )
    machine.state.overwrite(owner, changed)


def note_copy(
    machine: Machine, node: ast.expr, owner: Value, columns: Columns, value: Value
) -> None:
    """Remember that a column was made of others of the same rows."""
    if len(columns.names) == 1 and value.copies.explicit and owner.rows & value.rows:
        (name,) = columns.names
        copied = Copied(machine.site(node), owner.rows, name, value.copies)
        machine.facts.copied.setdefault(copied)


def store_columns(owner: Value, columns: Columns, value: Value) -> Value:
    """The table after a value has replaced some of its columns."""
    kept = frozenset(
        taint._replace(where=taint.where.without(columns))
        for taint in owner.taints
        if taint.where.without(columns) != NONE
    )
    return _store_in_some(owner._replace(taints=kept), columns, value)


def _store_in_some(owner: Value, columns: Columns, value: Value) -> Value:
    """The table after a value was written into some rows of some columns."""
    return owner._replace(
        taints=owner.taints | moved(value.taints, columns),
        columns=owner.columns if columns == ALL else owner.columns.union(columns),
        added=owner.added | columns.names if columns.explicit else owner.added,
        rows=owner.rows or value.rows,
        latent=owner.latent or value.latent,
    )


def _with_item(machine: Machine, owner: Value, key: Value, value: Value) -> Value:
    both = mix((owner, value))
    held = owner._replace(rows=both.rows, taints=both.taints, latent=both.latent)
    if not isinstance(key.constant, Absent) and len(owner.fields or ()) < 64:
        return held.with_field(key.constant, machine.state.placed(value))
    return held._replace(each=join_all([v for v in (owner.each, value) if v is not None]))


def store_attribute(machine: Machine, node: ast.Attribute, value: Value) -> None:
    """`owner.name = value`."""
    owner = machine.evaluate(node.value)
    if owner.origin and owner.instance is None:
        note_copy(machine, node, owner, named((node.attr,)), value)
        changed = store_columns(owner, named((node.attr,)), value)
    else:
        changed = owner.with_field(node.attr, machine.state.placed(value))
    machine.state.overwrite(owner, changed)


def written(node: ast.AST | None) -> str:
    """The node as source text, shortened for sentences and keys."""
    if node is None:
        return ""
    try:
        return ast.unparse(node)
    except (RecursionError, ValueError):
        return "…"
