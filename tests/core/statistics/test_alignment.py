"""Predictions meet their labels by id, whatever types a CSV made of both."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from grd_core.errors import DataError
from grd_core.statistics.alignment import (
    align,
    classes_of,
    convert_like,
    coverage,
    locate,
    observe_rows,
)
from grd_core.statistics.observed import Labels


@pytest.mark.parametrize(
    ("written", "reference"),
    [
        (["3", "1"], [1, 2, 3]),
        ([3.0, 1.0], [1, 2, 3]),
        (["3", "1"], ["1", "2", "3"]),
        ([3, 1], ["1", "2", "3"]),
        (["9007199254740993", "9007199254740991"], [9007199254740991, 0, 9007199254740993]),
    ],
)
def test_ids_are_found_across_types(written: list, reference: list) -> None:
    assert locate(pd.Series(written), pd.Series(reference)).tolist() == [2, 0]


def test_leading_zeros_are_part_of_a_text_id() -> None:
    assert locate(pd.Series(["7"]), pd.Series(["007"])).tolist() == [-1]


def test_coverage_names_the_first_that_differ() -> None:
    found = coverage(pd.Series(["1", "9", "x"]), pd.Series([1, 2, 3, 4, 5]))
    assert (found.missing, found.extra, found.exact) == (4, 2, False)
    assert found.first_missing == ("2", "3", "4")
    assert found.first_extra == ("9", "x")


def test_ids_that_repeat_in_the_frozen_part_are_refused() -> None:
    with pytest.raises(DataError, match="stands twice in the frozen part"):
        locate(pd.Series([1]), pd.Series([1, 1]))


def test_folds_of_a_cross_validation_are_one_model_and_seeds_are_several() -> None:
    rows = pd.DataFrame(
        {"id": [1, 2, 3, 4] * 2, "seed": [0] * 4 + [1] * 4, "fold": [0, 0, 1, 1] * 2}
    )
    models = align(rows, pd.Series([4, 3, 2, 1]))
    assert [(model.seed, model.fold, len(model.rows)) for model in models] == [
        (0, None, 4),
        (1, None, 4),
    ]
    assert models[0].positions.tolist() == [3, 2, 1, 0]


def test_folds_that_answer_every_row_are_models_of_their_own() -> None:
    rows = pd.DataFrame({"id": [1, 2] * 3, "seed": [0] * 6, "fold": [0, 0, 1, 1, 2, 2]})
    assert [model.fold for model in align(rows, pd.Series([1, 2]))] == [0, 1, 2]


def test_classes_and_scores_are_matched_by_name() -> None:
    labels = pd.Series(["no", "yes", "no"])
    frame = pd.DataFrame(
        {"y_pred": ["no", "no", "yes"], "score_yes": [0.1, 0.4, 0.8], "score_no": [0.9, 0.6, 0.2]}
    )
    data = observe_rows(frame, labels, "binary", classes_of(labels, frame["y_pred"]))
    assert isinstance(data, Labels)
    assert data.classes == ("no", "yes")
    assert data.scores is not None
    assert data.scores[:, 1].tolist() == [0.1, 0.4, 0.8]


@pytest.mark.parametrize(("column", "positive"), [("score_1", 0.8), ("score_0", 0.2)])
def test_one_score_column_of_two_classes(column: str, positive: float) -> None:
    labels = pd.Series([0, 1])
    frame = pd.DataFrame({"y_pred": ["0", "1"], column: [0.3, 0.8]})
    data = observe_rows(frame, labels, "binary", (0, 1))
    assert isinstance(data, Labels)
    assert data.scores is not None
    assert data.scores[1, 1] == pytest.approx(positive)


def test_a_class_the_target_does_not_hold_is_named() -> None:
    with pytest.raises(DataError, match="'maybe' is no class"):
        observe_rows(pd.DataFrame({"y_pred": ["0", "maybe"]}), pd.Series([0, 1]), "binary", (0, 1))


def test_booleans_are_read_from_words() -> None:
    found = convert_like(pd.Series(["True", "false", "?"]), pd.Series([True, False]))
    assert found.tolist()[:2] == [True, False]
    assert found.isna().tolist() == [False, False, True]


def test_dates_can_be_ids() -> None:
    days = pd.Series(pd.date_range("2013-01-01", periods=3))
    assert locate(pd.Series(["2013-01-03", "nonsense"]), days).tolist() == [2, -1]


def test_labels_of_the_table_are_in_the_order_of_the_reference() -> None:
    rows = pd.DataFrame({"id": [3, 1], "seed": [pd.NA] * 2, "fold": [pd.NA] * 2})
    (model,) = align(rows, pd.Series([1, 2, 3]))
    assert np.array_equal(model.rows, [0, 2])
    assert np.array_equal(model.positions, [1, 0])
