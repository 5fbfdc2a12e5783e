"""C101: a statistic of the whole set, computed before the split."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

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
    judge_by_severity,
)
from grd_core.checks.dataflow.access import written
from grd_core.checks.dataflow.leaks import Leak, whole_set_statistics
from grd_core.checks.dataflow.machine import Facts
from grd_core.checks.dataflow.programs import analyse_all


class PreprocessingBeforeSplit:
    """A statistic of the whole set is computed before the split.

    ## What it finds
    A number or a fitted transformer that was computed over rows of both sides of an evaluation, and
    then reaches both: scalers, imputers, encoders, PCA, feature selection and TF-IDF, and their
    open-coded forms such as `fillna(mean)`, `(x - mean) / std`, `qcut` and a group's mean mapped
    back onto its rows. Files that are parts of one split, read apart and stacked, count as well.

    ## Why it matters
    The training rows then carry something of the rows the model is judged on. Selection and target
    statistics read the labels of the held-out rows and can make noise look like skill. Scaling and
    imputing without the target move the AUC by 0.005 at most on common tabular data.

    ## How it is measured
    The program is read, never run: one forward pass follows rows and statistics through
    assignments, columns, functions, branches and loops. It is reported only when the same statistic
    reaches both the training call and an evaluating call (`predict`, `score`, `cross_val_score`) of
    one model, and was computed over the rows of both. With the target in it the finding is
    blocking, without it a warning. The value is the number of such statistics; a place is reported
    once it exceeds `tolerated = 0`.

    ## How to fix it
    Split first. Compute the statistic on the training rows and apply it to the others, or put the
    transformer in a Pipeline with the model, so that every fold fits its own.

    ## When it is wrong
    Rows are told apart by how the code cuts them, so two cuts that only look different may be taken
    for a split. A transformer of an unknown library is assumed to learn from the rows it is fitted
    on. Group statistics that never mix groups are sound under a group-wise split but are reported.
    Calls between files outside the experiment are not followed.

    ## Reference
    Yang, Brower-Sinning, Lewis, Kästner 2022, Data Leakage in Notebooks, ASE; Kapoor and Narayanan
    2023, Leakage and the reproducibility crisis in machine-learning-based science, Patterns 4:9;
    size of the effect: arXiv 2604.04199.
    """

    code: ClassVar[str] = "C101"
    title: ClassVar[str] = "A statistic of the whole set, computed before the split"
    group: ClassVar[Group] = Group.CODE
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.BLOCKING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "Yang, Brower-Sinning, Lewis, Kästner 2022, Data Leakage in Notebooks, ASE",
        "Kapoor, Narayanan 2023, Patterns 4:9",
        "arXiv 2604.04199",
    )
    family: ClassVar[str] = "preprocessing"
    thresholds: ClassVar[Thresholds] = MappingProxyType({"tolerated": 0.0})

    def measure(self, context: CodeContext) -> Measurement | NotApplicable:
        """Follow every statistic to the models it reaches; never runs the code."""
        programs = analyse_all(context)
        if not programs.facts:
            return NotApplicable("no file parses as Python")
        evidence: dict[tuple[str, int], Evidence] = {}
        for facts in programs.facts:
            for leak in whole_set_statistics(facts):
                item = _evidence(facts, leak)
                evidence.setdefault((item.path, item.line), item)
        found = tuple(sorted(evidence.values(), key=lambda e: (-e.severity.rank, e.path, e.line)))
        return Measurement(
            value=float(len(found)),
            method="dataflow over the syntax tree",
            n=sum(len(facts.pairs) for facts in programs.facts),
            evidence=found,
            notes=programs.notes,
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """Target statistics fail, the others warn."""
        if (measurement.value or 0.0) <= thresholds["tolerated"]:
            return judge_by_severity(Measurement(value=0.0, method=measurement.method))
        return judge_by_severity(measurement)


def _evidence(facts: Facts, leak: Leak) -> Evidence:
    statistic, pair = leak.statistic, leak.pair
    title = f"{statistic.what} before the split"
    if leak.supervised:
        title = f"{title}, with the target in it"
    train = _name(facts, leak.train_rows) or "the training rows"
    judged = _name(facts, leak.evaluate_rows) or "the held-out rows"
    if train == judged:
        train, judged = (
            _quoted(written(pair.train.subject)),
            _quoted(written(pair.evaluate.subject)),
        )
    return Evidence(
        title=title,
        why=_why(facts, leak, train, judged),
        fix=_fix(leak, train, judged),
        severity=Severity.BLOCKING if leak.supervised else Severity.WARNING,
        path=statistic.site.path,
        line=statistic.site.line,
        places=(
            Place("cause", statistic.site.path, statistic.site.line),
            Place("train", pair.train.site.path, pair.train.site.line),
            Place("evaluate", pair.evaluate.site.path, pair.evaluate.site.line),
        ),
        value=1.0,
        threshold=0.0,
        family="preprocessing",
    )


def _why(facts: Facts, leak: Leak, train: str, judged: str) -> str:
    statistic = leak.statistic
    line = statistic.site.line
    subject = _quoted(written(statistic.subject)) or "the whole set"
    if statistic.fitted:
        holder = _quoted(written(statistic.holder)) or f"`{statistic.what}`"
        start = f"{holder} is fitted on {subject} (line {line})"
    else:
        start = f"the {statistic.what} in line {line} is taken over {subject}"
    if leak.pair.evaluate.internal:
        return f"{start}, on whose rows the folds are trained and judged in line {_judged(leak)}"
    whole = facts.rows.whole_of(leak.train_rows, statistic.rows)
    if whole is not None:
        return f"{start}, which holds {train} and {judged} (line {facts.rows[whole].site.line})"
    cut = facts.rows[leak.evaluate_rows].site.line
    return f"{start}, from which {train} and {judged} both come (line {cut})"


def _judged(leak: Leak) -> int:
    return leak.pair.evaluate.site.line


def _fix(leak: Leak, train: str, judged: str) -> str:
    if leak.pair.evaluate.internal:
        return "put the step in a Pipeline with the model and cross-validate that"
    if leak.statistic.fitted:
        holder = _quoted(written(leak.statistic.holder)) or "it"
        return f"split first, fit {holder} on {train} only and transform {judged} with it"
    what = leak.statistic.what
    return f"split first, take the {what} over {train} only and apply it to {judged}"


def _name(facts: Facts, number: int) -> str:
    return _quoted(facts.rows[number].name)


def _quoted(text: str) -> str:
    short = text if len(text) <= 60 else f"{text[:57]}…"
    return f"`{short}`" if short else ""
