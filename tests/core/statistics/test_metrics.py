"""The catalogue is data a person can rely on; every formula equals scikit-learn's."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from sklearn import metrics as reference

from grd_core.errors import DataError, UsageError
from grd_core.statistics.metrics import CATALOGUE, compute, find_metric, lookup, suggest

RNG = np.random.default_rng(7)
N = 400
TRUTH = RNG.normal(5, 3, N).round(2)
SAID = TRUTH + RNG.normal(0, 1, N).round(2)
BINARY = (RNG.random(N) < 0.3).astype(int)
SCORE = np.clip(0.3 * BINARY + RNG.random(N) * 0.7, 0.001, 0.999).round(2)
CALL = (SCORE > 0.5).astype(int)
CLASSES = RNG.integers(0, 3, N)
MATRIX = RNG.dirichlet((1, 1, 1), N) + np.eye(3)[CLASSES]
MATRIX /= MATRIX.sum(axis=1, keepdims=True)
PICK = MATRIX.argmax(axis=1)
COUNTS = RNG.integers(0, 4, N)

OF_VALUES = {
    "mae": reference.mean_absolute_error,
    "mse": reference.mean_squared_error,
    "rmse": reference.root_mean_squared_error,
    "median_ae": reference.median_absolute_error,
    "r2": reference.r2_score,
    "mape": reference.mean_absolute_percentage_error,
}
OF_LABELS = {
    "accuracy": reference.accuracy_score,
    "balanced_accuracy": reference.balanced_accuracy_score,
    "f1": reference.f1_score,
}
OF_SCORES = {
    "roc_auc": reference.roc_auc_score,
    "average_precision": reference.average_precision_score,
    "log_loss": reference.log_loss,
    "brier": reference.brier_score_loss,
}


@pytest.mark.parametrize("name", OF_VALUES)
def test_metrics_of_values_equal_the_reference(name: str) -> None:
    assert compute(name, TRUTH, SAID) == pytest.approx(OF_VALUES[name](TRUTH, SAID))


@pytest.mark.parametrize("name", OF_VALUES)
def test_a_weight_is_a_number_of_copies(name: str) -> None:
    repeated = OF_VALUES[name](np.repeat(TRUTH, COUNTS), np.repeat(SAID, COUNTS))
    assert compute(name, TRUTH, SAID, weights=COUNTS) == pytest.approx(repeated)


@pytest.mark.parametrize("name", OF_LABELS)
def test_metrics_of_labels_equal_the_reference(name: str) -> None:
    assert compute(name, BINARY, CALL) == pytest.approx(OF_LABELS[name](BINARY, CALL))
    several = {"average": "macro"} if name == "f1" else {}
    assert compute(name, CLASSES, PICK) == pytest.approx(OF_LABELS[name](CLASSES, PICK, **several))


@pytest.mark.parametrize("name", OF_SCORES)
def test_metrics_of_scores_equal_the_reference(name: str) -> None:
    assert compute(name, BINARY, scores=SCORE) == pytest.approx(OF_SCORES[name](BINARY, SCORE))
    several = {"multi_class": "ovr"} if name == "roc_auc" else {}
    assert compute(name, CLASSES, scores=MATRIX) == pytest.approx(
        OF_SCORES[name](CLASSES, MATRIX, **several)
    )


@pytest.mark.parametrize("name", [*OF_LABELS, *OF_SCORES])
def test_a_weight_is_a_number_of_copies_of_a_class_too(name: str) -> None:
    said = {"scores": SCORE} if name in OF_SCORES else {"y_pred": CALL}
    again = {key: np.repeat(value, COUNTS) for key, value in said.items()}
    assert compute(name, BINARY, weights=COUNTS, **said) == pytest.approx(
        compute(name, np.repeat(BINARY, COUNTS), **again)
    )


def test_words_are_classes_and_the_last_of_two_is_the_positive_one() -> None:
    truth = np.where(BINARY == 1, "yes", "no")
    said = np.where(CALL == 1, "yes", "no")
    assert compute("f1", truth, said) == pytest.approx(reference.f1_score(BINARY, CALL))
    assert compute("roc_auc", truth, scores=SCORE) == pytest.approx(
        reference.roc_auc_score(BINARY, SCORE)
    )


def test_r2_survives_a_mean_far_from_zero() -> None:
    assert compute("r2", TRUTH + 1e9, SAID + 1e9) == pytest.approx(
        compute("r2", TRUTH, SAID), abs=1e-5
    )


@pytest.mark.parametrize("name", ["roc_auc", "average_precision"])
def test_a_metric_of_ranks_is_undefined_without_positives(name: str) -> None:
    negatives = np.zeros(20, dtype=int)
    assert math.isnan(compute(name, negatives, scores=SCORE[:20], classes=(0, 1)))


def test_a_strange_class_is_named() -> None:
    with pytest.raises(DataError, match="class 7 is not one of"):
        compute("accuracy", BINARY, np.where(CALL == 1, 7, 0), classes=(0, 1))


def test_what_a_metric_needs_is_said() -> None:
    with pytest.raises(UsageError, match="needs class scores"):
        compute("roc_auc", BINARY, CALL)


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("neg_mean_absolute_error", "mae"),
        ("RMSE", "rmse"),
        ("MeanAbsoluteError", "mae"),
        ("neg_root_mean_squared_error", "rmse"),
        ("ROC-AUC", "roc_auc"),
        ("MulticlassF1Score", "f1"),
        ("BinaryAccuracy", "accuracy"),
        ("neg_log_loss", "log_loss"),
    ],
)
def test_names_of_other_libraries_are_known(alias: str, name: str) -> None:
    assert find_metric(alias).name == name


def test_an_unknown_name_gets_the_nearest_one() -> None:
    assert suggest("mean_absolut_eror") == "mae"
    with pytest.raises(UsageError, match="did you mean roc_auc"):
        find_metric("roc_acu")
    assert lookup("bananas") is None


def test_no_name_means_two_metrics() -> None:
    names = [name for metric in CATALOGUE for name in (metric.name, *metric.aliases)]
    keys = ["".join(c for c in name.lower() if c.isalnum()) for name in names]
    owners = {
        (key, metric.name)
        for metric in CATALOGUE
        for key, name in zip(keys, names, strict=True)
        if name in (metric.name, *metric.aliases)
    }
    assert len({key for key, _ in owners}) == len(owners)


def test_a_metric_says_what_it_is_unfit_for() -> None:
    assert "majority class" in find_metric("accuracy").misfits(["imbalanced"])[0]
    assert find_metric("rmse").misfits(["heavy_tails"])
    assert find_metric("mape").misfits(["zeros"])
    assert find_metric("mae").misfits(["heavy_tails", "zeros"]) == ()


def test_a_gain_is_positive_when_better() -> None:
    assert find_metric("mae").gain(8.0, 10.0) == 2.0
    assert find_metric("r2").gain(0.5, 0.7) == pytest.approx(-0.2)


def test_the_catalogue_loads_nothing_heavy() -> None:
    script = (
        "import sys, grd_core.statistics.metrics;"
        "print({'numpy','scipy','pandas','sklearn'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "set()", done.stderr
