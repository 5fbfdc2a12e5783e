"""What ties a program to one machine or one notebook, read off its syntax tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

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
    for node in unit.nodes.of_any(ast.Import, ast.ImportFrom):
        module = _from_notebook(node)
        if module:
            yield Tied(Tie.NOTEBOOK, unit.path, node.lineno, (module,))
    for path in _paths(unit):
        yield Tied(Tie.PATH, unit.path, path.lineno, (str(path.value),))
    numbers = list(_numbers(unit))
    if numbers:
        shown = tuple(dict.fromkeys(text for _, text in numbers))
        yield Tied(Tie.NUMBERS, unit.path, numbers[0][0], shown)


def _from_notebook(node: ast.Import | ast.ImportFrom) -> str:
    if isinstance(node, ast.ImportFrom):
        names = [node.module or ""]
    else:
        names = [alias.name for alias in node.names]
    return next((name for name in names if _NOTEBOOKS.search(name)), "")


def _paths(unit: Unit) -> Iterator[ast.Constant]:
    """Text that names a place of one machine, where a program uses it."""
    places = [node for node in unit.nodes.of(ast.Constant) if _is_place(node.value)]
    if places:
        # documentation and comments in quotes
        told = {node.value for node in unit.nodes.of(ast.Expr)}
        yield from (node for node in places if node not in told)


def _is_place(value: object) -> bool:
    return (
        isinstance(value, str)
        and len(value) < _LONGEST
        and "\n" not in value
        and _OWN_PLACE.match(value) is not None
    )


def _numbers(unit: Unit) -> Iterator[tuple[int, str]]:
    """Numbers that somebody chose, passed by name where models are made and trained."""
    origins = _origins(unit)
    for node in unit.nodes.of(ast.Call):
        chosen = [keyword for keyword in node.keywords if _is_chosen(keyword)]
        if chosen and _makes_or_trains(node, origins):
            for keyword in chosen:
                yield keyword.value.lineno, f"{keyword.arg}={ast.unparse(keyword.value)}"


def _is_chosen(keyword: ast.keyword) -> bool:
    given = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
    if not isinstance(given, int | float) or isinstance(given, bool) or given in _PLAIN:
        return False
    return keyword.arg is not None and keyword.arg not in _NO_CHOICE


def _makes_or_trains(call: ast.Call, origins: dict[str, str]) -> bool:
    func = call.func
    if isinstance(func, ast.Attribute) and func.attr in _TRAINING:
        return True
    parts = ast.unparse(func).split(".") if isinstance(func, ast.Name | ast.Attribute) else [""]
    origin = origins.get(parts[0], "")
    full = ".".join([origin, *parts[1:]])
    return bool(origin) and parts[-1][:1].isupper() and full.startswith(_LEARNING)


def _origins(unit: Unit) -> dict[str, str]:
    """The dotted name behind every imported one."""
    names: dict[str, str] = {}
    for node in unit.nodes.of(ast.Import):
        for alias in node.names:
            full = alias.name if alias.asname else alias.name.partition(".")[0]
            names[alias.asname or full] = full
    for source in unit.nodes.of(ast.ImportFrom):
        for alias in source.names if source.module else ():
            names[alias.asname or alias.name] = f"{source.module}.{alias.name}"
    return names
