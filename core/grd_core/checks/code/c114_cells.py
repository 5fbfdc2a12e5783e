"""C114: notebook cells out of order or stale, and names that no cell defines."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from grd_core.checks.code.notebook_order import Disorder, Kind, disorders
from grd_core.checks.contract import (
    CodeContext,
    Cost,
    Evidence,
    Group,
    Judgement,
    Measurement,
    NotApplicable,
    Place,
    Severity,
    Thresholds,
    judge_by_severity,
)
from grd_core.checks.contract import Kind as CheckKind
from grd_core.checks.dataflow.cells import Cell, cells_of
from grd_core.checks.dataflow.parse import parse

_TITLES: dict[Kind, str] = {
    "below": "a cell needs what stands below it",
    "nowhere": "a cell needs what no cell defines",
    "never_run": "a cell needs what never ran",
    "stale": "a cell older than what it was made of",
    "order": "cells run out of order",
}


class CellsOutOfOrder:
    """A notebook shows results that running it from the top would not give.

    ## What it finds
    Cells that read a name which only a cell below defines, or none at all, because it was deleted
    or came from another session; cells that used what a never executed cell defines; and cells
    executed before the cell they depend on was executed again. Scripts exported from a notebook,
    with their `In[3]` marks, are read in the same way.

    ## Why it matters
    The kernel remembers what the notebook no longer says. A number made by deleted or later code
    cannot be repeated by anybody, its author included, and an old output beside new code shows a
    result that this code never gave.

    ## How it is measured
    Each cell is parsed, never run. Its names are those it reads before it binds them itself; what
    a function reads when it is called later is left out. They are looked up in the cells above and
    below, and the execution counts saved with the cells tell which ran last. The value is the
    number of such cells, reported once it exceeds `tolerated = 0`. Where no name shows a harm but
    the counts do not ascend, that is told as information.

    ## How to fix it
    Restart the kernel and run all cells from the top, then save. Move a definition above its first
    use.

    ## When it is wrong
    A cell that binds names unseen (`%run`, `exec`, `import *`) silences the search for missing
    names. A cell that was run again without a change makes what depends on it look stale although
    it is not. Changes of an object in place are not followed.

    ## Reference
    Pimentel, Murta, Braganholo, Freire 2019, A large-scale study about quality and reproducibility
    of Jupyter notebooks, MSR; Head, Hohman, Barik, Drucker, DeLine 2019, Managing messes in
    computational notebooks, CHI.
    """

    code: ClassVar[str] = "C114"
    title: ClassVar[str] = "Notebook cells out of order or stale, hidden state"
    group: ClassVar[Group] = Group.CODE
    kind: ClassVar[CheckKind] = CheckKind.VALIDITY
    severity: ClassVar[Severity] = Severity.WARNING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "Pimentel, Murta, Braganholo, Freire 2019, MSR",
        "Head, Hohman, Barik, Drucker, DeLine 2019, CHI",
    )
    family: ClassVar[str] = "notebook"
    thresholds: ClassVar[Thresholds] = MappingProxyType({"tolerated": 0.0})

    def measure(self, context: CodeContext) -> Measurement | NotApplicable:
        """Compare the order of the cells with the names they need; never runs the code."""
        notes: dict[str, None] = {}
        evidence: list[Evidence] = []
        read = 0
        for file in context.files:
            parsed = parse(file)
            notes.update(dict.fromkeys(parsed.notes))
            cells = cells_of(file) if parsed.units else ()
            if cells:
                read += len(cells)
                evidence.extend(_evidence(found) for found in disorders(file, cells))
        if not read:
            return NotApplicable("no notebook, and no script exported from one")
        return Measurement(
            value=float(len(evidence)),
            method="names and execution counts of the cells",
            n=read,
            evidence=tuple(evidence),
            notes=tuple(notes),
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """A cell out of place warns; an order that harms nothing passes."""
        if (measurement.value or 0.0) <= thresholds["tolerated"]:
            return judge_by_severity(Measurement(value=0.0, method=measurement.method))
        return judge_by_severity(measurement)


def _evidence(found: Disorder) -> Evidence:
    return Evidence(
        title=_TITLES[found.kind],
        why=_why(found) + _further(found.more),
        fix=_fix(found),
        severity=Severity.INFO if found.kind == "order" else Severity.WARNING,
        path=found.cell.path,
        line=found.line,
        places=(Place("cause", found.cell.path, found.line),),
        value=1.0,
        threshold=0.0,
        family="notebook",
    )


def _why(found: Disorder) -> str:
    here, names = _counted(found.cell), _listed(found.names)
    if found.other is None:
        return f"{here} needs {names}, which no cell defines"
    there = _counted(found.other)
    match found.kind:
        case "below":
            return f"{here} needs {names}, first defined below it, in {there}"
        case "never_run":
            return f"{here} used {names}, which {there} defines, and that cell was never executed"
        case "stale":
            return f"{here} used {names} as it was before {there} gave it anew"
        case _:
            return f"{here} was executed before {there}, which stands above it"


def _further(cells: int) -> str:
    if not cells:
        return ""
    return f"; the same holds for {cells} cell{'s' if cells > 1 else ''} further down"


def _fix(found: Disorder) -> str:
    run = "restart the kernel and run all cells from the top"
    match found.kind:
        case "below" if found.other is not None:
            return f"move the definition of {_listed(found.names)} above this cell"
        case "nowhere":
            return f"define {_listed(found.names)} in a cell above this one, then {run}"
        case _:
            return run


def _counted(cell: Cell) -> str:
    return cell.name if cell.count is None else f"{cell.name} (run as [{cell.count}])"


def _listed(names: tuple[str, ...], most: int = 3) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
