"""Where programs draw random numbers and what seeds them, as rows of a table."""

from __future__ import annotations

from dataclasses import dataclass

from grd_core.checks.dataflow.machine import Call, LibraryCall
from grd_core.checks.dataflow.values import UNKNOWN


@dataclass(frozen=True, slots=True)
class Source:
    """A call that draws random numbers unless it is given a seed.

    `stream` is the global generator it uses, «own» for none. `seeds` are its seed
    arguments. It draws only if `needs` holds: any of these keywords has one of these
    constants; an empty `needs` means always.
    """

    name: str
    packages: tuple[str, ...]
    stream: str
    seeds: tuple[str, ...] = ()
    position: int = -1
    needs: tuple[tuple[str, tuple[object, ...]], ...] = ()
    unless: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Seeding:
    """A call that seeds these streams when it is given a number."""

    symbol: str
    streams: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draw:
    """A call that draws from a stream without a seed of its own."""

    name: str
    stream: str
    call: Call


ANY_NUMBER = object()
_STATE = ("random_state",)
_SKLEARN = ("sklearn", "imblearn", "cuml", "sklearnex")


def _sources(
    names: str,
    packages: tuple[str, ...],
    stream: str,
    seeds: tuple[str, ...] = (),
    needs: tuple[tuple[str, tuple[object, ...]], ...] = (),
) -> tuple[Source, ...]:
    return tuple(Source(name, packages, stream, seeds, needs=needs) for name in names.split())


SOURCES: tuple[Source, ...] = (
    *_sources(
        "random randint randrange choice choices shuffle sample uniform gauss normalvariate "
        "betavariate expovariate triangular getrandbits",
        ("random",),
        "random",
    ),
    *_sources(
        "rand randn randint random random_sample choice shuffle permutation normal uniform "
        "standard_normal binomial poisson beta gamma exponential multivariate_normal multinomial "
        "laplace lognormal dirichlet bytes ranf sample integers",
        ("numpy.random",),
        "numpy",
    ),
    Source("default_rng", ("numpy.random",), "own", ("seed",), 0),
    Source("RandomState", ("numpy.random",), "own", ("seed",), 0),
    *_sources(
        "rand randn randint randperm normal bernoulli multinomial rand_like randn_like",
        ("torch",),
        "torch",
        ("generator",),
    ),
    *_sources(
        "Linear Conv1d Conv2d Conv3d LSTM GRU RNN Embedding Transformer TransformerEncoderLayer "
        "MultiheadAttention Bilinear ConvTranspose2d LazyLinear Dropout",
        ("torch.nn",),
        "torch",
    ),
    *_sources("random_split", ("torch.utils.data",), "torch", ("generator",)),
    *_sources(
        "DataLoader", ("torch.utils.data",), "torch", ("generator",), (("shuffle", (True,)),)
    ),
    *_sources(
        "Dense Conv1D Conv2D LSTM GRU Embedding Dropout",
        ("keras", "tensorflow", "tensorflow.keras"),
        "tensorflow",
    ),
    Source("train_test_split", _SKLEARN, "numpy", _STATE, unless=(("shuffle", False),)),
    *_sources(
        "KFold StratifiedKFold StratifiedGroupKFold",
        _SKLEARN,
        "numpy",
        _STATE,
        (("shuffle", (True,)),),
    ),
    *_sources(
        "ShuffleSplit StratifiedShuffleSplit GroupShuffleSplit RepeatedKFold "
        "RepeatedStratifiedKFold RandomForestClassifier RandomForestRegressor "
        "ExtraTreesClassifier ExtraTreesRegressor ExtraTreeClassifier RandomTreesEmbedding "
        "BaggingClassifier BaggingRegressor MLPClassifier MLPRegressor SGDClassifier "
        "SGDRegressor SGDOneClassSVM Perceptron PassiveAggressiveClassifier AdaBoostClassifier "
        "AdaBoostRegressor IsolationForest KMeans MiniBatchKMeans BisectingKMeans "
        "GaussianMixture BayesianGaussianMixture TSNE TruncatedSVD FastICA NMF "
        "LatentDirichletAllocation RandomizedSearchCV HalvingRandomSearchCV RANSACRegressor "
        "BernoulliRBM RBFSampler Nystroem GaussianRandomProjection SparseRandomProjection "
        "permutation_importance resample shuffle mutual_info_classif mutual_info_regression "
        "SMOTE ADASYN BorderlineSMOTE SVMSMOTE RandomOverSampler RandomUnderSampler SMOTENC "
        "TargetEncoder IterativeImputer make_classification make_regression make_blobs "
        "make_moons make_circles permutation_test_score",
        _SKLEARN,
        "numpy",
        _STATE,
    ),
    *_sources(
        "LogisticRegression LogisticRegressionCV",
        _SKLEARN,
        "numpy",
        _STATE,
        (("solver", ("sag", "saga", "liblinear")),),
    ),
    *_sources("Ridge RidgeClassifier", _SKLEARN, "numpy", _STATE, (("solver", ("sag", "saga")),)),
    *_sources("SVC NuSVC", _SKLEARN, "numpy", _STATE, (("probability", (True,)),)),
    *_sources("PCA", _SKLEARN, "numpy", _STATE, (("svd_solver", ("randomized",)),)),
    *_sources(
        "DummyClassifier", _SKLEARN, "numpy", _STATE, (("strategy", ("stratified", "uniform")),)
    ),
    *_sources(
        "DecisionTreeClassifier DecisionTreeRegressor",
        _SKLEARN,
        "numpy",
        _STATE,
        (("max_features", (ANY_NUMBER,)), ("splitter", ("random",))),
    ),
    *_sources(
        "GradientBoostingClassifier GradientBoostingRegressor",
        _SKLEARN,
        "numpy",
        _STATE,
        (
            ("subsample", (ANY_NUMBER,)),
            ("max_features", (ANY_NUMBER,)),
            ("n_iter_no_change", (ANY_NUMBER,)),
        ),
    ),
    *_sources(
        "HistGradientBoostingClassifier HistGradientBoostingRegressor",
        _SKLEARN,
        "numpy",
        _STATE,
        (("early_stopping", (True,)), ("max_features", (ANY_NUMBER,))),
    ),
    Source(".sample", (), "numpy", _STATE),
)

