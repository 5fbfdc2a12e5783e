"""Source text to syntax trees, tolerant of what notebooks leave behind."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from grd_core.checks.contract import SourceFile

_MAGIC = re.compile(r"^(?P<indent>\s*)(?P<magic>[%!]|get_ipython\(\)\.)")
_HELP = re.compile(r"^\s*\?{1,2}\s*[\w.]+\s*$|^\s*[\w.]+\s*\?{1,2}\s*$")


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a program that is read at once: a file, or one cell of a notebook.

    `path` is what findings name: the file's path, with `#cell-N` for the N-th cell.
    """

    path: str
    tree: ast.Module


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file's units in order, none if it is not Python 3, with notes on what was set aside."""

    path: str
    units: tuple[Unit, ...]
    notes: tuple[str, ...] = ()


def parse(file: SourceFile) -> Parsed:
    """The units of a file; shell lines and magics become `pass` on the same line."""
    units: list[Unit] = []
    notes: list[str] = []
    for path, text in _pieces(file, notes):
        outcome, cleaned = _tolerant(text)
        if isinstance(outcome, ast.Module):
            units.append(Unit(path, outcome))
            if cleaned:
                notes.append(f"{path}: notebook magics set aside")
        else:
            notes.append(f"{path}: not read, {outcome}")
    return Parsed(file.path, tuple(units), tuple(notes))


def _pieces(file: SourceFile, notes: list[str]) -> Iterator[tuple[str, str]]:
    """The file itself, or the code cells of a notebook."""
    if not file.path.endswith(".ipynb"):
        yield file.path, file.text
        return
    try:
        cells = json.loads(file.text)["cells"]
        code = [(n, cell) for n, cell in enumerate(cells, start=1) if cell["cell_type"] == "code"]
        for number, cell in code:
            text = "".join(cell["source"])
            if not text.lstrip().startswith("%%"):
                yield f"{file.path}#cell-{number}", text
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        notes.append(f"{file.path}: not read, it is no notebook ({type(error).__name__})")


def _tolerant(text: str) -> tuple[ast.Module | str, bool]:
    """The tree or what is wrong, and whether lines had to be set aside."""
    first = _try(text)
    if isinstance(first, ast.Module):
        return first, False
    cleaned = "\n".join(_quiet(line) for line in text.split("\n"))
    return (_try(cleaned), True) if cleaned != text else (first, False)


def _try(text: str) -> ast.Module | str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        return f"syntax error in line {error.lineno}: {error.msg}"
    except (ValueError, RecursionError, MemoryError) as error:
        return f"it cannot be parsed: {error}"


def _quiet(line: str) -> str:
    found = _MAGIC.match(line)
    if found:
        return f"{found['indent']}pass"
    return f"{line[: len(line) - len(line.lstrip())]}pass" if _HELP.match(line) else line
