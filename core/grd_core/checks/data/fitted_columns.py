"""The columns a fitted part was given, followed through a pipeline by what its parts remember.

A scaler behind an imputer saw filled values: what it was given follows from the imputer's own
statistics. A column that cannot be followed (an encoder's output, a function's) is None.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from grd_core.checks.data.encoded import kind_of
from grd_core.checks.data.frames import Frames
from grd_core.checks.data.saved_pipeline import Saved, SavedArray

if TYPE_CHECKING:
    import numpy as np

Part = Literal["train", "validation", "test"]


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column by part, (n,) each: float64 with NaN for missing, times, or objects."""

    name: str
    parts: dict[Part, np.ndarray[Any, Any]]

    @property
    def numeric(self) -> bool:
        """Whether it holds numbers in every part."""
        return all(values.dtype.kind == "f" for values in self.parts.values())

    def changed(self, slope: float, shift: float) -> Column:
        """Every value times `slope`, plus `shift`."""
        return Column(self.name, {part: v * slope + shift for part, v in self.parts.items()})

    def filled(self, value: float) -> Column:
        """With `value` for what is missing."""
        import numpy as np

        return Column(
            self.name, {part: np.where(np.isnan(v), value, v) for part, v in self.parts.items()}
        )


Flow = tuple[Column | None, ...]


class RawColumns:
    """The columns of the tables as they lie on disk, each read once."""

    def __init__(self, frames: Frames) -> None:
        self._frames: dict[Part, Any] = {"train": frames.train, "test": frames.test}
        if frames.held_name == "validation" and frames.held is not None:
            self._frames["validation"] = frames.held
        self._features = frames.features
        self._known: dict[str, Column | None] = {}

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts there are."""
        return tuple(self._frames)

    def rows(self, part: Part) -> int:
        """The number of rows of a part."""
        return len(self._frames[part])

    def given_to(self, part: Saved) -> Flow | None:
        """What a part was fitted on by its own names; without names, all features where it has
        as many; None where neither is known."""
        names = part["feature_names_in_"]
        if names is not None and all(isinstance(name, str) for name in names):
            return tuple(self._column(name) for name in names)
        count = part["n_features_in_"]
        if count is not None and int(count) == len(self._features):
            return tuple(self._column(name) for name in self._features)
        return None

    def text(self) -> Column | None:
        """The one feature that holds words, where there is one and no other."""
        found = [c for c in map(self._column, self._features) if c is not None and not c.numeric]
        return found[0] if len(found) == 1 else None

    def _column(self, name: str) -> Column | None:
        if name not in self._known:
            there = all(name in frame for frame in self._frames.values())
            self._known[name] = self._read(name) if there else None
        return self._known[name]

    def _read(self, name: str) -> Column:
        import numpy as np
        import pandas as pd

        pieces: dict[Part, np.ndarray[Any, Any]] = {}
        for part, frame in self._frames.items():
            values = frame[name]
            kind = kind_of(values)
            if kind == "number" or pd.api.types.is_bool_dtype(values):
                pieces[part] = values.to_numpy(dtype=float, na_value=np.nan)
            elif kind == "time":
                pieces[part] = values.dt.tz_localize(None).to_numpy()
            else:
                pieces[part] = values.to_numpy(dtype=object)
        return Column(name, pieces)


def picked(flow: Flow | None, names: Sequence[Any] | None, wanted: Any) -> Flow | None:
    """The columns of a ColumnTransformer's entry: by name, place, slice or mask."""
    if flow is None:
        return None
    places = list(range(len(flow)))
    if isinstance(wanted, SavedArray):
        found = wanted.values()
        wanted = None if found is None else found.tolist()
    if isinstance(wanted, slice):
        if isinstance(wanted.start, str) or isinstance(wanted.stop, str):
            return None
        chosen = places[wanted]
    else:
        each = wanted if isinstance(wanted, list) else [wanted]
        if each and all(isinstance(item, bool) for item in each) and len(each) == len(places):
            chosen = [place for place, kept in zip(places, each, strict=True) if kept]
        elif all(isinstance(item, int) for item in each):
            chosen = [places[item] for item in each if -len(places) <= item < len(places)]
        elif names is not None and all(item in names for item in each):
            chosen = [list(names).index(item) for item in each]
        else:
            return None
    return tuple(flow[place] for place in chosen)


def passed_on(part: Saved, flow: Flow | None) -> Flow | None:
    """What a fitted part makes of its columns; None where that cannot be told."""
    if flow is None:
        return None
    match part.kind:
        case "SimpleImputer":
            return _filled(part, flow)
        case "StandardScaler":
            return _changed(
                flow, None, part["scale_"], part["mean_"] if part["with_mean"] else None
            )
        case "RobustScaler":
            return _changed(flow, None, part["scale_"], part["center_"])
        case "MaxAbsScaler":
            return _changed(flow, None, part["scale_"], None)
        case "MinMaxScaler":
            return _changed(flow, part["scale_"], None, None, part["min_"])
        case "FunctionTransformer" if part["func"] is None:
            return flow
    return None


def _filled(part: Saved, flow: Flow) -> Flow | None:
    import numpy as np

    fills = part["statistics_"]
    if fills is None or part["add_indicator"] or len(fills) != len(flow):
        return None
    numbers = np.array([fill if isinstance(fill, int | float) else np.nan for fill in fills])
    if part["strategy"] in ("mean", "median") and np.isnan(numbers).any():
        return None  # a column without a value was dropped
    return tuple(
        column.filled(float(fill)) if column is not None and column.numeric else None
        for column, fill in zip(flow, numbers, strict=True)
    )


def _changed(flow: Flow, slope: Any, divisor: Any, centre: Any, shift: Any = None) -> Flow | None:
    """(x − centre) / divisor, or x · slope + shift, column by column."""
    import numpy as np

    count = len(flow)
    slopes = np.ones(count) if slope is None else np.asarray(slope, dtype=float)
    if divisor is not None:
        slopes = 1.0 / np.asarray(divisor, dtype=float)
    shifts = np.zeros(count) if shift is None else np.asarray(shift, dtype=float)
    if centre is not None:
        shifts = -np.asarray(centre, dtype=float) * slopes
    if slopes.shape != (count,) or shifts.shape != (count,):
        return None
    return tuple(
        column.changed(float(a), float(b)) if column is not None and column.numeric else None
        for column, a, b in zip(flow, slopes, shifts, strict=True)
    )
