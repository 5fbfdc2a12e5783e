"""Every scorer of scikit-learn and every name of torchmetrics is mapped, or refused with why."""

from __future__ import annotations

import inspect
import math
import warnings
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as reference

from grd_core.errors import UsageError
from grd_core.statistics.metrics import CATALOGUE, compute, find_metric, lookup, no_metric
from tests.core.statistics.torchmetrics_names import NAMES as TORCHMETRICS

RNG = np.random.default_rng(11)
N = 300
TRUTH = RNG.gamma(2.0, 2.0, N).round(2) + 0.1
SAID = np.abs(TRUTH + RNG.normal(0, 1, N)).round(1) + 0.1
BINARY = (RNG.random(N) < 0.3).astype(int)
SCORE = np.clip(0.3 * BINARY + RNG.random(N) * 0.7, 0.001, 0.999).round(2)
CALL = (SCORE > 0.5).astype(int)
CLASSES = RNG.choice(4, N, p=[0.1, 0.2, 0.3, 0.4])
MATRIX = RNG.dirichlet((1, 1, 1, 1), N) + 0.7 * np.eye(4)[CLASSES]
MATRIX /= MATRIX.sum(axis=1, keepdims=True)
PICK = MATRIX.argmax(axis=1)
COUNTS = RNG.integers(0, 4, N)
WEIGHTS = RNG.random(N)
SCORERS = reference.get_scorer_names()
MAPPED = [name for name in SCORERS if lookup(name) is not None]
MULTICLASS_ROC = {"roc_auc": {"multi_class": "ovr"}}


def rows_for(name: str) -> list[tuple[np.ndarray[Any, Any], dict[str, Any]]]:
    """The truth and the predictions of each task that scorer and metric share."""
    metric = find_metric(name)
    scorer = reference.get_scorer(name)
    only_binary = scorer._kwargs.get("average") == "binary" or name == "d2_brier_score"
    found: list[tuple[np.ndarray[Any, Any], dict[str, Any]]] = []
    if "regression" in metric.tasks:
        found.append((TRUTH, {"y_pred": SAID}))
    if "binary" in metric.tasks:
        said = {"scores": SCORE} if metric.needs == "scores" else {"y_pred": CALL}
        found.append((BINARY, said))
    if "multiclass" in metric.tasks and not only_binary:
        said = {"scores": MATRIX} if metric.needs == "scores" else {"y_pred": PICK}
        found.append((CLASSES, said))
    return found


def reference_value(
    name: str, truth: np.ndarray[Any, Any], said: np.ndarray[Any, Any], **extra: Any
) -> float:
    scorer = reference.get_scorer(name)
    several = MULTICLASS_ROC.get(name, {}) if said.ndim == 2 else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(scorer._score_func(truth, said, **scorer._kwargs, **several, **extra))


@pytest.mark.parametrize("name", SCORERS)
def test_every_scorer_is_a_metric_or_says_why_not(name: str) -> None:
    if lookup(name) is not None:
        assert no_metric(name) is None
        return
    with pytest.raises(UsageError) as refusal:
        find_metric(name)
    other = no_metric(name)
    assert other is not None
    assert refusal.value.what == f"{name} is no metric here: {other.why}"
    assert refusal.value.fix


def test_only_groupings_and_several_labels_are_refused() -> None:
    refused = {name for name in SCORERS if lookup(name) is None}
    assert refused == {
        "adjusted_mutual_info_score",
        "adjusted_rand_score",
        "completeness_score",
        "f1_samples",
        "fowlkes_mallows_score",
        "homogeneity_score",
        "jaccard_samples",
        "mutual_info_score",
        "normalized_mutual_info_score",
        "precision_samples",
        "rand_score",
        "recall_samples",
        "v_measure_score",
    }


@pytest.mark.parametrize("name", MAPPED)
def test_it_is_the_scorers_number(name: str) -> None:
    for truth, said in rows_for(name):
        (values,) = said.values()
        expected = reference_value(name, truth, values)
        assert math.isfinite(expected)
        assert compute(name, truth, **said) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", MAPPED)
def test_a_weight_is_a_number_of_copies(name: str) -> None:
    for truth, said in rows_for(name):
        (values,) = said.values()
        expected = reference_value(
            name, np.repeat(truth, COUNTS), np.repeat(values, COUNTS, axis=0)
        )
        assert compute(name, truth, weights=COUNTS, **said) == pytest.approx(expected, rel=1e-9)


def takes_weights(name: str) -> bool:
    function = reference.get_scorer(name)._score_func
    return "sample_weight" in inspect.signature(function).parameters


