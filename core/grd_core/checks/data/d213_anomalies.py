"""D213: values and columns of the training table that could change a conclusion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, cast

from grd_core.checks.contract import (
    Cost,
    DataContext,
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
from grd_core.checks.data.column_oddities import tail_share
from grd_core.checks.data.frames import Frames, frames_of
from grd_core.checks.data.odd_columns import Ranked, odd_columns, ordered_numbers, shown

_NAMED = 4
_OF_ACCURACY = frozenset({"accuracy", "error_rate"})


class Anomalies:
    """Columns and values that could change a conclusion: imbalance, tails, outliers, constants.

    ## What it finds
    In the features of the training table: columns that never vary or are empty, infinite values,
    columns that mix numbers and words, one value spelt in several ways, a placeholder such as
    -999 that stands apart from all other values, rows far from all others, and heavy tails. In
    the target, on the training table alone: one class, a class of a handful of rows, imbalance,
    and tails whose few rows decide a squared error. One finding a kind names the columns worst
    first; at most `most_findings = 10` are given.

    ## Why it matters
    A constant column is a feature that the study believes in and does not have, most often
    after a join that went wrong. One word among numbers turns a number into a category, and a
    placeholder is a number that means «missing»: linear models and scalers follow both. Where one
    class holds nearly all rows, a constant answer looks accurate.

    ## How it is measured
    These are counts of the rows at hand, not estimates, so no test is made and effect floors
    alone decide. Warnings: a feature with one value or none; any infinite value; text of which
    at least the share `mixed_share = 0.02`, but not all, are numbers; lesser spellings in at
    least the share `variant_share = 0.005` of the rows of a column whose values stand in 5 rows
    each or more; an end value in at least 3 rows and 0.1% of them, further from the others than
    they span. Of the target: one class; a class with fewer than `rare_rows = 5` rows; the largest
    class at or above `imbalance_warning = 0.98`, or at or above `imbalance_info = 0.9` where the
    objective judges by accuracy; the worst 1% of rows holding at least
    `tail_warning = 0.5` of the squared deviation from the median (a normal target has 0.08, an
    exponential one 0.22). Told without a warning: imbalance from `imbalance_info`, tails of the
    target from 0.25 on and of features from `tail_info = 0.75`, rows more than ten spans of
    the 1st to 99th percentile outside them. The test table is asked for one thing only: whether a
    feature that is constant in train varies there. Imbalance between 90% and 98% is told
    without a warning, since hundreds of rare rows can stand in it: the count of the rare rows,
    which has its own rule, limits what can be learned, not their share.

    ## How to fix it
    Look at the named rows and columns in the source: empty the fields that mean «missing», fold
    spellings into one, ask why a column is constant. Judge imbalanced classes by
    average_precision, balanced_accuracy or log_loss, and tailed targets by mae or quantiles.

    ## When it is wrong
    Codes such as postal or hospital codes mix numbers and words by right: declare them as
    words by a prefix, or waive the finding. A censored amount has a true pile at its end, which is
    no placeholder. Spellings that differ in case can be two things, as the names of genes are.

    ## Reference
    Hynes, Sculley and Terry, «The data linter: lightweight, automated sanity checking for ML
    data sets», NIPS MLSys Workshop, 2017. Breck et al., «Data validation for machine learning»,
    MLSys 2019.
    """

    code: ClassVar[str] = "D213"
    title: ClassVar[str] = "Imbalance, tails, constants, mixed values"
    group: ClassVar[Group] = Group.DATA
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.WARNING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "https://research.google/pubs/pub46555/",
        "https://mlsys.org/Conferences/2019/doc/2019/167.pdf",
    )
    family: ClassVar[str] = ""
    thresholds: ClassVar[Mapping[str, float]] = {
        "most_findings": 10,
        "mixed_share": 0.02,
        "variant_share": 0.005,
        "rare_rows": 5,
        "imbalance_warning": 0.98,
        "imbalance_info": 0.9,
        "tail_warning": 0.5,
        "tail_info": 0.75,
    }

    def measure(self, context: Any) -> Measurement | NotApplicable:
        """Count what is odd, feature by feature, and in the training target.

        Raises:
            DataError: a table cannot be read.
        """
        context = cast(DataContext, context)
        frames = frames_of(context)
        if isinstance(frames, NotApplicable):
            return frames
        found = [
            *self._of_target(frames, context),
            *odd_columns(frames, self.thresholds, context.train),
        ]
        found.sort(key=lambda item: (-item.evidence.severity.rank, -item.weight))
        most = int(self.thresholds["most_findings"])
        return Measurement(
            value=float(sum(item.evidence.severity is not Severity.INFO for item in found)),
            method=f"kinds of oddities counted in {len(frames.features)} features"
            + (f" and in `{frames.target}` of train" if frames.target else "")
            + ", all rows",
            n=len(frames.train),
            evidence=tuple(item.evidence for item in found[:most]),
            notes=(f"{len(found) - most} lesser ones are not shown",) if len(found) > most else (),
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """By the severity of what was found."""
        return judge_by_severity(measurement)

    def _of_target(self, frames: Frames, context: DataContext) -> Iterator[Ranked]:
        if not frames.target:
            return
        target = frames.train[frames.target].dropna()
        if frames.task == "regression":
            yield from self._tailed_target(frames, target, context.train)
        elif len(target):
            metrics = {rule.name for rule in context.metrics}
            yield from self._classes(frames, target, context.train, metrics)

    def _tailed_target(self, frames: Frames, target: Any, path: str) -> Iterator[Ranked]:
        share = tail_share(ordered_numbers(target))
        if share < 0.25:
            return
        severe = share >= self.thresholds["tail_warning"]
        yield _about_target(
            Severity.WARNING if severe else Severity.INFO,
            f"a few rows decide a squared error of `{frames.target}`",
            f"the worst 1% of {len(target):,} training rows hold {share:.0%} of its squared"
            " deviation from the median",
            "judge by mae or by quantiles, or report with and without those rows",
            share,
            self.thresholds["tail_warning"],
            path,
            weight=share,
        )

    def _classes(
        self, frames: Frames, target: Any, path: str, metrics: set[str]
    ) -> Iterator[Ranked]:
        counts = target.value_counts()
        name, rare = frames.target, int(self.thresholds["rare_rows"])
        largest = float(counts.iloc[0] / len(target))
        if len(counts) == 1:
            yield _about_target(
                Severity.WARNING,
                f"`{name}` has one class in train",
                f"all {len(target):,} training rows with a target are {shown(counts.index[0])}",
                "nothing can be learned from one class: move the cuts, or filter less",
                largest,
                1.0,
                path,
                weight=2.0,
            )
            return
        few = counts[counts < rare]
        if len(few):
            words = ", ".join(f"{shown(value)} ({rows})" for value, rows in few[-_NAMED:].items())
            yield _about_target(
                Severity.WARNING,
                f"a class of `{name}` has a handful of rows",
                f"{len(few)} of {len(counts)} classes have fewer than {rare} training rows:"
                f" {words}",
                "join rare classes, collect more of them, or leave them out with a reason",
                float(few.min()),
                float(rare),
                path,
                weight=1.0,
            )
        if largest < self.thresholds["imbalance_info"]:
            return
        by_accuracy = bool(metrics & _OF_ACCURACY)
        severe = by_accuracy or largest >= self.thresholds["imbalance_warning"]
        yield _about_target(
            Severity.WARNING if severe else Severity.INFO,
            f"`{name}` is imbalanced",
            f"{largest:.1%} of {len(target):,} training rows are {shown(counts.index[0])}: always"
            " saying so has that accuracy"
            + (", by which the objective judges" if by_accuracy else ""),
            "judge by average_precision, balanced_accuracy or log_loss",
            largest,
            self.thresholds["imbalance_info" if by_accuracy else "imbalance_warning"],
            path,
            weight=largest,
        )


def _about_target(
    severity: Severity,
    title: str,
    why: str,
    fix: str,
    value: float,
    threshold: float,
    path: str,
    *,
    weight: float,
) -> Ranked:
    evidence = Evidence(
        title=title,
        why=why,
        fix=fix,
        severity=severity,
        path=path,
        value=round(value, 6),
        threshold=threshold,
    )
    # The target before features of the same severity: every number is judged on it.
    return Ranked(evidence, weight + 1.0)
