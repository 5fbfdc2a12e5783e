"""Corrections of C106: the training watches a part of its own rows."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grd_core.checks.code.leak_site import called
from grd_core.checks.code.text_edits import Edit, Source
from grd_core.checks.dataflow.machine import Facts, Watch

_SPLIT = "train_test_split"


def watched_corrections(source: Source, facts: Facts, line: int) -> Iterator[list[Edit]]:
    """A validation part split off just before the training call, and watched in place."""
    for watch in facts.watches:
        if watch.fit.site.line == line:
            edits = _split_before(source, watch)
            if edits:
                yield edits


def _split_before(source: Source, watch: Watch) -> list[Edit]:
    call = watch.fit.moment.call
    watched = source.parent(watch.subject)
    if call is None or not isinstance(watched, ast.Tuple) or call not in source.above(watched):
        return []
    given = [node for node in (*call.args[:2], *watched.elts) if isinstance(node, ast.Name)]
    if len(given) != 4 or len(watched.elts) != 2:
        return []
    rows, target = given[0].id, given[1].id
    new = [f"{rows}_fit", f"{rows}_watched", f"{target}_fit", f"{target}_watched"]
    splits = [n for n in ast.walk(source.tree) if isinstance(n, ast.Call) and called(n) == _SPLIT]
    if not splits or not all(source.is_free(name) for name in new):
        return []
    edits = [
        source.inserted_before(
            source.statement_of(call),
            [f"{', '.join(new)} = {_like(source, splits[-1], rows, target)}"],
        )
    ]
    replaced = {given[2]: new[1], given[3]: new[3]}
    for name in [node for node in ast.walk(call) if isinstance(node, ast.Name)]:
        if name not in replaced and name.id in (rows, target):
            replaced[name] = new[0] if name.id == rows else new[2]
    edits += [source.replaced(name, text) for name, text in replaced.items()]
    return edits


def _like(source: Source, split: ast.Call, rows: str, target: str) -> str:
    """A split of the training rows with the settings of the split that is there."""
    settings = [
        f"{k.arg}={target if k.arg == 'stratify' else source.written(k.value)}"
        for k in split.keywords
        if k.arg is not None
    ]
    return f"{source.written(split.func)}({', '.join([rows, target, *settings])})"
