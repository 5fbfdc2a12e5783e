"""A statistic of the whole set as it stands in the text: its call, its rows, its split."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from grd_core.checks.code.text_edits import Source, root
from grd_core.checks.dataflow.leaks import Leak
from grd_core.checks.dataflow.machine import Facts
from grd_core.checks.dataflow.taints import Statistic

_AGGREGATES = frozenset(
    "mean median std var min max quantile mode sum nanmean nanmedian nanstd nanmin nanmax"  # noqa: SIM905
    " percentile nanpercentile agg average".split()
)
_STACKS = frozenset({"concat", "concatenate", "vstack", "row_stack"})


@dataclass(frozen=True, slots=True)
class Computed:
    """A statistic and the call that computes it."""

    statistic: Statistic
    call: ast.Call

    @property
    def is_aggregate(self) -> bool:
        """True for a number, or one number a group or column, that stands for all rows."""
        return not self.statistic.fitted and self.method in _AGGREGATES

    @property
    def method(self) -> str:
        """The called name: `fit`, `fit_transform`, `mean`, `transform`."""
        return called(self.call)


@dataclass(frozen=True, slots=True)
class Cut:
    """Where training rows and held-out rows get their names, and from which variable.

    `whole` maps the text of what was cut to the names of its training and held-out part.
    """

    last: ast.stmt
    train: str
    held_out: str
    whole: dict[str, tuple[str, str]]
    sources: tuple[ast.Name, ...]
    train_value: ast.expr | None


@dataclass(frozen=True, slots=True)
class Site:
    """All that a correction of one leak has to know."""

    source: Source
    leak: Leak
    facts: Facts
    computed: tuple[Computed, ...]
    statement: ast.stmt
    base: ast.expr

    @property
    def base_name(self) -> str:
        """The variable that holds the whole set; empty for an expression."""
        return self.base.id if isinstance(self.base, ast.Name) else ""


def find_site(source: Source, facts: Facts, leak: Leak) -> Site | None:
    """The leak's place in the text; None where the call or its subject cannot be made out."""
    line = leak.statistic.site.line
    calls = [n for n in ast.walk(source.tree) if isinstance(n, ast.Call) and n.lineno == line]
    computed: dict[ast.Call, Computed] = {}
    for statistic in facts.statistics:
        if statistic.site.line == line and statistic.subject is not None:
            for call in calls:
                if _computes(call, statistic):
                    computed[call] = Computed(statistic, call)
    if not computed:
        return None
    listed = tuple(computed.values())
    bases = [root(one.statistic.subject) for one in listed if one.statistic.subject is not None]
    if len({ast.dump(base) for base in bases}) != 1:
        return None
    statement = source.statement_of(listed[0].call)
    return Site(source, leak, facts, listed, statement, bases[0])


def find_cut(site: Site) -> Cut | None:
    """The assignments below the statistic that name the training and the held-out rows."""
    rows, source = site.facts.rows, site.source
    train, held = rows[site.leak.train_rows], rows[site.leak.evaluate_rows]
    first = _binding(source, train.name, train.site.line)
    second = _binding(source, held.name, held.site.line)
    if first is None or second is None or train.name == held.name:
        return None
    if source.function_of(first) is not source.function_of(site.statement):
        return None
    last = max(first, second, key=lambda s: s.lineno)
    if first is second and isinstance(first.value, ast.Call):
        pairs = _split_pairs(source, first)
        names = [arg for arg in first.value.args if isinstance(arg, ast.Name)]
        return Cut(last, train.name, held.name, pairs, tuple(names), None) if pairs else None
    one, other = _value_for(first, train.name), _value_for(second, held.name)
    if one is None or other is None:
        return None
    roots = root(one), root(other)
    if not all(isinstance(r, ast.Name) for r in roots) or ast.dump(roots[0]) != ast.dump(roots[1]):
        return None
    names = [r for r in roots if isinstance(r, ast.Name)]
    pairs = {names[0].id: (train.name, held.name)}
    return Cut(last, train.name, held.name, pairs, tuple(names), one)


def known_training_rows(site: Site) -> str:
    """The variable that holds the training part of just that whole, where the statistic is
    computed already; empty for none. Rows alone do not tell: a target has the same rows."""
    row, source = site.facts.rows[site.leak.train_rows], site.source
    line, function = site.statement.lineno, source.function_of(site.statement)
    if not row.name or row.site.line > line:
        return ""
    binding = _binding(source, row.name, row.site.line)
    if binding is None or source.function_of(binding) is not function:
        return ""
    pairs = _split_pairs(source, binding)
    name = pairs.get(source.written(site.base), ("", ""))[0] if pairs else row.name
    stores = [n for n in source.names(name, function) if isinstance(n.ctx, ast.Store)]
    if len([n for n in stores if n.lineno < line]) != 1:
        return ""
    value = _value_for(binding, name)
    cut_out = value is not None and ast.dump(root(value)) == ast.dump(site.base)
    return name if pairs or cut_out or name in _stacked(site) else ""


def _stacked(site: Site) -> set[str]:
    """The variables stacked, as they are, into the whole."""
    whole: ast.expr | None = site.base
    if isinstance(whole, ast.Name):
        function = site.source.function_of(site.statement)
        assigned = [
            n
            for n in ast.walk(function)
            if isinstance(n, ast.Assign)
            and n.lineno < site.statement.lineno
            and any(isinstance(t, ast.Name) and t.id == site.base_name for t in n.targets)
        ]
        whole = assigned[0].value if len(assigned) == 1 else None
    if not isinstance(whole, ast.Call) or called(whole) not in _STACKS or not whole.args:
        return set()
    pieces = whole.args[0]
    if whole.keywords and any(k.arg == "axis" for k in whole.keywords):
        return set()
    elements = pieces.elts if isinstance(pieces, ast.List | ast.Tuple) else []
    return {piece.id for piece in elements if isinstance(piece, ast.Name)}


def called(call: ast.Call) -> str:
    """The last part of the called name."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _computes(call: ast.Call, statistic: Statistic) -> bool:
    if statistic.fitted:
        return isinstance(call.func, ast.Attribute) and call.func.value is statistic.holder
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return statistic.subject is owner or statistic.subject in call.args


def _binding(source: Source, name: str, line: int) -> ast.Assign | None:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Assign) and node.lineno <= line <= (node.end_lineno or 0):
            stored = {n.id for t in node.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
            if name in stored and len(node.targets) == 1:
                return node
    return None


def _split_pairs(source: Source, statement: ast.Assign) -> dict[str, tuple[str, str]]:
    target, value = statement.targets[0], statement.value
    if not isinstance(target, ast.Tuple | ast.List) or not isinstance(value, ast.Call):
        return {}
    names = [item.id for item in target.elts if isinstance(item, ast.Name)]
    if called(value) != "train_test_split" or len(names) != 2 * len(value.args):
        return {}
    return {
        source.written(argument): (names[2 * n], names[2 * n + 1])
        for n, argument in enumerate(value.args)
    }


def _value_for(statement: ast.Assign, name: str) -> ast.expr | None:
    target, value = statement.targets[0], statement.value
    if isinstance(target, ast.Name):
        return value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for item, given in zip(target.elts, value.elts, strict=False):
            if isinstance(item, ast.Name) and item.id == name:
                return given
    return None
