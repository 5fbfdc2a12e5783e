"""The target of the training rows as numbers, on a stated sample of them.

What relates to the target is looked at in the training part alone; nothing here reads another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grd_core.checks.contract import NotApplicable
from grd_core.checks.data.encoded import Encoded, encode, kind_of
from grd_core.checks.data.frames import Frames, class_codes

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

FEWEST_ROWS = 50
"""Below this nothing can be told apart from chance with the intervals that are asked for."""

FEWEST_OF_A_CLASS = 8
MOST_CLASSES = 12


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """The labels of some training rows, whose positions `rows` (n,) rise.

    `values` is (n, k) float64: the number itself (k = 1), or one column of 0 and 1 per class.
    Numbers beyond 1e50, or all within 1e-50, are divided by one number: what explains them has no
    unit.
    `codes` (n,) int64 are the classes' places in `classes`; both are empty for numbers.
    `present` is how many training rows carry a label, `rare` how many of those drawn were left
    out for their class, `sampled` says which of them are used.
    """

    rows: np.ndarray[Any, Any]
    values: np.ndarray[Any, Any]
    codes: np.ndarray[Any, Any]
    classes: tuple[str, ...]
    present: int
    rare: int = 0

    @property
    def n(self) -> int:
        """How many rows are used."""
        return int(self.rows.size)

    @property
    def sampled(self) -> str:
        """The rows used, in words."""
        drawn = self.n + self.rare
        but = f" but {self.rare} of classes too rare" if self.rare else ""
        if drawn == self.present:
            return f"all {drawn:,} labelled training rows{but}"
        return f"{drawn:,} of {self.present:,} labelled training rows drawn at random{but}"

    def table(self, frames: Frames) -> pd.DataFrame:
        """The training rows that are used, in order."""
        return frames.train.iloc[self.rows]


def encoded_features(frames: Frames, labels: Labels, names: tuple[str, ...]) -> Encoded:
    """These columns of the rows in use, one matrix; numbers beyond 1e50 stand at that, so that
    no square of a product overflows."""
    import dataclasses

    import numpy as np

    made = encode([labels.table(frames)], names)
    matrices = tuple(np.clip(one, -_LARGEST, _LARGEST) for one in made.matrices)
    return dataclasses.replace(made, matrices=matrices)


_LARGEST = 1e50


def labels_of(
    frames: Frames, most: int, seed: int, keys: np.ndarray[Any, Any] | None = None
) -> Labels | NotApplicable:
    """The labels of at most `most` training rows, drawn without replacement.

    With `keys`, a random number for each training row, those with the smallest are drawn: rows of
    equal keys stay together. Classes of fewer than `FEWEST_OF_A_CLASS` rows among those drawn, and
    all but the `MOST_CLASSES` most frequent, stand together as one; rows whose class is too rare
    even so are left out.
    """
    import numpy as np

    if not frames.target:
        return NotApplicable("no target is declared")
    column = frames.train[frames.target]
    if kind_of(column) == "unreadable":
        return NotApplicable("the target holds neither numbers nor names")
    names: tuple[str, ...] = ()
    codes = np.array([], dtype=np.int64)
    if frames.task == "regression":
        values = _numbers(column)
        usable = np.flatnonzero(np.isfinite(values))
    else:
        codes, names = class_codes(column)
        usable = np.flatnonzero(codes >= 0)
    present = int(usable.size)
    if present < FEWEST_ROWS:
        return NotApplicable(f"not estimable: {present} training rows have a usable label")
    if present > most:
        drawn = np.random.default_rng(seed).permutation(present)
        if keys is not None:
            drawn = np.argsort(keys[usable], kind="stable")
        usable = np.sort(usable[drawn[:most]])
    if frames.task == "regression":
        if values[usable].min() == values[usable].max():
            return NotApplicable("the target has one value in the training table")
        return Labels(usable, _squarable(values[usable, None]), codes, (), present)
    if np.unique(codes).size - int((codes < 0).any()) < 2:
        return NotApplicable("the target has one value in the training table")
    # A class that is rare among all rows may have none among those drawn: counted are these.
    codes, names = _merged(codes[usable], names)
    rare = int((codes < 0).sum())
    usable, codes = usable[codes >= 0], codes[codes >= 0]
    if len(names) < 2:
        return NotApplicable(
            f"not estimable: fewer than two classes have {FEWEST_OF_A_CLASS} of the rows looked at"
        )
    return Labels(usable, np.eye(len(names))[codes], codes, names, present, rare)


def _numbers(column: pd.Series[Any]) -> np.ndarray[Any, Any]:
    import numpy as np
    import pandas as pd

    return np.asarray(pd.to_numeric(column, errors="coerce").astype("float64"))


def _squarable(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    import numpy as np

    largest = float(np.abs(values).max())
    fits = 1 / _LARGEST <= largest <= _LARGEST
    return values if fits else np.asarray(values / largest)


def _merged(
    codes: np.ndarray[Any, Any], names: tuple[str, ...]
) -> tuple[np.ndarray[Any, Any], tuple[str, ...]]:
    import numpy as np

    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    order = np.argsort(-counts, kind="stable")
    often = [c for c in order[:MOST_CLASSES] if counts[c] >= FEWEST_OF_A_CLASS]
    kept = np.sort(np.array(often, dtype=np.int64))
    rare = int(counts.sum() - counts[kept].sum()) if kept.size else int(counts.sum())
    place = np.full(len(names) + 1, -1, dtype=np.int64)
    place[kept] = np.arange(kept.size)
    merged = tuple(names[int(c)] for c in kept)
    if rare >= FEWEST_OF_A_CLASS:
        place[:-1][place[:-1] < 0] = kept.size
        merged = (*merged, "all other classes")
    return place[codes], merged
