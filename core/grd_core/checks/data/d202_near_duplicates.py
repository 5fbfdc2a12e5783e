"""D202: test rows that are almost, but not quite, a training row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

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
from grd_core.checks.data.frames import Frames, frames_of
from grd_core.checks.data.near_pairs import (
    MOST_QUERIES,
    Distances,
    Verdict,
    distances_of,
    law_of,
    weigh,
)
from grd_core.checks.data.nearest_rows import comparable

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_SHOWN = 5
_BASE_ROWS = 20_000


class NearDuplicatesAcrossSplits:
    """Test rows that lie far closer to a training row than training rows lie to each other.

    ## What it finds
    Test rows that are a training row with small changes: numbers jittered or rounded, one field
    altered or lost, an augmented or synthetic copy. Rows equal in every feature are D201's and
    are not counted here. The first pairs are named, and their labels compared where both tables
    carry the target.

    ## Why it matters
    A model that remembers the training row answers for its near copy as well. The test score
    then measures memory, and new rows, which have no near copy in the training table, will not
    show it.

    ## How it is measured
    Numbers become their rank in the training table, categories and missing values count as
    equal or different, and the distance of two rows leaves out the column in which they differ
    most (from four columns on). Every test row gets its distance to the nearest training row
    that is not equal to it; training rows get theirs to the nearest other training row. Rows
    with an equal row in train are left out on both sides. From the median and the ninth decile
    of the training distances follows how steeply they thin out towards zero (a Weibull law, the
    distance to the nearest of many scattered points). *Near* is closer than
    `closeness = 0.33` of the median training distance, and so close that this law expects at
    most `chance_share = 0.001` of rows there. Test rows that near are held against the larger
    of two expectations, that law's and the share of training rows as near to another training
    row (plus three standard errors and one row), by a one-sided Poisson test at
    `significance = 0.002`; then once more those within three tenths of that distance. Where
    training rows too are more often near than the law allows, with a gap behind the near rows,
    the near copies may have been there before the split: pairs that agree in at least three
    columns of many values are then held against the law alone. Every p is multiplied by three,
    the number of looks. It warns from `warning_rows = 3` near rows that make at least
    `warning_share = 0.01` of the test rows.

    Above 20,000 training rows and 800 rows on either side a seeded sample is compared, and the
    share is scaled up by the sample's fraction. It never blocks: near is a matter of degree, and
    whether a near copy is a copy is for a person to say.

    ## How to fix it
    Look at the named pairs. Where they are one thing recorded or made twice, split before
    augmenting, or keep all versions of a thing in one part by splitting on a key they share.

    ## When it is wrong
    Things of nature can be alike: two parts from one mould, two hours of calm weather. Tables
    whose rows mostly differ in a single column cannot be read this way and are said to be
    inestimable. Copies with several columns redrawn are not near any more. Rows that share a
    person or a place but not their numbers are a matter of groups, D203.

    ## Reference
    Barz and Denzler, «Do we train on test data? Purging CIFAR of near-duplicates», J. Imaging
    6(6), 2020. Levina and Bickel, «Maximum likelihood estimation of intrinsic dimension», NIPS
    17, 2004, for the law of nearest distances.
    """

    code: ClassVar[str] = "D202"
    title: ClassVar[str] = "Near duplicates across splits"
    group: ClassVar[Group] = Group.DATA
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.WARNING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "https://doi.org/10.3390/jimaging6060041",
        "https://papers.nips.cc/paper/2577",
    )
    family: ClassVar[str] = "overlap"
    thresholds: ClassVar[Mapping[str, float]] = {
        "closeness": 0.33,
        "chance_share": 0.001,
        "significance": 0.002,
        "warning_rows": 3,
        "warning_share": 0.01,
    }

    def measure(self, context: Any) -> Measurement | NotApplicable:
        """Hold nearest distances test → train against train → train.

        Raises:
            DataError: a table cannot be read.
        """
        context = cast(DataContext, context)
        frames = frames_of(context)
        if isinstance(frames, NotApplicable):
            return frames
        sample = _sample(frames)
        rows = comparable(sample.train, sample.test, frames.features)
        if not rows.names:
            return NotApplicable("every feature is constant or only names the rows")
        seen = distances_of(rows)
        law = law_of(seen.among_train, self.thresholds)
        if isinstance(law, NotApplicable):
            return law
        verdict = weigh(seen, rows, law, self.thresholds)
        notes = (f"left out as row names: {', '.join(rows.left_out)}",) if rows.left_out else ()
        share = min(1.0, verdict.near.size / seen.asked / sample.fraction)
        return Measurement(
            value=share,
            method=(
                f"nearest unequal row over {len(rows.names)} columns, {seen.asked:,} test rows and"
                f" {seen.among_train.size:,} training rows against {len(rows.base):,} training rows"
                f" (seed 202); near is below {law.cutoff:.3g}, the median in train"
                f" {law.median:.3g}; {verdict.expected:.2g} near rows expected,"
                f" {verdict.in_train:,} in train; Poisson p = {verdict.p:.2g}"
            ),
            n=seen.asked,
            ci=_interval(verdict.near.size, seen.asked, sample.fraction),
            evidence=self._evidence(context, frames, sample, seen, verdict, share),
            notes=notes,
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """Warned where near rows exceed what chance explains; never failed."""
        return judge_by_severity(measurement)

    def _evidence(
        self,
        context: DataContext,
        frames: Frames,
        sample: _Sample,
        seen: Distances,
        verdict: Verdict,
        share: float,
    ) -> tuple[Evidence, ...]:
        level = self.thresholds
        near = verdict.near
        enough = near.size >= level["warning_rows"] and share >= level["warning_share"]
        if verdict.p >= level["significance"] or not enough:
            return ()
        named = ", ".join(
            f"{_row_name(sample.test, context.id_column, row)} ~"
            f" {_row_name(sample.train, context.id_column, partner)}"
            for row, partner in zip(
                seen.test_rows[near[:_SHOWN]], seen.partners[near[:_SHOWN]], strict=True
            )
        )
        counted = f"{near.size:,} of {seen.asked:,} test rows"
        if sample.fraction < 1:
            counted += f" compared with {sample.fraction:.0%} of train, so about {share:.1%},"
        else:
            counted += f" ({share:.1%})"
        before = "; training rows have such near copies too" if verdict.before_the_split else ""
        labels = _label_words(frames, sample, seen.test_rows[near], seen.partners[near])
        return (
            Evidence(
                title=f"{near.size} test rows are near copies of training rows",
                why=(
                    f"{counted} lie nearer to a training row than chance brings rows together"
                    f" ({verdict.expected:.2g} expected){before};"
                    f" nearest (test ~ train): {named}{labels}"
                ),
                fix="look at these pairs; split before augmenting, or on a key that copies share",
                severity=Severity.WARNING,
                path=context.test,
                value=share,
                threshold=level["warning_share"],
                family=self.family,
            ),
        )


@dataclass(frozen=True, slots=True)
class _Sample:
    """The rows compared, under their positions in the tables, and the share of train in it."""

    train: pd.DataFrame
    test: pd.DataFrame
    fraction: float


def _sample(frames: Frames) -> _Sample:
    import numpy as np

    random = np.random.default_rng(202)
    train, test = frames.train, frames.test
    fraction = min(1.0, _BASE_ROWS / len(train))
    # In random order in any case: candidates come from stretches of unrelated rows.
    chosen = random.permutation(len(train))[:_BASE_ROWS]
    asked = random.permutation(len(test))[:MOST_QUERIES]
    names = [name for name in train.columns if name in test.columns or name == frames.target]
    shared = [name for name in names if name in test.columns]
    return _Sample(
        train[names].set_axis(np.arange(len(train))).take(chosen),
        test[shared].set_axis(np.arange(len(test))).take(asked),
        fraction,
    )


def _interval(count: int, asked: int, fraction: float) -> tuple[float, float]:
    """Wilson's 95% interval for the share, scaled as the share is."""
    from scipy.stats import binomtest

    found = binomtest(count, asked).proportion_ci(method="wilson")
    return (min(1.0, found.low / fraction), min(1.0, found.high / fraction))


