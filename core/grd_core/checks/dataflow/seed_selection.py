"""Loops over seeds that keep the best result: the maximum of noise, shown as skill."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from grd_core.checks.dataflow.randomness import SEED_KEYWORDS

_SEEDERS = frozenset({"seed", "manual_seed", "set_seed", "seed_everything", "set_random_seed"})
_PICKS = frozenset({"max", "min", "argmax", "argmin", "idxmax", "idxmin", "nanmax", "nanmin"})
_SUMMARIES = frozenset({"mean", "std", "median", "stdev", "sem", "quantile", "percentile", "var"})


@dataclass(frozen=True, slots=True)
class SeedChoice:
    """A loop whose variable seeds the training, and the line that keeps its best result."""

    variable: str
    loop_line: int
    pick_line: int


def seed_choices(tree: ast.Module) -> Iterator[SeedChoice]:
    """Every best-of-seeds loop of a module."""
    nodes = list(ast.walk(tree))
    loops = [n for n in nodes if isinstance(n, ast.For) and isinstance(n.target, ast.Name)]
    calls = [n for n in nodes if isinstance(n, ast.Call)]
    picks = [call for call in calls if _called(call) in _PICKS]
    if not (loops or picks) or not any(_is_seeding(call) for call in calls):
        return
    seeding = _functions_that_seed(nodes)
    for loop in loops:
        variable = loop.target.id if isinstance(loop.target, ast.Name) else ""
        if _seeds_with(loop.body, variable, seeding):
            line = kept_best(loop) or picked_later(calls, loop)
            if line:
                yield SeedChoice(variable, loop.lineno, line)
    for call in picks:
        yield from _picked_inline(call, seeding)


def _is_seeding(node: ast.Call) -> bool:
    by_keyword = any(keyword.arg in SEED_KEYWORDS for keyword in node.keywords)
    return by_keyword or _called(node) in _SEEDERS


def _functions_that_seed(nodes: list[ast.AST]) -> dict[str, frozenset[int | str]]:
    """For each function of the file, the parameters that end up as a seed."""
    found: dict[str, frozenset[int | str]] = {}
    for node in nodes:
        if isinstance(node, ast.FunctionDef):
            positions: set[int | str] = set()
            for number, parameter in enumerate(node.args.args):
                if _seeds_with(node.body, parameter.arg, {}):
                    positions |= {number, parameter.arg}
            if positions:
                found[node.name] = frozenset(positions)
    return found


def _seeds_with(
    body: list[ast.stmt] | list[ast.expr], variable: str, seeding: dict[str, frozenset[int | str]]
) -> bool:
    for statement in body:
        for node in ast.walk(statement):
            if not isinstance(node, ast.Call):
                continue
            name = _called(node)
            if name in _SEEDERS and any(_mentions(a, variable) for a in node.args):
                return True
            into = seeding.get(name, frozenset())
            if any(n in into and _mentions(a, variable) for n, a in enumerate(node.args)):
                return True
            for keyword in node.keywords:
                seeds = keyword.arg in SEED_KEYWORDS or keyword.arg in into
                if seeds and _mentions(keyword.value, variable):
                    return True
    return False


def kept_best(loop: ast.For) -> int:
    """`if score > best: best = score` inside the loop: its line, else 0."""
    for node in ast.walk(loop):
        if not (isinstance(node, ast.If) and isinstance(node.test, ast.Compare)):
            continue
        if not isinstance(node.test.ops[0], ast.Gt | ast.Lt | ast.GtE | ast.LtE):
            continue
        compared = {n.id for n in ast.walk(node.test) if isinstance(n, ast.Name)}
        assigned = {
            target.id
            for statement in node.body
            if isinstance(statement, ast.Assign)
            for outer in statement.targets
            for target in ast.walk(outer)
            if isinstance(target, ast.Name)
        }
        if compared & assigned:
            return node.lineno
    return 0


def picked_later(calls: list[ast.Call], loop: ast.For) -> int:
    """The maximum of a collection the loop fills, with no summary of it: its line, else 0."""
    filled = _filled(loop)
    picked = 0
    for node in calls:
        if node.lineno < loop.lineno:
            continue
        inside = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        if not inside & filled:
            continue
        if _called(node) in _SUMMARIES:
            return 0
        if _called(node) in _PICKS:
            picked = picked or node.lineno
    return picked


def _filled(loop: ast.For) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(loop):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("append", "add", "update")
            and isinstance(node.func.value, ast.Name)
        ):
            names.add(node.func.value.id)
        elif (
            isinstance(node, ast.Subscript)
            and isinstance(node.ctx, ast.Store)
            and isinstance(node.value, ast.Name)
        ):
            names.add(node.value.id)
    return names


def _picked_inline(
    call: ast.Call, seeding: dict[str, frozenset[int | str]]
) -> Iterator[SeedChoice]:
    """`max(train(seed) for seed in seeds)`."""
    for argument in call.args:
        if not isinstance(argument, ast.GeneratorExp | ast.ListComp):
            continue
        target = argument.generators[0].target
        if isinstance(target, ast.Name) and _seeds_with([argument.elt], target.id, seeding):
            yield SeedChoice(target.id, call.lineno, call.lineno)


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _mentions(node: ast.expr, variable: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == variable for n in ast.walk(node))