@pytest.mark.parametrize("name", [name for name in MAPPED if takes_weights(name)])
def test_weights_that_are_no_whole_numbers_count_as_in_the_reference(name: str) -> None:
    for truth, said in rows_for(name):
        (values,) = said.values()
        if "ovo" in name and values.ndim == 2:
            continue  # the reference takes none over pairs
        expected = reference_value(name, truth, values, sample_weight=WEIGHTS)
        assert compute(name, truth, weights=WEIGHTS, **said) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", MAPPED)
def test_the_sign_of_the_scorer_is_the_direction(name: str) -> None:
    positive = reference.get_scorer(name)._sign > 0
    assert find_metric(name).direction == ("higher" if positive else "lower")


@pytest.mark.parametrize("name", TORCHMETRICS)
def test_every_name_of_torchmetrics_is_known(name: str) -> None:
    assert (lookup(name) is None) != (no_metric(name) is None)


@pytest.mark.parametrize(
    ("theirs", "registered"),
    [
        ("MeanSquaredLogError", "msle"),
        ("PearsonCorrCoef", "pearson"),
        ("pearson_corrcoef", "pearson"),
        ("ConcordanceCorrCoef", "concordance"),
        ("BinaryF1Score", "f1"),
        ("MulticlassPrecision", "precision_macro"),
        ("multiclass_recall", "balanced_accuracy"),
        ("MulticlassSpecificity", "specificity_macro"),
        ("BinaryMatthewsCorrCoef", "matthews_corrcoef"),
        ("AUROC", "roc_auc"),
        ("binary_average_precision", "average_precision"),
    ],
)
def test_their_defaults_decide_what_a_name_means(theirs: str, registered: str) -> None:
    assert find_metric(theirs).name == registered


FORMULAS = {
    "smape": lambda y, p: np.mean(2 * np.abs(y - p) / (np.abs(y) + np.abs(p))),
    "wmape": lambda y, p: np.abs(y - p).sum() / np.abs(y).sum(),
    "log_cosh": lambda y, p: np.mean(np.log(np.cosh(y - p))),
    "relative_squared_error": lambda y, p: ((y - p) ** 2).sum() / ((y - y.mean()) ** 2).sum(),
    "pearson": lambda y, p: np.corrcoef(y, p)[0, 1],
    "spearman": lambda y, p: np.corrcoef(_ranks(y), _ranks(p))[0, 1],
    "concordance": lambda y, p: (
        2
        * np.mean((y - y.mean()) * (p - p.mean()))
        / (y.var() + p.var() + (y.mean() - p.mean()) ** 2)
    ),
}


def _ranks(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    from scipy.stats import rankdata

    ranks: np.ndarray[Any, Any] = rankdata(values)
    return ranks


@pytest.mark.parametrize("name", FORMULAS)
def test_what_scikit_learn_lacks_is_the_textbook_formula(name: str) -> None:
    assert compute(name, TRUTH, SAID) == pytest.approx(FORMULAS[name](TRUTH, SAID))
    again = FORMULAS[name](np.repeat(TRUTH, COUNTS), np.repeat(SAID, COUNTS))
    assert compute(name, TRUTH, SAID, weights=COUNTS) == pytest.approx(again)


def test_specificity_is_the_recall_of_the_other_class() -> None:
    assert compute("specificity", BINARY, CALL) == pytest.approx(
        reference.recall_score(BINARY, CALL, pos_label=0)
    )


def test_every_metric_lies_in_its_range_and_has_a_source() -> None:
    for metric in CATALOGUE:
        assert metric.low < metric.high
        assert metric.source
        assert metric.title
        for task in metric.tasks:
            truth, values = {
                "regression": (TRUTH, SAID),
                "binary": (BINARY, SCORE if metric.needs == "scores" else CALL),
                "multiclass": (CLASSES, MATRIX if metric.needs == "scores" else PICK),
            }[task]
            said = {"scores" if metric.needs == "scores" else "y_pred": values}
            assert metric.low <= compute(metric.name, truth, **said) <= metric.high


@pytest.mark.parametrize("name", ["msle", "rmsle", "poisson_deviance", "gamma_deviance"])
def test_a_metric_outside_its_domain_is_undefined(name: str) -> None:
    assert math.isnan(compute(name, TRUTH, SAID - 5))
    assert find_metric(name).misfits(["negative"])


def test_a_class_that_is_nowhere_does_not_count() -> None:
    known = (0, 1, 2, 3, 4)
    assert compute("f1_macro", CLASSES, PICK, classes=known) == pytest.approx(
        reference.f1_score(CLASSES, PICK, average="macro")
    )
