"""The statements that learn from the whole set, taken up again after the split.

What was learned over all rows is learned over the training part, and both parts are changed
by it. A statement is moved only where nothing else would miss what it did.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from grd_core.checks.code.column_reads import narrowing
from grd_core.checks.code.leak_site import Computed, Cut, Site, called
from grd_core.checks.code.text_edits import Edit, root

_TELLS_NO_VALUE = frozenset({"shape", "columns", "index", "dtypes", "head", "info", "ndim"})
_COUNTS_ROWS = frozenset({"len", "split"})


def after_split(site: Site, cut: Cut) -> Iterator[list[Edit]]:
    """Remove the statements before the split and write them below it, once for each part."""
    group = moved_statements(site, cut.last)
    if group is None or not all(one.statistic.fitted or one.is_aggregate for one in site.computed):
        return
    changed = [s for s in group if isinstance(s, ast.Assign) and changes_rows(site, s)]
    learning = [s for s in group if s not in changed]
    if not changed or not all(isinstance(s, ast.Assign | ast.Expr) for s in learning):
        return
    if any(_may_lose_rows(statement) for statement in changed):
        return
    result = root(changed[-1].targets[0])
    if not isinstance(result, ast.Name) or any(
        ast.dump(root(s.targets[0])) != ast.dump(result) for s in changed
    ):
        return
    narrowed = narrowing(site, cut, group, result.id)
    whole = narrowed.name if narrowed is not None else result.id
    cut_names = [name for name in cut.sources if name.id == whole]
    parts = cut.whole.get(whole)
    allowed = cut_names if narrowed is None else narrowed.reads
    if not cut_names or parts is None or missed(site, group, result.id, allowed):
        return
    cut = replace(cut, train=parts[0], held_out=parts[1])
    edits = [site.source.removed(statement) for statement in group]
    if any(edit is None for edit in edits):
        return
    lines = _replayed(site, cut, learning, changed, result.id)
    if not lines:
        return
    found = [edit for edit in edits if edit is not None]
    if narrowed is None and result.id != site.base_name:
        found.extend(site.source.replaced(name, site.base_name) for name in cut_names)
    yield [*found, site.source.inserted_after(cut.last, lines)]


def moved_statements(site: Site, before: ast.stmt | None) -> list[ast.stmt] | None:
    """The statistic's statement, and those of its block that apply what it learned.

    None where something else up to `before`, or to the end, needs what was learned.
    """
    block = site.source.block_of(site.statement)
    if not site.base_name or not any(s is site.statement for s in block):
        return None
    group = [site.statement]
    applied_at_once = changes_rows(site, site.statement)
    learned = _holders(site) if applied_at_once else _holders(site) | _targets(site)
    for statement in block[block.index(site.statement) + 1 :]:
        if before is not None and statement.lineno >= before.lineno:
            break
        if any(site.source.names(name, statement) for name in learned):
            if applied_at_once or not changes_rows(site, statement):
                return None
            group.append(statement)
    return group


def changes_rows(site: Site, statement: ast.stmt) -> bool:
    """True for an assignment whose value has a row for each row of the whole set."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return False
    value, target = statement.value, statement.targets[0]
    if not isinstance(target, ast.Name | ast.Subscript):
        return False
    if any(value is one.call and not _aligned(one) for one in site.computed):
        return False
    inside = [n for one in site.computed for n in ast.walk(one.call) if not _aligned(one)]
    whole = [n for n in site.source.names(site.base_name, value) if n not in inside]
    return bool(whole)


def missed(site: Site, group: Sequence[ast.stmt], name: str, cut_names: Sequence[ast.Name]) -> bool:
    """True when something else reads the values that the moved statements made."""
    source = site.source
    for use in source.names(name, source.function_of(site.statement)):
        if use.lineno < site.statement.lineno or use in cut_names:
            continue
        if any(up in group for up in source.above(use)):
            continue
        if name != site.base_name or not _tells_no_value(source.parent(use), use):
            return True
    return False


