"""Where the model errs: the hardest rows, and the error by what was predicted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from grd_core.evaluation.schema import ErrorAnalysis, HardExample, PredictionBin
from grd_core.statistics.observed import Floats, Labels, Numbers, Observed

HARDEST = 10
BINS = 10


def analyse_errors(models: Sequence[Observed], ids: pd.Series[Any]) -> ErrorAnalysis:
    """Over the mean of the models; `ids` (n) name the rows."""
    first = models[0]
    if isinstance(first, Numbers):
        said = np.mean([m.said for m in models if isinstance(m, Numbers)], axis=0)
        return _of_numbers(first.truth, said, ids)
    return _of_labels([m for m in models if isinstance(m, Labels)], ids)


def _of_numbers(truth: Floats, said: Floats, ids: pd.Series[Any]) -> ErrorAnalysis:
    errors = said - truth
    return ErrorAnalysis(
        error="predicted minus true, of the mean of the models",
        hardest=[
            HardExample(
                id=str(ids.iloc[row]),
                said=f"{said[row]:.6g}",
                was=f"{truth[row]:.6g}",
                error=float(errors[row]),
            )
            for row in _largest(np.abs(errors))
        ],
        by_prediction=_bins(said, truth, errors),
    )


def _of_labels(models: Sequence[Labels], ids: pd.Series[Any]) -> ErrorAnalysis:
    first = models[0]
    truth, classes = first.truth, first.classes
    votes = np.mean([np.eye(len(classes))[m.said] for m in models if m.said is not None], axis=0)
    said = votes.argmax(axis=1)
    rows = np.arange(len(truth))
    scored = [m.scores for m in models if m.scores is not None]
    scores = np.mean(scored, axis=0) if scored else votes
    errors = 1.0 - scores[rows, truth]
    positive = scores[:, -1] if len(classes) == 2 else scores.max(axis=1)
    was = truth == 1 if len(classes) == 2 else said == truth
    counts = pd.crosstab(
        np.asarray(classes, dtype=object)[truth], np.asarray(classes, dtype=object)[said]
    )
    return ErrorAnalysis(
        error="one minus the score (or the share of models) of the true class",
        hardest=[
            HardExample(
                id=str(ids.iloc[row]),
                said=str(classes[said[row]]),
                was=str(classes[truth[row]]),
                error=float(errors[row]),
            )
            for row in _largest(errors)
        ],
        by_prediction=_bins(positive, was.astype(np.float64), errors),
        confusion={
            str(true): {str(called): int(counts.loc[true, called]) for called in counts.columns}
            for true in counts.index
        },
    )


def _largest(values: Floats) -> NDArray[np.intp]:
    """Rows from the largest value down; equal ones in the order of the table."""
    return np.argsort(-values, kind="stable")[:HARDEST]


def _bins(said: Floats, was: Floats, errors: Floats) -> list[PredictionBin]:
    """Bins of about equally many rows; equal predictions stay in one."""
    edges = np.unique(np.quantile(said, np.linspace(0, 1, BINS + 1)[1:-1]))
    place = np.searchsorted(edges, said, side="left")
    found = []
    for number in np.unique(place):
        rows = place == number
        found.append(
            PredictionBin(
                low=float(said[rows].min()),
                high=float(said[rows].max()),
                n=int(rows.sum()),
                mean_said=float(said[rows].mean()),
                mean_was=float(was[rows].mean()),
                mean_error=float(errors[rows].mean()),
            )
        )
    return found
