"""Which names a notebook's cell needs from others, and which it gives them."""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass, field

_BY_THE_KERNEL = (
    "__file__ __name__ __doc__ __builtins__ get_ipython display In Out _ __ ___ _i _ii _iii _dh "
    "_oh exit quit dbutils spark sc sqlContext displayHTML"
)
GIVEN = frozenset((*dir(builtins), *_BY_THE_KERNEL.split(" ")))
"""Names that a notebook has before its first cell runs."""

_OPAQUE_CALLS = frozenset({"exec", "eval", "globals", "locals", "vars"})
_OPAQUE_MAGICS = frozenset({"run", "load", "pylab", "load_ext", "reload_ext", "cpaste"})
_OPAQUE_METHODS = frozenset({"run_line_magic", "run_cell_magic", "magic", "system", "getoutput"})


@dataclass(frozen=True, slots=True)
class Names:
    """What running a cell does to names: `needs` maps each name it reads before it binds it to
    the line, `gives` each name it binds for good, `imports` those of them that are imports,
    `removes` those it deletes; `opaque` says that it may bind names that are not written."""

    needs: dict[str, int]
    gives: dict[str, int]
    imports: frozenset[str]
    removes: frozenset[str]
    opaque: bool


def names_of(tree: ast.Module) -> Names:
    """The names of a cell; what functions read when called later is not needed by the cell."""
    seen = _Seen()
    for statement in tree.body:
        seen.visit(statement)
    return Names(
        seen.needs, seen.gives, frozenset(seen.imports), frozenset(seen.removes), seen.opaque
    )


@dataclass
class _Seen(ast.NodeVisitor):
    needs: dict[str, int] = field(default_factory=dict)
    gives: dict[str, int] = field(default_factory=dict)
    imports: set[str] = field(default_factory=set)
    removes: set[str] = field(default_factory=set)
    opaque: bool = False
    hidden: tuple[frozenset[str], ...] = ()
    tried: int = 0

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._need(node.id, node.lineno)
        elif isinstance(node.ctx, ast.Store):
            self._give(node.id, node.lineno)
        elif node.id in self.gives:
            del self.gives[node.id]
        else:
            self._need(node.id, node.lineno)
            self.removes.add(node.id)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self.visit(target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
            self.visit(node.target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._need(node.target.id, node.lineno)
        self.visit(node.value)
        self.visit(node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self._give(node.target.id, node.lineno)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self.visit(node.target)
        self._all([*node.body, *node.orelse])

    def visit_AsyncFor(self, node: ast.AsyncFor) -> None:
        self.visit_For(node)

    def visit_Try(self, node: ast.Try | ast.TryStar) -> None:
        # what a handler is there for may as well be missing
        self.tried += bool(node.handlers)
        self._all(node.body)
        self.tried -= bool(node.handlers)
        self._all([*node.orelse, *node.handlers, *node.finalbody])

    def visit_TryStar(self, node: ast.TryStar) -> None:
        self.visit_Try(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.type is not None:
            self.visit(node.type)
        self._inside(frozenset({node.name} if node.name else ()), node.body)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*":
                self.opaque = True
                continue
            name = (alias.asname or alias.name).partition(".")[0]
            self._give(name, node.lineno)
            self.imports.add(name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.visit_Import(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._all([*node.decorator_list, *node.args.defaults])
        self._all([default for default in node.args.kw_defaults if default is not None])
        self._give(node.name, node.lineno)
        for inner in ast.walk(node):
            if isinstance(inner, ast.Global):
                for name in inner.names:
                    self.gives.setdefault(name, inner.lineno)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._all([*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._all([*node.decorator_list, *node.bases, *node.keywords])
        inner = _Seen(hidden=self.hidden, tried=self.tried)
        inner._all(node.body)
        for name, line in inner.needs.items():
            self._need(name, line)
        self._give(node.name, node.lineno)

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> None:
        self._comprehension(node.generators, [node.elt])

    def visit_SetComp(self, node: ast.SetComp) -> None:
        self.visit_ListComp(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self.visit_ListComp(node)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._comprehension(node.generators, [node.key, node.value])

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        if node.pattern is not None:
            self.visit(node.pattern)
        if node.name:
            self._give(node.name, node.lineno)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        if node.name:
            self._give(node.name, node.lineno)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.generic_visit(node)
        if node.rest:
            self._give(node.rest, node.lineno)

    def visit_Call(self, node: ast.Call) -> None:
        func = node.func
        by_name = isinstance(func, ast.Name) and func.id in _OPAQUE_CALLS
        by_method = isinstance(func, ast.Attribute) and func.attr in _OPAQUE_METHODS
        self.opaque = self.opaque or by_name or by_method
        self.generic_visit(node)

    def _comprehension(self, generators: list[ast.comprehension], results: list[ast.expr]) -> None:
        targets = frozenset(
            name.id
            for generator in generators
            for name in ast.walk(generator.target)
            if isinstance(name, ast.Name)
        )
        self.visit(generators[0].iter)
        parts: list[ast.AST] = [*results]
        for number, generator in enumerate(generators):
            parts.extend(generator.ifs)
            if number:
                parts.append(generator.iter)
        self._inside(targets, parts)

    def _inside(self, hidden: frozenset[str], parts: list[ast.stmt] | list[ast.AST]) -> None:
        self.hidden = (*self.hidden, hidden)
        self._all(parts)
        self.hidden = self.hidden[:-1]

    def _all(self, nodes: list[ast.AST] | list[ast.stmt] | list[ast.expr]) -> None:
        for node in nodes:
            self.visit(node)

    def _need(self, name: str, line: int) -> None:
        known = name in self.gives or name in GIVEN or any(name in names for names in self.hidden)
        if not known and not self.tried:
            self.needs.setdefault(name, line)

    def _give(self, name: str, line: int) -> None:
        if not any(name in names for names in self.hidden):
            self.gives.setdefault(name, line)


def binds_unseen(text: str) -> bool:
    """Whether a cell's magics may bind names: `%run other.ipynb`, `%pylab`."""
    return any(
        line.lstrip().lstrip("%").split(" ")[0] in _OPAQUE_MAGICS
        for line in text.splitlines()
        if line.lstrip().startswith("%")
    )
