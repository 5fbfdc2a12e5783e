"""C106: the test set steers the training that it then judges."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import ClassVar

from grd_core.checks.code.sentences import quoted, row_name
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
from grd_core.checks.dataflow.epochs import BACKWARD, KeptEpoch, kept_epochs
from grd_core.checks.dataflow.parse import parse
from grd_core.checks.dataflow.programs import analyse_all
from grd_core.checks.dataflow.stopping import WatchedTest, watched_tests
from grd_core.checks.dataflow.trials import Trials, all_trials


class WatchedTestSet:
    """The test set is what the training watches, to stop or to keep its best epoch.

    ## What it finds
    Held-out rows given to the training as `validation_data`, `eval_set`, `evals` or `valid_sets`
    that also judge the trained model, or are the only ones it predicts; and loops over epochs that
    keep the best state by the score on the rows that are the only ones evaluated.

    ## Why it matters
    Early stopping, checkpoints and learning rates that follow the test score fit the number of
    epochs to the test rows. The score that is kept is the best of all epochs on just these rows,
    and it is no longer what the model does on new ones.

    ## How it is measured
    The program is read, never run. It is reported where no other held-out rows judge the model:
    blocking with something that chooses by the watched rows (early stopping, a checkpoint, a model
    that keeps its best state) and a score on them; a warning where nothing visible chooses or
    where they are predicted and not scored. Rows that are watched and never met again are a
    validation part, and no finding. A study's own `validation.parquet` may be watched: its test
    part is frozen and scored outside the program. The value is the number of such sets and loops;
    they are reported once there are more than `tolerated = 0`.

    ## How to fix it
    Split a validation part off the training rows, let the training watch that, and score the test
    set once when the training is done.

    ## When it is wrong
    Rows that are only watched and plotted steer nothing but the reader. Loops over epochs are
    recognised by `backward` and by a score that is compared with the best so far; loaders are told
    apart by their variables.

    ## Reference
    Yang, Brower-Sinning, Lewis, Kästner 2022, Data Leakage in Notebooks, ASE; Prechelt 1998, Early
    stopping, but when?, Neural Networks: Tricks of the Trade.
    """

    code: ClassVar[str] = "C106"
    title: ClassVar[str] = "The test set stops the training, or keeps its best epoch"
    group: ClassVar[Group] = Group.CODE
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.BLOCKING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "Yang, Brower-Sinning, Lewis, Kästner 2022, Data Leakage in Notebooks, ASE",
        "Prechelt 1998, Early stopping, but when?",
    )
    family: ClassVar[str] = "multi-test"
    thresholds: ClassVar[Thresholds] = MappingProxyType({"tolerated": 0.0})

    def measure(self, context: CodeContext) -> Measurement | NotApplicable:
        """Follow watched rows to the calls that judge the model; never runs the code."""
        programs = analyse_all(context)
        if not programs.facts:
            return NotApplicable("no file parses as Python")
        evidence: dict[tuple[str, int], Evidence] = {}
        for item in _found(context):
            evidence.setdefault((item.path, item.line), item)
        found = tuple(sorted(evidence.values(), key=lambda e: (-e.severity.rank, e.path, e.line)))
        return Measurement(
            value=float(len(found)),
            method="dataflow over the syntax tree",
            n=sum(len(facts.watches) for facts in programs.facts),
            evidence=found,
            notes=programs.notes,
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """A model chosen by the rows that judge it fails, anything else warns."""
        if (measurement.value or 0.0) <= thresholds["tolerated"]:
            return judge_by_severity(Measurement(value=0.0, method=measurement.method))
        return judge_by_severity(measurement)


def _found(context: CodeContext) -> Iterator[Evidence]:
    for trials in all_trials(context):
        found = list(watched_tests(trials))
        # where one of several sets is judged, the others only watch
        judged = {test.watch.fit for test in found if test.judged}
        for test in found:
            if test.judged or test.watch.fit not in judged:
                yield _watched(trials, test)
    for file in context.files:
        parsed = parse(file)
        if BACKWARD in parsed.text:
            for unit in parsed.units:
                for epoch in kept_epochs(unit):
                    yield _kept(unit.path, epoch)


def _watched(trials: Trials, test: WatchedTest) -> Evidence:
    fit, site = test.watch.fit, test.watch.fit.site
    rows = row_name(trials.rows, test.row, test.watch.subject, len(fit.moment.stack))
    holder = trials.holder(fit)
    model = quoted(written(holder)) if holder is not None else "the model"
    steered = f"{test.chooser} chooses by {rows}" if test.chooser else f"watches {rows}"
    means = f"the training of {model} {steered}" if not test.chooser else f"{steered}"
    start = f"{means} (line {site.line})"
    end = (
        f"which also judges {model} (line {test.seen.line})"
        if test.judged
        else f"{model} then predicts them (line {test.seen.line}), "
        "and no other held-out rows judge the result"
    )
    blocking = bool(test.chooser and test.judged)
    return Evidence(
        title="the test set stops the training" if test.chooser else "the test set is watched",
        why=f"{start}, {end}",
        fix=(
            "split a validation part off the training rows, watch that, "
            f"and score {model} once on {rows}"
        ),
        severity=Severity.BLOCKING if blocking else Severity.WARNING,
        path=site.path,
        line=site.line,
        places=(
            Place("cause", site.path, site.line),
            Place("train", site.path, site.line),
            Place("evaluate", test.seen.path, test.seen.line),
        ),
        value=1.0,
        threshold=0.0,
        family="multi-test",
    )


def _kept(path: str, epoch: KeptEpoch) -> Evidence:
    return Evidence(
        title="the best epoch on the test set is kept",
        why=(
            f"line {epoch.kept_line} keeps the best epoch by the score on "
            f"{quoted(epoch.rows)} (line {epoch.judged_line}), and no other rows judge the result"
        ),
        fix=(
            "keep the best epoch by a validation part of the training rows, "
            f"and evaluate {quoted(epoch.rows)} once after the loop"
        ),
        severity=Severity.BLOCKING,
        path=path,
        line=epoch.kept_line,
        places=(
            Place("cause", path, epoch.kept_line),
            Place("train", path, epoch.train_line),
            Place("evaluate", path, epoch.judged_line),
        ),
        value=1.0,
        threshold=0.0,
        family="multi-test",
    )
