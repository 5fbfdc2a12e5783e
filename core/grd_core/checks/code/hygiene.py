"""What ties a program to one machine or one notebook, read off its syntax tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from grd_core.checks.contract import CELL
from grd_core.checks.dataflow.parse import Unit
from grd_core.checks.dataflow.rows import Site

_OWN_PLACE = re.compile(
    r"^(/(home|Users)/[^/]+/|/(root|content|kaggle|scratch|gpfs|mnt|media|nfs|Volumes)/\w|~/\w"
    r"|[A-Za-z]:[\\/]+\w|\\\\[\w.-]+\\[\w$])"
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
    """A tie of a file: the paths, the module, or the numbers as they are written, each once,
    and where they stand."""

    tie: Tie
    shown: tuple[str, ...]
    sites: tuple[Site, ...]


def ties(units: Iterable[Unit]) -> Iterator[Tied]:
    """The ties of every file; its paths are one, and the numbers of its training calls."""
    files: dict[str, list[Unit]] = {}
    for unit in units:
        files.setdefault(unit.path.partition(CELL)[0], []).append(unit)
    for together in files.values():
        for unit in together:
            for node in unit.nodes.of_any(ast.Import, ast.ImportFrom):
                module = _from_notebook(node)
                if module:
                    yield Tied(Tie.NOTEBOOK, (module,), (Site(unit.path, node.lineno),))
        paths = [
            (str(path.value), Site(unit.path, path.lineno))
            for unit in together
            for path in _paths(unit)
        ]
        origins = _origins(together)
        numbers = [found for unit in together for found in _numbers(unit, origins)]
        for tie, found in ((Tie.PATH, paths), (Tie.NUMBERS, numbers)):
            if found:
                shown, sites = zip(*found, strict=True)
                yield Tied(tie, tuple(dict.fromkeys(shown)), tuple(dict.fromkeys(sites)))


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


def _numbers(unit: Unit, origins: dict[str, str]) -> Iterator[tuple[str, Site]]:
    """Numbers that somebody chose, passed by name where models are made and trained."""
    for node in unit.nodes.of(ast.Call):
        chosen = [keyword for keyword in node.keywords if _is_chosen(keyword)]
        if chosen and _makes_or_trains(node, origins):
            for keyword in chosen:
                text = f"{keyword.arg}={ast.unparse(keyword.value)}"
                yield text, Site(unit.path, keyword.value.lineno)


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


def _origins(units: Iterable[Unit]) -> dict[str, str]:
    """The dotted name behind every imported one."""
    names: dict[str, str] = {}
    for unit in units:
        for node in unit.nodes.of(ast.Import):
            for alias in node.names:
                full = alias.name if alias.asname else alias.name.partition(".")[0]
                names[alias.asname or full] = full
        for source in unit.nodes.of(ast.ImportFrom):
            for alias in source.names if source.module else ():
                names[alias.asname or alias.name] = f"{source.module}.{alias.name}"
    return names
