"""Loops over seeds that keep the best result: the maximum of noise, shown as skill."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from grd_core.checks.dataflow.nodes import nodes_in
from grd_core.checks.dataflow.parse import Unit
from grd_core.checks.dataflow.randomness import SEED_KEYWORDS

_SEEDERS = frozenset({"seed", "manual_seed", "set_seed", "seed_everything", "set_random_seed"})
PICKS = frozenset({"max", "min", "argmax", "argmin", "idxmax", "idxmin", "nanmax", "nanmin"})
_BY_SIZE = (ast.Gt, ast.Lt, ast.GtE, ast.LtE)
SUMMARIES = frozenset({"mean", "std", "median", "stdev", "sem", "quantile", "percentile", "var"})


@dataclass(frozen=True, slots=True)
class SeedChoice:
    """A loop whose variable seeds the training, and the line that keeps its best result."""

    variable: str
    loop_line: int
    pick_line: int


def seed_choices(unit: Unit) -> Iterator[SeedChoice]:
    """Every best-of-seeds loop of a file or cell."""
    into = _into_seeds(unit)
    if not into.lines:
        return
    calls = unit.nodes.of(ast.Call)
    for loop in _loops(unit, into):
        below = [call for call in calls if call.lineno >= loop.lineno]
        line = kept_best(loop) or picked_later(below, loop)
        if line:
            yield SeedChoice(ast.unparse(loop.target), loop.lineno, line)
    for call in calls:
        if called(call) in PICKS:
            yield from _picked_inline(call, into)


def loops_over_seeds(unit: Unit) -> Iterator[ast.For]:
    """Loops whose variable seeds the training: the same configuration, tried again."""
    into = _into_seeds(unit)
    return _loops(unit, into) if into.lines else iter(())


@dataclass(frozen=True, slots=True)
class _IntoSeeds:
    """Where a file seeds: the lines of the calls, and its functions' parameters that do."""

    lines: tuple[int, ...]
    parameters: Mapping[str, frozenset[int | str]]

    def within(self, node: ast.stmt) -> bool:
        """True when a statement has a line that seeds."""
        last = node.end_lineno or node.lineno
        return any(node.lineno <= line <= last for line in self.lines)


@lru_cache(maxsize=256)
def _into_seeds(unit: Unit) -> _IntoSeeds:
    calls = unit.nodes.of(ast.Call)
    lines = [call.lineno for call in calls if next(_seed_arguments(call, {}), None) is not None]
    found = _IntoSeeds(tuple(lines), {})
    parameters: dict[str, frozenset[int | str]] = {}
    for function in unit.nodes.of(ast.FunctionDef) if lines else ():
        if found.within(function):
            seeding = _names_that_seed(function.body, {})
            places = list(enumerate(argument.arg for argument in function.args.args))
            passed = {place for pair in places if pair[1] in seeding for place in pair}
            if passed:
                parameters[function.name] = frozenset(passed)
    lines += [call.lineno for call in calls if called(call) in parameters]
    return _IntoSeeds(tuple(lines), parameters)


def _loops(unit: Unit, into: _IntoSeeds) -> Iterator[ast.For]:
    for loop in unit.nodes.of(ast.For):
        name = loop.target.id if isinstance(loop.target, ast.Name) else ""
        if into.within(loop) and name in _names_that_seed(loop.body, into.parameters):
            yield loop


def _names_that_seed(
    body: Iterable[ast.AST], parameters: Mapping[str, frozenset[int | str]]
) -> set[str]:
    """The variables in the arguments that seed, of all calls below these nodes."""
    return {
        name.id
        for statement in body
        for call in ast.walk(statement)
        if isinstance(call, ast.Call)
        for argument in _seed_arguments(call, parameters)
        for name in ast.walk(argument)
        if isinstance(name, ast.Name)
    }


def _seed_arguments(
    call: ast.Call, parameters: Mapping[str, frozenset[int | str]]
) -> Iterator[ast.expr]:
    name = called(call)
    if name in _SEEDERS:
        yield from call.args
    into = parameters.get(name, frozenset())
    yield from (argument for number, argument in enumerate(call.args) if number in into)
    for keyword in call.keywords:
        if keyword.arg in SEED_KEYWORDS or keyword.arg in into:
            yield keyword.value


def kept_best(loop: ast.AST) -> int:
    """`if score > best: best = score` inside the loop: its line, else 0."""
    for node in nodes_in(loop).of(ast.If):
        assigned = {
            _written(part)
            for statement in node.body
            if isinstance(statement, ast.Assign)
            for target in statement.targets
            for part in (target.elts if isinstance(target, ast.Tuple) else [target])
        }
        if assigned & set(_compared(node.test)):
            return node.lineno
    return 0


def _compared(test: ast.expr) -> Iterator[str]:
    """The variables and attributes that a condition compares by size, as they are."""
    if isinstance(test, ast.BoolOp):
        for part in test.values:
            yield from _compared(part)
    elif isinstance(test, ast.Compare) and isinstance(test.ops[0], _BY_SIZE):
        yield from filter(None, map(_written, (test.left, *test.comparators)))


def _written(node: ast.expr) -> str:
    """A variable or attribute as it is written, of an item what holds it; empty for the rest."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""


def picked_later(calls: Iterable[ast.Call], loop: ast.AST) -> int:
    """The maximum of a collection the loop fills, with no summary of it: its line, else 0."""
    filled = _filled(loop)
    picked = 0
    for node in calls if filled else ():
        inside = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        if not inside & filled:
            continue
        if called(node) in SUMMARIES:
            return 0
        if called(node) in PICKS:
            picked = picked or node.lineno
    return picked


def _filled(loop: ast.AST) -> set[str]:
    nodes = nodes_in(loop)
    names = {
        call.func.value.id
        for call in nodes.of(ast.Call)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in ("append", "add", "update")
        and isinstance(call.func.value, ast.Name)
    }
    return names | {
        item.value.id
        for item in nodes.of(ast.Subscript)
        if isinstance(item.ctx, ast.Store) and isinstance(item.value, ast.Name)
    }


def _picked_inline(call: ast.Call, into: _IntoSeeds) -> Iterator[SeedChoice]:
    """`max(train(seed) for seed in seeds)`."""
    for argument in call.args:
        if not isinstance(argument, ast.GeneratorExp | ast.ListComp):
            continue
        target = argument.generators[0].target
        seeding = _names_that_seed([argument.elt], into.parameters)
        if isinstance(target, ast.Name) and target.id in seeding:
            yield SeedChoice(target.id, call.lineno, call.lineno)


def called(node: ast.Call) -> str:
    """The last part of the called name, empty for none."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""
