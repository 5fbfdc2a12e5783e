"""What changes from one run of a loop's body to the next: a model, its data, only its seed."""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import cached_property

from grd_core.checks.dataflow import library
from grd_core.checks.dataflow.library import Effect
from grd_core.checks.dataflow.machine import Facts
from grd_core.checks.dataflow.nodes import children, nodes_in
from grd_core.checks.dataflow.parse import Unit
from grd_core.checks.dataflow.randomness import SEED_KEYWORDS
from grd_core.checks.dataflow.rows import Site
from grd_core.checks.dataflow.seed_selection import PICKS, SUMMARIES, called, loops_over_seeds
from grd_core.checks.dataflow.values import Loop, Moment

_TARGETS = frozenset({"y", "Y", "y_train", "labels", "label", "target"})
_PASSES = 4
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
_LOOPS = (ast.For, ast.AsyncFor, ast.While, *_COMPREHENSIONS)


class Text:
    """The files under review as they are written: their calls, loops and decisions."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self.units = tuple(units)
        self._order = {unit.path: number for number, unit in enumerate(self.units)}

    def order(self, site: Site) -> tuple[int, int]:
        """Where a place stands in the program: cells in their order, then lines."""
        return self._order.get(site.path, -1), site.line

    @cached_property
    def calls(self) -> dict[Hashable, ast.Call]:
        """Calls by path, line and column, the outermost where several start at one place."""
        return {
            (unit.path, call.lineno, call.col_offset): call
            for unit in reversed(self.units)
            for call in reversed(unit.nodes.of(ast.Call))
        }

    @cached_property
    def over_seeds(self) -> frozenset[ast.AST]:
        """The loops that try one configuration with several seeds."""
        return frozenset(loop for unit in self.units for loop in loops_over_seeds(unit))

    def choosing_calls(self, path: str) -> Sequence[ast.Call]:
        """The calls of a file or cell that pick the best of several values, or sum them up."""
        return self._choosing.get(path, ())

    def stored_at(self, path: str, lines: Iterable[int]) -> set[str]:
        """The names that are assigned in these lines."""
        assigned = self._assigned.get(path, {})
        statements = [statement for line in lines for statement in assigned.get(line, ())]
        return set[str]().union(*(stored_in(t) for s in statements for t in s.targets))

    def says(self, site: Site, ending: str) -> bool:
        """True when a text with this ending stands in the line."""
        return any(text.endswith(ending) for text in self._texts.get((site.path, site.line), ()))

    def attributes(self, path: str, names: frozenset[str]) -> Iterator[ast.Attribute]:
        """The attributes with these names that a file or cell reads."""
        for unit in self.units:
            if unit.path == path:
                yield from (n for n in unit.nodes.of(ast.Attribute) if n.attr in names)

    def from_loop(self, loop: ast.AST) -> tuple[Unit, ...]:
        """The file with a loop; in a notebook its cell, and those below it."""
        number = self._places.get(loop)
        if number is None:
            return ()
        file = self.units[number].path.partition("#")[0]
        below = self.units[number:]
        return tuple(unit for unit in below if unit.path.partition("#")[0] == file)

    @cached_property
    def _assigned(self) -> dict[str, dict[int, list[ast.Assign]]]:
        found: dict[str, dict[int, list[ast.Assign]]] = {}
        for unit in self.units:
            for node in unit.nodes.of(ast.Assign):
                found.setdefault(unit.path, {}).setdefault(node.lineno, []).append(node)
        return found

    @cached_property
    def _texts(self) -> dict[tuple[str, int], list[str]]:
        found: dict[tuple[str, int], list[str]] = {}
        for unit in self.units:
            for node in unit.nodes.of(ast.Constant):
                if isinstance(node.value, str):
                    found.setdefault((unit.path, node.lineno), []).append(node.value)
        return found

    @cached_property
    def _choosing(self) -> dict[str, list[ast.Call]]:
        asked = PICKS | SUMMARIES
        found: dict[str, list[ast.Call]] = {}
        for unit in self.units:
            calls = [call for call in unit.nodes.of(ast.Call) if called(call) in asked]
            found.setdefault(unit.path, []).extend(calls)
        return found

    @cached_property
    def _places(self) -> dict[ast.AST, int]:
        return {
            loop: number
            for number, unit in enumerate(self.units)
            for loop in unit.nodes.of_any(*_LOOPS)
        }


class Loops:
    """Which loops of a program try another configuration in each turn."""

    def __init__(self, text: Text, facts: Facts) -> None:
        self.text = text
        self._facts = facts
        self._dependent: dict[ast.AST, frozenset[str]] = {}

    @cached_property
    def _over_rows(self) -> frozenset[ast.AST]:
        return frozenset(step.node for step in self._facts.iterations if step.over.rows)

    def choosing(self, moment: Moment) -> Iterator[Loop]:
        """The loops around a training or evaluating call that try another configuration a turn."""
        for loop in moment.loops:
            if (
                loop.node not in self._over_rows
                and self._reaches(loop, moment)
                and loop.node not in self.text.over_seeds
            ):
                yield loop

    def written(self, moment: Moment) -> tuple[str, ...]:
        """The calls around a moment as they are written, seeds left out."""
        frames = (self.text.calls.get(frame) for frame in moment.stack)
        return tuple(_text_without_seeds(call) for call in frames if call is not None)

    def mentions(self, loop: Loop, node: ast.AST | None) -> bool:
        """True when an expression depends on the turn of the loop."""
        return node is not None and bool(names_in(node) & self.dependent(loop.node))

    def dependent(self, node: ast.AST) -> frozenset[str]:
        """The names that hold something else in each turn of a loop, but for seeds."""
        known = self._dependent.get(node)
        if known is None:
            known = self._dependent[node] = _closure(node)
        return known

    def _reaches(self, loop: Loop, moment: Moment) -> bool:
        if len(moment.stack) > loop.depth:
            frame = self.text.calls.get(moment.stack[loop.depth])
            return self.mentions(loop, frame)
        call = moment.call
        if call is None:
            return False
        asked = [call.func, *call.args[:1]]
        asked += [k.value for k in call.keywords if k.arg not in _TARGETS | SEED_KEYWORDS]
        return any(self.mentions(loop, node) for node in asked)


def names_in(node: ast.AST) -> set[str]:
    """The names an expression reads, but for those that are only seeds."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, ast.keyword) and inner.arg in SEED_KEYWORDS:
            continue
        if isinstance(inner, ast.Name):
            found.add(inner.id)
        waiting.extend(children(inner))
    return found


