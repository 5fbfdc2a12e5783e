"""C113: a torch model judged while it is training, or on augmented data."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from grd_core.checks.code.findings import counted, judged_by_count
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
from grd_core.checks.dataflow.programs import analyse_all
from grd_core.checks.dataflow.torch_modes import ModeSlip, Slip, mode_slips


class EvaluatedInTrainingMode:
    """A torch model is judged in training mode or on augmented data, or trained in evaluating mode.

    ## What it finds
    An evaluation loop of a program that never calls `eval()`; a loop over epochs that turns to
    `eval()` and never back to `train()`; a data set for evaluation made with random transforms;
    and, as an info, an evaluation that keeps gradients.

    ## Why it matters
    In training mode dropout draws at random and batch normalisation uses the statistics of the test
    batch: the score is noisy and depends on which rows share a batch. In evaluating mode training
    goes on without dropout after the first epoch, which is another model than the one described.
    Random crops and flips of test pictures measure another task.

    ## How it is measured
    The program is read, never run, over all its files together. A loop that calls a model on its
    batch, measures, and never goes backward is an evaluation. The mode counts only where it changes
    what is computed: dropout, batch normalisation, or a pretrained model. Programs that leave the
    modes to Lightning, a `Trainer` or fastai are left alone. A data set is for evaluation when
    `train=False`, `split` or its folder says so. The value is the number of findings, reported once
    it exceeds `tolerated = 0`.

    ## How to fix it
    Call `model.eval()` and use `torch.no_grad()` before judging, `model.train()` at the start of
    every epoch, and a transform without random steps for validation and test.

    ## When it is wrong
    Monte Carlo dropout and test-time augmentation do this on purpose. A mode that a file outside
    the review switches is not seen.

    ## Reference
    PyTorch documentation, Module.train and Module.eval; Ioffe and Szegedy 2015, Batch
    normalization, ICML.
    """

    code: ClassVar[str] = "C113"
    title: ClassVar[str] = "A torch model judged in training mode or on augmented data"
    group: ClassVar[Group] = Group.CODE
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.WARNING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "PyTorch documentation, Module.train and Module.eval",
        "Ioffe, Szegedy 2015, Batch normalization, ICML",
    )
    family: ClassVar[str] = "metric"
    thresholds: ClassVar[Thresholds] = MappingProxyType({"tolerated": 0.0})

    def measure(self, context: CodeContext) -> Measurement | NotApplicable:
        """Compare the loops that train with the loops that only look."""
        programs = analyse_all(context)
        if not programs.facts:
            return NotApplicable("no file parses as Python")
        evidence = [_evidence(slip) for slip in mode_slips(programs.units, programs.facts)]
        return counted(programs, evidence, len(programs.units), "loops of the syntax tree")

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """A finding is a warning, kept gradients are an info."""
        return judged_by_count(measurement, thresholds)


_TITLES = {
    Slip.NEVER_EVAL: "judged in training mode",
    Slip.KEEPS_GRADIENTS: "gradients kept while judging",
    Slip.STAYS_IN_EVAL: "trained in evaluating mode after the first epoch",
    Slip.AUGMENTED: "random transforms on evaluation data",
}
_FIXES = {
    Slip.NEVER_EVAL: "call `{0}.eval()` before this loop",
    Slip.KEEPS_GRADIENTS: "put the loop under `with torch.no_grad():`",
    Slip.STAYS_IN_EVAL: "call `{0}.train()` at the start of every epoch",
    Slip.AUGMENTED: "give the evaluation data a transform without random steps",
}


def _why(slip: ModeSlip) -> str:
    line, trained = slip.cause.line, slip.train.line if slip.train else 0
    if slip.slip is Slip.NEVER_EVAL:
        return (
            f"`{slip.subject}` is judged in line {line} as it is trained (line {trained}), with "
            "dropout or batch statistics on: nothing calls `eval()`"
        )
    if slip.slip is Slip.KEEPS_GRADIENTS:
        return f"`{slip.subject}` is judged in line {line} with gradients on, a cost in memory"
    if slip.slip is Slip.STAYS_IN_EVAL:
        return (
            f"the loop in line {trained} turns `{slip.subject}` to `eval()` (line {line}) and "
            "never back to `train()`"
        )
    return f"the evaluation data in line {line} is made with the random transform `{slip.subject}`"


def _evidence(slip: ModeSlip) -> Evidence:
    cause = slip.cause
    train = (Place("train", slip.train.path, slip.train.line),) if slip.train else ()
    judged = () if slip.slip is Slip.AUGMENTED else (Place("evaluate", cause.path, cause.line),)
    info = slip.slip is Slip.KEEPS_GRADIENTS
    return Evidence(
        title=_TITLES[slip.slip],
        why=_why(slip),
        fix=_FIXES[slip.slip].format(slip.subject),
        severity=Severity.INFO if info else Severity.WARNING,
        path=cause.path,
        line=cause.line,
        places=(Place("cause", cause.path, cause.line), *train, *judged),
        value=1.0,
        threshold=0.0,
        family="metric",
    )
