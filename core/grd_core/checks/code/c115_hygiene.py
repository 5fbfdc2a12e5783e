"""C115: paths of one machine, numbers written into training calls, code left in a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import ClassVar

from grd_core.checks.code.findings import counted, judged_by_count, quoted
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
    Imports from a notebook or its helpers; and, as one info a file each, paths in a person's home,
    on a mounted disk or a hosted notebook written into the code, and the numbers passed by name
    where models are made and trained, once there are more than `numbers = 3`.

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
        evidence = [_evidence(tied) for tied in _told(programs.units)]
        return counted(programs, evidence, len(programs.units), "the syntax tree")

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """Imports warn, paths and numbers are an info."""
        return judged_by_count(measurement, thresholds)


_MOST_PLACES = 5
_MOST_SHOWN = 3


def _told(units: tuple[Unit, ...]) -> Iterator[Tied]:
    few = TiedToOnePlace.thresholds["numbers"]
    return (tied for tied in ties(units) if tied.tie is not Tie.NUMBERS or len(tied.shown) > few)


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
    first = tied.sites[0]
    return Evidence(
        title=_TITLES[tied.tie],
        why=_why(tied),
        fix=_FIXES[tied.tie],
        severity=Severity.WARNING if tied.tie is Tie.NOTEBOOK else Severity.INFO,
        path=first.path,
        line=first.line,
        places=tuple(Place("cause", site.path, site.line) for site in tied.sites[:_MOST_PLACES]),
        value=1.0,
        threshold=0.0,
        family="graduation",
    )


def _why(tied: Tied) -> str:
    line, number = tied.sites[0].line, len(tied.shown)
    if tied.tie is Tie.NOTEBOOK:
        return f"{quoted(tied.shown[0])} (line {line}) is imported from a notebook or its helpers"
    if number == 1:
        return f"{quoted(tied.shown[0])} (line {line}) is a place of one machine"
    shown = ", ".join(map(quoted, tied.shown[:_MOST_SHOWN]))
    more = " and more" if number > _MOST_SHOWN else ""
    what = "settings stand in calls" if tied.tie is Tie.NUMBERS else "places of one machine"
    return f"{number} {what}: {shown}{more} (from line {line} on)"
