"""P402: is the frozen test set looked at beyond what was declared?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import PurePath
from typing import ClassVar

from grd_core.checks.contract import (
    Cost,
    Evidence,
    Group,
    Judgement,
    Kind,
    Measurement,
    NotApplicable,
    Place,
    ProcessContext,
    Severity,
    SourceFile,
    Status,
    Thresholds,
)
from grd_core.checks.dataflow.parse import parse


class UndeclaredPeek:
    """The frozen labels are looked at beyond what was declared.

    ## What it finds
    Code that names a file holding frozen labels: the label file itself, the declared source
    (from which the frozen rows were taken), or a pattern that matches one of them. And more
    recorded looks at the labels than the locked objective allows.

    ## Why it matters
    Every look at the test labels that can influence a choice turns the test set into a second
    validation set. The Evaluator looks once, after PROCEED, and the look is recorded; a script
    that opens the labels itself looks as often as it runs, and nobody counts.

    ## How it is measured
    The text constants of every script and notebook of the experiment are read, docstrings
    apart. A constant that contains the stem of the label file or the name of the source, or is
    a pattern that matches the label file, counts. So do recorded peeks beyond the declared
    number. More than `tolerated = 0` fails.

    ## How to fix it
    Read `train.parquet`, `validation.parquet` and `test_features.parquet` from GRD_DATA by
    name, and write predictions for the test part without labels: `predict(ids, y_pred,
    part="test")`.

    ## When it is wrong
    It reads names, not actions: a name put together from pieces escapes it, and a text that only
    mentions the file is found. Code outside the experiment's folder is not read.

    ## Reference
    Dwork et al. 2015, *The reusable holdout*, Science 349:636-638. Kapoor & Narayanan 2023,
    *Leakage and the reproducibility crisis*, Patterns 4:100804.
    """

    code: ClassVar[str] = "P402"
    title: ClassVar[str] = "Peeks at the frozen labels beyond what was declared"
    group: ClassVar[Group] = Group.PROCESS
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.BLOCKING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "doi:10.1126/science.aaa9375",
        "doi:10.1016/j.patter.2023.100804",
    )
    family: ClassVar[str] = "multi-test"
    thresholds: ClassVar[Thresholds] = {"tolerated": 0.0}

    def measure(self, context: ProcessContext) -> Measurement | NotApplicable:
        """Count the places that name frozen labels, and the peeks beyond the declared ones."""
        if not context.frozen_labels:
            return NotApplicable("nothing is frozen yet")
        evidence = [item for file in context.code for item in _named(file, context)]
        over = 0
        if context.peeks_declared is not None:
            over = max(0, context.peeks_used - context.peeks_declared)
        if over:
            evidence.append(
                Evidence(
                    title="more peeks than declared",
                    why=f"{context.peeks_used} looks at the frozen labels are recorded, the locked"
                    f" objective allows {context.peeks_declared}",
                    fix="amend the budget with a reason; the amendment shows in every scorecard",
                    severity=Severity.BLOCKING,
                    path=context.objective_path,
                )
            )
        return Measurement(
            value=float(len(evidence)),
            method="text constants of the code against the names of files with frozen labels",
            n=len(context.code),
            evidence=tuple(evidence),
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """One place is one too many."""
        found = measurement.value is not None and measurement.value > thresholds["tolerated"]
        return Status.FAILED if found else Status.PASSED


def _named(file: SourceFile, context: ProcessContext) -> Iterator[Evidence]:
    for unit in parse(file).units:
        for node in _constants(unit.tree):
            text = str(node.value)
            found = _reached(text, context)
            if found:
                yield Evidence(
                    title="the code names frozen labels",
                    why=f"`{text}` in line {node.lineno} reaches {found}, which holds labels"
                    " of the frozen test part",
                    fix="read train, validation and test_features by name; the Evaluator joins the"
                    " labels",
                    severity=Severity.BLOCKING,
                    path=unit.path,
                    line=node.lineno,
                    places=(Place("cause", unit.path, node.lineno),),
                )


def _constants(tree: ast.AST) -> Iterator[ast.Constant]:
    """Text constants, docstrings and other bare strings left out."""
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare:
            yield node


def _reached(text: str, context: ProcessContext) -> str:
    """The file a text names, or as a pattern matches; empty for none.

    The stem of the label file is peculiar enough to be found alone; that of a source (`data`)
    is not.
    """
    labels, last = context.frozen_labels, text.rsplit("/", 1)[-1]
    is_pattern = any(sign in last for sign in "*?[")
    if PurePath(labels).stem in text or (is_pattern and fnmatchcase(labels, last)):
        return labels
    return context.source if context.source and context.source in text else ""
