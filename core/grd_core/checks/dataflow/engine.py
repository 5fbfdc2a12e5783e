"""The pass itself: parsed files in, facts out. Never runs the code it reads."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable

from grd_core.checks.contract import KnownCall, SourceFile
from grd_core.checks.dataflow import access, calls, library, statements
from grd_core.checks.dataflow.expressions import EXPRESSIONS
from grd_core.checks.dataflow.imports import Importable
from grd_core.checks.dataflow.machine import (
    CURSORY,
    MAX_CALLS,
    MAX_DEPTH,
    MAX_EMPTY_CALLS,
    MAX_STEPS,
    THOROUGH,
    Call,
    Effort,
    ExhaustedError,
    Facts,
    Machine,
    Use,
)
from grd_core.checks.dataflow.parse import Parsed, parse
from grd_core.checks.dataflow.unit_tests import (
    holds_unit_tests,
    is_of_unit_tests,
)
from grd_core.checks.dataflow.values import (
    NOTHING,
    Class,
    Function,
    Module,
    Value,
    join_all,
    mix,
)

_NAMES = "|".join(sorted(library.LEARNING))
_LEARNING = re.compile(rf"\.(?:{_NAMES})\b|\b(?:{_NAMES})\s*\(")


def analyse(
    parsed: Parsed, others: Iterable[SourceFile] = (), own: Iterable[KnownCall] = ()
) -> Facts:
    """Facts of one program; `others` are files it may import, `own` calls known besides.

    Where nothing in them is trained, what repeats is not followed far.
    """
    facts = Facts()
    files = tuple(others)
    rows = tuple(own)
    facts.learns = any(map(_learns, (parsed, *map(parse, files))))
    effort = THOROUGH if rows or facts.learns else CURSORY
    machine = Pass(facts, library.Library(rows), files, effort)
    try:
        machine.run(parsed)
    except ExhaustedError:
        facts.notes.append(f"{parsed.path}: read in part, it needs more than {MAX_STEPS} steps")
    for fit, made in machine.forwards.judged():
        use = Use(made.site, made.rows, made.taints, made.subject, through=made.through)
        machine.pair(fit, use)
    return facts


class Pass(Machine):
    """The machine with its parts put together."""

    def __init__(
        self,
        facts: Facts,
        known: library.Library,
        others: Iterable[SourceFile],
        effort: Effort,
    ) -> None:
        super().__init__(facts, known, effort)
        self._files = Importable(others)
        self._modules: dict[str, Module | None] = {}

    def run(self, parsed: Parsed) -> None:
        """Execute a module, then what nothing in it called."""
        scope = self.state.new_scope()
        self.scopes = (scope,)
        if holds_unit_tests(parsed.units):
            self.is_left_alone = is_of_unit_tests
        self._execute_units(parsed)
        self._uncalled(scope, parsed)

    def _execute_units(self, parsed: Parsed) -> None:
        for unit in parsed.units:
            self.path = unit.path
            self.execute(unit.tree.body)

    def evaluate(self, node: ast.expr) -> Value:
        self.step()
        handler = _EXPRESSIONS.get(type(node))
        return handler(self, node) if handler else NOTHING

    def execute(self, body: list[ast.stmt]) -> bool:
        for node in body:
            self.step()
            if isinstance(node, ast.ImportFrom):
                self._import_from(node)
                continue
            if isinstance(node, ast.Import):
                self._import(node)
                continue
            handler = statements.STATEMENTS.get(type(node), statements.ignored)
            depth, loops, looping = self.state.depth, self.loops, self.looping
            try:
                arrives = handler(self, node)
            except RecursionError:
                self.state.unwind(depth)
                self.loops, self.looping = loops, looping
                self.facts.notes.append(f"{self.path}:{node.lineno}: nested too deeply to follow")
                arrives = True
            if not arrives:
                return False
        return True

    def store(self, target: ast.expr, value: Value) -> None:
        if isinstance(target, ast.Name):
            self.state.bind(self.scopes[-1], target.id, value)
            self.rows.called(value.rows, target.id)
        elif isinstance(target, ast.Tuple | ast.List):
            statements.unpack(self, target, value, target)
        elif isinstance(target, ast.Subscript):
            access.store_item(self, target, value)
        elif isinstance(target, ast.Attribute):
            access.store_attribute(self, target, value)
        elif isinstance(target, ast.Starred):
            self.store(target.value, value)

    def invoke(self, function: Function, call: Call) -> Value:
        node = function.node
        if node in self.active or len(self.active) >= MAX_DEPTH:
            self.inlined.setdefault(node, 0)
            return mix(call.values)
        times = self.inlined[node] = self.inlined.get(node, 0) + 1
        most = self.effort.calls
        if not _carries(call, function.receiver):
            most = min(most, MAX_EMPTY_CALLS)
        if times > most:
            if times == MAX_CALLS + 1:
                where = f"{function.path}:{node.lineno}"
                self.facts.notes.append(f"{where}: followed for its first {MAX_CALLS} calls only")
            return mix(call.values)
        outer = (self.path, self.scopes, self.stack, self.active, self.returned, self.yielded)
        self.stack = (*self.stack, (call.site.path, call.site.line, call.node.col_offset))
        self.active = (*self.active, node)
        self.returned, self.yielded = [], []
        scope = self.state.new_scope()
        try:
            self.scopes = (*function.scopes, scope)
            self.path = function.path
            self._bind(function, call, scope)
            if isinstance(node, ast.Lambda):
                return self.evaluate(node.body)
            self.execute(node.body)
            if self.yielded:
                return Value(each=join_all(self.yielded))
            return join_all(self.state.latest(value) for value in self.returned)
        finally:
            self.path, self.scopes, self.stack, self.active, self.returned, self.yielded = outer

    def _bind(self, function: Function, call: Call, scope: int) -> None:
        arguments = function.node.args
        given = list(call.args)
        if function.receiver is not None and not _is_static(function.node):
            given.insert(0, self.state.latest(function.receiver))
        keywords = dict(call.keywords)
        positional = [*arguments.posonlyargs, *arguments.args]
        first_default = len(positional) - len(arguments.defaults)
        for number, parameter in enumerate(positional):
            if number < len(given):
                value = given[number]
            elif parameter.arg in keywords:
                value = keywords.pop(parameter.arg)
            elif number >= first_default:
                value = self._default(call, arguments.defaults[number - first_default])
            else:
                value = self._stranger(function, parameter)
            self.state.bind(scope, parameter.arg, value)
        for parameter, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            if parameter.arg in keywords:
                value = keywords.pop(parameter.arg)
            else:
                value = NOTHING if default is None else self._default(call, default)
            self.state.bind(scope, parameter.arg, value)
        if arguments.vararg is not None:
            rest = given[len(positional) :]
            packed = Value(fields=tuple(enumerate(rest))) if rest else NOTHING
            self.state.bind(scope, arguments.vararg.arg, packed)
        if arguments.kwarg is not None:
            packed = Value(fields=tuple(keywords.items())) if keywords else NOTHING
            self.state.bind(scope, arguments.kwarg.arg, packed)

    def _default(self, call: Call, node: ast.expr) -> Value:
        """A parameter's default; where the arguments are not known, None may be anything."""
        unset = call.opaque and isinstance(node, ast.Constant) and node.value is None
        return NOTHING if unset else self.evaluate(node)

    def _stranger(self, function: Function, parameter: ast.arg) -> Value:
        """A parameter nobody passed: perhaps data from a caller that is not here."""
        key = ("parameter", self.path, function.node.lineno, parameter.arg)
        site = self.site(parameter)  # type: ignore[arg-type]
        source = self.rows.source(key, site)
        return Value(latent=frozenset((source,)))

    def _uncalled(self, scope: int, parsed: Parsed) -> None:
        own = frozenset(unit.path for unit in parsed.units)
        for name in self.state.names(scope):
            thing = (self.state.lookup((scope,), name) or NOTHING).thing
            if isinstance(thing, Function) and thing.path in own:
                self._call_alone(thing, None)
            elif isinstance(thing, Class):
                instance = self.state.placed(Value(instance=thing, fields=thing.attributes))
                for _, method in thing.methods:
                    self._call_alone(method, instance)

    def _call_alone(self, function: Function, receiver: Value | None) -> None:
        if self.inlined.get(function.node) or isinstance(function.node, ast.Lambda):
            return
        if self.is_left_alone(function):
            return
        name = ast.Name(function.node.name, ast.Load())
        node = ast.copy_location(ast.Call(name, [], []), function.node)
        ast.copy_location(name, function.node)
        call = Call(node, self.site(node), (), {}, opaque=True)
        bound = Function(function.node, function.scopes, function.path, receiver)
        self.invoke(bound, call)

    def _import_from(self, node: ast.ImportFrom) -> None:
        module = self._module(node.module or "")
        for alias in node.names:
            bound = alias.asname or alias.name
            if module is not None and alias.name == "*":
                for name in self.state.names(module.scope):
                    found = self.state.lookup((module.scope,), name)
                    if found is not None:
                        self.state.bind(self.scopes[-1], name, found)
                continue
            found = self.state.lookup((module.scope,), alias.name) if module else None
            if found is None:  # `from . import features`
                inner = self._module(f"{node.module or ''}.{alias.name}".lstrip("."))
                found = Value(thing=inner) if inner is not None else None
            symbol = Value(symbol=f"{node.module or ''}.{alias.name}")
            self.state.bind(self.scopes[-1], bound, found or symbol)

    def _import(self, node: ast.Import) -> None:
        statements.imported(self, node)
        for alias in node.names:
            if alias.asname or "." not in alias.name:
                module = self._module(alias.name)
                if module is not None:
                    bound = alias.asname or alias.name
                    self.state.bind(self.scopes[-1], bound, Value(thing=module))

    def _module(self, name: str) -> Module | None:
        """A file under review by its module name; run once, when first imported."""
        file = self._files.find(name, self.path) if name else None
        if file is None:
            return None
        if file.path in self._modules:
            return self._modules[file.path]
        self._modules[file.path] = None
        parsed = parse(file)
        if not parsed.units:
            return None
        outer = (self.path, self.scopes)
        scope = self.state.new_scope()
        self.scopes = (scope,)
        self._execute_units(parsed)
        self.path, self.scopes = outer
        self._modules[file.path] = Module(scope)
        return self._modules[file.path]


def _attribute(machine: Machine, node: ast.Attribute) -> Value:
    return access.attribute(machine, machine.evaluate(node.value), node.attr, node)


_EXPRESSIONS: dict[type[ast.expr], Callable[..., Value]] = {
    ast.Call: calls.evaluate_call,
    ast.Subscript: access.subscript,
    ast.Attribute: _attribute,
    **EXPRESSIONS,
}


def _learns(parsed: Parsed) -> bool:
    """Whether some call in a file, by its name, may train or judge a model."""
    text = parsed.text
    return any(name in text for name in library.LEARNING) and _LEARNING.search(text) is not None


def _carries(call: Call, receiver: Value | None) -> bool:
    """Whether a call is given rows, or an object that may hold some."""
    given = call.values if receiver is None else (*call.values, receiver)
    return any(
        value.rows or value.taints or value.fits or value.fields or value.thing for value in given
    )


def _is_static(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> bool:
    return not isinstance(node, ast.Lambda) and any(
        isinstance(decorator, ast.Name) and decorator.id == "staticmethod"
        for decorator in node.decorator_list
    )
