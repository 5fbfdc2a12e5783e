"""Expressions other than calls, items and attributes."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Sequence

from grd_core.checks.dataflow.access import columns_named, written
from grd_core.checks.dataflow.columns import Columns, narrowed
from grd_core.checks.dataflow.machine import Machine, Meeting
from grd_core.checks.dataflow.values import (
    NOTHING,
    Forecast,
    Function,
    Shape,
    Value,
    derived,
    join,
    join_all,
    mix,
    sequence,
)

_BUILTINS = {name: Value(symbol=f"builtins.{name}") for name in dir(builtins)}
_MAX_REPEATED = 12
MAX_ITEMS = 256


def name(machine: Machine, node: ast.Name) -> Value:
    """A variable; one nobody defined may be data from elsewhere."""
    found = machine.state.lookup(machine.scopes, node.id)
    if found is not None:
        return found
    if node.id in _BUILTINS:
        return _BUILTINS[node.id]
    source = machine.rows.source(("name", node.id), machine.site(node))
    return Value(symbol=node.id, latent=frozenset((source,)))


def constant(machine: Machine, node: ast.Constant) -> Value:
    """A literal."""
    return Value(constant=node.value) if node.value is not Ellipsis else NOTHING


def listed(machine: Machine, node: ast.List | ast.Tuple | ast.Set) -> Value:
    """A list, tuple or set display."""
    items: list[Value] = []
    if len(node.elts) > MAX_ITEMS:  # a table of numbers, or as good as one
        return mix([machine.evaluate(element) for element in node.elts[:MAX_ITEMS]])
    for element in node.elts:
        if isinstance(element, ast.Starred):
            inner = machine.evaluate(element.value)
            known = inner.iterated
            items.extend([derived(inner)] if known is None else known)
        else:
            items.append(_kept(machine, machine.evaluate(element)))
    return sequence(items)


def mapping(machine: Machine, node: ast.Dict) -> Value:
    """A dict display; `**other` adds its known items."""
    made = Value(shape=Shape.MAPPING, fields=())
    values: list[Value] = []
    for key, item in list(zip(node.keys, node.values, strict=True))[:MAX_ITEMS]:
        value = _kept(machine, machine.evaluate(item))
        values.append(value)
        if key is None:
            for known, inner in value.fields or ():
                made = made.with_field(known, inner)
            continue
        named = machine.evaluate(key)
        made = made.with_field(named.constant if named.constant else written(key), value)
    mixed = mix(values)
    return made._replace(rows=mixed.rows, taints=mixed.taints, latent=mixed.latent)


def _kept(machine: Machine, value: Value) -> Value:
    """Objects in a container keep their identity."""
    keeps = value.thing or value.origin or value.fields == ()
    return machine.state.placed(value) if keeps else value


def binary(machine: Machine, node: ast.BinOp) -> Value:
    """Arithmetic; on lists and column names, set arithmetic."""
    left, right = machine.evaluate(node.left), machine.evaluate(node.right)
    _meet(machine, node, (left, right))
    if isinstance(left.constant, str) and isinstance(right.constant, str):
        return Value(constant=left.constant + right.constant) if _adds(node) else NOTHING
    if Shape.NAMES in (left.shape, right.shape):
        return _names(node, left, right)
    for items, times in ((left, right), (right, left)):
        if isinstance(node.op, ast.Mult) and _is_list(items, times):
            return sequence([item for _, item in items.fields or ()] * 2)
    if left.fields is not None and right.fields is not None:
        plain = left.shape is right.shape is Shape.OTHER and _adds(node)
        if not left.origin or (plain and not (left.thing or left.instance)):
            return _lists(node, left, right)
    return _arithmetic(machine, node, left, right)


def _is_list(items: Value, times: Value) -> bool:
    """True for `[item] * n`: a list that holds its items more than once."""
    listed = items.fields is not None and items.shape is Shape.OTHER and items.origin
    return bool(listed and len(items.fields or ()) <= _MAX_REPEATED and not times.origin)


def _lists(node: ast.BinOp, left: Value, right: Value) -> Value:
    if isinstance(node.op, ast.Add | ast.BitOr):
        return sequence([item for _, item in (*(left.fields or ()), *(right.fields or ()))])
    names = left.names - right.names
    return sequence([Value(constant=item) for item in sorted(names)])


def _arithmetic(machine: Machine, node: ast.BinOp, left: Value, right: Value) -> Value:
    mixed = mix((left, right))
    shapes = {left.shape, right.shape}
    if isinstance(node.op, ast.BitAnd | ast.BitOr | ast.BitXor) and Shape.MASK in shapes:
        return mixed._replace(shape=Shape.MASK, selects=(written(node), machine.stack))
    if Shape.INDICES in shapes and not mixed.rows:
        return mixed._replace(shape=Shape.INDICES, selects=(written(node), machine.stack))
    for shape in (Shape.ROW, Shape.FRAME, Shape.SERIES):
        if shape in shapes:
            return mixed._replace(shape=shape)
    return mixed


def _adds(node: ast.BinOp) -> bool:
    return isinstance(node.op, ast.Add)


def _names(node: ast.BinOp, left: Value, right: Value) -> Value:
    one, other = columns_named(left) or Columns(), columns_named(right) or Columns()
    result = one.without(other) if isinstance(node.op, ast.Sub) else one.union(other)
    return Value(shape=Shape.NAMES, columns=result)


def compare(machine: Machine, node: ast.Compare) -> Value:
    """A comparison: over rows it is a mask that selects by its own text."""
    operands = [machine.evaluate(operand) for operand in (node.left, *node.comparators)]
    _meet(machine, node, operands)
    mixed = mix(operands)
    if not mixed.origin and not any(one.shape is Shape.INDICES for one in operands):
        return mixed
    labels = Forecast.LABELS if mixed.forecast is Forecast.SCORES else None
    selects = (written(node), machine.stack)
    return mixed._replace(shape=Shape.MASK, selects=selects, forecast=labels)


def _meet(machine: Machine, node: ast.expr, operands: Sequence[Value]) -> None:
    """Remember operations on predictions and what they may be compared with: no lookups."""
    together = tuple(v for v in operands if v.origin and v.shape is not Shape.MAPPING)
    if len(together) > 1 and len({value.taints for value in together}) > 1:
        machine.facts.meetings.append(Meeting(machine.site(node), together, machine.moment()))


def boolean(machine: Machine, node: ast.BoolOp) -> Value:
    """`and`, `or`: any operand may be the result."""
    return join_all([machine.evaluate(operand) for operand in node.values])


def unary(machine: Machine, node: ast.UnaryOp) -> Value:
    """A sign, or the complement of a mask."""
    value = machine.evaluate(node.operand)
    if isinstance(node.op, ast.USub) and isinstance(value.constant, int | float):
        return Value(constant=-value.constant)
    if isinstance(node.op, ast.Invert) and (value.origin or value.selects):
        selects = ("not", value.selects or written(node.operand), machine.stack)
        return derived(value, shape=Shape.MASK)._replace(selects=selects)
    return derived(value)


def conditional(machine: Machine, node: ast.IfExp) -> Value:
    """`a if c else b`."""
    test = machine.evaluate(node.test)
    either = join(machine.evaluate(node.body), machine.evaluate(node.orelse))
    if not test.taints:
        return either
    # which of the two it is tells what the test knows
    return either._replace(taints=either.taints | test.taints, location=0)


def function(machine: Machine, node: ast.Lambda) -> Value:
    """A lambda, to be run where it is called."""
    return Value(thing=Function(node, machine.scopes, machine.path))


def walrus(machine: Machine, node: ast.NamedExpr) -> Value:
    """`name := value`."""
    value = machine.evaluate(node.value)
    machine.store(node.target, value)
    return machine.evaluate(node.target)


def formatted(machine: Machine, node: ast.JoinedStr) -> Value:
    """An f-string: text, known only where all of it is."""
    text = ""
    known = True
    for part in node.values:
        inner = part.value if isinstance(part, ast.FormattedValue) else part
        value = machine.evaluate(inner)
        if isinstance(value.constant, str | int):
            text += str(value.constant)
        else:
            known = False
    return Value(constant=text) if known else NOTHING


def inner(machine: Machine, node: ast.Await | ast.Starred) -> Value:
    """`await x`, `*x`."""
    return machine.evaluate(node.value)


def produced(machine: Machine, node: ast.Yield | ast.YieldFrom) -> Value:
    """A yield adds to what the generator's caller iterates over."""
    if node.value is None:
        return NOTHING
    value = machine.evaluate(node.value)
    machine.yielded.append(elements(machine, value) if isinstance(node, ast.YieldFrom) else value)
    return NOTHING