def stored_in(target: ast.AST) -> set[str]:
    """The names an assignment changes, those whose items or attributes it sets included."""
    if isinstance(target, ast.Name):
        return {target.id} if isinstance(target.ctx, ast.Store) else set()
    found: set[str] = set()
    waiting = [target]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store):
            found |= _root(node)
        waiting.extend(children(node))
    return found


def _closure(node: ast.AST) -> frozenset[str]:
    changing = _turning(node)
    steps = [(targets, names_in(value)) for targets, value in _steps(node)]
    for _ in range(_PASSES):
        before = len(changing)
        for targets, asked in steps:
            if asked & changing:
                changing |= targets
        if len(changing) == before:
            break
    return frozenset(changing)


def _turning(node: ast.AST) -> set[str]:
    """The names the loop itself sets."""
    if isinstance(node, ast.For | ast.AsyncFor):
        return stored_in(node.target)
    if isinstance(node, _COMPREHENSIONS):
        return set().union(*(stored_in(generator.target) for generator in node.generators))
    if not isinstance(node, ast.While):
        return set()
    counted = nodes_in(node).of(ast.AugAssign)
    return names_in(node.test) & set[str]().union(*(stored_in(step.target) for step in counted))


def _steps(loop: ast.AST) -> Iterator[tuple[set[str], ast.AST]]:
    """What the body stores, and from what."""
    nodes = nodes_in(loop)
    for assigned in nodes.of(ast.Assign):
        for target in assigned.targets:
            yield stored_in(target), assigned.value
    for node in nodes.of_any(ast.AugAssign, ast.NamedExpr):
        yield stored_in(node.target), node.value
    for declared in nodes.of(ast.AnnAssign):
        if declared.value is not None:
            yield stored_in(declared.target), declared.value
    for inner in nodes.of_any(ast.For, ast.comprehension):
        if inner is not loop:
            yield stored_in(inner.target), inner.iter
    for call in nodes.of(ast.Call):
        if isinstance(call.func, ast.Attribute):
            row = library.method(call.func.attr)
            if row is None or row.effect not in (Effect.FIT, Effect.PREDICT):
                arguments = ast.Tuple([*call.args, *(k.value for k in call.keywords)], ast.Load())
                yield _root(call.func.value), arguments


def _root(node: ast.expr) -> set[str]:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def _text_without_seeds(call: ast.Call) -> str:
    kept = [k for k in call.keywords if k.arg not in SEED_KEYWORDS]
    return ast.unparse(ast.Call(call.func, call.args, kept))
