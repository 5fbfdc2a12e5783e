"""One column of two tables compared: its values and its missing share, with words for both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from grd_core.checks.data.distances import (
    LEAST_ROWS,
    Distance,
    distance_of_categories,
    distance_of_numbers,
    distance_of_shares,
)
from grd_core.checks.data.encoded import kind_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Vector = np.ndarray[Any, Any]
    Clusters = tuple[Vector, Vector] | None

_LONGEST = 40
_WORTH_SAYING = 0.01
_LEAST_FOR_RATIO = 10
_MOST_TESTED = 20


@dataclass(frozen=True, slots=True)
class ColumnShift:
    """How one column differs between two tables, in its values or in how many are missing;
    `words` say what changed, values as repr."""

    name: str
    what: Literal["values", "missing"]
    distance: Distance
    words: str

    def sentence(self, more: str = "") -> str:
        """The column, what changed, `more` about it, and how far it lies apart."""
        low, high = self.distance.ci
        words = f"{self.words}, {more}" if more else self.words
        return f"`{self.name}` {words} ({self.distance.value:.2f} [{low:.2f}, {high:.2f}])"


def column_shifts(
    name: str, first: pd.Series[Any], second: pd.Series[Any], clusters: Clusters = None
) -> list[ColumnShift]:
    """Compare the present values of a column, and how many are missing where any is."""
    import numpy as np

    kinds = {kind_of(first), kind_of(second)}
    if "unreadable" in kinds:
        return []
    here = (_present(first), _present(second))
    found = []
    if not all(mask.all() for mask in here):
        distance = distance_of_shares(~here[0], ~here[1], clusters)
        if distance is not None:
            gone = [1 - float(mask.mean()) for mask in here]
            words = f"missing in {gone[0]:.1%} → {gone[1]:.1%}"
            found.append(ColumnShift(name, "missing", distance, words))
    if min(int(mask.sum()) for mask in here) < LEAST_ROWS:
        return found
    kept = None if clusters is None else (clusters[0][here[0]], clusters[1][here[1]])
    values = (first[here[0]], second[here[1]])
    if kinds in ({"number"}, {"time"}):
        amounts = tuple(_amounts(piece) for piece in values)
        distance = distance_of_numbers(amounts[0], amounts[1], kept)
        words = _number_words(amounts[0], amounts[1], "time" in kinds)
    else:
        codes, names = _codes(values)
        distance = distance_of_categories(codes[0], codes[1], kept)
        words = _category_words(codes, names)
    if distance is not None and np.isfinite(distance.value):
        found.append(ColumnShift(name, "values", distance, words))
    return found


def significant(shifts: Sequence[ColumnShift], level: float) -> list[ColumnShift]:
    """Those that stand after Benjamini and Hochberg's control at `level`, farthest first."""
    from scipy.stats import false_discovery_control

    if not shifts:
        return []
    adjusted = false_discovery_control([shift.distance.p for shift in shifts])
    kept = [shift for shift, q in zip(shifts, adjusted, strict=True) if q <= level]
    return sorted(kept, key=lambda shift: -shift.distance.value)


def new_values(first: pd.Series[Any], second: pd.Series[Any]) -> str:
    """In words, the share of rows of `second` with a value that `first` lacks; empty for amounts
    and where it is below one in a hundred."""
    kinds = {kind_of(first), kind_of(second)}
    if "unreadable" in kinds or kinds in ({"number"}, {"time"}):
        return ""
    seen = _as_words(first.dropna()).unique()
    new = float((~_as_words(second.dropna()).isin(seen)).sum()) / len(second)
    return f"values new in {new:.1%} of rows" if new >= _WORTH_SAYING else ""


def largest_ratio(
    columns: tuple[pd.Series[Any], pd.Series[Any]], clusters: Clusters, floor: float, level: float
) -> tuple[float, str]:
    """The largest factor from `floor` on between a word's two shares that chance does not explain,
    and the word; 1 where there is none.

    The words that changed most clearly are tested, each by itself, with Bonferroni's bound over
    all that have rows enough.
    """
    import pandas as pd

    first, second = columns
    counts = pd.concat([first.value_counts(), second.value_counts()], axis=1).fillna(0)
    counts = counts[counts.max(axis=1) >= _LEAST_FOR_RATIO]
    # Half a row for a class that one side lacks: a factor, not infinity.
    shares = (counts.to_numpy() + 0.5) / (len(first), len(second))
    ratios = shares.max(axis=1) / shares.min(axis=1)
    clear = (shares[:, 1] - shares[:, 0]) ** 2 / shares.sum(axis=1)
    clear[ratios < floor] = 0.0
    best, name = 1.0, ""
    for place in (-clear).argsort(kind="stable")[:_MOST_TESTED]:
        if clear[place] > 0 and ratios[place] > best:
            word = counts.index[place]
            marks = ((first == word).to_numpy(), (second == word).to_numpy())
            distance = distance_of_shares(*marks, clusters)
            if distance is not None and distance.p * len(counts) <= level:
                best, name = float(ratios[place]), _shown(word)
    return best, name


def _present(column: pd.Series[Any]) -> Vector:
    import numpy as np

    here = column.notna().to_numpy()
    if kind_of(column) == "number":
        here = here & np.isfinite(column.to_numpy(dtype=float, na_value=np.nan))
    return here


def _amounts(column: pd.Series[Any]) -> Vector:
    """Numbers as they stand, times as seconds since 1970."""
    import numpy as np
    import pandas as pd

    if kind_of(column) == "time":
        naive = column.dt.tz_convert("UTC").dt.tz_localize(None) if column.dt.tz else column
        return np.asarray((naive - pd.Timestamp(0)) / pd.Timedelta(seconds=1), dtype=float)
    return column.to_numpy(dtype=float)


def _codes(values: tuple[pd.Series[Any], pd.Series[Any]]) -> tuple[tuple[Vector, Vector], Any]:
    import pandas as pd

    codes, names = pd.factorize(pd.concat([_as_words(v) for v in values], ignore_index=True))
    return (codes[: len(values[0])], codes[len(values[0]) :]), names


def _as_words(values: pd.Series[Any]) -> pd.Series[Any]:
    """Values as text, that a 1 here and a «1» there compare equal."""
    import pandas as pd

    return values if isinstance(values.dtype, pd.StringDtype) else values.astype(str)


def _number_words(first: Vector, second: Vector, is_time: bool) -> str:
    import numpy as np

    quarters = [np.quantile(piece, (0.25, 0.5, 0.75)) for piece in (first, second)]

    def text(value: float) -> str:
        return f"{np.datetime64(round(value), 's')}" if is_time else f"{value:.4g}"

    moved = abs(quarters[1][1] - quarters[0][1])
    if moved > 0.1 * (quarters[0][2] - quarters[0][0]):
        return f"median {text(quarters[0][1])} → {text(quarters[1][1])}"
    halves = [f"{text(low)} to {text(high)}" for low, _, high in quarters]
    return f"middle half {halves[0]} → {halves[1]}"


def _category_words(codes: tuple[Vector, Vector], names: Any) -> str:
    import numpy as np

    shares = [np.bincount(piece, minlength=len(names)) / piece.size for piece in codes]
    # By its part of χ²: of two values, the rarer one.
    weight = (shares[1] - shares[0]) ** 2 / np.maximum(shares[1] + shares[0], 1e-9)
    most = int(weight.argmax())
    return f"{_shown(names[most])} {shares[0][most]:.1%} → {shares[1][most]:.1%}"


def _shown(value: object) -> str:
    # repr: a value from data may hold control characters.
    text = repr(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
