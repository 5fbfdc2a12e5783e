"""Training and evaluating modes of torch programs, from the shape of their loops.

A torch program says nothing about rows; what it says is which loop goes backward and which
only looks. A loop is judged by what stands in it, never by what its variables are called.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from grd_core.checks.dataflow.machine import Facts
from grd_core.checks.dataflow.parse import Unit
from grd_core.checks.dataflow.rows import Site
from grd_core.checks.dataflow.torch_calls import (
    AUGMENTING,
    EVALUATION_WORDS,
    GRADIENTS_OFF,
    MANAGED,
    MEASURING,
    MODAL,
    MOVES,
    OF_MODULES,
    PRETRAINED,
)
from grd_core.checks.dataflow.values import Estimator


class Slip(Enum):
    """What is forgotten or done at the wrong time."""

    NEVER_EVAL = auto()
    KEEPS_GRADIENTS = auto()
    STAYS_IN_EVAL = auto()
    AUGMENTED = auto()


@dataclass(frozen=True, slots=True)
class ModeSlip:
    """A slip at a place, with the line that trains (0 where there is none) and its subject."""

    slip: Slip
    cause: Site
    train: Site | None
    subject: str


def mode_slips(units: tuple[Unit, ...], facts: tuple[Facts, ...]) -> Iterator[ModeSlip]:
    """Every slip of a program over all its files."""
    imported = frozenset(name for unit in units for name in _imports(unit))
    if "torch" not in imported and "torchvision" not in imported:
        return
    yield from _augmented(facts)
    calls = [(unit.path, call) for unit in units for call in unit.nodes.of(ast.Call)]
    trained = (Site(path, call.lineno) for path, call in calls if _is_method(call, "backward"))
    backward = next(trained, None)
    if backward is None or imported & MANAGED:
        return
    yield from _unguarded(units, imported, backward)
    if any(_is_eval(call) for _, call in calls) and _is_modal(units, imported):
        yield from _stays_in_eval(units)


def _unguarded(
    units: tuple[Unit, ...], imported: frozenset[str], backward: Site
) -> Iterator[ModeSlip]:
    """No `eval()` anywhere, or gradients kept, where a loop only looks."""
    models = _models(units)
    looking = next((found for unit in units for found in _looking(unit, models)), None)
    if looking is None:
        return
    site, model = looking
    turned = any(_turns_eval(call) for unit in units for call in unit.nodes.of(ast.Call))
    if not turned and _is_modal(units, imported):
        yield ModeSlip(Slip.NEVER_EVAL, site, backward, model)
    if not any(name in GRADIENTS_OFF for unit in units for name in _names(unit)):
        yield ModeSlip(Slip.KEEPS_GRADIENTS, site, backward, model)


def _looking(unit: Unit, models: frozenset[str]) -> Iterator[tuple[Site, str]]:
    """Loops over batches that call a model and measure, and never go backward."""
    for node in unit.nodes.of(ast.For):
        if isinstance(node.iter, ast.Constant):
            continue
        inside = list(ast.walk(node))
        measures = any(set(_name_of(inner)) & MEASURING for inner in inside)
        if not measures or any(_is_method(n, "backward") or _is_method(n, "step") for n in inside):
            continue
        batch = _batch(node)
        for inner in inside:
            model = _called_on(inner, batch, models)
            if model:
                yield Site(unit.path, inner.lineno if hasattr(inner, "lineno") else 0), model
                break


def _batch(loop: ast.For) -> set[str]:
    """The names of the loop's batch, on the device or not; a counter is none."""
    target = loop.target
    called = loop.iter.func if isinstance(loop.iter, ast.Call) else None
    if isinstance(called, ast.Name) and called.id == "range":
        return set()
    if isinstance(called, ast.Name) and called.id == "enumerate" and isinstance(target, ast.Tuple):
        target = target.elts[-1]
    names = {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}
    for node in ast.walk(loop):
        if isinstance(node, ast.Assign):
            given = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            if all(_root(item) in names for item in given):
                for outer in node.targets:
                    names |= {n.id for n in ast.walk(outer) if isinstance(n, ast.Name)}
    return names


