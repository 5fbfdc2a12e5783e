"""C105: one test set that judges several models, and none that is left untouched."""

from __future__ import annotations

import ast
from types import MappingProxyType
from typing import ClassVar

from grd_core.checks.code.sentences import counted, quoted, row_name
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
from grd_core.checks.dataflow.programs import analyse_all
from grd_core.checks.dataflow.reuse import Reuse, reused_sets
from grd_core.checks.dataflow.rows import Site
from grd_core.checks.dataflow.trials import Trials, all_trials


class ReusedTestSet:
    """The same held-out rows judge several configurations, and no other rows judge the result.

    ## What it finds
    A set of held-out rows on which two or more models, parameters, feature sets or preprocessings
    are scored, in a row, in a loop or through a function, while the program has no other set that
    judges one of them only. The best of several models by the cross-validation of all rows counts
    as well where code keeps it, and so does a search over rows that hold the test rows. Training
    scores, seeds of one configuration, folds of one cross-validation and a comparison with a
    constant baseline do not.

    ## Why it matters
    The best of K scores on one set is the maximum of K noisy numbers: on average it lies about
    σ√(2 ln K) above what the chosen model does on new rows. The set has become a validation set,
    and nothing is left to say how good the choice is.

    ## How it is measured
    The program is read, never run. A look is a `score` or `evaluate`, a metric of predictions, or
    predictions compared with the target, on rows the model was not trained on. Looks are counted
    by configuration: where the model was trained, by which calls, on what. This is the definition
    of the published labels (the same test data evaluated repeatedly, no independent test data), so
    a single table of two models on one test set is reported, too. With code that keeps the best
    (`max`, `argmax`, `if score > best`) it is blocking: the number kept is the maximum. Without it
    it is a warning. Folds of all rows are a warning with such code, and no finding without.
    A study's own `validation.parquet` is there to choose by and is never reported: its test part
    is frozen and scored outside the program.
    The value is the number of sets; they are reported once there are more than `tolerated = 0`.

    ## How to fix it
    Split off a validation part of the training rows, or cross-validate on them, choose there, and
    score the chosen model once on the test set.

    ## When it is wrong
    A comparison that nobody chooses by, as in a benchmark of published methods, is honest where
    all of its rows are told. Rows from two calls of one split count as one test set. Scores
    computed by functions of unknown libraries are not seen.

    ## Reference
    Yang, Brower-Sinning, Lewis, Kästner 2022, Data Leakage in Notebooks, ASE; Dwork et al. 2015,
    The reusable holdout, Science 349:636; Cawley and Talbot 2010, JMLR 11:2079; size of the
    effect: arXiv 2604.04199.
    """

    code: ClassVar[str] = "C105"
    title: ClassVar[str] = "One test set judges several models, and none is left untouched"
    group: ClassVar[Group] = Group.CODE
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.BLOCKING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "Yang, Brower-Sinning, Lewis, Kästner 2022, Data Leakage in Notebooks, ASE",
        "Dwork et al. 2015, Science 349:636",
        "Cawley, Talbot 2010, JMLR 11:2079",
        "arXiv 2604.04199",
    )
    family: ClassVar[str] = "multi-test"
    thresholds: ClassVar[Thresholds] = MappingProxyType({"tolerated": 0.0})

    def measure(self, context: CodeContext) -> Measurement | NotApplicable:
        """Count the configurations that each set of rows judges; never runs the code."""
        programs = analyse_all(context)
        if not programs.facts:
            return NotApplicable("no file parses as Python")
        evidence: dict[tuple[str, int], Evidence] = {}
        looks = 0
        for trials in all_trials(context):
            looks += len(trials.trials)
            for reuse in reused_sets(trials):
                item = _evidence(trials, reuse)
                evidence.setdefault((item.path, item.line), item)
        found = tuple(sorted(evidence.values(), key=lambda e: (-e.severity.rank, e.path, e.line)))
        return Measurement(
            value=float(len(found)),
            method="dataflow over the syntax tree",
            n=looks,
            evidence=found,
            notes=programs.notes,
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """A best score that is kept fails, a comparison warns."""
        if (measurement.value or 0.0) <= thresholds["tolerated"]:
            return judge_by_severity(Measurement(value=0.0, method=measurement.method))
        return judge_by_severity(measurement)


def _evidence(trials: Trials, reuse: Reuse) -> Evidence:
    first, last = reuse.trials[0], reuse.trials[-1]
    repeated = next((trial for trial in reuse.trials if trial.again is not None), None)
    shown = repeated or last
    fit = shown.fits[0]
    subject = row_name(trials.rows, first.row, first.subject, len(first.moment.stack))
    return Evidence(
        title=_title(reuse),
        why=_why(trials, reuse, subject),
        fix=_fix(reuse, subject),
        severity=_severity(first.folds, reuse.choice),
        path=shown.site.path,
        line=shown.site.line,
        places=(
            Place("cause", shown.site.path, shown.site.line),
            Place("train", fit.site.path, fit.site.line),
            Place("evaluate", first.site.path, first.site.line),
        ),
        value=1.0,
        threshold=0.0,
        family="multi-test",
    )


def _severity(folds: bool, choice: Site | None) -> Severity:
    return Severity.BLOCKING if choice and not folds else Severity.WARNING


def _why(trials: Trials, reuse: Reuse, subject: str) -> str:
    if reuse.search is not None:
        holder = trials.holder(reuse.search)
        chooser = quoted(ast.unparse(holder)) if holder is not None else "the search"
        return (
            f"{chooser} chooses by folds of rows that hold {subject} "
            f"(line {reuse.search.site.line}), which then judges the choice "
            f"(line {reuse.trials[0].site.line})"
        )
    lines = sorted({trial.site.line for trial in reuse.trials})
    repeated = next((trial for trial in reuse.trials if trial.again is not None), None)
    through = "folds of " if reuse.trials[0].folds else ""
    if repeated is not None:
        start = (
            f"{through}{subject} judge{'s' if not through else ''} another configuration in each "
            f"turn of the loop in line {getattr(repeated.again, 'lineno', 0)} "
            f"(line {repeated.site.line})"
        )
    else:
        names = [quoted(ast.unparse(h)) for t in reuse.trials if (h := trials.holder(t.fits[0]))]
        told = " and ".join(dict.fromkeys(names)) if len(set(names)) == 2 else ""
        judged = told or f"{counted(reuse.configurations)} configurations"
        start = f"{through}{subject} judge{'s' if not through else ''} {judged} ({_lines(lines)})"
    chosen = _chosen(reuse, first_path=reuse.trials[0].site.path)
    return f"{start}{chosen}, and no other rows judge the result"


def _chosen(reuse: Reuse, first_path: str) -> str:
    if reuse.choice is None:
        return ""
    place = "" if reuse.choice.path == first_path else f" of {reuse.choice.path}"
    return f", line {reuse.choice.line}{place} keeps the best"


def _lines(lines: list[int]) -> str:
    if len(lines) == 1:
        return f"line {lines[0]}"
    return f"lines {', '.join(map(str, lines[:-1][:5]))} and {lines[-1]}"


def _title(reuse: Reuse) -> str:
    if reuse.search is not None:
        return "the test rows took part in the search"
    if reuse.trials[0].folds:
        return "folds of all rows judge several models"
    return "one test set judges several models"


def _fix(reuse: Reuse, subject: str) -> str:
    if reuse.search is not None:
        return f"split off {subject} first and search on the training rows only"
    if reuse.trials[0].folds:
        return "split off a test set first, choose by the folds of the rest and score it once"
    return (
        "choose on a validation part or the folds of the training rows, "
        f"and score only the chosen model on {subject}"
    )
