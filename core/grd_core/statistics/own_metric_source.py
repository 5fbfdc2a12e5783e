"""What the text of a module says of a function in it and of what it imports; nothing is run."""

from __future__ import annotations

import ast
import keyword
import warnings
from dataclasses import dataclass

WEIGHTS = "sample_weight"
"""The argument through which a function of one's own takes weights of rows."""

_TAKES = 2


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why a function cannot be a metric, and what to do."""

    why: str
    fix: str


@dataclass(frozen=True, slots=True)
class Function:
    """A function of two arguments; `weighted` says whether it takes `sample_weight` too."""

    weighted: bool


def module_of(path: str) -> list[str]:
    """The dotted name of a file, part by part; that of its package for an `__init__.py`."""
    parts = path.removesuffix(".py").split("/")
    return parts[:-1] if parts[-1] == "__init__" else parts


def is_module(part: str) -> bool:
    """Whether one part of a dotted name can be a module's."""
    return part.isidentifier() and not keyword.iskeyword(part) and part != "__init__"


def function_in(raw: bytes, name: str, path: str) -> Function | Unusable:
    """The function of this name at the top of the module in the file `path`."""
    tree = _parsed(raw)
    if isinstance(tree, SyntaxError):
        return Unusable(
            f"{path} is no Python: {tree.msg}",
            f"correct line {tree.lineno or 1} of {path}",
        )
    for node in reversed(tree.body):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return _usable(node)
        if isinstance(node, ast.ImportFrom):
            for one in node.names:
                if (one.asname or one.name) == name:
                    origin = ".".join(_origin(node, path))
                    return Unusable(
                        f"{path} only imports {name}, so its own bytes would not tell it apart",
                        f"name the module that defines it, such as `{origin}:{one.name}`",
                    )
    known = ", ".join(node.name for node in tree.body if isinstance(node, ast.FunctionDef))
    return Unusable(
        f"{path} has no function {name}",
        f"use one of {known}" if known else f"write `def {name}(y_true, y_pred):` in {path}",
    )


def imported_by(raw: bytes, path: str) -> list[list[str]]:
    """The modules that the module in the file `path` imports anywhere in its text, with what
    might be a module among the names it takes from them."""
    tree = _parsed(raw)
    if isinstance(tree, SyntaxError):
        return []
    found: list[list[str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [one.name.split(".") for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _origin(node, path)
            found += [base, *([*base, one.name] for one in node.names)]
    return [parts for parts in found if parts and all(is_module(part) for part in parts)]


def _origin(node: ast.ImportFrom, path: str) -> list[str]:
    """The module that names are taken from, part by part, in the file `path`."""
    said = node.module.split(".") if node.module else []
    if not node.level:
        return said
    package = module_of(path)
    up = node.level - path.endswith("__init__.py")
    return [*(package[:-up] if up else package), *said]


def _usable(node: ast.FunctionDef) -> Function | Unusable:
    taken = node.args
    positional = [*taken.posonlyargs, *taken.args]
    required = len(positional) - len(taken.defaults)
    lone = [
        one.arg
        for one, default in zip(taken.kwonlyargs, taken.kw_defaults, strict=True)
        if default is None and one.arg != WEIGHTS
    ]
    enough = len(positional) >= _TAKES or taken.vararg is not None
    needed = [one.arg for one in positional[_TAKES:required] if one.arg != WEIGHTS]
    if not enough or needed or lone:
        said = ", ".join([*(one.arg for one in positional), *lone])
        return Unusable(
            f"{node.name}({said}) cannot be called with what is true and what was predicted alone",
            f"let it take (y_true, y_pred), and `{WEIGHTS}` where it can weigh rows; give every"
            " other argument a default",
        )
    weighted = WEIGHTS in {one.arg for one in (*positional, *taken.kwonlyargs)}
    return Function(weighted)


def _parsed(raw: bytes) -> ast.Module | SyntaxError:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(raw)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError) as error:
        return SyntaxError(str(error) or "it is nested too deeply")
