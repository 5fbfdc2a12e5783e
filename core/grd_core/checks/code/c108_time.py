"""C108: features that look ahead in time, and rows in time split by chance."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from grd_core.checks.code.findings import counted, judged_by_count, places, quoted
from grd_core.checks.contract import (
    CodeContext,
    Cost,
    Evidence,
    Group,
    Judgement,
    Kind,
    Measurement,
    NotApplicable,
    Severity,
    Thresholds,
)
from grd_core.checks.dataflow.access import written
from grd_core.checks.dataflow.lookahead import (
    LookAhead,
    ShuffledTime,
    looks_ahead,
    shuffled_time,
)
from grd_core.checks.dataflow.programs import analyse_all
from grd_core.checks.dataflow.taints import Nature


class LooksAhead:
    """A feature holds values of later rows, or rows in time are split by chance.

    ## What it finds
    `shift(-k)`, `diff(-k)`, `pct_change(-k)` and centred windows among the features of a model;
    gaps filled from later rows (`bfill`, `interpolate` in both directions) where the program treats
    its rows as a series; and a shuffled split of rows that hold lags, windows or a time as index.

    ## Why it matters
    When the model is used, later rows do not exist yet: a feature made of them is read off the
    answer. A shuffled split puts the row before and the row after each test row in training, so
    that interpolation is scored and forecasting is claimed.

    ## How it is measured
    The program is read, never run. A shift is followed through columns to the training call; it
    counts only where the column surely is among the features, so that a target made with
    `shift(-1)` and then dropped is left alone. A split counts when it shuffles and the lags were
    made before it, over the rows of both sides. A look ahead at the target, or at what the target
    is made of, is blocking; other findings are warnings, since some columns are known in advance.
    A shuffled split of rows of which only calendar features are known is an info. The value is the
    number of findings, reported once it exceeds `tolerated = 0`.

    ## How to fix it
    Shift by a positive number of rows, use trailing windows and `ffill`. Split by time: train on
    earlier rows than those the model is judged on (`TimeSeriesSplit`, or a cut at a date).

    ## When it is wrong
    What a calendar or a plan says of later rows is known in advance and may be shifted back. Rows
    that run from new to old look back with `shift(-k)`; it is known only where a descending sort
    stands in the program. A shuffled split is sound where the model will only fill gaps inside a
    period it has seen. Windows built by hand in loops are not followed.

    ## Reference
    Kapoor and Narayanan 2023, Leakage and the reproducibility crisis in machine-learning-based
    science, Patterns 4:9 (temporal leakage); Bergmeir and Benítez 2012, On the use of
    cross-validation for time series predictor evaluation, Information Sciences 191.
    """

    code: ClassVar[str] = "C108"
    title: ClassVar[str] = "Features that look ahead, or rows in time split by chance"
    group: ClassVar[Group] = Group.CODE
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.BLOCKING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "Kapoor, Narayanan 2023, Patterns 4:9",
        "Bergmeir, Benítez 2012, Information Sciences 191",
    )
    family: ClassVar[str] = "temporal"
    thresholds: ClassVar[Thresholds] = MappingProxyType({"tolerated": 0.0})

    def measure(self, context: CodeContext) -> Measurement | NotApplicable:
        """Follow shifts and windows to the models they reach."""
        programs = analyse_all(context)
        if not programs.facts:
            return NotApplicable("no file parses as Python")
        evidence = [_ahead(item) for facts in programs.facts for item in looks_ahead(facts)]
        evidence += [_shuffled(item) for facts in programs.facts for item in shuffled_time(facts)]
        return counted(programs, evidence, sum(len(facts.pairs) for facts in programs.facts))

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """A look ahead at the target fails, the others warn."""
        return judged_by_count(measurement, thresholds)


def _ahead(found: LookAhead) -> Evidence:
    statistic, pair = found.statistic, found.pair
    subject = quoted(written(statistic.subject)) or "the rows"
    certain = statistic.nature is Nature.LATER and found.of_target
    how = "is filled from later rows" if statistic.nature is Nature.FILLED_BACK else "looks ahead"
    given = quoted(written(pair.train.subject)) or "the features"
    return Evidence(
        title=f"{statistic.what} from later rows among the features",
        why=f"{subject} {how} with `{statistic.what}` (line {statistic.site.line}) and stays "
        f"in {given}, on which the model is trained (line {pair.train.site.line})",
        fix=_FIXES.get(statistic.what, _FILL),
        severity=Severity.BLOCKING if certain else Severity.WARNING,
        path=statistic.site.path,
        line=statistic.site.line,
        places=places(statistic.site, pair),
        value=1.0,
        threshold=0.0,
        family="temporal",
    )


_BACK = "use earlier rows only: a positive number, or keep the column out of the features"
_FIXES = {
    "shift": _BACK,
    "diff": _BACK,
    "pct_change": _BACK,
    "rolling": "use a trailing window: leave out `center=True`",
}
_FILL = "fill from earlier rows: `ffill`"


def _shuffled(found: ShuffledTime) -> Evidence:
    cut, pair = found.cut, found.pair
    splitter = f"`{cut.splitter.name}` (line {cut.site.line})"
    return Evidence(
        title="rows in time split by chance",
        why=f"{splitter} draws training and held-out rows by chance, and {found.shown_by} "
        f"(line {found.line}) shows that they are in time",
        fix="split by time: train on rows before those the model is judged on",
        severity=Severity.WARNING if found.sure else Severity.INFO,
        path=cut.site.path,
        line=cut.site.line,
        places=places(cut.site, pair),
        value=1.0,
        threshold=0.0,
        family="temporal",
    )
