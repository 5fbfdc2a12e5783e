"""A transformer fitted before a cross-validation, put into a pipeline with the model."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grd_core.checks.code.leak_site import Site, called
from grd_core.checks.code.replay_fix import moved_statements
from grd_core.checks.code.text_edits import Edit, Source, root
from grd_core.checks.dataflow import library

_IMPORT = "from sklearn.pipeline import make_pipeline"


def inside_pipeline(site: Site) -> Iterator[list[Edit]]:
    """Every fold fits its own transformer; the model that is judged becomes the pipeline."""
    source = site.source
    if len(site.computed) != 1 or not site.computed[0].statistic.fitted:
        return
    holder = site.computed[0].statistic.holder
    group = moved_statements(site, None)
    if group is None or holder is None:
        return
    target = group[-1].targets[0] if isinstance(group[-1], ast.Assign) else None
    if not isinstance(target, ast.Name) or not isinstance(holder, ast.Name | ast.Call):
        return
    edits: list[Edit | None] = [source.removed(statement) for statement in group]
    transformer = source.written(holder)
    for use in source.names(target.id, source.function_of(site.statement)):
        if use.lineno < site.statement.lineno or any(up in group for up in source.above(use)):
            continue
        judged = source.parent(use)
        if not isinstance(judged, ast.Call) or not _cross_validates(judged, use):
            return
        model = judged.args[0]
        edits.append(
            source.replaced(model, f"make_pipeline({transformer}, {source.written(model)})")
        )
        edits.append(source.replaced(use, site.base_name))
    if source.is_free("make_pipeline"):
        edits.append(_imported(source))
    found = [edit for edit in edits if edit is not None]
    if len(found) == len(edits) and isinstance(root(holder), ast.Name | ast.Call):
        yield found


def _cross_validates(call: ast.Call, rows: ast.Name) -> bool:
    row = library.function(called(call))
    known = row is not None and row.effect is library.Effect.CROSS_VALIDATE
    return known and len(call.args) >= 2 and call.args[1] is rows


def _imported(source: Source) -> Edit | None:
    """The import, among those of the same library where there are any."""
    imports = [n for n in source.tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
    if not imports:
        return None
    later = [
        n
        for n in imports
        if isinstance(n, ast.ImportFrom)
        and (n.module or "").startswith("sklearn.")
        and (n.module or "") > "sklearn.pipeline"
    ]
    if later:
        return source.inserted_before(later[0], [_IMPORT])
    return source.inserted_after(imports[-1], [_IMPORT])
