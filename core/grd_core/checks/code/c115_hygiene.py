"""C115: paths of one machine, numbers written into training calls, code left in a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import ClassVar

from grd_core.checks.code.findings import counted, judged_by_count
from grd_core.checks.code.hygiene import Tie, Tied, ties
from grd_core.checks.contract import (
    CodeContext,
    Cost,
    Evidence,
    Group,
    Judgement,
    Kind,
    Measurement,
    NotApplicable,
    Place,
    Severity,
    Thresholds,
)
from grd_core.checks.dataflow.parse import Unit
from grd_core.checks.dataflow.programs import analyse_all


class TiedToOnePlace:
    """A program names places of one machine, hides its settings in calls, or needs a notebook.

    ## What it finds
    Paths in a person's home, on a mounted disk or a hosted notebook, written into the code; imports
    from a notebook or its helpers; and, as one info a file, the numbers passed by name where models
    are made and trained, once there are more than `numbers = 3`.

    ## Why it matters
    Such a program runs where it was written and nowhere else. A setting that stands in the middle
    of the code is not recorded with the run, and two runs that differ in it look alike.

    ## How it is measured
    The syntax tree is read. Text counts as a path when it starts like a place of one machine;
    documentation is left out. Numbers count as keywords of classes of the known learning libraries
    and of `fit` and `train`; seeds, fold and thread counts, 0, 1 and 2 do not. The value is the
    number of findings, reported once it exceeds `tolerated = 0`.

    ## How to fix it
    Take the data folder from `GRD_DATA` and settings from the file `GRD_CONFIG` names. Move what
    the notebook defines into a module beside the script.

    ## When it is wrong
    A path may be only a default that is always overridden. A number may be the library's default,
    written out.

    ## Reference
    Sculley et al. 2015, Hidden technical debt in machine learning systems, NeurIPS; Pimentel,
    Murta, Braganholo, Freire 2019, A large-scale study about quality and reproducibility of Jupyter
    notebooks, MSR.
    """

    code: ClassVar[str] = "C115"
    title: ClassVar[str] = "Paths of one machine, settings in calls, imports from notebooks"
    group: ClassVar[Group] = Group.CODE
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.WARNING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "Sculley et al. 2015, Hidden technical debt in machine learning systems, NeurIPS",
        "Pimentel, Murta, Braganholo, Freire 2019, MSR",
    )
    family: ClassVar[str] = "graduation"
    thresholds: ClassVar[Thresholds] = MappingProxyType({"tolerated": 0.0, "numbers": 3.0})

    def measure(self, context: CodeContext) -> Measurement | NotApplicable:
        """Read paths, imports and numbers off the syntax trees."""
        programs = analyse_all(context)
        if not programs.facts:
            return NotApplicable("no file parses as Python")
        evidence = [_evidence(tied) for unit in programs.units for tied in _told(unit)]
        return counted(programs, evidence, len(programs.units), "the syntax tree")

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """Paths and imports warn, numbers are an info."""
        return judged_by_count(measurement, thresholds)


def _told(unit: Unit) -> Iterator[Tied]:
    few = TiedToOnePlace.thresholds["numbers"]
    return (tied for tied in ties(unit) if tied.tie is not Tie.NUMBERS or len(tied.shown) > few)


_TITLES = {
    Tie.PATH: "a path of one machine",
    Tie.NOTEBOOK: "code that lives in a notebook",
    Tie.NUMBERS: "settings written into calls",
}
_FIXES = {
    Tie.PATH: "take the folder from the environment (`GRD_DATA`) or a setting",
    Tie.NOTEBOOK: "move what is imported into a module beside the script",
    Tie.NUMBERS: "read them from the settings file that `GRD_CONFIG` names",
}


def _evidence(tied: Tied) -> Evidence:
    return Evidence(
        title=_TITLES[tied.tie],
        why=_why(tied),
        fix=_FIXES[tied.tie],
        severity=Severity.INFO if tied.tie is Tie.NUMBERS else Severity.WARNING,
        path=tied.path,
        line=tied.line,
        places=(Place("cause", tied.path, tied.line),),
        value=1.0,
        threshold=0.0,
        family="graduation",
    )


def _why(tied: Tied) -> str:
    first = tied.shown[0] if len(tied.shown[0]) <= 60 else f"{tied.shown[0][:57]}…"
    if tied.tie is Tie.PATH:
        return f"`{first}` (line {tied.line}) is a place of one machine"
    if tied.tie is Tie.NOTEBOOK:
        return f"`{first}` (line {tied.line}) is imported from a notebook or its helpers"
    shown = ", ".join(f"`{text}`" for text in tied.shown[:3])
    return f"{len(tied.shown)} settings stand in calls: {shown} and more (from line {tied.line} on)"
