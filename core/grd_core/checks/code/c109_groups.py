"""C109: rows of one person or session on both sides of a split by rows."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from grd_core.checks.code.findings import counted, judged_by_count, places
from grd_core.checks.contract import (
    CodeContext,
    Cost,
    Evidence,
    Group,
    Judgement,
    Kind,
    Measurement,
    NotApplicable,
    Severity,
    Thresholds,
)
from grd_core.checks.dataflow.entities import SharedEntity, shared_entities
from grd_core.checks.dataflow.programs import analyse_all


class GroupsOnBothSides:
    """Rows of one person or session stand on both sides of a split by rows.

    ## What it finds
    A shuffled split by rows (`train_test_split`, `KFold(shuffle=True)`, `ShuffleSplit`, `sample`)
    of rows that the same program groups by a column naming whose they are, such as `patient_id`,
    `user` or `session`, while no splitter of the program keeps groups whole.

    ## Why it matters
    Several rows of one person resemble each other more than they resemble anybody else's. A model
    that has seen the person recognises them, and the score says nothing of a new person. Reported
    losses after correcting it reach half of the claimed accuracy.

    ## How it is measured
    The program is read, never run. A column counts when its name says whose the row is and the
    program shows that values repeat: it groups by it, counts its values or looks for duplicates.
    Where one row each is kept (`drop_duplicates`, `first`), or the column itself is a chosen
    feature, nothing is reported. The groups an experiment's study declares count whatever they are
    called. The value is the number of splits, reported once it exceeds `tolerated = 0`.

    ## How to fix it
    Use `GroupKFold`, `StratifiedGroupKFold` or `GroupShuffleSplit` with that column as `groups`.

    ## When it is wrong
    A model for persons it has already seen may be judged on new rows of theirs; then split by time
    instead. Groups whose name does not say so are not seen unless the study declares them.

    ## Reference
    Saeb, Lonini, Jayaraman, Mohr, Kording 2017, The need to approximate the use-case in clinical
    machine learning, GigaScience 6:5; Kapoor and Narayanan 2023, Patterns 4:9.
    """

    code: ClassVar[str] = "C109"
    title: ClassVar[str] = "The same person or session on both sides of a split"
    group: ClassVar[Group] = Group.CODE
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.WARNING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "Saeb, Lonini, Jayaraman, Mohr, Kording 2017, GigaScience 6:5",
        "Kapoor, Narayanan 2023, Patterns 4:9",
    )
    family: ClassVar[str] = "group"
    thresholds: ClassVar[Thresholds] = MappingProxyType({"tolerated": 0.0})

    def measure(self, context: CodeContext) -> Measurement | NotApplicable:
        """Look for splits by rows where the program itself says that rows belong together."""
        programs = analyse_all(context)
        if not programs.facts:
            return NotApplicable("no file parses as Python")
        evidence = [
            _evidence(item)
            for facts in programs.facts
            for item in shared_entities(facts, context.groups)
        ]
        return counted(programs, evidence, sum(len(facts.pairs) for facts in programs.facts))

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """A finding is a warning."""
        return judged_by_count(measurement, thresholds)


def _evidence(found: SharedEntity) -> Evidence:
    cut, column = found.cut, found.column
    how = f"repeats (line {found.line})" if found.line else "is a group of the study"
    return Evidence(
        title=f"a split by rows, not by `{column}`",
        why=f"`{cut.splitter.name}` (line {cut.site.line}) draws rows one by one, while `{column}` "
        f"{how}, so that rows of one `{column}` are trained on and judged",
        fix=f"split with `GroupShuffleSplit` or `GroupKFold`, with `{column}` as its groups",
        severity=Severity.WARNING,
        path=cut.site.path,
        line=cut.site.line,
        places=places(cut.site, found.pair),
        value=1.0,
        threshold=0.0,
        family="group",
    )
