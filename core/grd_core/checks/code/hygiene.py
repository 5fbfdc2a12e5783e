"""What ties a program to one machine or one notebook, read off its syntax tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from grd_core.checks.dataflow.nodes import nodes_of
from grd_core.checks.dataflow.parse import Unit

_OWN_PLACE = re.compile(
    r"^(/(home|Users)/[^/]+/|/(root|content|kaggle|scratch|gpfs|mnt|media|nfs|Volumes)/\w|~/"
    r"|[A-Za-z]:[\\/]+\w|\\\\\w+\\)"
)
_NOTEBOOKS = re.compile(
    r"(^|\.)(notebooks?|nb)_\w+|(^|\.)\w+_(notebooks?|nb)$|^notebooks(\.|$)"
    r"|^nbimporter$|^import_ipynb$",
    re.IGNORECASE,
)
_LONGEST = 400
_TRAINING = frozenset({"fit", "train", "fit_generator", "partial_fit"})
_LEARNING = (
    "sklearn",
    "xgboost",
    "lightgbm",
    "catboost",
    "torch.optim",
    "torch.nn",
    "torch.utils.data",
    "keras",
    "tensorflow",
    "imblearn",
)
_PLAIN = frozenset({0, 1, -1, 2})
_NO_CHOICE = frozenset(
    {
        "random_state",
        "seed",
        "random_seed",
        "n_jobs",
        "num_workers",
        "verbose",
        "nthread",
        "thread_count",
        "test_size",
        "train_size",
        "validation_split",
        "n_splits",
        "cv",
        "verbose_eval",
        "log_evaluation",
        "num_classes",
    }
)


class Tie(Enum):
    """What ties a program down."""

    PATH = auto()
    NOTEBOOK = auto()
    NUMBERS = auto()


@dataclass(frozen=True, slots=True)
class Tied:
    """A tie in a line: the path, the module, or the numbers as they are written."""

    tie: Tie
    path: str
    line: int
    shown: tuple[str, ...]


def ties(unit: Unit) -> Iterator[Tied]:
    """Every tie of a file; the numbers of its training calls are one."""
    nodes = nodes_of(unit)
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = _from_notebook(node)
            if module:
                yield Tied(Tie.NOTEBOOK, unit.path, node.lineno, (module,))
    for path in _paths(nodes):
        yield Tied(Tie.PATH, unit.path, path.lineno, (str(path.value),))
    numbers = list(_numbers(nodes))
    if numbers:
        shown = tuple(dict.fromkeys(text for _, text in numbers))
        yield Tied(Tie.NUMBERS, unit.path, numbers[0][0], shown)


def _from_notebook(node: ast.Import | ast.ImportFrom) -> str:
    if isinstance(node, ast.ImportFrom):
        names = [node.module or ""]
    else:
        names = [alias.name for alias in node.names]
    return next((name for name in names if _NOTEBOOKS.search(name)), "")


def _paths(nodes: tuple[ast.AST, ...]) -> Iterator[ast.Constant]:
    """Text that names a place of one machine, where a program uses it."""
    told = {
        node.value for node in nodes if isinstance(node, ast.Expr)
    }  # documentation and comments in quotes
    for node in nodes:
        if isinstance(node, ast.Constant) and node not in told and _is_place(node.value):
            yield node


def _is_place(value: object) -> bool:
    return (
        isinstance(value, str)
        and len(value) < _LONGEST
        and "\n" not in value
        and _OWN_PLACE.match(value) is not None
    )


def _numbers(nodes: tuple[ast.AST, ...]) -> Iterator[tuple[int, str]]:
    """Numbers that somebody chose, passed by name where models are made and trained."""
    origins = _origins(nodes)
    for node in nodes:
        if not isinstance(node, ast.Call) or not _makes_or_trains(node, origins):
            continue
        for keyword in node.keywords:
            name, value = keyword.arg, keyword.value
            if name and name not in _NO_CHOICE and _is_chosen(value):
                yield value.lineno, f"{name}={ast.unparse(value)}"


def _is_chosen(value: ast.expr) -> bool:
    if not isinstance(value, ast.Constant) or isinstance(value.value, bool):
        return False
    return isinstance(value.value, int | float) and value.value not in _PLAIN


def _makes_or_trains(call: ast.Call, origins: dict[str, str]) -> bool:
    func = call.func
    if isinstance(func, ast.Attribute) and func.attr in _TRAINING:
        return True
    parts = ast.unparse(func).split(".") if isinstance(func, ast.Name | ast.Attribute) else [""]
    origin = origins.get(parts[0], "")
    full = ".".join([origin, *parts[1:]])
    return bool(origin) and parts[-1][:1].isupper() and full.startswith(_LEARNING)


def _origins(nodes: tuple[ast.AST, ...]) -> dict[str, str]:
    """The dotted name behind every imported one."""
    names: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                full = alias.name if alias.asname else alias.name.partition(".")[0]
                names[alias.asname or full] = full
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names
