"""D211: the target follows from the features in another way outside the training table."""

from __future__ import annotations

from collections.abc import Mapping
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
from grd_core.checks.data.class_labels import class_labels
from grd_core.checks.data.encoded import encode
from grd_core.checks.data.frames import Frames, frames_of
from grd_core.checks.data.kept_relation import Kept, Parts, kept_of, parts_of

_NAMED = 3


class ConceptShift:
    """The same features mean something else for the target outside the training table.

    ## What it finds
    A relation between features and target that training rows show and labelled rows outside
    training (the test table where it carries the target, else the validation part) do not:
    gone, weaker, or the other way round.

    ## Why it matters
    What the model learned is not so in the rows that judge it. More training rows of the old
    kind, a better model or another threshold will not help; a score averaged over both
    parts describes neither.

    ## How it is measured
    A forest is fitted on training rows. Its discrimination is measured on training rows by trees
    that did not see them, and on the rows outside: for classes Tjur's coefficient with all
    classes weighted alike, for amounts the slope of the prediction over the target's normal
    scores. The value is the share of it that is kept outside, 1 where nothing changed, negative
    where the relation turned. Two harmless explanations are ruled out in turn. Were only the
    features distributed differently, the discrimination would agree after both parts are
    weighted to the rows they have in common (overlap weights, from a second forest that tells
    the parts apart). Were only the target distributed differently, it would agree without
    weights, since it looks at predictions given the truth. Both differences must be significant
    at `significance = 0.002`, and the larger share kept counts: it is told up to
    `info_kept = 0.75`, and warns where the interval ends at `warning_kept = 0.5` or below.
    At most 1,500 rows of each part are read; rows of a group that the split keeps whole count as
    one draw.

    ## How to fix it
    Find what changed between the parts: a definition of the target, a coding, a time, a place.
    If the change is real and lasting, train on rows from after it; if a column changed its
    meaning, map it to one meaning or leave it out. Report the parts apart until then.

    ## When it is wrong
    A change of the least part of the relation leaves most of the discrimination and is not
    called. Where the features tell little of the target in train, or the parts hardly overlap,
    nothing can be said, and it says so. A target that rises by the same amount everywhere
    is D210's. Where features and target's shares move at once, for reasons of their own, it can
    take this for a change of the relation, and so it can where correlations between features
    turn (D209) and the forest had leaned on a stand-in.

    ## Reference
    Tjur, «Coefficients of determination in logistic regression models», American Statistician
    63(4), 2009. Crump et al., «Dealing with limited overlap in estimation of average treatment
    effects», Biometrika 96(1), 2009. Li, Morgan and Zaslavsky, «Balancing covariates via
    propensity score weighting», JASA 113(521), 2018. Moreno-Torres et al., «A unifying view on
    dataset shift in classification», Pattern Recognition 45(1), 2012.
    """

    code: ClassVar[str] = "D211"
    title: ClassVar[str] = "Concept shift outside train"
    group: ClassVar[Group] = Group.DATA
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.WARNING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "https://doi.org/10.1198/tast.2009.08210",
        "https://doi.org/10.1080/01621459.2016.1260466",
        "https://doi.org/10.1016/j.patcog.2011.06.019",
    )
    family: ClassVar[str] = "drift"
    thresholds: ClassVar[Mapping[str, float]] = {
        "significance": 0.002,
        "warning_kept": 0.5,
        "info_kept": 0.75,
    }

    def measure(self, context: Any) -> Measurement | NotApplicable:
        """Measure how much of what features tell in train they tell outside.

        Raises:
            DataError: a table cannot be read.
        """
        context = cast(DataContext, context)
        frames = frames_of(context)
        if isinstance(frames, NotApplicable):
            return frames
        if not frames.target or frames.held is None:
            return NotApplicable("no labelled rows outside train")
        parts = parts_of(frames, frames.held, context)
        if isinstance(parts, NotApplicable):
            return parts
        kept = kept_of(parts, self.thresholds)
        if isinstance(kept, NotApplicable):
            return kept
        return Measurement(
            value=kept.share,
            method=(
                f"share of a forest's discrimination kept on {len(parts.held):,} {frames.held_name}"
                f" rows against {len(parts.train):,} training rows out of bag, with and without"
                " overlap weights, seed 211"
            ),
            n=len(parts.train) + len(parts.held),
            ci=kept.ci,
            evidence=self._evidence(context, frames, parts, kept),
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """Warned where surely no more than half of the relation is kept; else passed."""
        return judge_by_severity(measurement)

    def _evidence(
        self, context: DataContext, frames: Frames, parts: Parts, kept: Kept
    ) -> tuple[Evidence, ...]:
        limits = self.thresholds
        if kept.p > limits["significance"] or kept.share > limits["info_kept"]:
            return ()
        warns = kept.ci[1] <= limits["warning_kept"]
        where = frames.held_name
        cause = (
            "neither drift of the features nor of the target explains it"
            if warns
            else "drift of the features and of the target may have a part in it"
        )
        low, high = kept.ci
        if kept.share < 0 and high < 0:
            title = f"what features mean for `{context.target}` is turned round in {where}"
        else:
            title = f"features tell less of `{context.target}` in {where} than in train"
        changed = _changed_columns(frames, parts, limits["significance"])
        return (
            Evidence(
                title=title,
                why=(
                    f"a model of the training rows tells {kept.before:.2f} of `{context.target}`"
                    f" in train and {kept.after:.2f} in {where}: {kept.share:.0%} kept"
                    f" [{low:.0%}, {high:.0%}], p {_p_words(kept.p)}; {cause}{changed}"
                ),
                fix=(
                    f"find out what changed for `{context.target}` between train and {where},"
                    " and train on rows from after the change or report the parts apart"
                ),
                severity=Severity.WARNING if warns else Severity.INFO,
                path=context.test if where == "test" else context.validation,
                value=kept.share,
                threshold=limits["warning_kept" if warns else "info_kept"],
                family=self.family,
            ),
        )


def _changed_columns(frames: Frames, parts: Parts, level: float) -> str:
    """The columns whose correlation with the target changed most, in words."""
    import numpy as np
    from scipy.stats import norm

    from grd_core.checks.data.dependence import scores_of

    columns = [table[frames.target] for table in (parts.train, parts.held)]
    truth = class_labels(columns) if parts.classes else columns
    tables = [
        table[list(parts.names)].assign(**{frames.target: column})
        for table, column in zip((parts.train, parts.held), truth, strict=True)
    ]
    encoded = encode(tables, (*parts.names, frames.target))
    scores = scores_of(encoded)
    mine = scores.owner == len(encoded.names) - 1
    if not mine.any() or mine.all():
        return ""
    before = scores.first[:, ~mine].T @ scores.first[:, mine] / len(scores.first)
    after = scores.second[:, ~mine].T @ scores.second[:, mine] / len(scores.second)
    bound = norm.isf(level / 2 / before.size)
    error = (1 / len(scores.first) + 1 / len(scores.second)) ** 0.5
    owners = scores.owner[~mine]
    words = [word for word, own in zip(scores.words, mine, strict=True) if not own]
    named: list[str] = []
    seen: set[int] = set()
    for flat in np.argsort(-np.abs(after - before), axis=None):
        row, place = np.unravel_index(int(flat), before.shape)
        if abs(after[row, place] - before[row, place]) < bound * error or len(named) == _NAMED:
            break
        if int(owners[row]) not in seen:
            seen.add(int(owners[row]))
            named.append(f"{words[row]} {before[row, place]:+.2f} → {after[row, place]:+.2f}")
    return f"; correlation with it: {', '.join(named)}" if named else ""


def _p_words(p: float) -> str:
    return "< 0.0001" if p < 0.0001 else f"= {p:.4f}"
