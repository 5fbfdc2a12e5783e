"""The code cells of a notebook, or of a script that a notebook was exported to."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Literal

from grd_core.checks.contract import CELL, SourceFile

_MARKER = re.compile(r"^#\s*In\s?\[(?P<count>[\d ]*)\]:?\s*$|^#\s*%%", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell as it was saved.

    `number` counts all cells of a notebook from 1, and the marked ones of a script; `offset` is
    how many lines of the file stand above its first, 0 in a notebook. `path` is what findings
    name: `#cell-N` is part of it in a notebook. `count` is when it was last executed, None where
    it never was or nothing tells; `output` says what is saved with it.
    """

    path: str
    number: int
    offset: int
    text: str
    count: int | None
    output: Literal["none", "result", "error"] = "none"

    @property
    def name(self) -> str:
        """What a person calls it."""
        return f"cell {self.number}" if CELL in self.path else f"the cell at line {self.offset + 1}"


def is_notebook(file: SourceFile) -> bool:
    """Whether the file is one by its name."""
    return file.path.endswith(".ipynb")


def cells_of(file: SourceFile) -> tuple[Cell, ...]:
    """The code cells in their order; none for a script without marks of cells.

    Raises:
        ValueError: the file calls itself a notebook and is none.
    """
    return _of_notebook(file) if is_notebook(file) else _of_script(file)


def _of_notebook(file: SourceFile) -> tuple[Cell, ...]:
    try:
        content = json.loads(file.text)
        cells = content["cells"] if "cells" in content else content["worksheets"][0]["cells"]
        return tuple(
            _cell(file.path, number, cell)
            for number, cell in enumerate(cells, start=1)
            if cell["cell_type"] == "code"
        )
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise ValueError(f"it is no notebook ({type(error).__name__})") from error


def _cell(path: str, number: int, cell: dict[str, object]) -> Cell:
    source = cell["source"] if "source" in cell else cell["input"]  # as before nbformat 4
    count = cell.get("execution_count", cell.get("prompt_number"))
    return Cell(
        path=f"{path}{CELL}{number}",
        number=number,
        offset=0,
        text="".join(map(str, source)) if isinstance(source, list | str) else "",
        count=count if isinstance(count, int) and count > 0 else None,
        output=_output(cell.get("outputs")),
    )


def _output(outputs: object) -> Literal["none", "result", "error"]:
    if not isinstance(outputs, list) or not outputs:
        return "none"
    types = [output.get("output_type") for output in outputs if isinstance(output, dict)]
    return "error" if types[-1:] in (["error"], ["pyerr"]) else "result"


def _of_script(file: SourceFile) -> tuple[Cell, ...]:
    if "In[" not in file.text and "In [" not in file.text and "%%" not in file.text:
        return ()
    markers = list(_MARKER.finditer(file.text))
    if not markers:
        return ()
    starts = [0, *(marker.start() for marker in markers)]
    ends = [*starts[1:], len(file.text)]
    counts = [None, *(_count(marker) for marker in markers)]
    cells: list[Cell] = []
    offset = 0
    for number, (start, end, count) in enumerate(zip(starts, ends, counts, strict=True)):
        text = file.text[start:end]
        if text.strip():
            cells.append(Cell(file.path, number, offset, text, count))
        offset += text.count("\n")
    return tuple(cells)


def _count(marker: re.Match[str]) -> int | None:
    digits = (marker["count"] or "").strip()
    return int(digits) if digits.isdigit() and int(digits) > 0 else None
