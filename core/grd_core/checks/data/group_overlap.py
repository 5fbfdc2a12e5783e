"""Where the groups of a column stand, and which columns behave like groups of things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.encoded import ColumnKind, kind_of
from grd_core.checks.data.frames import Frames
from grd_core.checks.data.group_effect import codes_of, plain_effect, smooth_share

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from grd_core.checks.data.group_effect import Floats

FEWEST_VALUES = 20
MOST_ROWS_PER_VALUE = 50
REPEATED_SHARE = 0.5
CROSSING_SHARE = 0.1
PLAIN_EFFECT = 0.1
_LOOKED_AT = 5_000


@dataclass(frozen=True, slots=True)
class Overlap:
    """Groups of one column in both tables: `rows` of `asked` test rows belong to the `shared`
    groups, which are in the order in which the test table has them."""

    shared: tuple[Any, ...]
    rows: int
    asked: int

    @property
    def share(self) -> float:
        """Of the test rows."""
        return self.rows / self.asked

    def first(self, count: int) -> tuple[str, ...]:
        """The first shared groups as short text."""
        return tuple(str(value)[:40] for value in self.shared[:count])

    def interval(self) -> tuple[float, float]:
        """Wilson's 95% interval for the share."""
        from scipy.stats import binomtest

        found = binomtest(self.rows, self.asked).proportion_ci(method="wilson")
        return (float(found.low), float(found.high))


def crossing(train: pd.Series[Any], test: pd.Series[Any]) -> Overlap:
    """Which groups stand in both columns; missing ones belong to no group."""
    import pandas as pd

    numbers = all(pd.api.types.is_numeric_dtype(column.dtype) for column in (train, test))
    ours, theirs = (column.dropna() for column in (test, train))
    if not numbers:
        ours, theirs = ours.astype(str), theirs.astype(str)
    both = ours[ours.isin(theirs.unique())]
    return Overlap(tuple(both.unique().tolist()), int(both.size), len(test))


def entity_columns(
    frames: Frames, labelled: pd.DataFrame, labels: Floats, declared: tuple[str, ...]
) -> dict[str, float]:
    """Undeclared columns of many values with few rows each, most of them repeated, that cross
    the split, with the p of their plain effect on the labels: 1 where labels are not alike within
    a value, or follow the size of a number smoothly."""
    import numpy as np

    found: dict[str, float] = {}
    random = np.random.default_rng(203)
    for name in frames.features_but(declared):
        kind = kind_of(labelled[name])
        if not _can_name(labelled[name], kind):
            continue
        codes = codes_of(labelled[name])
        if not _many_of_few(codes) or crossing(frames.train[name], frames.test[name]).share < (
            CROSSING_SHARE
        ):
            continue
        rows = _rows_of_some(codes, random)
        share, p = plain_effect(codes[rows], labels[rows])
        if kind == "number":
            numbers = labelled[name].to_numpy(dtype=float, na_value=np.nan)[rows]
            share -= smooth_share(numbers, labels[rows])
        found[name] = p if share >= PLAIN_EFFECT else 1.0
    return found


def _can_name(column: pd.Series[Any], kind: ColumnKind) -> bool:
    """Words and whole numbers name things; measurements, times and flags do not."""
    import pandas as pd

    if pd.api.types.is_bool_dtype(column.dtype):
        return False
    return kind == "category" or (kind == "number" and bool((column.dropna() % 1 == 0).all()))


def _many_of_few(codes: np.ndarray[Any, Any]) -> bool:
    """Many values, few rows each, and most rows not alone."""
    import numpy as np

    present = codes[codes >= 0]
    if not present.size:
        return False
    sizes = np.bincount(present)
    repeated = sizes[sizes > 1].sum() / codes.size
    return bool(
        sizes.size >= FEWEST_VALUES
        and present.size / sizes.size <= MOST_ROWS_PER_VALUE
        and repeated >= REPEATED_SHARE
    )


def _rows_of_some(codes: np.ndarray[Any, Any], random: np.random.Generator) -> Any:
    """Rows of whole groups, chosen at random, about _LOOKED_AT of them."""
    import numpy as np

    rows = np.flatnonzero(codes >= 0)
    if rows.size <= _LOOKED_AT:
        return rows
    turn = random.permutation(int(codes.max()) + 1)[codes[rows]]
    return rows[np.argsort(turn, kind="stable")[:_LOOKED_AT]]
