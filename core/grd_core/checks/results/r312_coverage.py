"""R312: do the predictions cover exactly the frozen ids, with the labels that were frozen?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from grd_core.checks.contract import (
    Cost,
    Evidence,
    Group,
    Judgement,
    Kind,
    Measurement,
    NotApplicable,
    ResultsContext,
    Severity,
    Thresholds,
    judge_by_severity,
)
from grd_core.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from grd_core.statistics.prediction_table import PredictionTable


class PredictionCoverage:
    """Predictions do not cover exactly the frozen ids, or labels differ.

    ## What it finds
    A prediction table whose test rows are not exactly the frozen ids (some left out, some
    added, some twice), that carries labels of the test part, whose validation labels are
    not those of the frozen validation part, or that holds a prediction which is not a
    finite number.

    ## Why it matters
    A score over the rows a model chose to answer is not a score of the model: leaving out
    the hard rows raises any metric. Labels that were changed, shuffled or joined to the
    wrong rows make every number in the report a number about something else.

    ## How it is measured
    Ids are joined by value, model by model (each seed, and each fold where folds repeat
    ids). The value is the number of rows at fault: missing, extra, twice, labelled in the
    test part, not finite, or with a validation label that differs. Numeric labels may
    differ by rounding to single precision: `label_tolerance = 1e-06` relative to the label.
    No label of the test part is read. Validation rows left out count like those of the
    test part; validation rows of a cross-validation (with a fold) that lie outside the
    validation part are counted in a note.

    ## How to fix it
    Predict every row of `test_features.parquet` once per seed, keep the id beside each
    prediction from the moment the features are read, and leave `y_true` empty for part
    test. `grd_log.predict` writes the table in the right form.

    ## When it is wrong
    It is not: ids and labels are compared, not estimated. If the frozen part itself is
    wrong, freeze again and say why.

    ## Reference
    Kapoor & Narayanan 2023, *Leakage and the reproducibility crisis in machine-learning-based
    science*, Patterns 4:100804 (the test set must be the one the claim is about).
    """

    code: ClassVar[str] = "R312"
    title: ClassVar[str] = "Predictions do not cover exactly the frozen ids, or labels differ"
    group: ClassVar[Group] = Group.RESULTS
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.BLOCKING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = ("doi:10.1016/j.patter.2023.100804",)
    family: ClassVar[str] = ""
    thresholds: ClassVar[Thresholds] = {"label_tolerance": 1e-6}

    def measure(self, context: ResultsContext) -> Measurement | NotApplicable:
        """Count the rows at fault; the evidence names the first of each kind."""
        from grd_core.statistics.label_table import read_columns
        from grd_core.statistics.prediction_table import faults_in, parse_predictions

        method = "exact comparison of ids and labels"
        try:
            table = parse_predictions(Path(context.predictions), context.task)
        except DataError as error:
            evidence = _blocking(error.what, error.fix, context, error.where)
            return Measurement(None, method, evidence=(evidence,))
        frozen = read_columns(Path(context.test_features), [context.id_column])
        labels = read_columns(Path(context.train_table), [context.id_column, context.target])
        found = [
            (fault.count, _blocking(fault.what, fault.fix, context, fault.where, fault.count))
            for fault in faults_in(table, context.task)
        ]
        found += _test_coverage(table, frozen[context.id_column], context)
        tolerance = self.thresholds["label_tolerance"]
        found += _label_differences(table, labels, context, tolerance)
        return Measurement(
            value=float(sum(count for count, _ in found)),
            method=method,
            n=len(table.frame),
            evidence=tuple(evidence for _, evidence in found),
            notes=_notes(table, labels[context.id_column]),
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """One row at fault fails."""
        return judge_by_severity(measurement)


def _test_coverage(
    table: PredictionTable, frozen: pd.Series[Any], context: ResultsContext
) -> Iterator[tuple[int, Evidence]]:
    from grd_core.statistics.alignment import coverage, locate, replicates_in

    rows = table.part("test")
    if rows.empty:
        why = f"no row has part test; the {len(frozen)} frozen ids are not predicted"
        fix = "predict test_features.parquet with part test; labels are not needed"
        yield len(frozen), _blocking(why, fix, context, value=len(frozen))
        return
    for seed, fold, group in replicates_in(rows):
        cover = coverage(group["id"], frozen)
        of_model = _of_model(seed, fold)
        if cover.missing:
            why = (
                f"{cover.missing} of {cover.expected} frozen ids have no prediction{of_model}:"
                f" {_named(cover.first_missing, cover.missing)}"
            )
            fix = "predict every frozen row; a row the model cannot answer still counts"
            yield cover.missing, _blocking(why, fix, context, value=cover.missing)
        if cover.extra:
            why = (
                f"{cover.extra} test predictions{of_model} are for ids that are not frozen:"
                f" {_named(cover.first_extra, cover.extra)}"
            )
            fix = "predict the ids of test_features.parquet and no others"
            first = int(group.index[locate(group["id"], frozen) < 0][0])
            yield cover.extra, _blocking(why, fix, context, table.place(first), cover.extra)


def _label_differences(
    table: PredictionTable, labels: pd.DataFrame, context: ResultsContext, tolerance: float
) -> Iterator[tuple[int, Evidence]]:
    import numpy as np
    import pandas as pd

    from grd_core.statistics.alignment import convert_like, coverage, locate, replicates_in

    rows = table.part("validation")
    if rows.empty:
        return
    places = locate(rows["id"], labels[context.id_column])
    unknown = (places < 0) & rows["fold"].isna().to_numpy()
    if unknown.any():
        count, names = int(unknown.sum()), tuple(rows["id"][unknown].astype(str)[:3])
        why = f"{count} validation rows have ids outside the part: {_named(names, count)}"
        fix = "predict the rows of validation.parquet, or number the folds of a cross-validation"
        first = table.place(int(rows.index[unknown][0]))
        yield count, _blocking(why, fix, context, first, count)
    known = rows[places >= 0]
    truth = labels[context.target].iloc[places[places >= 0]].reset_index(drop=True)
    said = convert_like(known["y_true"].reset_index(drop=True), truth)
    if pd.api.types.is_float_dtype(truth):
        same = np.isclose(
            said.to_numpy(dtype=np.float64), truth.to_numpy(), rtol=tolerance, atol=0.0
        )
    else:
        same = (said == convert_like(truth, truth)).fillna(value=False).to_numpy(dtype=bool)
    if not same.all():
        at = int(np.flatnonzero(~same)[0])
        count = int((~same).sum())
        why = (
            f"y_true of {count} of {len(same)} validation rows is not the frozen label: id"
            f" {known['id'].iloc[at]} has {known['y_true'].iloc[at]}, frozen is {truth.iloc[at]}"
        )
        fix = "join y_true by id from validation.parquet, in the unit of the target"
        yield count, _blocking(why, fix, context, table.place(int(known.index[at])), count)
    for seed, fold, group in replicates_in(rows):
        cover = coverage(group["id"], labels[context.id_column])
        if cover.missing:
            why = (
                f"{cover.missing} of {cover.expected} validation rows have no"
                f" prediction{_of_model(seed, fold)}:"
                f" {_named(cover.first_missing, cover.missing)}"
            )
            fix = "predict all of validation.parquet, so that no row is chosen"
            yield cover.missing, _blocking(why, fix, context, value=cover.missing)


def _notes(table: PredictionTable, ids: pd.Series[Any]) -> tuple[str, ...]:
    from grd_core.statistics.alignment import locate

    rows = table.part("validation")
    if rows.empty:
        return ("no validation predictions",)
    outside = int(((locate(rows["id"], ids) < 0) & rows["fold"].notna().to_numpy()).sum())
    return (f"{outside} cross-validation rows lie outside the validation part",) * bool(outside)


def _of_model(seed: int | None, fold: int | None) -> str:
    known = (("seed", seed), ("fold", fold))
    return "".join(f" of {name} {number}" for name, number in known if number is not None)


def _named(names: tuple[str, ...], count: int) -> str:
    return ", ".join(names) + (f" and {count - len(names)} more" if count > len(names) else "")


def _blocking(
    why: str, fix: str, context: ResultsContext, where: str = "", value: float | None = None
) -> Evidence:
    line = where.rpartition(" line ")[2]
    return Evidence(
        title=PredictionCoverage.title,
        why=f"{why} ({where})" if where else why,
        fix=fix,
        severity=Severity.BLOCKING,
        path=context.predictions,
        line=int(line) if line.isdigit() else 0,
        value=None if value is None else float(value),
        threshold=0.0,
    )