def _root(node: ast.expr) -> str:
    """The variable a chain of items and moves to a device starts from."""
    while True:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr not in MOVES:
                return ""
            node = node.func.value
        elif isinstance(node, ast.Subscript):
            node = node.value
        else:
            return node.id if isinstance(node, ast.Name) else ""


def _called_on(node: ast.AST, batch: set[str], models: frozenset[str]) -> str:
    """The model, where the node calls one on the batch alone."""
    if not isinstance(node, ast.Call) or len(node.args) != 1 or _root(node.args[0]) not in batch:
        return ""
    func = node.func
    if isinstance(func, ast.Attribute) and func.attr == "forward":
        func = func.value
    name = ast.unparse(func) if isinstance(func, ast.Name | ast.Attribute) else ""
    return name if name in models else ""


def _models(units: tuple[Unit, ...]) -> frozenset[str]:
    """What is used as a module of torch is, and the parameters it is passed to."""
    used = (node for unit in units for node in unit.nodes.of(ast.Attribute))
    owners = (node.value for node in used if node.attr in OF_MODULES)
    models = {ast.unparse(owner) for owner in owners if isinstance(owner, ast.Name | ast.Attribute)}
    functions = _functions(units)
    calls = [call for unit in units for call in unit.nodes.of(ast.Call)]
    for _ in range(2):  # a function may pass it on once
        for call in calls:
            called = functions.get(call.func.id) if isinstance(call.func, ast.Name) else None
            parameters = called.args.args if called is not None else []
            for given, parameter in zip(call.args, parameters, strict=False):
                if isinstance(given, ast.Name) and given.id in models:
                    models.add(parameter.arg)
    return frozenset(models)


def _stays_in_eval(units: tuple[Unit, ...]) -> Iterator[ModeSlip]:
    """A loop that trains and turns to `eval()`, and never back."""
    functions = _functions(units)
    for unit in units:
        for loop in unit.nodes.of_any(ast.For, ast.While):
            yield from _one_loop(unit, loop, functions)


def _functions(units: tuple[Unit, ...]) -> dict[str, ast.FunctionDef]:
    return {node.name: node for unit in units for node in unit.nodes.of(ast.FunctionDef)}


def _one_loop(
    unit: Unit, loop: ast.For | ast.While, functions: dict[str, ast.FunctionDef]
) -> Iterator[ModeSlip]:
    inner = [n for n in ast.walk(loop) if isinstance(n, ast.For | ast.While) and n is not loop]
    reached = _reached(loop, functions)
    trains = [node for node, _ in reached if _is_method(node, "backward")]
    evals = [(node, at) for node, at in reached if _is_eval(node)]
    if not trains or not evals or any(_turns_train(node) for node, _ in reached):
        return
    for other in inner:
        within = [node for node, _ in _reached(other, functions)]
        if any(_is_method(n, "backward") for n in within) and any(_is_eval(n) for n in within):
            return
    made = {
        name.id
        for node in ast.walk(loop)
        if isinstance(node, ast.Assign)
        for target in node.targets
        for name in ast.walk(target)
        if isinstance(name, ast.Name)
    }
    node, at = evals[0]
    model = _receiver(node)
    passed = {name.id for name in ast.walk(at) if isinstance(name, ast.Name)}
    if model in made or passed & made or _leaves_after(loop, node):
        return
    yield ModeSlip(
        Slip.STAYS_IN_EVAL,
        Site(unit.path, at.lineno),
        Site(unit.path, loop.lineno),
        model,
    )


def _reached(
    loop: ast.For | ast.While, functions: dict[str, ast.FunctionDef]
) -> list[tuple[ast.AST, ast.expr]]:
    """What a loop does, in the functions it calls too; each with the call in the loop itself."""
    found: list[tuple[ast.AST, ast.expr]] = []
    for node in ast.walk(loop):
        if not isinstance(node, ast.Call):
            continue
        found.append((node, node))
        called = functions.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if called is None or any(loop is inner for inner in ast.walk(called)):
            continue
        body = [inner for inner in ast.walk(called) if isinstance(inner, ast.Call)]
        whole = any(_is_method(n, "backward") for n in body) and any(_is_eval(n) for n in body)
        if not whole:  # a function that does both is a training of its own
            found.extend((inner, node) for inner in body)
    return found