def _row_name(table: pd.DataFrame, id_column: str, row: int) -> str:
    if id_column and id_column in table.columns:
        # repr: a value from data may hold control characters.
        return f"{id_column} {table[id_column].iloc[[row]].tolist()[0]!r}"[:60]
    return f"row {int(table.index[row]) + 1}"


def _label_words(
    frames: Frames, sample: _Sample, rows: np.ndarray[Any, Any], partners: np.ndarray[Any, Any]
) -> str:
    """How alike the labels of the pairs are, where the test table carries them."""
    import numpy as np

    if frames.held_name != "test":
        return ""
    ours = sample.test[frames.target].iloc[rows].to_numpy()
    theirs = sample.train[frames.target].iloc[partners].to_numpy()
    if frames.task == "classification":
        alike = sum(str(a) == str(b) for a, b in zip(ours, theirs, strict=True))
        return f"; {alike:,} of the {rows.size:,} pairs carry the same `{frames.target}`"
    apart = np.nanmedian(np.abs(ours.astype(float) - theirs.astype(float)))
    labels = sample.train[frames.target].to_numpy(dtype=float)
    usual = np.nanmedian(np.abs(labels - np.roll(labels, 1)))
    return (
        f"; their `{frames.target}` lie {apart:.3g} apart at the median,"
        f" any two training rows {usual:.3g}"
    )