def elements(machine: Machine, value: Value) -> Value:
    """What one iteration over a value yields."""
    if value.iterated is not None:
        items = [machine.state.latest(item) for item in value.iterated]
        return join_all(items)._replace(location=0) if items else value.each or NOTHING
    if value.each is not None:
        return value.each
    if value.shape is Shape.NAMES or value.shape is Shape.FRAME:
        return NOTHING
    if value.shape is Shape.INDICES:
        return NOTHING
    if not value.origin:
        return derived(value)
    if value.shape is Shape.GROUPS:
        return sequence((NOTHING, _group(machine, value)))
    return derived(value, shape=Shape.ROW)


def _group(machine: Machine, groups: Value) -> Value:
    """The rows of one group, apart from what is cut out by those of another."""
    rows = machine.rows
    some = frozenset(rows.part(one, ("group",), rows[one].site) for one in groups.origin)
    return derived(groups, rows=some, shape=Shape.FRAME)


def comprehension(
    machine: Machine, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
) -> Value:
    """A comprehension: unrolled over known items, else run once on any element."""
    first = node.generators[0]
    source = machine.evaluate(first.iter)
    columns = _filtered_names(machine, node, source)
    if columns is not None:
        return Value(shape=Shape.NAMES, columns=columns)
    known = source.iterated
    simple = len(node.generators) == 1 and not first.ifs
    scopes = machine.scopes
    outside = machine.looping
    machine.scopes = (*scopes, machine.state.new_scope())
    machine.looping = (*outside, machine.entered(node))
    try:
        if known is not None and simple and 0 < len(known) <= machine.effort.items:
            items = []
            for item in known:
                machine.store(first.target, machine.state.latest(item))
                items.append(_kept(machine, _element(machine, node)))
            return _collected(node, items, known)
        machine.store(first.target, elements(machine, source))
        for test in first.ifs:
            machine.evaluate(test)
        for generator in node.generators[1:]:
            machine.store(generator.target, elements(machine, machine.evaluate(generator.iter)))
            for test in generator.ifs:
                machine.evaluate(test)
        element = _element(machine, node)
    finally:
        machine.scopes, machine.looping = scopes, outside
    # what is made of the parts of one row is that row still
    shape = Shape.ROW if source.shape is Shape.ROW else Shape.OTHER
    return mix((element,))._replace(each=element._replace(location=0), shape=shape)