SEEDINGS: tuple[Seeding, ...] = (
    Seeding("random.seed", ("random",)),
    Seeding("numpy.random.seed", ("numpy",)),
    Seeding("torch.manual_seed", ("torch",)),
    Seeding("torch.random.manual_seed", ("torch",)),
    Seeding("tensorflow.random.set_seed", ("tensorflow",)),
    Seeding("tensorflow.set_random_seed", ("tensorflow",)),
    Seeding("keras.utils.set_random_seed", ("random", "numpy", "tensorflow", "torch")),
    Seeding("tensorflow.keras.utils.set_random_seed", ("random", "numpy", "tensorflow")),
    Seeding("pytorch_lightning.seed_everything", ("random", "numpy", "torch")),
    Seeding("lightning.seed_everything", ("random", "numpy", "torch")),
    Seeding("lightning.pytorch.seed_everything", ("random", "numpy", "torch")),
    Seeding("lightning.fabric.seed_everything", ("random", "numpy", "torch")),
    Seeding("transformers.set_seed", ("random", "numpy", "torch", "tensorflow")),
    Seeding("accelerate.utils.set_seed", ("random", "numpy", "torch")),
)

SEED_KEYWORDS = frozenset({"random_state", "seed", "generator", "random_seed"})
_SEEDED_BY = {seeding.symbol: seeding for seeding in SEEDINGS}


def _index() -> dict[str, tuple[Source, ...]]:
    index: dict[str, tuple[Source, ...]] = {}
    for source in SOURCES:
        index[source.name] = (*index.get(source.name, ()), source)
    return index


_SOURCES = _index()


def streams_seeded(call: LibraryCall) -> tuple[str, ...]:
    """The global streams a call seeds; none when it is given no number."""
    seeding = _SEEDED_BY.get(call.symbol)
    if seeding is None:
        return ()
    value = call.call.argument(0, "seed", "a")
    given = call.call.opaque or (value is not None and value.constant is not None)
    return seeding.streams if given else ()


def draw(call: LibraryCall) -> Draw | None:
    """The draw a call makes from an unseeded stream, if it is one."""
    package, _, name = call.symbol.rpartition(".")
    for source in _SOURCES.get(call.symbol if call.symbol.startswith(".") else name, ()):
        if not _in_package(package, source) or not _draws(call.call, source):
            continue
        if _has_own_seed(call.call, source):
            return None
        return Draw(source.name.lstrip("."), source.stream, call.call)
    return None


def _in_package(package: str, source: Source) -> bool:
    if source.name.startswith("."):
        return True
    if source.stream in ("random", "own") or source.packages == ("numpy.random",):
        return package in source.packages
    return any(package == known or package.startswith(f"{known}.") for known in source.packages)


def _draws(call: Call, source: Source) -> bool:
    for keyword, constant in source.unless:
        if call.constant(keyword) == constant:
            return False
    if not source.needs:
        return True
    for keyword, wanted in source.needs:
        if keyword not in call.keywords:
            continue
        given = call.constant(keyword)
        if given in wanted or (ANY_NUMBER in wanted and given not in (None, UNKNOWN, 1, 1.0)):
            return True
    return False


def _has_own_seed(call: Call, source: Source) -> bool:
    if call.opaque:
        return True
    value = call.argument(source.position, *source.seeds)
    if value is None:
        value = next((call.keywords[k] for k in SEED_KEYWORDS if k in call.keywords), None)
    return value is not None and value.constant is not None
