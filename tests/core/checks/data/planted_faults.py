"""Faults planted into clean tables, each with the code of the check that must name it.

Every planter takes a clean pair and a generator and gives the pair with one fault, and the roles
that must be declared for the fault to be one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

Pair = tuple[pd.DataFrame, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Faulty:
    """Two tables with a fault; `roles` are fields of a DataContext beside target and id."""

    train: pd.DataFrame
    test: pd.DataFrame
    roles: dict[str, object] = field(default_factory=dict)


Planter = Callable[[Pair, np.random.Generator], Faulty]


def exact_duplicates(pair: Pair, chance: np.random.Generator) -> Faulty:
    """5% of the test rows stand in train, under ids of their own."""
    train, test = pair[0], pair[1].copy()
    rows = chance.choice(len(test), max(3, len(test) // 20), replace=False)
    copies = train.sample(rows.size, random_state=1).drop(columns="id")
    test.loc[rows, copies.columns] = copies.to_numpy()
    return Faulty(train, test.infer_objects().astype(train.dtypes))


def near_duplicates(pair: Pair, chance: np.random.Generator) -> Faulty:
    """The same, with a little noise on the numbers."""
    faulty = exact_duplicates(pair, chance)
    test, train = faulty.test.copy(), faulty.train
    numbers = ["wind", "gust", "amount", "swell", "noise", "depth"]
    copied = test["wind"].isin(train["wind"])
    jitter = chance.normal(scale=0.01, size=(int(copied.sum()), len(numbers)))
    test.loc[copied, numbers] = test.loc[copied, numbers] + jitter * train[numbers].std().to_numpy()
    return Faulty(train, test)


def noisy_copy(pair: Pair, chance: np.random.Generator) -> Faulty:
    """A column that is the target with a little noise, or with 5% of the classes wrong."""
    return Faulty(*(table.assign(after=_copy(table["y"], chance)) for table in pair))


def missingness(pair: Pair, chance: np.random.Generator) -> Faulty:
    """A column that is missing where the target is high, or of one class."""
    tables = []
    for table in pair:
        high = _high(table["y"])
        absent = chance.random(len(table)) < np.where(high, 0.9, 0.05)
        tables.append(
            table.assign(checked=np.where(absent, np.nan, chance.normal(size=len(table))))
        )
    return Faulty(*tables)


def exclusive_or(pair: Pair, chance: np.random.Generator) -> Faulty:
    """Two columns of which neither tells anything and both tell the target."""
    tables = []
    for table in pair:
        high = np.where(_high(table["y"]), 1.0, -1.0)
        left = chance.normal(size=len(table))
        right = np.abs(chance.normal(size=len(table))) * high * np.sign(left)
        tables.append(table.assign(left=left, right=right))
    return Faulty(*tables)


def group_leak(pair: Pair, chance: np.random.Generator) -> Faulty:
    """Patients with several rows each, in both parts; a patient's rows share their label."""
    rows = len(pair[0]) + len(pair[1])
    both = pd.concat(pair, ignore_index=True).sort_values("y", kind="stable", ignore_index=True)
    both["patient"] = [f"p{n}" for n in np.arange(rows) // 5]
    both = both.sample(frac=1.0, random_state=int(chance.integers(1 << 30)), ignore_index=True)
    return _parted(both, len(pair[0]), groups=("patient",))


def random_split_of_time(pair: Pair, chance: np.random.Generator) -> Faulty:
    """Rows of all days on both sides of the split, though time is declared."""
    return Faulty(*pair, roles={"time": "day"})


def mean_shift(pair: Pair, chance: np.random.Generator) -> Faulty:
    """One column of the test table moved by half a standard deviation."""
    return Faulty(pair[0], pair[1].assign(swell=pair[1]["swell"] + 0.5 * pair[0]["swell"].std()))


def flipped_correlation(pair: Pair, chance: np.random.Generator) -> Faulty:
    """Two columns that go together in train and against each other in test; each as before."""
    train, test = pair
    return Faulty(train, test.assign(gust=-test["gust"]))


def label_shift(pair: Pair, chance: np.random.Generator) -> Faulty:
    """Rows with a high target stand in test three times as often."""
    train, test = pair
    weights = np.where(_high(test["y"]), 3.0, 1.0)
    kept = chance.choice(len(test), len(test), replace=True, p=weights / weights.sum())
    drawn = test.iloc[kept].reset_index(drop=True)
    return Faulty(train, drawn.assign(id=chance.permutation(len(drawn)) + 10**6))


def row_order(pair: Pair, chance: np.random.Generator) -> Faulty:
    """Tables sorted by their target, and an id that counts in that order."""
    tables = [
        table.sort_values("y", kind="stable", ignore_index=True).assign(id=range(len(table)))
        for table in pair
    ]
    return Faulty(*tables)


def label_noise(pair: Pair, chance: np.random.Generator) -> Faulty:
    """A target that the columns tell well, with 10% of the labels of train wrong."""
    train, test = (table.assign(y=_learnable(table)) for table in pair)
    wrong = chance.random(len(train)) < 0.1
    return Faulty(train.assign(y=np.where(wrong, 1 - train["y"], train["y"])), test)


def concept_flip(pair: Pair, chance: np.random.Generator) -> Faulty:
    """What raised the target in train lowers it in test, at the same shares of labels."""
    train, test = (table.assign(y=_learnable(table)) for table in pair)
    return Faulty(train, test.assign(y=1 - test["y"]))


def constants_and_mixed(pair: Pair, chance: np.random.Generator) -> Faulty:
    """A column that never varies, and one of numbers and words."""
    tables = []
    for table in pair:
        words = chance.random(len(table)) < 0.3
        mixed = np.where(words, "n/k", table["noise"].round(3).astype(str))
        tables.append(table.assign(unit="m", reading=mixed))
    return Faulty(*tables)


PLANTED: dict[str, tuple[str, Planter]] = {
    "exact duplicates": ("D201", exact_duplicates),
    "near duplicates": ("D202", near_duplicates),
    "group leak": ("D203", group_leak),
    "random split of temporal data": ("D204", random_split_of_time),
    "noisy copy of the target": ("D205", noisy_copy),
    "missingness leak": ("D205", missingness),
    "exclusive or": ("D206", exclusive_or),
    "row order": ("D207", row_order),
    "mean shift": ("D208", mean_shift),
    "flipped correlation": ("D209", flipped_correlation),
    "label shift": ("D210", label_shift),
    "concept flip": ("D211", concept_flip),
    "label noise": ("D212", label_noise),
    "constants and mixed strings": ("D213", constants_and_mixed),
}


def _high(target: pd.Series) -> np.ndarray:
    if pd.api.types.is_numeric_dtype(target):
        return np.asarray(target > target.median() if target.nunique() > 2 else target == 1)
    return np.asarray(target == "high")


def _copy(target: pd.Series, chance: np.random.Generator) -> np.ndarray:
    if pd.api.types.is_float_dtype(target):
        return np.asarray(target + chance.normal(scale=0.1 * target.std(), size=target.size))
    other = chance.permutation(target.to_numpy())
    return np.where(chance.random(target.size) < 0.05, other, target.to_numpy())


def _learnable(table: pd.DataFrame) -> np.ndarray:
    return np.asarray((table["wind"] + 0.7 * table["gust"] > 0).astype(int))


def _parted(both: pd.DataFrame, rows: int, **roles: object) -> Faulty:
    train, test = both.iloc[:rows], both.iloc[rows:]
    return Faulty(train.reset_index(drop=True), test.reset_index(drop=True), dict(roles))