def _leaves_after(loop: ast.For | ast.While, node: ast.AST) -> bool:
    """True when the branch around the call ends the loop."""
    for branch in ast.walk(loop):
        if isinstance(branch, ast.If) and any(inner is node for inner in ast.walk(branch)):
            last = branch.body[-1]
            if isinstance(last, ast.Break | ast.Return | ast.Raise):
                return True
    return False


def _augmented(facts: tuple[Facts, ...]) -> Iterator[ModeSlip]:
    """A data set for evaluation that is made with a random transform."""
    for learned in facts:
        for item in learned.calls:
            given = item.call.keywords.get("transform")
            thing = given.thing if given is not None else None
            if not isinstance(thing, Estimator):
                continue
            random = [name for name in (thing.name, *thing.parts) if name in AUGMENTING]
            if random and _for_evaluation(item.call.node):
                yield ModeSlip(Slip.AUGMENTED, item.call.site, None, random[0])


def _for_evaluation(call: ast.Call) -> bool:
    """`train=False`, `split="test"`, or a folder called so."""
    for keyword in call.keywords:
        value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
        if keyword.arg == "train":
            return value is False
        if keyword.arg in ("split", "image_set", "mode", "phase") and isinstance(value, str):
            return value.lower() in EVALUATION_WORDS
    places = [*call.args[:1], *(k.value for k in call.keywords if k.arg == "root")]
    return any(
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and bool(set(node.value.lower().replace("\\", "/").split("/")) & EVALUATION_WORDS)
        for place in places
        for node in ast.walk(place)
    )


def _is_modal(units: tuple[Unit, ...], imported: frozenset[str]) -> bool:
    """True when the mode changes what the model computes: dropout, batch norm, pretrained nets."""
    if imported & PRETRAINED:
        return True
    return any(
        any(name.startswith(MODAL) for name in _names(unit)) or _takes_a_ready_model(unit)
        for unit in units
    )


def _takes_a_ready_model(unit: Unit) -> bool:
    """True when a file uses the models of torchvision."""
    for node in unit.nodes.of(ast.ImportFrom):
        module = node.module or ""
        listed = module == "torchvision" and any(alias.name == "models" for alias in node.names)
        if listed or module.startswith("torchvision.models"):
            return True
    return any(
        node.attr == "models"
        and isinstance(node.value, ast.Name)
        and node.value.id == "torchvision"
        for node in unit.nodes.of(ast.Attribute)
    )


def _imports(unit: Unit) -> Iterator[str]:
    for node in unit.nodes.of(ast.Import):
        yield from (alias.name.partition(".")[0] for alias in node.names)
    for source in unit.nodes.of(ast.ImportFrom):
        if source.module:
            yield source.module.partition(".")[0]
            yield from (alias.name for alias in source.names if alias.name in MANAGED)


def _names(unit: Unit) -> Iterator[str]:
    """Every variable and attribute that a file or cell names."""
    yield from (node.attr for node in unit.nodes.of(ast.Attribute))
    yield from (node.id for node in unit.nodes.of(ast.Name))


def _is_method(node: ast.AST, name: str) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == name
    )


def _is_eval(node: ast.AST) -> bool:
    return _is_method(node, "eval") and isinstance(node, ast.Call) and not node.args


def _turns_eval(node: ast.AST) -> bool:
    if _is_eval(node):
        return True
    if not _is_method(node, "train") or not isinstance(node, ast.Call):
        return False
    return bool(node.args or node.keywords)  # a mode that is passed


def _turns_train(node: ast.AST) -> bool:
    return _is_method(node, "train")


def _receiver(node: ast.AST) -> str:
    func = node.func if isinstance(node, ast.Call) else None
    return ast.unparse(func.value) if isinstance(func, ast.Attribute) else ""


def _name_of(node: ast.AST) -> tuple[str, ...]:
    if isinstance(node, ast.Attribute):
        return (node.attr,)
    return (node.id,) if isinstance(node, ast.Name) else ()