def _tells_no_value(around: ast.AST | None, use: ast.Name) -> bool:
    if isinstance(around, ast.Attribute):
        return around.attr in _TELLS_NO_VALUE
    return isinstance(around, ast.Call) and use in around.args and called(around) in _COUNTS_ROWS


def _aligned(one: Computed) -> bool:
    return one.method in ("fit_transform", "transform")


def _may_lose_rows(statement: ast.stmt) -> bool:
    """A merge that is not from the left: held-out rows of groups never trained on would go."""
    return any(
        isinstance(node, ast.Call)
        and called(node) == "merge"
        and not any(
            keyword.arg == "how"
            and isinstance(keyword.value, ast.Constant)
            and keyword.value.value == "left"
            for keyword in node.keywords
        )
        for node in ast.walk(statement)
    )


def _targets(site: Site) -> set[str]:
    targets = site.statement.targets if isinstance(site.statement, ast.Assign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _holders(site: Site) -> set[str]:
    holders = (one.statistic.holder for one in site.computed)
    return {holder.id for holder in holders if isinstance(holder, ast.Name)}


def _replayed(
    site: Site,
    cut: Cut,
    learning: Sequence[ast.stmt],
    changed: Sequence[ast.Assign],
    result: str,
) -> list[str]:
    """The lines below the split; none where a part of the target has no name."""
    lines = [_for_part(site, cut, s, cut.train, result, fits=True) for s in learning]
    parts = [
        [_for_part(site, cut, s, part, result, fits=part == cut.train) for s in changed]
        for part in (cut.train, cut.held_out)
    ]
    fitting = any(one.statistic.fitted for one in site.computed)
    # The statistic of a part that was changed already is another one: the training part last.
    ordered = parts if fitting else parts[::-1]
    lines.extend(line for part in ordered for line in part)
    holder = next((one.statistic.holder for one in site.computed if one.statistic.fitted), None)
    if holder is not None and not isinstance(holder, ast.Name):
        lines = _with_holder(site, holder, lines, learning)
    return [] if any(not line for line in lines) else lines


def _for_part(
    site: Site, cut: Cut, statement: ast.stmt, part: str, result: str, *, fits: bool
) -> str:
    """A moved statement written for one part; empty where it cannot be."""
    source = site.source
    changes: dict[ast.expr, str] = {}
    for whole in {site.base_name, result}:
        changes.update(dict.fromkeys(source.names(whole, statement), part))
    for one in site.computed:
        if source.statement_of(one.call) is not statement:
            continue
        if not one.statistic.fitted:
            for name in source.names(site.base_name, one.call):
                changes[name] = cut.train
            continue
        func, rest = one.call.func, one.call.args[1:]
        if not isinstance(func, ast.Attribute) or one.call.keywords or len(rest) > 1:
            return ""
        for target in rest:
            known = cut.whole.get(source.written(target))
            if known is None:
                return ""
            _forget(changes, target)
            changes[target] = known[0]
        if not fits:
            first = source.written(one.call.args[0], _inside(changes, one.call.args[0]))
            _forget(changes, one.call)
            changes[one.call] = f"{source.written(func.value)}.transform({first})"
    return source.written(statement, changes)


def _inside(changes: dict[ast.expr, str], node: ast.expr) -> dict[ast.expr, str]:
    within = set(ast.walk(node))
    return {inner: new for inner, new in changes.items() if inner in within}


def _forget(changes: dict[ast.expr, str], node: ast.expr) -> None:
    for inner in _inside(changes, node):
        del changes[inner]


def _with_holder(
    site: Site, holder: ast.expr, lines: list[str], learning: Sequence[ast.stmt]
) -> list[str]:
    """A transformer made on the spot gets a name, so that both parts are given the same one."""
    if learning:
        return lines
    name = next((n for n in ("transformer", "fitted") if site.source.is_free(n)), "")
    made = site.source.written(holder)
    if not name or not isinstance(holder, ast.Call):
        return []
    return [f"{name} = {made}", *(line.replace(made, name) for line in lines)]