def _collected(node: ast.expr, items: list[Value], keys: list[Value]) -> Value:
    """The unrolled result; a dict keeps its keys where they are the ones iterated over."""
    listed = sequence(items)
    if not isinstance(node, ast.DictComp):
        return listed
    named = all(isinstance(key.constant, str | int) for key in keys)
    target = node.generators[0].target
    same = (
        isinstance(node.key, ast.Name) and isinstance(target, ast.Name) and node.key.id == target.id
    )
    if not (named and same):
        return listed._replace(fields=None, each=join_all(items))
    fields = tuple((key.constant, item) for key, item in zip(keys, items, strict=True))
    return listed._replace(shape=Shape.MAPPING, fields=fields)


def _element(
    machine: Machine, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
) -> Value:
    if isinstance(node, ast.DictComp):
        machine.evaluate(node.key)
        return machine.evaluate(node.value)
    return machine.evaluate(node.elt)


def _filtered_names(
    machine: Machine,
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
    source: Value,
) -> Columns | None:
    """`[c for c in df.columns if c != "y"]`: which columns remain."""
    first = node.generators[0]
    if isinstance(node, ast.DictComp) or len(node.generators) != 1:
        return None
    if source.shape not in (Shape.FRAME, Shape.NAMES):
        return None
    columns = source.columns
    if not (
        isinstance(first.target, ast.Name)
        and isinstance(node.elt, ast.Name)
        and node.elt.id == first.target.id
    ):
        return None
    for test in first.ifs:
        columns = _narrowed(machine, columns, test, first.target.id)
    return columns


def _narrowed(machine: Machine, columns: Columns, test: ast.expr, variable: str) -> Columns:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        for operand in test.values:
            columns = _narrowed(machine, columns, operand, variable)
        return columns
    if (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == variable
        and isinstance(test.ops[0], ast.NotEq | ast.NotIn)
    ):
        unwanted = columns_named(machine.evaluate(test.comparators[0]))
        if unwanted is not None:
            return columns.without(unwanted)
    return narrowed(columns)


def nothing(machine: Machine, node: ast.expr) -> Value:
    """An expression with no value of interest."""
    return NOTHING


EXPRESSIONS: dict[type[ast.expr], Callable[..., Value]] = {
    ast.Name: name,
    ast.Constant: constant,
    ast.List: listed,
    ast.Tuple: listed,
    ast.Set: listed,
    ast.Dict: mapping,
    ast.BinOp: binary,
    ast.Compare: compare,
    ast.BoolOp: boolean,
    ast.UnaryOp: unary,
    ast.IfExp: conditional,
    ast.Lambda: function,
    ast.NamedExpr: walrus,
    ast.JoinedStr: formatted,
    ast.Await: inner,
    ast.Starred: inner,
    ast.Yield: produced,
    ast.YieldFrom: produced,
    ast.ListComp: comprehension,
    ast.SetComp: comprehension,
    ast.GeneratorExp: comprehension,
    ast.DictComp: comprehension,
    ast.Slice: nothing,
}
