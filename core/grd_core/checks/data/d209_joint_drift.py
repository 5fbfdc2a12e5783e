"""D209: columns that hang together differently in test than in train."""

from __future__ import annotations

from collections.abc import Mapping
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
from grd_core.checks.data.encoded import Encoded, encode
from grd_core.checks.data.frames import frames_of
from grd_core.checks.data.split_structure import clusters_of, images_of_time, row_sample

if TYPE_CHECKING:
    from grd_core.checks.data.dependence import Scores
    from grd_core.checks.data.membership import PairReader, Told

_MOST_TRAIN = 4_000
_MOST_TEST = 2_000
_MOST_SCORES = 2_400
"""Two for a number; a matrix of their pairs takes 46 MB, and some twenty stand at once."""
_LEAST_UNITS = 20
_DOUBT = 3.0


class JointDrift:
    """Columns hang together in another way in test than in train.

    ## What it finds
    Relations between features that differ between the two tables although each feature alone
    may look the same: a correlation that flips, a value of a category that now goes with high
    amounts, missing values that come with something else.

    ## Why it matters
    A model of several columns leans on how they hang together. Where that changes, it is asked
    about combinations that it never saw, and no histogram of single columns shows it.

    ## How it is measured
    A classifier tries to tell test rows from training rows by relations alone. Each column
    becomes scores that are standardised within its own table: the line and the curve over the
    ranks of a number, a mark for each common value of a category, a mark for missing values.
    What tells single columns apart is gone from them: that is D208's to say. The products of
    two columns' scores are what remains, and the classifier reads those products whose means
    differ most between the tables, in standard errors, five at most (independence rule), found
    in four fifths of the rows and applied to the last, in turn. The value is the area under
    its ROC curve (AUC). It warns where the AUC reaches `floor_auc = 0.55` and permuting the
    tables' names within the folds gives such an area with a probability of at most
    `significance = 0.002`: 99 permutations, fewer where they settle it at once, with Pearson's
    type III curve for the tail. The interval takes the larger of DeLong's error and that of
    the permuted areas. Pairs of columns are named where they stand against Bonferroni's bound
    over all pairs. At most 4,000 training and 2,000 test rows are read; groups that the split
    keeps whole are permuted whole.

    ## How to fix it
    Ask what ties the named columns together and whether it changed between the tables: a unit,
    a sensor, a rule, a join on the wrong key. If new data will look like the test table, train
    on rows like it or leave one of the columns out; else draw the parts again.

    ## When it is wrong
    Relations of three columns that no two of them show are not seen. A part drawn from a narrow
    range of one column has weaker correlations without any change of law. Tables of more than
    2,400 scores, some 1,200 columns of numbers, are not looked at. Small
    tables hide it: at 300 training and 100 test rows, a correlation of .8 that flips to -.8 is
    found, one that falls to .4 is not.

    ## Reference
    Lopez-Paz and Oquab, «Revisiting classifier two-sample tests», ICLR 2017. Bickel and Levina,
    «Some theory for Fisher's linear discriminant function», Bernoulli 10(6), 2004. DeLong,
    DeLong and Clarke-Pearson, «Comparing the areas under two or more correlated receiver
    operating characteristic curves», Biometrics 44(3), 1988. Knijnenburg et al., «Fewer
    permutations, more accurate P-values», Bioinformatics 25(12), 2009.
    """

    code: ClassVar[str] = "D209"
    title: ClassVar[str] = "Joint drift between train and test"
    group: ClassVar[Group] = Group.DATA
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.WARNING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "https://arxiv.org/abs/1610.06545",
        "https://doi.org/10.3150/bj/1106314847",
        "https://doi.org/10.2307/2531595",
        "https://doi.org/10.1093/bioinformatics/btp211",
    )
    family: ClassVar[str] = "drift"
    thresholds: ClassVar[Mapping[str, float]] = {"significance": 0.002, "floor_auc": 0.55}

    def measure(self, context: Any) -> Measurement | NotApplicable:
        """Tell the rows of the two tables apart by how their columns hang together.

        Raises:
            DataError: a table cannot be read.
        """
        import numpy as np

        from grd_core.checks.data.dependence import scores_of
        from grd_core.checks.data.membership import PairReader

        context = cast(DataContext, context)
        frames = frames_of(context)
        if isinstance(frames, NotApplicable):
            return frames
        train = frames.train.iloc[row_sample(len(frames.train), _MOST_TRAIN, 209)]
        test = frames.test.iloc[row_sample(len(frames.test), _MOST_TEST, 209)]
        names = frames.features_but(context.groups)
        names = frames.features_but(
            (*context.groups, *images_of_time((train, test), names, context.time))
        )
        clusters = clusters_of(train, test, context.groups)
        units = (train.index, test.index) if clusters is None else clusters
        if min(np.unique(unit).size for unit in units) < _LEAST_UNITS:
            what = "rows" if clusters is None else "groups"
            return NotApplicable(f"a table has fewer than {_LEAST_UNITS} {what}")
        encoded = encode((train, test), names)
        scores = scores_of(encoded)
        if np.unique(scores.owner).size < 2:
            return NotApplicable("fewer than two features vary in both tables")
        if scores.owner.size > _MOST_SCORES:
            return NotApplicable(
                f"{np.unique(scores.owner).size:,} columns make {scores.owner.size:,} scores, more"
                f" than the {_MOST_SCORES:,} whose pairs fit into memory"
            )
        reader = PairReader(scores, None if clusters is None else np.concatenate(clusters), 209)
        told = reader.told(self.thresholds["floor_auc"])
        stands = (
            told.auc >= self.thresholds["floor_auc"] and told.p <= self.thresholds["significance"]
        )
        return Measurement(
            value=told.auc,
            method=(
                f"cross-fitted AUC over products of {scores.owner.size} scores of"
                f" {np.unique(scores.owner).size} columns, {len(train):,} training and"
                f" {len(test):,} test rows, {told.permutations} permutations, seed 209"
            ),
            n=len(train) + len(test),
            ci=told.ci,
            evidence=(self._evidence(context, told, reader, scores),) if stands else (),
            notes=() if stands else _marginal_note(encoded, self.thresholds["floor_auc"]),
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """Warned where the rows can be told apart; else passed."""
        return judge_by_severity(measurement)

    def _evidence(
        self, context: DataContext, told: Told, reader: PairReader, scores: Scores
    ) -> Evidence:
        floor = self.thresholds["floor_auc"]
        pairs, before, after = reader.named(self.thresholds["significance"])
        named = [
            f"{scores.words[left]} and {scores.words[right]} {one:+.2f} → {other:+.2f}"
            for left, right, one, other in zip(pairs.left, pairs.right, before, after, strict=True)
        ]
        return Evidence(
            title="columns hang together differently in test",
            why=(
                f"test rows are told from training rows by relations between columns alone:"
                f" AUC {told.auc:.2f} [{told.ci[0]:.2f}, {told.ci[1]:.2f}] > {floor:.2f},"
                f" p {_p_words(told.p)}; correlation train → test: {'; '.join(named)}"
            ),
            fix=(
                f"find out what ties {scores.words[pairs.left[0]]} to"
                f" {scores.words[pairs.right[0]]} and why it changed; train on rows that"
                " resemble the test table, or leave one of them out"
            ),
            severity=Severity.WARNING,
            path=context.test,
            value=told.auc,
            threshold=floor,
            family=self.family,
        )


def _marginal_note(encoded: Encoded, floor: float) -> tuple[str, ...]:
    """What to say where the tables differ, but only in single columns."""
    from grd_core.checks.data.membership import area_of_columns

    area, error = area_of_columns(encoded, 209)
    # Cross-fitting makes the null's variance up to twice that of one fit.
    if area < floor or area - 0.5 < _DOUBT * 2**0.5 * error:
        return ()
    return (
        f"single columns tell the tables apart (AUC {area:.2f}, see D208); how they hang"
        " together did not change beyond the floor",
    )


def _p_words(p: float) -> str:
    return "< 0.0001" if p < 0.0001 else f"= {p:.4f}"
