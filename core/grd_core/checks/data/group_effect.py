"""How much of the label the rows of one group share beyond what their features explain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.encoded import Encoded, encode

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Codes = np.ndarray[Any, np.dtype[np.int64]]

FEWEST_ROWS = 40
FEWEST_GROUPS = 5
MOST_ROWS = 1_500
MOST_PER_GROUP = 20
PERMUTATIONS = 999
_MOST_CLASSES = 8
_TREES = 25
_RIDGE = 10.0
_MOST_VALUES = 10
_FOLDS = 3
_READ_OFF = 10


@dataclass(frozen=True, slots=True)
class GroupEffect:
    """`share` of the label's variance between groups (an intraclass correlation), its one-sided
    permutation p, and on how many rows and groups of two or more it rests."""

    share: float
    p: float
    rows: int
    groups: int


@dataclass(frozen=True, slots=True)
class NoEffect:
    """Why nothing can be said."""

    reason: str


def effect_beyond(
    table: pd.DataFrame,
    group: str,
    features: tuple[str, ...],
    labels: Floats,
    seed: int,
) -> GroupEffect | NoEffect:
    """The effect of a group on what a model leaves of the labels, (n, k), in rows whose group it
    has not seen: it cannot learn a group by heart, and explains what holds from group to group."""
    import numpy as np
    from sklearn.model_selection import GroupKFold

    random = np.random.default_rng(seed)
    codes = codes_of(table[group])
    rows = sampled_rows(codes, random)
    kept = codes[rows]
    too_few = _too_few(kept)
    if too_few is not None:
        return too_few
    wanted = labels[rows]
    left = wanted - wanted.mean(axis=0)
    matrix = _readable(encode((table.iloc[rows],), features))
    if matrix.shape[1]:
        left = np.empty_like(wanted)
        folds = min(_FOLDS, int(np.unique(kept).size))
        for learn, ask in GroupKFold(folds).split(matrix, groups=kept):
            part = wanted[ask] - _told(matrix[learn], wanted[learn], matrix[ask], seed)
            # What lies high here was missing where the model learnt, so its distance from there
            # is longer than from all rows; shuffled rows have no such folds.
            left[ask] = part - part.mean(axis=0) * (ask.size / kept.size)
    return _tested(left, kept, random)


def _readable(encoded: Encoded) -> Floats:
    """Columns as every model reads them: in units of their spread, with a column for what is
    missing, and one for each frequent value of a category."""
    import numpy as np

    columns = []
    for place, values in enumerate(encoded.matrices[0].T):
        missing = np.isnan(values)
        if encoded.categorical[place]:
            # Codes are ranks by frequency: the first are the most frequent.
            columns += [values == code for code in range(_MOST_VALUES) if (values == code).any()]
        elif not missing.all():
            middle, spread = np.nanmedian(values), np.nanstd(values)
            columns.append(np.where(missing, 0, (values - middle) / spread if spread else 0))
        if missing.any() and not missing.all():
            columns.append(missing)
    if not columns:
        return np.empty((len(encoded.matrices[0]), 0))
    return np.column_stack(columns).astype(np.float64)


def _told(known: Floats, labels: Floats, asked: Floats, seed: int) -> Floats:
    """The labels of the rows asked for, by a ridge regression and a forest on what it leaves."""
    import numpy as np
    from sklearn.ensemble import ExtraTreesRegressor
    from sklearn.linear_model import Ridge

    line = Ridge(alpha=_RIDGE).fit(known, labels)
    remainder = labels - line.predict(known).reshape(labels.shape)
    forest = ExtraTreesRegressor(
        _TREES, min_samples_leaf=5, max_features=0.5, random_state=seed, n_jobs=1
    ).fit(known, remainder[:, 0] if remainder.shape[1] == 1 else remainder)
    told: Floats = line.predict(asked).reshape(len(asked), -1)
    return np.asarray(told + forest.predict(asked).reshape(len(asked), -1))


def plain_effect(codes: Codes, labels: Floats) -> tuple[float, float]:
    """Share of variance between groups and the p of its F test, features left aside."""
    import numpy as np
    from scipy.stats import f

    groups = int(np.unique(codes).size)
    spare = codes.size - groups
    if groups < 2 or spare < 2:
        return 0.0, 1.0
    between, within, size = _variances(labels - labels.mean(axis=0), codes)
    if within <= 0:
        return (1.0, 0.0) if between > 0 else (0.0, 1.0)
    share = (between - within) / (between + (size - 1) * within)
    return float(share), float(f.sf(between / within, groups - 1, spare))


def smooth_share(values: Floats, labels: Floats) -> float:
    """Share of the label's variance that groups named by numbers have in common with the group of
    the next number: what a smooth function of the number explains, and a name does not."""
    import numpy as np

    numbers, codes = np.unique(values, return_inverse=True)
    sizes = np.bincount(codes)
    if numbers.size < FEWEST_GROUPS:
        return 0.0
    centred = labels - labels.mean(axis=0)
    sums = np.column_stack([np.bincount(codes, weights=column) for column in centred.T])
    means = sums / sizes[:, None]
    weights = np.sqrt(sizes[:-1] * sizes[1:])
    # Neighbours share no noise: their covariance is the smooth part alone.
    shared = float((weights[:, None] * means[:-1] * means[1:]).sum() / weights.sum())
    total = float((centred**2).mean(axis=0).sum())
    return max(0.0, shared / total) if total > 0 else 0.0


def label_columns(target: pd.Series[Any], task: str) -> Floats:
    """Labels as columns whose variance can be shared out, (n, k): the rank of a number, from 0 to
    1, or one column for each of the most frequent classes; NaN where the label is missing."""
    import numpy as np

    missing = target.isna().to_numpy()
    if task == "regression":
        return np.asarray(target.rank(pct=True), dtype=np.float64)[:, None]
    words = target.astype(str)
    common = words[~missing].value_counts().index[:_MOST_CLASSES]
    # Two classes are one column: the second says nothing that the first does not.
    columns = [words == word for word in (common[:1] if len(common) == 2 else common)]
    made = np.column_stack(columns).astype(np.float64) if columns else np.zeros((len(words), 1))
    made[missing] = np.nan
    return made


def codes_of(column: pd.Series[Any]) -> Codes:
    """Groups as numbers from 0, (n,); -1 where missing."""
    import numpy as np
    import pandas as pd

    return np.asarray(pd.factorize(column)[0], dtype=np.int64)


def sampled_rows(codes: Codes, random: np.random.Generator) -> Codes:
    """Rows of whole groups (at most MOST_PER_GROUP of each), up to MOST_ROWS, groups of one row
    and rows without a group left out."""
    import numpy as np

    order = random.permutation(codes.size)
    order = order[codes[order] >= 0]
    mine = codes[order]
    by_group = np.argsort(mine, kind="stable")
    sorted_codes = mine[by_group]
    starts = np.searchsorted(sorted_codes, sorted_codes)
    place = np.arange(sorted_codes.size) - starts
    sizes = np.bincount(sorted_codes, minlength=1)
    chosen = order[by_group[(place < MOST_PER_GROUP) & (sizes[sorted_codes] > 1)]]
    if chosen.size <= MOST_ROWS:
        return np.sort(chosen)
    turn = random.permutation(sizes.size)[codes[chosen]]
    return np.sort(chosen[np.argsort(turn, kind="stable")][:MOST_ROWS])


def _too_few(codes: Codes) -> NoEffect | None:
    import numpy as np

    groups = np.unique(codes).size
    if codes.size < FEWEST_ROWS or groups < FEWEST_GROUPS:
        return NoEffect(f"{codes.size} labelled rows in {groups} groups of two or more are too few")
    return None


def _tested(left: Floats, codes: Codes, random: np.random.Generator) -> GroupEffect:
    """Hold the variance between groups against that of shuffled rows."""
    import numpy as np
    from scipy.sparse import csr_matrix
    from scipy.stats import gamma

    _, codes = np.unique(codes, return_inverse=True)
    sizes = np.bincount(codes)
    n = codes.size
    member = csr_matrix((np.ones(n), (codes, np.arange(n))), shape=(sizes.size, n))
    left = left - left.mean(axis=0)
    shuffles = np.column_stack([random.permutation(n) for _ in range(PERMUTATIONS)])
    drawn = np.zeros(PERMUTATIONS)
    for column in left.T:
        drawn += ((member @ column[shuffles]) ** 2 / sizes[:, None]).sum(axis=0)
    between, within, size = _variances(left, codes)
    # The same sum as of the shuffled rows: their mean is 0.
    seen = between * (sizes.size - 1)
    total = between + (size - 1) * within
    share = (between - within) / total if total > 0 else 0.0
    above = int((drawn >= seen).sum())
    p = (above + 1) / (PERMUTATIONS + 1)
    if above < _READ_OFF and drawn.std() > 0:
        # Too few shuffles reach it to count them: a gamma law with their mean and variance.
        shape = (drawn.mean() / drawn.std()) ** 2
        p = float(gamma.sf(seen, shape, scale=drawn.mean() / shape))
    return GroupEffect(float(share), p, n, int(sizes.size))


def _variances(centred: Floats, codes: Codes) -> tuple[float, float, float]:
    """Mean squares between and within groups, summed over columns, and the mean group size that
    belongs to them (Searle's n0)."""
    import numpy as np

    _, codes = np.unique(codes, return_inverse=True)
    sizes = np.bincount(codes)
    n, groups = codes.size, sizes.size
    sums = np.column_stack([np.bincount(codes, weights=column) for column in centred.T])
    between = float((sums**2 / sizes[:, None]).sum())
    within = float((centred**2).sum()) - between
    size = (n - (sizes**2).sum() / n) / max(1, groups - 1)
    return between / max(1, groups - 1), within / max(1, n - groups), float(size)
