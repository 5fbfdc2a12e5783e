"""Names of classes and functions of libraries, by what they are."""

from __future__ import annotations

# Evaluating methods that return a score, not predictions.
SCORING = frozenset({"score", "evaluate", "evaluate_generator"})
# Functions that compare predictions with a target, wherever they come from.
METRICS = frozenset(
    {
        "accuracy_score",
        "auc",
        "average_precision_score",
        "balanced_accuracy_score",
        "classification_report",
        "cohen_kappa_score",
        "confusion_matrix",
        "explained_variance_score",
        "f1_score",
        "fbeta_score",
        "log_loss",
        "matthews_corrcoef",
        "max_error",
        "mean_absolute_error",
        "mean_absolute_percentage_error",
        "mean_squared_error",
        "mean_squared_log_error",
        "median_absolute_error",
        "precision_recall_curve",
        "precision_score",
        "r2_score",
        "recall_score",
        "roc_auc_score",
        "roc_curve",
        "root_mean_squared_error",
    }
)
# Splitters that older releases iterate over directly.
SPLITTERS = frozenset(
    {
        "KFold",
        "LabelKFold",
        "LabelShuffleSplit",
        "LeaveOneOut",
        "LeavePOut",
        "ShuffleSplit",
        "StratifiedKFold",
        "StratifiedShuffleSplit",
    }
)
# How the names of splitters end: what these split are rows, even where only counted.
SPLITTER_ENDINGS = ("Fold", "FoldCV", "ShuffleSplit", "SeriesSplit", "LeaveOneOut")
# Contexts in which calls of a network are a step of its training.
TAPES = frozenset({"GradientTape"})
# Samplers that only leave rows out.
UNDERSAMPLERS = frozenset(
    {
        "AllKNN",
        "CondensedNearestNeighbour",
        "EditedNearestNeighbours",
        "InstanceHardnessThreshold",
        "NearMiss",
        "NeighbourhoodCleaningRule",
        "OneSidedSelection",
        "RandomUnderSampler",
        "RepeatedEditedNearestNeighbours",
        "TomekLinks",
    }
)
# Models that may be given the rows and the target in one argument.
FED_TOGETHER = frozenset(
    {
        "Booster",
        "Functional",
        "GLM",
        "GLS",
        "Learner",
        "Logit",
        "MNLogit",
        "Model",
        "NeuralNetClassifier",
        "NeuralNetRegressor",
        "OLS",
        "Probit",
        "Prophet",
        "RLM",
        "Sequential",
        "TabularPredictor",
        "Trainer",
        "WLS",
        "estimator",
    }
)
# Functions that keep predictions beside other columns, or write them down.
STORING = frozenset(
    {"c_", "column_stack", "dstack", "hstack", "save", "savetxt", "savez", "writerow"}
)
# Objects that score predictions they are given, with the target among their columns.
EVALUATORS = frozenset(
    {
        "BinaryClassificationEvaluator",
        "MulticlassClassificationEvaluator",
        "MultilabelClassificationEvaluator",
        "RegressionEvaluator",
    }
)
# Estimators whose predictions are not compared with a target.
UNSUPERVISED = frozenset(
    {
        "AgglomerativeClustering",
        "BayesianGaussianMixture",
        "Birch",
        "BisectingKMeans",
        "DBSCAN",
        "EllipticEnvelope",
        "FactorAnalysis",
        "GaussianMixture",
        "HDBSCAN",
        "IsolationForest",
        "KMeans",
        "KModes",
        "KPrototypes",
        "KernelDensity",
        "LatentDirichletAllocation",
        "LocalOutlierFactor",
        "MeanShift",
        "MiniBatchKMeans",
        "NMF",
        "NearestNeighbors",
        "OPTICS",
        "OneClassSVM",
        "PCA",
        "SpectralClustering",
        "Word2Vec",
    }
)


def is_metric(symbol: str) -> bool:
    """True for a function that compares predictions with a target, or hands them on for that."""
    if symbol.startswith(("sklearn.metrics.", "grd_log.predict")):
        return True
    return symbol.rpartition(".")[2] in METRICS
