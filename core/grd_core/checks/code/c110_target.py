"""C110: the target, or what was computed from it, among the features."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from grd_core.checks.code.findings import counted, judged_by_count, places, quoted
from grd_core.checks.code.made_at import made_at
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
from grd_core.checks.dataflow.access import written
from grd_core.checks.dataflow.parse import Unit
from grd_core.checks.dataflow.programs import analyse_all
from grd_core.checks.dataflow.rows import Site
from grd_core.checks.dataflow.target_copies import Relation, TargetCopy, target_copies


class TargetAmongFeatures:
    """The target, or a column computed from it, is among the features.

    ## What it finds
    A table given to `fit` that surely still holds the column given as the target; a feature that
    was computed from the target row by row, such as `price / area` for the target `price`; and a
    target that was computed from one column alone which stays among the features.

    ## Why it matters
    The model reads off the answer. The score is close to perfect, says nothing, and cannot be had
    when the model is used, because the target is not known then.

    ## How it is measured
    The program is read, never run. Columns are followed by name from the table to the training
    call. It counts only where the features surely hold the column: not after a selection that
    cannot be read, and not where a `ColumnTransformer` or a step of one's own chooses columns.
    Lags of the target, group means and other values of other rows are no copies of it; C101 and
    C108 look at those. A copy is blocking; a target computed from one feature is a warning. The
    value is the number of such features, reported once it exceeds `tolerated = 0`.

    ## How to fix it
    Drop the column before `fit`: `X = df.drop(columns=[target])`, and every column computed from
    it.

    ## When it is wrong
    A rule that labels rows from one column may be what the model is meant to learn. Columns
    chosen by position are not followed, nor columns of arrays.

    ## Reference
    Kaufman, Rosset, Perlich, Stitelman 2012, Leakage in data mining: formulation, detection and
    avoidance, ACM TKDD 6:4; Kapoor and Narayanan 2023, Patterns 4:9.
    """

    code: ClassVar[str] = "C110"
    title: ClassVar[str] = "The target, or what was computed from it, among the features"
    group: ClassVar[Group] = Group.CODE
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.BLOCKING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "Kaufman, Rosset, Perlich, Stitelman 2012, ACM TKDD 6:4",
        "Kapoor, Narayanan 2023, Patterns 4:9",
    )
    family: ClassVar[str] = "target"
    thresholds: ClassVar[Thresholds] = MappingProxyType({"tolerated": 0.0})

    def measure(self, context: CodeContext) -> Measurement | NotApplicable:
        """Follow the target's column, and what is computed from it, to the training calls."""
        programs = analyse_all(context)
        if not programs.facts:
            return NotApplicable("no file parses as Python")
        evidence = [
            _evidence(programs.units, copy)
            for facts in programs.facts
            for copy in target_copies(facts)
        ]
        return counted(programs, evidence, sum(len(facts.pairs) for facts in programs.facts))

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """A copy of the target fails."""
        return judged_by_count(measurement, thresholds)


def _evidence(units: tuple[Unit, ...], found: TargetCopy) -> Evidence:
    pair = found.pair
    cause = found.copied.site if found.copied else _cause(units, found)
    given = quoted(written(pair.train.subject)) or "the features"
    return Evidence(
        title=_TITLES[found.relation],
        why=_why(found, given),
        fix=f"drop `{found.feature}` from {given} before the model is trained",
        severity=(
            Severity.WARNING if found.relation is Relation.TARGET_OF_FEATURE else Severity.BLOCKING
        ),
        path=cause.path,
        line=cause.line,
        places=places(cause, pair),
        value=1.0,
        threshold=0.0,
        family="target",
    )


_TITLES = {
    Relation.SAME: "the target among the features",
    Relation.FEATURE_OF_TARGET: "a feature computed from the target",
    Relation.TARGET_OF_FEATURE: "a target computed from one feature",
}


def _cause(units: tuple[Unit, ...], found: TargetCopy) -> Site:
    fit = found.pair.train
    made = made_at(units, fit.subject, fit.site)
    return fit.site if made is None else Site(fit.site.path, made.lineno)


def _why(found: TargetCopy, given: str) -> str:
    line = found.pair.train.site.line
    if found.relation is Relation.SAME:
        return f"{given} (line {line}) still holds `{found.target}`, which is the target"
    made = found.copied.site.line if found.copied else line
    if found.relation is Relation.FEATURE_OF_TARGET:
        start = f"`{found.feature}` is computed from the target `{found.target}` (line {made})"
    else:
        start = f"the target `{found.target}` is computed from `{found.feature}` (line {made})"
    return f"{start}, and {given} (line {line}) holds `{found.feature}`"
