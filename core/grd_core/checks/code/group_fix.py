"""A group's statistic mapped back onto its rows, learned from the training rows alone.

`t[name] = t.groupby(keys)[column].transform("mean")` gives a number to every row; over the
training rows it is a table of groups first, which the rows then look up. Groups that no
training row belongs to stay missing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from grd_core.checks.code.leak_site import Computed, Cut, Site, called
from grd_core.checks.code.replay_fix import missed
from grd_core.checks.code.text_edits import Edit, Source

_METHODS = frozenset({"mean", "median", "std", "var", "min", "max", "sum", "count"})


@dataclass(frozen=True, slots=True)
class Grouped:
    """The parts of such a statement, as they are written."""

    keys: str
    single_key: bool
    column: str
    method: str
    name: str

    def learned(self, variable: str, rows: str) -> str:
        """The line that makes the table of groups."""
        return f"{variable} = {rows}.groupby({self.keys})[{self.column}].{self.method}()"

    def applied(self, variable: str, table: str) -> str:
        """The line in which a table looks its groups up."""
        if self.single_key:
            return f"{table}[{self.name}] = {table}[{self.keys}].map({variable})"
        return f"{table} = {table}.join({variable}.rename({self.name}), on={self.keys})"


def group_statistic_in_place(site: Site, one: Computed, rows: str) -> list[Edit]:
    """The statement over these rows, where it stands; nothing where it is written otherwise."""
    grouped, variable = _grouped(site, one), _variable(site.source)
    if grouped is None or not variable:
        return []
    lines = (grouped.learned(variable, rows), grouped.applied(variable, site.base_name))
    indent = site.source.indent(site.statement)
    return [site.source.replaced(site.statement, f"\n{indent}".join(lines))]


def group_statistic_after_split(site: Site, cut: Cut) -> Iterator[list[Edit]]:
    """The statement below the split, once for each part."""
    if len(site.computed) != 1:
        return
    grouped, variable = _grouped(site, site.computed[0]), _variable(site.source)
    parts = cut.whole.get(site.base_name)
    removed = site.source.removed(site.statement)
    cut_names = [name for name in cut.sources if name.id == site.base_name]
    if grouped is None or not variable or parts is None or removed is None:
        return
    if missed(site, [site.statement], site.base_name, cut_names):
        return
    lines = [
        grouped.learned(variable, parts[0]),
        *(grouped.applied(variable, part) for part in parts),
    ]
    yield [removed, site.source.inserted_after(cut.last, lines)]


def _grouped(site: Site, one: Computed) -> Grouped | None:
    source, statement, subject = site.source, site.statement, one.statistic.subject
    if not isinstance(statement, ast.Assign) or statement.value is not one.call:
        return None
    if not isinstance(subject, ast.Subscript) or not isinstance(subject.value, ast.Call):
        return None
    target, groups = statement.targets[0], subject.value
    whole = groups.func.value if isinstance(groups.func, ast.Attribute) else None
    if (
        len(statement.targets) != 1
        or not isinstance(target, ast.Subscript)
        or not isinstance(target.value, ast.Name)
        or not isinstance(whole, ast.Name)
        or not target.value.id == whole.id == site.base_name
        or called(groups) != "groupby"
        or len(groups.args) != 1
        or groups.keywords
        or not isinstance(groups.args[0], ast.Constant | ast.List | ast.Name)
    ):
        return None
    how = one.call.args[0] if len(one.call.args) == 1 and not one.call.keywords else None
    if one.method != "transform" or not isinstance(how, ast.Constant) or how.value not in _METHODS:
        return None
    found = Grouped(
        keys=source.written(groups.args[0]),
        single_key=isinstance(groups.args[0], ast.Constant),
        column=source.written(subject.slice),
        method=str(how.value),
        name=source.written(target.slice),
    )
    return None if not found.single_key and _is_there(source, target) else found


def _is_there(source: Source, target: ast.Subscript) -> bool:
    """Whether another statement names the column: a join would then meet one of that name."""
    return any(
        isinstance(node, ast.Subscript)
        and node is not target
        and node.lineno < target.lineno
        and ast.dump(node.slice) == ast.dump(target.slice)
        for node in ast.walk(source.tree)
    )


def _variable(source: Source) -> str:
    return next((n for n in ("known", "learned", "from_training") if source.is_free(n)), "")
