"""What calls leave of a column or a prediction, as sets of names: see `library` for the rest."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Functions and methods that make each number of the same number: columns stay what they are.
ELEMENTWISE = _words(
    "abs absolute astype sqrt square log log2 log10 log1p exp expm1 sin cos tanh sign floor "
    "ceil rint round clip fillna replace isna isnull notna notnull to_numpy ravel flatten "
    "reshape squeeze copy tolist numpy cpu detach to_numeric to_datetime array asarray add sub "
    "mul div power float int long eq ne gt ge lt le between isin where"
)
# Methods that change, move or take away rows, and no columns.
ROW_METHODS = _words(
    "dropna sort_values sort_index drop_duplicates reset_index infer_objects convert_dtypes "
    "ffill bfill interpolate set_index"
)
# What makes classes of a model's scores.
CLASSES_OF_SCORES = _words("argmax round rint")

# Methods that predict, and those whose predictions are no classes.
PREDICTING = _words("predict")
CLASSIFYING = _words("predict_classes")
SCORING = _words(
    "predict_proba predict_log_proba decision_function score_samples staged_predict_proba"
)
# Models that predict classes.
CLASSIFIER_ENDINGS = ("Classifier", "ClassifierCV")
CLASSIFIERS = _words(
    "LogisticRegression LogisticRegressionCV SVC LinearSVC NuSVC GaussianNB MultinomialNB "
    "BernoulliNB ComplementNB CategoricalNB Perceptron NearestCentroid LabelPropagation "
    "LabelSpreading LinearDiscriminantAnalysis QuadraticDiscriminantAnalysis"
)
# Classifiers that always have `predict_proba`.
WITH_PROBABILITIES = _words(
    "LogisticRegression LogisticRegressionCV GaussianNB MultinomialNB BernoulliNB ComplementNB "
    "RandomForestClassifier ExtraTreesClassifier GradientBoostingClassifier "
    "HistGradientBoostingClassifier DecisionTreeClassifier KNeighborsClassifier MLPClassifier "
    "LinearDiscriminantAnalysis QuadraticDiscriminantAnalysis XGBClassifier LGBMClassifier "
    "CatBoostClassifier AdaBoostClassifier GaussianProcessClassifier"
)
# A splitter that splits once: what it makes are no folds.
ONCE = "<once>"
# A class of the program itself, which may do anything.
OWN = "<own>"
# Steps of a pipeline that may leave out columns.
SELECTING = _words(
    "ColumnTransformer make_column_transformer FeatureUnion make_union FunctionTransformer "
    "DataFrameMapper ColumnSelector SelectColumns DropFeatures DropColumns TableVectorizer "
    "ItemSelector DataFrameSelector SelectDtypes estimator"
) | {OWN}


# Regressors of Spark, which predict by `transform`.
REGRESSOR_ENDINGS = ("Regressor", "Regression")


def is_predictor(name: str) -> bool:
    """True for a class that is known to predict."""
    return is_classifier(name) or name.endswith(REGRESSOR_ENDINGS)


def is_classifier(name: str) -> bool:
    """True for a class known to predict classes."""
    return name.endswith(CLASSIFIER_ENDINGS) or name in CLASSIFIERS
