"""D208: single columns whose distribution differs between the training and the test table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from grd_core.checks.data.column_shift import ColumnShift, column_shifts, new_values, significant
from grd_core.checks.data.distances import LEAST_ROWS
from grd_core.checks.data.frames import Frames, frames_of
from grd_core.checks.data.split_structure import clusters_of, images_of_time, row_sample

_SHOWN = 5
_MOST_TRAIN = 20_000
_MOST_TEST = 10_000


class FeatureDrift:
    """Columns that are distributed differently in test than in train.

    ## What it finds
    Features whose values, or whose missing share, differ between the training and the test
    table: a mean that moved, another spread, other shares of a category, values that train
    never showed. The target, the id, the declared time and groups are not compared, nor columns
    that only rise or fall with the declared time: a split moves those by its own design.

    ## Why it matters
    A model is tested on rows unlike those it learned from. The test score then answers
    another question than cross-validation did, and which of the two new data will resemble
    has to be decided, not hoped.

    ## How it is measured
    The distance of a column is the largest difference of shares between the two tables:
    Kolmogorov and Smirnov's distance for numbers and dates, total variation for categories
    (less what chance alone adds to it), the plain difference for missing shares. Each is a share
    of rows from 0 to 1; a mean that moves by half a standard deviation gives .20. Categories
    expected fewer than five times in the smaller table count as one, and values new in test are
    held against the share of training values that occur once. Numbers are tested by ranks, for
    a shift (four fifths of the significance) and for any other change (one fifth), with ties;
    categories by χ²; small missing shares exactly. Benjamini and Hochberg's control over all
    columns holds the false discovery rate at `significance = 0.002`. A column that stands
    warns from a distance of `warning_distance = 0.15` and is told from `info_distance = 0.05`.
    Where the split keeps declared groups whole, rows of a group count as one draw. At most
    20,000 training and 10,000 test rows are compared.

    ## How to fix it
    Ask why the column moved. If the test part stands for what will come, keep the split and
    report scores per stratum of the column, or train on rows that resemble it. If the column
    moved by how the rows were drawn, draw them again. A column that will keep moving, like a
    counter or a version, is better left out or taken relative to its period.

    ## When it is wrong
    A split in time moves real columns by nature; the warning is then a fact to report, not a
    fault. Rows that depend on each other without a declared group let chance look like drift.
    A small test table can hide it: at 300 training and 100 test rows and ten columns, half a
    standard deviation is found in about three of five tables.

    ## Reference
    Rabanser, Günnemann and Lipton, «Failing loudly: an empirical study of methods for detecting
    dataset shift», NeurIPS 2019. Benjamini and Hochberg, «Controlling the false discovery
    rate», JRSS B 57(1), 1995. Rao and Scott, «On chi-squared tests for multiway contingency
    tables with cell proportions estimated from survey data», Annals of Statistics 12(1), 1984.
    """

    code: ClassVar[str] = "D208"
    title: ClassVar[str] = "Feature drift between train and test"
    group: ClassVar[Group] = Group.DATA
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.WARNING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "https://arxiv.org/abs/1810.11953",
        "https://doi.org/10.1111/j.2517-6161.1995.tb02031.x",
        "https://doi.org/10.1214/aos/1176346391",
    )
    family: ClassVar[str] = "drift"
    thresholds: ClassVar[Mapping[str, float]] = {
        "significance": 0.002,
        "warning_distance": 0.15,
        "info_distance": 0.05,
    }

    def measure(self, context: Any) -> Measurement | NotApplicable:
        """Compare every feature of the two tables.

        Raises:
            DataError: a table cannot be read.
        """
        context = cast(DataContext, context)
        frames = frames_of(context)
        if isinstance(frames, NotApplicable):
            return frames
        names = frames.features_but(context.groups)
        train = frames.train.iloc[row_sample(len(frames.train), _MOST_TRAIN, 208)]
        test = frames.test.iloc[row_sample(len(frames.test), _MOST_TEST, 208)]
        images = images_of_time((train, test), names, context.time)
        clusters = clusters_of(train, test, context.groups)
        shifts = [
            shift
            for name in names
            if name not in images
            for shift in column_shifts(name, train[name], test[name], clusters)
        ]
        if not shifts:
            return NotApplicable(
                f"no feature has {LEAST_ROWS} present values in either table to compare"
            )
        standing = significant(shifts, self.thresholds["significance"])
        largest = max(shifts, key=lambda shift: shift.distance.value).distance
        bounds = (self.thresholds["info_distance"], self.thresholds["warning_distance"])
        far = [shift for shift in standing if shift.distance.value >= bounds[1]]
        near = [shift for shift in standing if bounds[0] <= shift.distance.value < bounds[1]]
        return Measurement(
            value=largest.value,
            method=(
                f"largest of {len(shifts)} distances (Kolmogorov and Smirnov's, total variation)"
                f" over {len(train):,} training and {len(test):,} test rows, seed 208"
            ),
            n=len(train) + len(test),
            ci=largest.ci,
            evidence=(
                *self._evidence(context, frames, far, Severity.WARNING, bounds[1]),
                *self._evidence(context, frames, near, Severity.INFO, bounds[0]),
            ),
            notes=(f"not compared, they follow the declared time: {', '.join(images)}",)
            if images
            else (),
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """Warned where a column stands from the warning distance on; else passed."""
        return judge_by_severity(measurement)

    def _evidence(
        self,
        context: DataContext,
        frames: Frames,
        shifts: Sequence[ColumnShift],
        severity: Severity,
        threshold: float,
    ) -> tuple[Evidence, ...]:
        if not shifts:
            return ()
        columns = len({shift.name for shift in shifts})
        subject = "1 column is" if columns == 1 else f"{columns} columns are"
        manner = "" if severity is Severity.WARNING else "slightly "
        rest = f"; and {len(shifts) - _SHOWN} more" if len(shifts) > _SHOWN else ""
        return (
            Evidence(
                title=f"{subject} distributed {manner}differently in test",
                why=(
                    "train → test (distance [95% interval]): "
                    + "; ".join(shift.sentence(_news(frames, shift)) for shift in shifts[:_SHOWN])
                    + rest
                ),
                fix=(
                    f"find out why `{shifts[0].name}` moved, then report scores per stratum of"
                    " it or train on rows that resemble the test table"
                ),
                severity=severity,
                path=context.test,
                value=shifts[0].distance.value,
                threshold=threshold,
                family=self.family,
            ),
        )


def _news(frames: Frames, shift: ColumnShift) -> str:
    """What is new among a column's values, over all rows."""
    if shift.what == "missing":
        return ""
    return new_values(frames.train[shift.name], frames.test[shift.name])
