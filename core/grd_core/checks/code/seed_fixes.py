"""Corrections of C111: the seed of the run, given to the stream that nothing seeds."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

from grd_core.checks.code.text_edits import Edit, Source
from grd_core.checks.dataflow.machine import Call, Facts
from grd_core.checks.dataflow.randomness import Draw, draw

_GLOBAL = {
    "random": ("import random", "random.seed({seed})"),
    "numpy": ("import numpy", "numpy.random.seed({seed})"),
    "torch": ("import torch", "torch.manual_seed({seed})"),
    "tensorflow": ("import keras", "keras.utils.set_random_seed({seed})"),
}
_SEED_NAMES = ("SEED", "seed", "RANDOM_STATE", "random_state", "RANDOM_SEED")


def seed_corrections(source: Source, facts: Facts, line: int) -> Iterator[list[Edit]]:
    """Ways to seed the stream that is first drawn from in this line."""
    draws = [found for call in facts.calls if (found := draw(call)) is not None]
    here = [found for found in draws if found.call.site.line == line]
    for stream in dict.fromkeys(found.stream for found in here):
        seed, made = _seed(source, line)
        drawn = [found for found in draws if found.stream == stream]
        calls = {found.call.node: found for found in drawn}
        given = [_given(source, found, seed) for found in calls.values()]
        if all(edit is not None for edit in given):
            edits = [edit for edit in given if edit is not None]
            yield [*edits, *made] if all(_sees(source, n, seed) for n in calls) else []
        if stream in _GLOBAL:
            yield from _seeded_at_the_top(source, stream, seed, made)


def _given(source: Source, found: Draw, seed: str) -> Edit | None:
    """The seed as an argument of the call itself."""
    call: Call = found.call
    if found.stream == "own":
        keyword = "seed"
    elif found.stream == "numpy" and _takes_random_state(found):
        keyword = "random_state"
    else:
        return None
    node = call.node
    for known in node.keywords:
        if known.arg == keyword:
            return source.replaced(known.value, seed)
    if found.stream == "own" and node.args:
        return source.replaced(node.args[0], seed)
    return _with_keyword(source, node, f"{keyword}={seed}")


def _with_keyword(source: Source, node: ast.Call, written: str) -> Edit:
    """One more argument before the closing bracket, on its own line where the others are."""
    end = source.span(node)[1] - 1
    values: list[ast.expr] = [*node.args, *(keyword.value for keyword in node.keywords)]
    if not values:
        return Edit(end, end, written)
    last = max(source.span(value)[1] for value in values)
    rest = source.text[last:end]
    if "\n" in rest and "#" not in rest:
        column = min(value.col_offset if value in node.args else 0 for value in values) or _column(
            source, node
        )
        lead = "" if rest.lstrip().startswith(",") else ","
        at = last + (rest.index(",") + 1 if not lead else 0)
        return Edit(at, at, f"{lead}\n{' ' * column}{written},")
    lead = " " if rest.strip().endswith(",") else ", "
    return Edit(end, end, f"{lead}{written}")


def _column(source: Source, node: ast.Call) -> int:
    line = source.text[: source.span(node.keywords[-1].value)[0]].rpartition("\n")[2]
    return len(line) - len(line.lstrip())


def _takes_random_state(found: Draw) -> bool:
    from grd_core.checks.dataflow.randomness import SOURCES

    return any(
        "random_state" in source.seeds
        for source in SOURCES
        if source.name.lstrip(".") == found.name and source.stream == found.stream
    )


def _seed(source: Source, line: int) -> tuple[str, list[Edit]]:
    """The program's seed by its name, or one read from the run's environment at the top."""
    for statement in source.tree.body:
        if isinstance(statement, ast.Assign) and statement.lineno < line:
            for target in statement.targets:
                if isinstance(target, ast.Name) and target.id in _SEED_NAMES:
                    return target.id, []
    name = next((n for n in ("SEED", "RUN_SEED") if source.is_free(n)), "SEED_OF_THE_RUN")
    lines = [f'{name} = int(os.environ.get("GRD_SEED", "0"))']
    return name, _at_the_top(source, lines, ["import os"])


def _sees(source: Source, node: ast.AST, seed: str) -> bool:
    """No function around the call has another variable of that name."""
    function = source.function_of(node)
    return function is source.tree or not any(
        isinstance(n.ctx, ast.Store) for n in source.names(seed, function)
    )


def _seeded_at_the_top(
    source: Source, stream: str, seed: str, made: list[Edit]
) -> Iterator[list[Edit]]:
    wanted, call = _GLOBAL[stream]
    module = wanted.removeprefix("import ")
    bound = next(
        (
            alias.asname or alias.name
            for n in source.tree.body
            if isinstance(n, ast.Import)
            for alias in n.names
            if alias.name == module
        ),
        "",
    )
    written = call.format(seed=seed).replace(f"{module}.", f"{bound or module}.", 1)
    imports = [] if bound else [wanted]
    if made:
        text = "".join(edit.new for edit in made).rstrip("\n").splitlines()
        lines = [one for one in text if "environ" in one] + [written]
        yield _at_the_top(source, lines, ["import os", *imports])
        return
    after = next(
        statement
        for statement in source.tree.body
        if isinstance(statement, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id == seed for t in statement.targets)
    )
    yield [source.inserted_after(after, [written]), *_at_the_top(source, [], imports)]


def _at_the_top(source: Source, lines: list[str], imports: list[str]) -> list[Edit]:
    """Imports that are not there yet above the first one, lines below the last one."""
    body = source.tree.body
    there = [n for n in body if isinstance(n, ast.Import | ast.ImportFrom)]
    leading = []
    for statement in body:
        if not isinstance(statement, ast.Import | ast.ImportFrom | ast.Expr):
            break
        leading.append(statement)
    known = {
        alias.asname or alias.name for n in there if isinstance(n, ast.Import) for alias in n.names
    }
    missing = [one for one in imports if one.removeprefix("import ") not in known]
    first = next((n for n in there if not _from_the_future(n)), None)
    edits = []
    if first is None or not leading or first not in leading:
        if not body:
            return []
        return [source.inserted_before(body[0], [*missing, *lines])]
    if missing:
        apart = [] if _is_standard(first) else [""]
        edits.append(source.inserted_before(first, [*missing, *apart]))
    if lines:
        last = [n for n in leading if isinstance(n, ast.Import | ast.ImportFrom)][-1]
        edits.append(source.inserted_after(last, ["", *lines]))
    return edits


def _is_standard(node: ast.stmt) -> bool:
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").partition(".")[0] in sys.stdlib_module_names
    return isinstance(node, ast.Import) and all(
        alias.name.partition(".")[0] in sys.stdlib_module_names for alias in node.names
    )


def _from_the_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"
