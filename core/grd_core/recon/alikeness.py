"""Whether rows that share a value are more alike than others, as the rows of one patient are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_LEAST_PAIRS = 50
_SIGMAS = 6.0
_SEED = 0
_RENAMED = 0.9


@dataclass(frozen=True, slots=True)
class Alike:
    """The column in which rows of one group are most alike, and how much, in [0, 1]."""

    column: str
    alike: float


def alike_within(frame: pd.DataFrame, name: str, others: list[str]) -> Alike | None:
    """The strongest likeness of rows with equal `name`; None where there is none beyond chance.

    Pairs of rows drawn within a group are compared. In numbers, likeness is one
    less the mean difference in rank over that of random pairs; in words, how much more often
    they are equal than random pairs are. It must exceed six standard errors of as many random
    pairs. Where `name` counts, its likeness to the next higher group is taken off: rows with
    nearly equal amounts are alike too, rows with neighbouring numbers of patients are not.

    Args:
        frame: rows, the groups whole.
        name: what would name the groups.
        others: the columns that rows may be alike in.
    """
    import numpy as np
    import pandas as pd

    codes, values = pd.factorize(frame[name], sort=True)
    generator = np.random.default_rng(_SEED)
    # Shuffled first: rows that follow each other in a file are alike without a group.
    shuffled = generator.permutation(len(frame))
    order = shuffled[np.argsort(codes[shuffled], kind="stable")]
    placed = codes[order]
    same = np.flatnonzero(placed[1:] == placed[:-1])
    if same.size < _LEAST_PAIRS:
        return None
    one, other = order[same], order[same + 1]
    counts = pd.api.types.is_numeric_dtype(frame[name])
    steps = np.flatnonzero(np.diff(placed) == 1)
    best = None
    for column in others:
        likeness = _likeness(frame[column], generator.permutation(shuffled))
        if likeness is None or _renames(frame[column], len(values)):
            continue
        alike = likeness(one, other)
        if alike <= _SIGMAS / np.sqrt(same.size):
            continue
        if counts and steps.size:
            alike -= max(0.0, likeness(order[steps], order[steps + 1]))
        if best is None or alike > best.alike:
            best = Alike(column, float(alike))
    return best


def _renames(column: pd.Series[Any], groups: int) -> bool:
    """Whether the column has about as many words as there are groups: the same under another
    name."""
    import pandas as pd

    if pd.api.types.is_float_dtype(column):
        return False
    return bool(_RENAMED * groups <= column.nunique() <= groups / _RENAMED)


def _likeness(column: pd.Series[Any], shuffled: np.ndarray[Any, Any]) -> Any:
    """A function from pairs of rows to how alike they are in this column; None where the column
    is neither numbers nor words."""
    import numpy as np
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        ranks = column.rank().to_numpy(dtype=float)

        def apart(one: Any, other: Any) -> float:
            return float(np.nanmean(np.abs(ranks[one] - ranks[other])))

        usual = apart(shuffled[1:], shuffled[:-1])
        return (lambda one, other: 1 - apart(one, other) / usual) if usual > 0 else None
    if not (pd.api.types.is_object_dtype(column) or pd.api.types.is_string_dtype(column)):
        return None
    try:
        codes = pd.factorize(column)[0]
    except TypeError:
        return None
    usual = float((codes[shuffled[1:]] == codes[shuffled[:-1]]).mean())
    if usual >= 1:
        return None
    return lambda one, other: (float((codes[one] == codes[other]).mean()) - usual) / (1 - usual)
