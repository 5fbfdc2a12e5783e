"""Corrections of C102 and C104 as edits of the text: split before resampling, fit once.

Every function proposes; nothing here is believed before the checks have read the result.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from grd_core.checks.code.leak_site import called
from grd_core.checks.code.text_edits import Edit, Source
from grd_core.checks.dataflow import library
from grd_core.checks.dataflow.library import Effect
from grd_core.checks.dataflow.machine import Facts
from grd_core.checks.dataflow.overlaps import Copies, Refit

_IMPORT = "from imblearn.pipeline import make_pipeline"


@dataclass(frozen=True, slots=True)
class _Resampling:
    """`rows, target = sampler.fit_resample(X, y)`, and the only use of what it makes."""

    statement: ast.Assign
    call: ast.Call
    sampler: ast.expr
    names: tuple[str, str]
    given: tuple[ast.expr, ast.expr]
    use: ast.Call


def resampling_corrections(source: Source, facts: Facts, copies: Copies) -> Iterator[list[Edit]]:
    """Resample after the split, or inside the folds."""
    found = _resampling(source, facts.rows[copies.whole].site.line)
    if found is None:
        return
    if copies.pair.evaluate.internal:
        yield from _inside_folds(source, found)
    else:
        yield from _after_split(source, found)


def refit_corrections(source: Source, refit: Refit) -> Iterator[list[Edit]]:
    """Transform the held-out rows with what was learned before."""
    holder, line = refit.statistic.holder, refit.statistic.site.line
    if not isinstance(holder, ast.Name) or not _was_fitted(source, holder, line):
        return
    for call in _calls(source, line):
        func = call.func
        if not (isinstance(func, ast.Attribute) and func.value is holder and call.args):
            continue
        statement = source.statement_of(call)
        if func.attr == "fit_transform":
            rows = source.written(call.args[0])
            yield [source.replaced(call, f"{holder.id}.transform({rows})")]
        elif func.attr == "fit" and isinstance(statement, ast.Expr) and statement.value is call:
            removed = source.removed(statement)
            if removed is not None:
                yield [removed]


def _was_fitted(source: Source, holder: ast.Name, line: int) -> bool:
    earlier = (
        source.parent(name)
        for name in source.names(holder.id, source.function_of(holder))
        if name.lineno < line
    )
    return any(isinstance(up, ast.Attribute) and up.attr.startswith("fit") for up in earlier)


def _resampling(source: Source, line: int) -> _Resampling | None:
    for call in _calls(source, line):
        statement = source.statement_of(call)
        row = library.method(called(call))
        if row is None or row.effect is not Effect.RESAMPLE or len(call.args) != 2:
            continue
        if call.keywords or not isinstance(call.func, ast.Attribute):
            continue
        if not isinstance(statement, ast.Assign) or statement.value is not call:
            continue
        names = _names(statement)
        if len(names) == 2:
            use = _only_use(source, statement, names)
            given = (call.args[0], call.args[1])
            pair = (names[0], names[1])
            if use is not None:
                return _Resampling(statement, call, call.func.value, pair, given, use)
    return None


def _only_use(source: Source, statement: ast.Assign, names: list[str]) -> ast.Call | None:
    """The one call below that is given both names, where nothing else reads them."""
    inside = source.function_of(statement)
    last = statement.end_lineno or statement.lineno
    uses = [n for name in names for n in source.names(name, inside) if n.lineno > last]
    calls = {_call_around(source, use) for use in uses}
    only = next(iter(calls)) if len(calls) == 1 else None
    if only is None or any(isinstance(use.ctx, ast.Store) for use in uses):
        return None
    given = [argument.id for argument in only.args if isinstance(argument, ast.Name)]
    return only if all(name in given for name in names) else None


def _call_around(source: Source, node: ast.AST) -> ast.Call | None:
    return next((up for up in source.above(node) if isinstance(up, ast.Call)), None)


def _after_split(source: Source, found: _Resampling) -> Iterator[list[Edit]]:
    statement = source.statement_of(found.use)
    removed = source.removed(found.statement)
    if removed is None or not isinstance(statement, ast.Assign):
        return
    parts = _names(statement)
    order = [argument.id for argument in found.use.args if isinstance(argument, ast.Name)]
    if called(found.use) != "train_test_split" or len(parts) != 2 * len(found.use.args):
        return
    rows, target = (parts[2 * order.index(name)] for name in found.names)
    again = f"{rows}, {target} = {source.written(found.call.func)}({rows}, {target})"
    yield [removed, *_as_given(source, found), source.inserted_after(statement, [again])]


def _inside_folds(source: Source, found: _Resampling) -> Iterator[list[Edit]]:
    removed = source.removed(found.statement)
    row = library.function(called(found.use))
    if removed is None or row is None or row.effect is not Effect.CROSS_VALIDATE:
        return
    imports = [n for n in source.tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
    if not imports or not source.is_free("make_pipeline"):
        return
    model = found.use.args[0]
    steps = f"make_pipeline({source.written(found.sampler)}, {source.written(model)})"
    yield [
        removed,
        source.replaced(model, steps),
        *_as_given(source, found),
        source.inserted_after(imports[-1], [_IMPORT]),
    ]


def _as_given(source: Source, found: _Resampling) -> Iterator[Edit]:
    """The names of resampled rows in the only use become what was resampled."""
    new = dict(zip(found.names, map(source.written, found.given), strict=True))
    for node in ast.walk(found.use):
        if isinstance(node, ast.Name) and node.id in new and new[node.id] != node.id:
            yield source.replaced(node, new[node.id])


def _names(statement: ast.Assign) -> list[str]:
    target = statement.targets[0]
    items = target.elts if isinstance(target, ast.Tuple | ast.List) else []
    names = [item.id for item in items if isinstance(item, ast.Name)]
    return names if len(statement.targets) == 1 and len(names) == len(items) else []


def _calls(source: Source, line: int) -> list[ast.Call]:
    return [n for n in ast.walk(source.tree) if isinstance(n, ast.Call) and n.lineno == line]
