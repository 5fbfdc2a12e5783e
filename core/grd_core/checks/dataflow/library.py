"""What is known about libraries, as rows of a table: a call's name and its effect.

Adding a library is adding rows. A function is found by its dotted name, or by its last
part where the import cannot be resolved; a method by its name alone, since no types are
known. What is in no table passes on whatever its arguments carry.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from grd_core.checks.contract import KnownCall


class Effect(Enum):
    """What a call does to rows and to what is known about them."""

    READ = auto()  # rows from outside
    PARTS = auto()  # tables by name, such as «train» and «test»
    PATH = auto()  # the name of a file, made of names
    SPLIT = auto()  # each argument is cut into the same parts
    CONCAT = auto()  # rows of several values, one below the other
    REPEAT = auto()  # every row, some of them more than once
    DRAW = auto()  # rows drawn with replacement, or numbers that pick such rows
    STATISTIC = auto()  # a number over all rows, without rows of its own
    STATISTIC_IN_ROWS = auto()  # the same rows, each changed by a statistic of all
    FRESH = auto()  # rows made up by a generator of random numbers
    COUNT = auto()  # about the container, not about its rows
    INDICES = auto()  # numbers that pick rows
    TRAIN = auto()  # a function that trains and returns a model
    CROSS_VALIDATE = auto()  # trains and evaluates on parts of the same rows
    CURVE = auto()  # scores at every cutoff of labels: what is picked there is fitted to them
    PIPELINE = auto()  # an estimator made of estimators
    ZIP = auto()
    MAP = auto()  # calls its first argument on each item of the others
    ENUMERATE = auto()
    NEXT = auto()
    ITSELF = auto()  # the same object in another container
    DICT = auto()
    FIT = auto()
    FIT_TRANSFORM = auto()
    FIT_PREDICT = auto()
    TRANSFORM = auto()
    PREDICT = auto()
    RESAMPLE = auto()  # returns (X, y) again, with other rows
    LEAVE_OUT = auto()  # returns some of the rows of each argument
    FOLDS = auto()  # yields (train indices, test indices)
    GROUPS = auto()
    WINDOW = auto()
    PART = auto()  # some of the rows
    APPLY = auto()  # calls its argument on parts of the receiver
    SUBSET = auto()  # the rows of the first argument that the second one picks
    LOADER = auto()  # the rows of the first argument, or those its sampler picks
    BATCHES = auto()  # the rows of the first argument, some at a time
    WEIGHTS = auto()  # what an optimiser asks a network for
    BACKWARD = auto()  # weights learn from a loss
    MUTATE = auto()  # stores its arguments in the receiver
    DROP = auto()
    REMOVE = auto()  # takes an item out of the receiver
    ASSIGN = auto()
    MERGE = auto()
    ITEMS = auto()
    JUDGE = auto()  # scores the model in the first argument on the rows in the second
    SAVE = auto()  # writes a model to a file
    LOAD = auto()  # reads a model that was written, or rows from outside
    EACH_ROW = auto()  # iterates single rows
    IN_ORDER = auto()  # each row from itself and earlier rows


@dataclass(frozen=True, slots=True)
class Known:
    """One row: the call `name`, in these packages (any if empty), has this effect.

    `data` and `target` are the positions of the arguments with the rows and the target.
    """

    name: str
    effect: Effect
    packages: tuple[str, ...] = ()
    data: int = 0
    target: int = -1
    supervised: bool = False


def _rows(effect: Effect, names: str, *packages: str) -> tuple[Known, ...]:
    return tuple(Known(name, effect, packages) for name in names.split())


_READERS = (
    "read_csv read_parquet read_excel read_json read_feather read_hdf read_pickle read_sql "
    "read_table read_sql_query read_fwf read_orc read_stata read_sas scan_csv scan_parquet "
    "read_ipc read_database loadtxt genfromtxt load_dataset fetch_openml "
    "fetch_california_housing fetch_20newsgroups fetch_covtype fetch_lfw_people "
    "fetch_olivetti_faces fetch_rcv1 fetch_kddcup99 load_iris load_digits load_wine "
    "load_breast_cancer load_diabetes load_boston load_linnerud load_files load_data "
    "make_classification make_regression make_blobs make_moons make_circles "
    "make_multilabel_classification make_friedman1 make_s_curve make_swiss_roll "
    "load_svmlight_file memmap fromfile TabularDataset"
)
_NUMPY_STATISTICS = (
    "mean median std var nanmean nanmedian nanstd nanvar average percentile quantile "
    "nanpercentile nanquantile min max amin amax nanmin nanmax ptp corrcoef cov histogram "
    "histogram_bin_edges bincount sum nansum"
)
_SCIPY_STATISTICS = (
    "pearsonr spearmanr kendalltau ttest_ind f_oneway chi2_contingency boxcox_normmax "
    "pointbiserialr mannwhitneyu"
)

_SCORES = (
    "chi2",
    "f_classif",
    "f_regression",
    "r_regression",
    "mutual_info_classif",
    "mutual_info_regression",
)
_ARRAYS = ("pandas", "numpy", "polars", "torch", "scipy", "dask", "tensorflow", "jax")

FUNCTIONS: tuple[Known, ...] = (
    *_rows(Effect.PARTS, "load_dataset load_from_disk", "datasets"),
    *_rows(Effect.PARTS, "load", "tensorflow_datasets", "numpy"),
    *_rows(Effect.PARTS, "loadmat", "scipy"),
    *_rows(Effect.PARTS, "File", "h5py"),
    *_rows(Effect.READ, _READERS),
    *_rows(Effect.READ, "load", "pickle"),
    *_rows(Effect.LOAD, "load", "joblib"),
    *_rows(Effect.LOAD, "load_model"),
    *_rows(Effect.SAVE, "dump", "joblib"),
    *_rows(Effect.SAVE, "save_model"),
    *_rows(Effect.PATH, "join", "os", "posixpath", "ntpath"),
    *_rows(Effect.READ, "open", "builtins", "io", "codecs", "gzip"),
    *_rows(Effect.SPLIT, "train_test_split random_split train_val_split"),
    *_rows(Effect.CONCAT, "concat concatenate vstack row_stack append ConcatDataset", *_ARRAYS),
    Known("cat", Effect.CONCAT, ("torch",)),
    Known("concat", Effect.CONCAT, ("tensorflow",)),
    *_rows(Effect.REPEAT, "repeat tile", "numpy", "tensorflow", "jax"),
    *_rows(Effect.REPEAT, "repeat_interleave", "torch"),
    Known("resample", Effect.DRAW, ("sklearn",)),
    Known("make_imbalance", Effect.LEAVE_OUT, ("imblearn",)),
    *_rows(Effect.DRAW, "choice randint", "numpy"),
    *_rows(Effect.DRAW, "choices", "random"),
    *_rows(Effect.STATISTIC, _NUMPY_STATISTICS, "numpy", "torch", "tensorflow", "jax", "scipy"),
    *_rows(Effect.STATISTIC, _SCIPY_STATISTICS),
    *_rows(Effect.STATISTIC, "pivot_table crosstab", "pandas"),
    *_rows(Effect.STATISTIC, "Counter FreqDist", "collections", "nltk"),
    *_rows(Effect.STATISTIC_IN_ROWS, "qcut cut", "pandas"),
    *_rows(
        Effect.STATISTIC_IN_ROWS,
        "zscore rankdata boxcox yeojohnson winsorize",
        "scipy",
    ),
    *_rows(
        Effect.STATISTIC_IN_ROWS,
        "scale minmax_scale robust_scale maxabs_scale quantile_transform power_transform",
        "sklearn",
    ),
    *(Known(name, Effect.STATISTIC, data=0, target=1, supervised=True) for name in _SCORES),
    *_rows(
        Effect.COUNT,
        "len print isinstance type id hash hasattr callable input isnull str repr shape ndim size",
        "builtins",
        "numpy",
    ),
    *_rows(Effect.INDICES, "permutation arange where nonzero flatnonzero argsort", "numpy"),
    *_rows(Effect.INDICES, "randperm", "torch"),
    *_rows(Effect.INDICES, "range", "builtins"),
    *_rows(Effect.ZIP, "zip", "builtins"),
    *_rows(Effect.MAP, "map", "builtins"),
    *_rows(Effect.ENUMERATE, "enumerate", "builtins"),
    *_rows(Effect.NEXT, "next", "builtins"),
    *_rows(Effect.ITSELF, "list tuple iter reversed sorted set", "builtins"),
    *_rows(Effect.ITSELF, "tqdm deepcopy"),
    *_rows(Effect.ITSELF, "SubsetRandomSampler DataParallel", "torch"),
    Known("Subset", Effect.SUBSET, ("torch",)),
    Known("DataLoader", Effect.LOADER, ("torch", "torch_geometric")),
    *_rows(Effect.DICT, "dict", "builtins"),
    Known("train", Effect.TRAIN, ("xgboost", "lightgbm", "catboost"), data=1),
    Known("train", Effect.TRAIN, ("nltk",)),
    *_rows(
        Effect.CROSS_VALIDATE,
        "cross_val_score cross_validate cross_val_predict learning_curve validation_curve "
        "permutation_test_score",
    ),
    *_rows(
        Effect.JUDGE,
        "from_estimator plot_roc_curve plot_confusion_matrix plot_precision_recall_curve "
        "plot_det_curve",
        "sklearn",
    ),
    *_rows(Effect.JUDGE, "accuracy", "nltk"),
    *_rows(Effect.CURVE, "roc_curve precision_recall_curve det_curve"),
    *_rows(
        Effect.PIPELINE,
        "make_pipeline Pipeline ColumnTransformer make_column_transformer FeatureUnion make_union "
        "TransformedTargetRegressor GridSearchCV RandomizedSearchCV HalvingGridSearchCV "
        "HalvingRandomSearchCV BayesSearchCV CalibratedClassifierCV BaggingClassifier "
        "BaggingRegressor OneVsRestClassifier OneVsOneClassifier VotingClassifier "
        "VotingRegressor StackingClassifier StackingRegressor MultiOutputClassifier "
        "MultiOutputRegressor",
    ),
)

_FRAME_STATISTICS = (
    "mean median std var min max quantile mode sum prod describe corr cov skew kurt kurtosis "
    "value_counts sem mad corrwith agg aggregate pivot_table idxmax idxmin count "
    "approx_quantile null_count ptp"
)
METHODS: tuple[Known, ...] = (
    *_rows(Effect.FIT, "fit partial_fit fit_generator fit_one_cycle adapt train fit_on_texts"),
    *_rows(Effect.FIT_TRANSFORM, "fit_transform"),
    *_rows(Effect.FIT_PREDICT, "fit_predict"),
    *_rows(Effect.TRANSFORM, "transform inverse_transform texts_to_sequences texts_to_matrix"),
    *_rows(
        Effect.PREDICT,
        "predict predict_proba predict_log_proba decision_function score evaluate "
        "predict_classes predict_generator evaluate_generator staged_predict score_samples",
    ),
    *_rows(Effect.SAVE, "save save_model"),
    *_rows(Effect.RESAMPLE, "fit_resample fit_sample"),
    *_rows(Effect.REPEAT, "repeat repeat_interleave"),
    *_rows(Effect.DRAW, "choice"),
    *_rows(
        Effect.FRESH,
        "uniform normal randn rand standard_normal multivariate_normal random_sample binomial "
        "poisson exponential",
    ),
    *_rows(Effect.ITSELF, "to cuda cpu float double half eval"),
    *_rows(Effect.BATCHES, "flow flow_from_dataframe"),
    *_rows(Effect.WEIGHTS, "parameters named_parameters"),
    *_rows(Effect.BACKWARD, "backward manual_backward"),
    *_rows(Effect.FOLDS, "split"),
    *_rows(Effect.SPLIT, "random_split randomSplit"),
    *_rows(Effect.PARTS, "train_test_split"),
    *_rows(Effect.GROUPS, "groupby resample group_by groupBy"),
    *_rows(Effect.WINDOW, "rolling expanding ewm"),
    *_rows(Effect.STATISTIC, _FRAME_STATISTICS),
    *_rows(Effect.STATISTIC_IN_ROWS, "rank"),
    *_rows(
        Effect.PART,
        "sample head tail query nlargest nsmallest slice limit take skip shard truncate "
        "between_time at_time xs get_group subset",
    ),
    *_rows(Effect.EACH_ROW, "iterrows itertuples iter_rows"),
    *_rows(Effect.APPLY, "apply map applymap pipe map_elements"),
    *_rows(Effect.MUTATE, "append extend insert update add appendleft setdefault"),
    *_rows(Effect.DROP, "drop pop"),
    *_rows(Effect.REMOVE, "remove discard"),
    *_rows(Effect.ASSIGN, "assign with_columns"),
    *_rows(Effect.MERGE, "merge join"),
    *_rows(Effect.CONCAT, "vstack union unionAll concatenate"),
    *_rows(Effect.ITEMS, "items values keys"),
    *_rows(
        Effect.COUNT,
        "info nunique unique to_csv to_parquet to_pickle summary get_params memory_usage plot "
        "hist boxplot",
    ),
    *_rows(
        Effect.IN_ORDER,
        "shift diff pct_change cumsum cumprod cummax cummin cumcount ffill pad bfill backfill "
        "interpolate ngroup",
    ),
)

# Attributes that tell nothing about the values in the rows.
NEUTRAL_ATTRIBUTES = frozenset(
    {"shape", "dtypes", "dtype", "size", "ndim", "empty", "feature_names", "target_names"}
)
# Attributes that are the same data in another container.
VIEW_ATTRIBUTES = frozenset(
    {"values", "T", "str", "dt", "cat", "data", "loc", "iloc", "at", "iat", "ix", "array"}
)

# Attributes of a column whose methods work on each element of it.
ELEMENT_ACCESSORS = frozenset({"str", "dt", "cat", "list"})

# Transformers whose output for a row does not depend on other rows.
STATELESS = frozenset(
    {
        "Normalizer",
        "Binarizer",
        "FunctionTransformer",
        "PolynomialFeatures",
        "HashingVectorizer",
        "FeatureHasher",
        "LabelEncoder",
        "LabelBinarizer",
        "MultiLabelBinarizer",
        "AdditiveChi2Sampler",
        "TimeSeriesScalerMeanVariance",  # tslearn: each series by itself
        "TimeSeriesScalerMinMax",
    }
)
# Models that learn from the rows they are made with.
FITTED_WHEN_MADE = frozenset(
    {
        "AutoMLSearch",
        "Word2Vec",
        "Doc2Vec",
        "FastText",
        "TfidfModel",
        "LdaModel",
        "LdaMulticore",
        "LsiModel",
    }
)
# Transformers that learn nothing from rows where this argument tells them.
TOLD = {
    "CountVectorizer": "vocabulary",
    "OneHotEncoder": "categories",
    "OrdinalEncoder": "categories",
}
# Transformers that use the target they are given.
SUPERVISED = frozenset(
    {
        "SelectKBest",
        "SelectPercentile",
        "SelectFpr",
        "SelectFdr",
        "SelectFwe",
        "GenericUnivariateSelect",
        "SelectFromModel",
        "RFE",
        "RFECV",
        "SequentialFeatureSelector",
        "TargetEncoder",
        "MEstimateEncoder",
        "LeaveOneOutEncoder",
        "CatBoostEncoder",
        "JamesSteinEncoder",
        "WOEEncoder",
        "GLMMEncoder",
        "LinearDiscriminantAnalysis",
        "NeighborhoodComponentsAnalysis",
        "PLSRegression",
        "BorutaPy",
    }
)


def _by_name(table: tuple[Known, ...]) -> dict[str, tuple[Known, ...]]:
    index: dict[str, tuple[Known, ...]] = {}
    for row in table:
        index[row.name] = (*index.get(row.name, ()), row)
    return index


_KEEPERS = frozenset(
    (*_ARRAYS, "builtins", "keras", "sklearn", "statsmodels", "math", "cv2", "skimage")
)
_FUNCTIONS = _by_name(FUNCTIONS)
_METHODS = _by_name(METHODS)


def function(symbol: str) -> Known | None:
    """The row for a dotted name; a bare name matches a row of any package."""
    return _function(symbol, _FUNCTIONS)


def method(name: str) -> Known | None:
    """The row for a method name."""
    rows = _METHODS.get(name)
    return rows[0] if rows else None


def _function(symbol: str, table: dict[str, tuple[Known, ...]]) -> Known | None:
    package, _, _ = symbol.partition(".")
    name = symbol.rpartition(".")[2]
    for row in table.get(name, ()):
        if not row.packages or package in row.packages:
            return row
        if "." not in symbol and row.packages != ("builtins",) and "builtins" not in row.packages:
            return row
    return None


def keeps_rows(symbol: str) -> bool:
    """True for functions of libraries that change what is in rows, not which rows there are."""
    return symbol.partition(".")[0] in _KEEPERS


class Library:
    """The tables, with rows of somebody's own before them."""

    def __init__(self, own: Iterable[KnownCall] = ()) -> None:
        rows = [(call.name.startswith("."), _own(call)) for call in own]
        self._functions = _by_name(tuple(row for is_method, row in rows if not is_method))
        self._methods = {row.name: row for is_method, row in rows if is_method}

    def function(self, symbol: str) -> Known | None:
        """The row for a dotted name; a bare name matches a row of any package."""
        return (_function(symbol, self._functions) if self._functions else None) or function(symbol)

    def method(self, name: str) -> Known | None:
        """The row for a method name."""
        return self._methods.get(name) or method(name)


def _own(call: KnownCall) -> Known:
    effect = Effect[call.effect.upper()]
    name = call.name.lstrip(".")
    return Known(name, effect, call.packages, call.data, call.target, call.target >= 0)


PACKAGES = frozenset(
    package for row in (*FUNCTIONS, *METHODS) for package in row.packages if package != "builtins"
)
"""The libraries that rows name: what is imported from them is no file under review."""

_LEARNING = frozenset(
    {
        Effect.FIT,
        Effect.FIT_TRANSFORM,
        Effect.FIT_PREDICT,
        Effect.PREDICT,
        Effect.TRAIN,
        Effect.CROSS_VALIDATE,
        Effect.BACKWARD,
    }
)
LEARNING = frozenset(row.name for row in (*FUNCTIONS, *METHODS) if row.effect in _LEARNING)
"""The names of calls without which no model is trained or judged."""
