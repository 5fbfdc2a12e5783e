"""The metrics of predicted classes and class scores, as a table. Light at import.

Names of other libraries stand beside the quantity they compute with their default
arguments; a class and a function of one quantity differ only in case and underscores, and
are written once. One label a row makes several names one quantity: every micro average of
precision, recall and F1, and the weighted recall, are the accuracy.
"""

from __future__ import annotations

import math

from grd_core.statistics.metrics_entry import Direction, Metric, Needs, Task, Unfit

_INF = math.inf
_BINARY: tuple[Task, ...] = ("binary",)
_SEVERAL: tuple[Task, ...] = ("multiclass",)
_ANY: tuple[Task, ...] = ("binary", "multiclass")

_MAJORITY = (
    Unfit(
        "imbalanced",
        "always naming the majority class scores well; use balanced_accuracy, "
        "average_precision or log_loss",
    ),
)
_MANY_NEGATIVES = (
    Unfit("imbalanced", "the many negatives hide false alarms; average_precision shows them"),
)
_SHARES = (
    Unfit("imbalanced", "classes weigh by their size, so the majority decides; use {}_macro"),
)
_COUNTS = "Sokolova & Lapalme 2009, Information Processing & Management 45:427-437"
_RIJSBERGEN = "van Rijsbergen 1979, Information Retrieval, ch. 7"
_JACCARD = "Jaccard 1901, Bulletin de la Société vaudoise des sciences naturelles 37:547-579"
_HAND_TILL = "Hand & Till 2001, Machine Learning 45:171-186"
_FAWCETT = "Fawcett 2006, Pattern Recognition Letters 27:861-874"


def _metric(
    name: str,
    title: str,
    direction: Direction,
    low: float,
    high: float,
    tasks: tuple[Task, ...],
    needs: Needs,
    source: str,
    aliases: tuple[str, ...] = (),
    unfit: tuple[Unfit, ...] = (),
    caution: str = "",
) -> Metric:
    return Metric(name, title, direction, low, high, tasks, needs, aliases, source, unfit, caution)


def _share(
    name: str,
    title: str,
    tasks: tuple[Task, ...],
    source: str,
    aliases: tuple[str, ...] = (),
    unfit: tuple[Unfit, ...] = (),
) -> Metric:
    """A share of rows or classes, in [0, 1], higher is better, from predicted classes."""
    return _metric(name, title, "higher", 0.0, 1.0, tasks, "labels", source, aliases, unfit)


def _weighted(of: str, title: str, source: str) -> Metric:
    unfit = tuple(Unfit(one.distribution, one.why.format(of)) for one in _SHARES)
    name = f"{of}_weighted"
    return _share(name, f"mean {title} of the classes, by their size", _ANY, source, (), unfit)


OF_LABELS: tuple[Metric, ...] = (
    _share(
        "accuracy",
        "share of rows classified correctly",
        _ANY,
        _COUNTS,
        (
            "accuracy_score",
            "BinaryAccuracy",
            "acc",
            "f1_micro",
            "precision_micro",
            "recall_micro",
            "recall_weighted",
        ),
        _MAJORITY,
    ),
    _share(
        "balanced_accuracy",
        "mean recall over the classes",
        _ANY,
        "Brodersen et al. 2010, ICPR 3121-3124",
        (
            "balanced_accuracy_score",
            "MulticlassAccuracy",
            "MulticlassRecall",
            "macro_recall",
            "recall_macro",
        ),
    ),
    _share(
        "f1",
        "F1 of the positive class; over several classes their unweighted mean",
        _ANY,
        _RIJSBERGEN,
        ("f1_score", "BinaryF1Score", "MulticlassF1Score"),
    ),
    _share("f1_macro", "mean F1 of the classes", _ANY, _RIJSBERGEN, ("macro_f1",)),
    _weighted("f1", "F1", _RIJSBERGEN),
    _share(
        "precision",
        "share of the rows called positive that are",
        _BINARY,
        _COUNTS,
        ("precision_score", "BinaryPrecision", "positive_predictive_value"),
    ),
    _share(
        "precision_macro",
        "mean precision of the classes",
        _ANY,
        _COUNTS,
        ("macro_precision", "MulticlassPrecision"),
    ),
    _weighted("precision", "precision", _COUNTS),
    _share(
        "recall",
        "share of the positive rows called so",
        _BINARY,
        _COUNTS,
        ("recall_score", "BinaryRecall", "sensitivity", "true_positive_rate"),
    ),
    _share(
        "specificity",
        "share of the negative rows called so",
        _BINARY,
        "Yerushalmy 1947, Public Health Reports 62:1432-1449",
        ("BinarySpecificity", "true_negative_rate"),
        (
            Unfit(
                "imbalanced",
                "where negatives are the majority, always naming them scores 1; register "
                "recall beside it, or use balanced_accuracy",
            ),
        ),
    ),
    _share(
        "specificity_macro",
        "mean specificity of the classes",
        _ANY,
        _COUNTS,
        ("MulticlassSpecificity",),
    ),
    _share(
        "jaccard",
        "rows rightly called positive among those that are or are called so",
        _BINARY,
        _JACCARD,
        ("jaccard_score", "BinaryJaccardIndex"),
    ),
    _share(
        "jaccard_macro",
        "mean Jaccard index of the classes",
        _ANY,
        _JACCARD,
        ("JaccardIndex", "MulticlassJaccardIndex", "mean_iou", "miou"),
    ),
    _share(
        "jaccard_micro",
        "Jaccard index of all classes together",
        _ANY,
        _JACCARD,
        (),
        (Unfit("imbalanced", "the majority class decides it; use jaccard_macro"),),
    ),
    _weighted("jaccard", "Jaccard index", _JACCARD),
    _metric(
        "hamming",
        "share of rows classified wrongly",
        "lower",
        0.0,
        1.0,
        _ANY,
        "labels",
        "Hamming 1950, Bell System Technical Journal 29:147-160",
        ("hamming_loss", "hamming_distance", "BinaryHammingDistance", "zero_one_loss"),
        _MAJORITY,
    ),
    _metric(
        "matthews_corrcoef",
        "correlation of true and predicted classes",
        "higher",
        -1.0,
        1.0,
        _ANY,
        "labels",
        "Gorodkin 2004, Computational Biology and Chemistry 28:367-374",
        ("BinaryMatthewsCorrCoef", "MulticlassMatthewsCorrCoef", "mcc", "phi"),
    ),
    _metric(
        "cohen_kappa",
        "agreement beyond chance of true and predicted classes",
        "higher",
        -1.0,
        1.0,
        _ANY,
        "labels",
        "Cohen 1960, Educational and Psychological Measurement 20:37-46",
        ("cohen_kappa_score", "BinaryCohenKappa", "MulticlassCohenKappa", "kappa"),
    ),
    _metric(
        "positive_likelihood_ratio",
        "how much a positive call raises the odds of the positive class",
        "higher",
        0.0,
        _INF,
        _BINARY,
        "labels",
        "Deeks & Altman 2004, BMJ 329:168-169",
        ("lr_plus",),
        (),
        "it is undefined without a false alarm: a very good model has no interval",
    ),
    _metric(
        "negative_likelihood_ratio",
        "how much a negative call leaves of the odds of the positive class",
        "lower",
        0.0,
        _INF,
        _BINARY,
        "labels",
        "Deeks & Altman 2004, BMJ 329:168-169",
        ("neg_negative_likelihood_ratio", "lr_minus"),
        (),
        "it is undefined where no negative row is called so",
    ),
)
"""Metrics of predicted classes, the usual ones first."""

