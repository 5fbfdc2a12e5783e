"""Source text to syntax trees, tolerant of what notebooks leave behind."""

from __future__ import annotations

import ast
import warnings
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from grd_core.checks.contract import SourceFile
from grd_core.checks.dataflow.cells import Cell, cells_of, is_notebook
from grd_core.checks.dataflow.magics import cell_language, dedented, expand, without_magics
from grd_core.checks.dataflow.nodes import Nodes
from grd_core.checks.dataflow.python2 import as_python3

MOST_CHARACTERS = 2_000_000
"""What is longer is data that was given the name of a program, and is not read."""

MOST_NOTES = 5
"""Cells of one notebook that are named when they cannot be read; of the others, how many."""


@dataclass(frozen=True)  # without slots: `nodes` is kept as long as the unit is
class Unit:
    """A piece of a program that is read at once: a file, or one cell of a notebook.

    `path` is what findings name: the file's path, with `#cell-N` for the N-th cell.
    """

    path: str
    tree: ast.Module

    @cached_property
    def nodes(self) -> Nodes:
        """The nodes of the tree by their class."""
        return Nodes(self.tree)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file's units in order, none if it is not Python, with notes on what was set aside.

    `text` is the whole file's, as it is; `whole` says that one unit holds all of it.
    """

    path: str
    units: tuple[Unit, ...]
    notes: tuple[str, ...] = ()
    text: str = ""
    whole: bool = False


@lru_cache(maxsize=64)
def parse(file: SourceFile) -> Parsed:
    """The units of a file; shell lines and magics become `pass` on the same line.

    A script that a notebook was exported to is read whole where that is possible, else cell by
    cell, without the cells that are not Python. Statements of Python 2 are read as Python 3.
    """
    if not is_notebook(file):
        outcome, changed = _tolerant(file.text)
        if isinstance(outcome, ast.Module):
            notes = (f"{file.path}: {changed}",) if changed else ()
            return Parsed(file.path, (Unit(file.path, outcome),), notes, file.text, whole=True)
        cells = cells_of(file)
        return _in_cells(file, cells) if cells else _unread(file.path, outcome)
    try:
        return _in_cells(file, cells_of(file))
    except ValueError as error:
        return _unread(file.path, str(error))


def _in_cells(file: SourceFile, cells: tuple[Cell, ...]) -> Parsed:
    units: list[Unit] = []
    notes: list[str] = []
    broken: list[str] = []
    rewritten: dict[str, list[str]] = {}
    for cell in cells:
        if cell_language(cell.text):
            continue
        outcome, changed = _tolerant(cell.text, cell.offset)
        if not isinstance(outcome, ast.Module):
            where = f"{cell.path}: not read, "
            inside = f"{cell.name}, " if cell.offset else ""
            broken.append(f"{where}{inside}{outcome}")
            continue
        units.append(Unit(cell.path, outcome))
        if changed:
            rewritten.setdefault(changed, []).append(cell.name)
    for changed, names in rewritten.items():
        shown = ", ".join(names[:MOST_NOTES])
        others = f" and {len(names) - MOST_NOTES} more" if names[MOST_NOTES:] else ""
        notes.append(f"{file.path}: {changed} in {shown}{others}")
    more = len(broken) - MOST_NOTES
    notes.extend(broken[:MOST_NOTES])
    if more > 0:
        notes.append(f"{file.path}: {more} more cells not read")
    return Parsed(file.path, tuple(units), tuple(dict.fromkeys(notes)), file.text)


def trees_of(file: SourceFile, cells: Sequence[Cell]) -> list[ast.Module | None]:
    """The tree of each cell with the lines of its unit; None where it is not Python."""
    parsed = parse(file)
    if is_notebook(file):
        by_path = {unit.path: unit.tree for unit in parsed.units}
        return [by_path.get(cell.path) for cell in cells]
    if not parsed.whole:
        return [_cell_tree(cell) for cell in cells]
    # what a script read whole holds is shared out by its lines: to parse it again takes as long
    bodies: list[list[ast.stmt]] = [[] for _ in cells]
    starts = [cell.offset for cell in cells]
    for statement in parsed.units[0].tree.body:
        bodies[max(0, bisect_left(starts, statement.lineno) - 1)].append(statement)
    return [ast.Module(body, type_ignores=[]) for body in bodies]


def _cell_tree(cell: Cell) -> ast.Module | None:
    outcome = None if cell_language(cell.text) else _tolerant(cell.text, cell.offset)[0]
    return outcome if isinstance(outcome, ast.Module) else None


def _unread(path: str, why: str) -> Parsed:
    return Parsed(path, (), (f"{path}: not read, {why}",))


def _tolerant(text: str, above: int = 0) -> tuple[ast.Module | str, str]:
    """The tree or what is wrong, and what had to be rewritten for it; `above` lines stand before
    the text in its file."""
    first = _try(text, above)
    if isinstance(first, ast.Module):
        return first, ""
    cleaned = without_magics(dedented(text))
    second = _try(cleaned, above) if cleaned != text else first
    if isinstance(second, ast.Module):
        return second, "notebook magics set aside"
    newer = cleaned if len(text) > MOST_CHARACTERS else as_python3(cleaned)
    third = _try(newer, above) if newer != cleaned else second
    return (third, "Python 2 read as Python 3") if isinstance(third, ast.Module) else (second, "")


def _try(text: str, above: int) -> ast.Module | str:
    if len(text) > MOST_CHARACTERS:
        return f"it is longer than {MOST_CHARACTERS:,} characters"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = expand(ast.parse(text))
    except SyntaxError as error:
        return f"syntax error in line {above + (error.lineno or 1)}: {error.msg}"
    except (ValueError, RecursionError, MemoryError) as error:
        return f"it cannot be parsed: {error}"
    return ast.increment_lineno(tree, above) if above else tree
