"""C102: rows repeated before they are split."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from grd_core.checks.code.measuring import measured
from grd_core.checks.code.row_words import places, quoted, sides
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
    judge_by_severity,
)
from grd_core.checks.dataflow.machine import Facts
from grd_core.checks.dataflow.overlaps import Copies, copied_rows
from grd_core.checks.dataflow.rows import DRAWN, RESAMPLED


class ResamplingBeforeSplit:
    """Rows are resampled, augmented or repeated before they are split.

    ## What it finds
    Oversampling (`fit_resample` of SMOTE, ADASYN, RandomOverSampler), drawing with replacement
    (`sample(replace=True)`, `resample`, `np.random.choice`), repeating (`np.repeat`, `[rows] * 5`)
    and stacking rows on changed copies of themselves, where the result is then cut into the rows a
    model is trained on and the rows it is judged on, or is cross-validated as it is.

    ## Why it matters
    A copy of a row, or a point interpolated between it and a neighbour, stands on both sides. The
    model is asked what it has already seen, and the score can be near perfect on noise. The classes
    of the held-out part are then no longer as frequent as in the population, either.

    ## How it is measured
    The program is read, never run: every set of rows is known by how it was made. A place that
    repeats rows is reported when a model is trained on and judged by sets that were both cut out of
    its result, or when one side is its result and the other comes from the rows that went in. It is
    blocking where no score on rows apart stands beside it, else a warning. The value is the number
    of such places; one is reported once it exceeds `tolerated = 0`.

    ## How to fix it
    Split first and resample the training rows only. In a cross-validation, put the sampler in a
    Pipeline that knows samplers (`imblearn.pipeline`), so that each fold resamples its own training
    rows.

    ## When it is wrong
    Whether a stacked copy was changed beyond recognition is not known. A sampler of an unknown
    library is taken to repeat rows. A split that keeps every copy with its original, by a group
    made for that purpose, is sound and reported all the same.

    ## Reference
    Yang, Brower-Sinning, Lewis, Kästner 2022, Data Leakage in Notebooks, ASE; Kapoor and Narayanan
    2023, Patterns 4:9; Blagus and Lusa 2015, BMC Bioinformatics 16:363.
    """

    code: ClassVar[str] = "C102"
    title: ClassVar[str] = "Rows repeated before they are split"
    group: ClassVar[Group] = Group.CODE
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.BLOCKING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "Yang, Brower-Sinning, Lewis, Kästner 2022, Data Leakage in Notebooks, ASE",
        "Kapoor, Narayanan 2023, Patterns 4:9",
        "Blagus, Lusa 2015, BMC Bioinformatics 16:363",
    )
    family: ClassVar[str] = "overlap"
    thresholds: ClassVar[Thresholds] = MappingProxyType({"tolerated": 0.0})

    def measure(self, context: CodeContext) -> Measurement | NotApplicable:
        """Follow repeated rows to the models they reach; never runs the code."""
        return measured(
            context, lambda facts: [_evidence(facts, copies) for copies in copied_rows(facts)]
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """A score that stands alone fails, one beside a sound score warns."""
        if (measurement.value or 0.0) <= thresholds["tolerated"]:
            return judge_by_severity(Measurement(value=0.0, method=measurement.method))
        return judge_by_severity(measurement)


def _evidence(facts: Facts, copies: Copies) -> Evidence:
    pair, site = copies.pair, facts.rows[copies.whole].site
    made = _made(facts, copies.whole)
    train, judged = sides(facts, pair)
    return Evidence(
        title=f"{made} before the split",
        why=_why(facts, copies, made, train, judged),
        fix=_fix(copies, train),
        severity=Severity.WARNING if copies.beside else Severity.BLOCKING,
        path=site.path,
        line=site.line,
        places=places(site, pair),
        value=1.0,
        threshold=0.0,
        family="overlap",
    )


def _made(facts: Facts, number: int) -> str:
    cut = facts.rows[number].cut
    if cut == DRAWN:
        return "rows drawn with replacement"
    return "rows resampled" if cut == RESAMPLED else "rows stacked on copies of themselves"


def _why(facts: Facts, copies: Copies, made: str, train: str, judged: str) -> str:
    line = facts.rows[copies.whole].site.line
    name = quoted(facts.rows[copies.whole].name)
    what = f"{name} holds {made} (line {line})" if name else f"line {line} has {made}"
    if copies.pair.evaluate.internal:
        return f"{what}, and the folds in line {copies.pair.evaluate.site.line} are cut out of it"
    return f"{what}, so that copies of the same rows are in {train} and in {judged}"


def _fix(copies: Copies, train: str) -> str:
    if copies.pair.evaluate.internal:
        return "put the sampler in a pipeline of imblearn with the model and cross-validate that"
    return f"split first and do this to {train} only"