OF_SCORES: tuple[Metric, ...] = (
    _metric(
        "roc_auc",
        "area under the ROC curve; over several classes the mean of one against the rest",
        "higher",
        0.0,
        1.0,
        _ANY,
        "scores",
        "Hanley & McNeil 1982, Radiology 143:29-36",
        ("roc_auc_score", "roc_auc_ovr", "AUROC", "BinaryAUROC", "MulticlassAUROC", "auc"),
        _MANY_NEGATIVES,
    ),
    _metric(
        "average_precision",
        "area under the precision-recall curve, as a step sum",
        "higher",
        0.0,
        1.0,
        _ANY,
        "scores",
        "Davis & Goadrich 2006, ICML 233-240",
        (
            "average_precision_score",
            "BinaryAveragePrecision",
            "MulticlassAveragePrecision",
            "pr_auc",
            "auprc",
        ),
    ),
    _metric(
        "log_loss",
        "mean negative log-likelihood of the true class",
        "lower",
        0.0,
        _INF,
        _ANY,
        "scores",
        "Good 1952, Journal of the Royal Statistical Society B 14:107-114",
        ("neg_log_loss", "cross_entropy", "binary_crossentropy"),
    ),
    _metric(
        "brier",
        "mean squared error of the class probabilities",
        "lower",
        0.0,
        2.0,
        _ANY,
        "scores",
        "Brier 1950, Monthly Weather Review 78:1-3",
        ("brier_score", "brier_score_loss", "neg_brier_score"),
    ),
    _metric(
        "roc_auc_ovr_weighted",
        "area under the ROC curve of one class against the rest, by class size",
        "higher",
        0.0,
        1.0,
        _SEVERAL,
        "scores",
        _FAWCETT,
        (),
        _MANY_NEGATIVES,
    ),
    _metric(
        "roc_auc_ovo",
        "area under the ROC curve, mean over the pairs of classes",
        "higher",
        0.0,
        1.0,
        _SEVERAL,
        "scores",
        _HAND_TILL,
    ),
    _metric(
        "roc_auc_ovo_weighted",
        "area under the ROC curve over the pairs of classes, by their size",
        "higher",
        0.0,
        1.0,
        _SEVERAL,
        "scores",
        "Ferri, Hernández-Orallo & Modroiu 2009, Pattern Recognition Letters 30:27-38",
        (),
        (Unfit("imbalanced", "pairs weigh by their size; use roc_auc_ovo"),),
    ),
    _metric(
        "d2_log_loss",
        "share of the log loss of the class frequencies that is explained",
        "higher",
        -_INF,
        1.0,
        _ANY,
        "scores",
        "McFadden 1974, in Frontiers in Econometrics, 105-142",
        ("d2_log_loss_score",),
    ),
    _metric(
        "d2_brier",
        "share of the Brier score of the class frequencies that is explained",
        "higher",
        -_INF,
        1.0,
        _ANY,
        "scores",
        "Brier & Allen 1951, in Compendium of Meteorology, 841-848",
        ("d2_brier_score", "brier_skill_score"),
    ),
    _metric(
        "top_k_accuracy",
        "share of rows whose class has one of the two highest scores",
        "higher",
        0.0,
        1.0,
        _SEVERAL,
        "scores",
        "Russakovsky et al. 2015, International Journal of Computer Vision 115:211-252",
        ("top_k_accuracy_score", "top_2_accuracy"),
        _MAJORITY,
    ),
)
"""Metrics of class scores, the usual ones first."""
