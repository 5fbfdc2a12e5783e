"""Corrections of C101: the statistic from the training rows alone, each as edits of the text.

Every function proposes; nothing here is believed before the check has read the result.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grd_core.checks.code.group_fix import (
    group_statistic_after_split,
    group_statistic_in_place,
)
from grd_core.checks.code.leak_site import (
    Computed,
    Cut,
    Site,
    find_cut,
    find_site,
    known_training_rows,
)
from grd_core.checks.code.pipeline_fix import inside_pipeline
from grd_core.checks.code.replay_fix import after_split
from grd_core.checks.code.text_edits import Edit, Source, root
from grd_core.checks.dataflow.leaks import Leak
from grd_core.checks.dataflow.machine import Facts


def leak_corrections(source: Source, facts: Facts, leak: Leak) -> Iterator[list[Edit]]:
    """Ways to correct one leak, the plainest first."""
    site = find_site(source, facts, leak)
    if site is None:
        return
    if leak.pair.evaluate.internal:
        yield from inside_pipeline(site)
        return
    cut = find_cut(site)
    known = known_training_rows(site)
    if known:
        yield from _in_place(site, known)
    if cut is not None and cut.last.lineno > site.statement.lineno:
        yield from after_split(site, cut)
        yield from group_statistic_after_split(site, cut)
        rows = _rows_cut_later(site, cut)
        if rows:
            yield from _in_place(site, rows)


def _rows_cut_later(site: Site, cut: Cut) -> str:
    """The expression that picks the training rows, where it can be evaluated earlier as well."""
    if cut.train_value is None or site.base_name != getattr(root(cut.train_value), "id", ""):
        return ""
    source = site.source
    between = {
        name.id
        for statement in ast.walk(source.function_of(site.statement))
        if isinstance(statement, ast.stmt)
        and site.statement.lineno < statement.lineno < cut.last.lineno
        for name in ast.walk(statement)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    }
    used = {n.id for n in ast.walk(cut.train_value) if isinstance(n, ast.Name)}
    if (used - {site.base_name}) & between:
        return ""
    return source.written(cut.train_value)


def _in_place(site: Site, rows: str) -> Iterator[list[Edit]]:
    """Where the statistic stands, over the training rows."""
    edits: list[Edit] = []
    for one in site.computed:
        if one.statistic.fitted:
            found = _fitted(site, one, rows)
        elif one.method == "transform":
            found = group_statistic_in_place(site, one, rows)
        else:
            found = _aggregated(site, one, rows)
        if not found:
            return
        edits.extend(found)
    yield edits


def _aggregated(site: Site, one: Computed, rows: str) -> list[Edit]:
    subject = one.statistic.subject
    if not one.is_aggregate or subject is None:
        return []
    return [site.source.replaced(root(subject), rows)]


def _fitted(site: Site, one: Computed, rows: str) -> list[Edit]:
    """`t.fit(X)` over the rows; `t.fit_transform(X)` becomes `t.fit(rows).transform(X)`."""
    source, subject = site.source, one.statistic.subject
    if one.call.keywords or subject is not one.call.args[0]:
        return []
    bases = [root(argument) for argument in one.call.args]
    if len({ast.dump(base) for base in bases}) != 1:
        return []
    trained = ", ".join(
        source.written(argument, {base: rows})
        for argument, base in zip(one.call.args, bases, strict=True)
    )
    if one.method == "fit":
        return [Edit(source.span(one.call.args[0])[0], source.span(one.call.args[-1])[1], trained)]
    if one.method != "fit_transform" or not isinstance(one.call.func, ast.Attribute):
        return []
    holder = source.written(one.call.func.value)
    whole = source.written(one.call.args[0])
    return [source.replaced(one.call, f"{holder}.fit({trained}).transform({whole})")]
