"""What is odd about the values of one column: placeholders, far rows, tails, mixed words.

Facts of the values at hand, with no test and no verdict: whoever shows them sets the bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, np.dtype[np.float64]]

PLACEHOLDER_ROWS, PLACEHOLDER_SHARE = 3, 0.001
FAR_SPANS = 10.0
"""Spans from the 1st to the 99th percentile that a far row lies beyond them; of 10⁶ values of a
lognormal distribution (σ = 1) one does."""
_LEAST_ROWS, _LEAST_DISTINCT = 50, 20
_TIME_SAMPLE = 200
_TIME_SHARE = 0.95
_DATED = r"\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T]\d{1,2}:\d{2}.*)?\s*"
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A value that stands at one end, often and alone, as −999 does for «missing»."""

    value: float
    rows: int


@dataclass(frozen=True, slots=True)
class WordFacts:
    """Of a text column, by rows: the share that are numbers, and of the others some examples.

    `variants` counts values that differ from a commoner one in case or outer blanks alone,
    `variant_share` the rows that hold them, `spellings` is an example of two. `dated` says
    whether the values read as dates.
    """

    numeric_share: float
    others: tuple[str, ...]
    other_values: int
    variants: int
    variant_share: float
    spellings: tuple[str, ...]
    dated: bool


def placeholder(ordered: Numbers) -> Placeholder | None:
    """The value at an end that is repeated and lies further from all others than they span.

    Args:
        ordered: finite numbers, ascending, (n,).
    """
    import numpy as np

    if ordered.size < _LEAST_ROWS:
        return None
    for end in (ordered[0], ordered[-1]):
        first, last = np.searchsorted(ordered, end), np.searchsorted(ordered, end, side="right")
        rows = int(last - first)
        others = ordered[last:] if first == 0 else ordered[:first]
        if rows < max(PLACEHOLDER_ROWS, PLACEHOLDER_SHARE * ordered.size) or not others.size:
            continue
        apart = min(abs(float(others[0]) - float(end)), abs(float(others[-1]) - float(end)))
        span = float(others[-1]) - float(others[0])
        if apart > span > 0 and np.unique(others).size >= _LEAST_DISTINCT:
            return Placeholder(float(end), rows)
    return None


def far_rows(ordered: Numbers) -> int:
    """Rows that lie more than `FAR_SPANS` spans outside the 1st to the 99th percentile.

    Args:
        ordered: finite numbers, ascending, (n,).
    """
    import numpy as np

    if ordered.size < _LEAST_ROWS:
        return 0
    low, high = (float(ordered[round(q * (ordered.size - 1))]) for q in (0.01, 0.99))
    span = high - low
    if not np.isfinite(span) or span <= 0:
        return 0
    below = np.searchsorted(ordered, low - FAR_SPANS * span)
    above = ordered.size - np.searchsorted(ordered, high + FAR_SPANS * span, side="right")
    return int(below + above)


def tail_share(ordered: Numbers) -> float:
    """The share of the squared deviations from the median that the worst 1% of rows hold; a
    normal distribution has 0.08, an exponential one 0.22.

    Args:
        ordered: finite numbers, ascending, (n,).
    """
    import numpy as np

    if ordered.size < _LEAST_ROWS:
        return 0.0
    with np.errstate(over="ignore"):
        centred = ordered - ordered[ordered.size // 2]
    largest = float(max(-centred[0], centred[-1]))
    if largest <= 0 or not np.isfinite(largest):
        return 0.0
    squares = (centred / largest) ** 2
    worst = max(1, round(ordered.size / 100))
    # The worst stand at the two ends of what is ordered.
    ends = np.concatenate([squares[:worst], squares[-worst:]])
    return float(np.sort(ends)[-worst:].sum() / squares.sum())


def common_share(ordered: Numbers) -> float:
    """The share of the value that stands most often, in [0, 1].

    Args:
        ordered: numbers, ascending, (n,).
    """
    import numpy as np

    if not ordered.size:
        return 0.0
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1], [True]]))
    return float(np.diff(starts).max() / ordered.size)


def word_facts(words: Sequence[str], rows: Sequence[int]) -> WordFacts:
    """What the different values of a text column are, each with its count of rows."""
    import pandas as pd

    if not len(words):
        return WordFacts(0.0, (), 0, 0, 0.0, (), dated=False)
    values = pd.Series(list(words), dtype=object).astype(str)
    counts = pd.Series(list(rows), dtype="int64")
    numeric = pd.to_numeric(values, errors="coerce").notna()
    others = values[~numeric]
    commonest = counts[~numeric].nlargest(_EXAMPLES).index
    folded = values.str.strip().str.casefold()
    order = counts.sort_values(ascending=False, kind="stable").index
    repeated = folded.loc[order].duplicated()
    lesser = repeated[repeated].index
    sample = values.head(_TIME_SAMPLE)
    iso = pd.to_datetime(sample, format="ISO8601", utc=True, errors="coerce").notna()
    dated = iso | sample.str.fullmatch(_DATED)
    return WordFacts(
        numeric_share=round(float(counts[numeric].sum() / counts.sum()), 4),
        others=tuple(others.loc[commonest]),
        other_values=int(others.size),
        variants=int(lesser.size),
        variant_share=float(counts[lesser].sum() / counts.sum()),
        spellings=_spellings(values, folded, lesser),
        dated=bool(dated.mean() > _TIME_SHARE and not numeric.any()),
    )


def _spellings(values: Any, folded: Any, lesser: Any) -> tuple[str, ...]:
    """The commonest value that is spelt twice, in both spellings."""
    if not lesser.size:
        return ()
    same = values[folded == folded[lesser[0]]]
    return tuple(same.head(2))
