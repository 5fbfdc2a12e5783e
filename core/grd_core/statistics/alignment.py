"""Joining predictions to labels by id, in the order of the labels, seed by seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from grd_core.errors import DataError
from grd_core.statistics.observed import Codes, Floats, Numbers, Observed, observe_labels
from grd_core.statistics.prediction_table import SCORE_PREFIX


@dataclass(frozen=True, slots=True)
class Coverage:
    """How ids compare with those that must be covered; the first three are named."""

    expected: int
    missing: int
    extra: int
    first_missing: tuple[str, ...]
    first_extra: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether every id is there and no other."""
        return not self.missing and not self.extra


@dataclass(frozen=True, slots=True, eq=False)
class Replicate:
    """One model's predictions: which seed and fold, and the rows it answered.

    `rows` are positions in the label table, rising; `positions` are the places of the same
    rows in the prediction table.
    """

    seed: int | None
    fold: int | None
    rows: Codes
    positions: Codes


def convert_like(values: pd.Series[Any], like: pd.Series[Any]) -> pd.Series[Any]:
    """Values in the representation of `like` (a CSV knows only text); NA where they cannot
    be converted."""
    if pd.api.types.is_bool_dtype(like):
        words = values.astype(str).str.strip().str.lower()
        known = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}
        return words.map(known).astype("boolean")
    if pd.api.types.is_integer_dtype(like):
        return _integers(values)
    if pd.api.types.is_numeric_dtype(like):
        return pd.to_numeric(values, errors="coerce").astype("float64")
    if pd.api.types.is_datetime64_any_dtype(like):
        return pd.to_datetime(values, errors="coerce").astype(like.dtype)
    return values.astype(object).where(values.notna(), None).map(_text)


def _integers(values: pd.Series[Any]) -> pd.Series[Any]:
    if pd.api.types.is_integer_dtype(values):
        return values.astype("Int64")
    try:  # exact for text beyond 2^53, which a detour over floats would round
        return pd.Series([int(value) for value in values], index=values.index, dtype="Int64")
    except (TypeError, ValueError, OverflowError):
        numbers = pd.to_numeric(values, errors="coerce").astype("float64")
        return numbers.where(numbers == np.floor(numbers)).astype("Int64")


def _text(value: Any) -> Any:
    return value if value is None else str(value)


def locate(ids: pd.Series[Any], reference: pd.Series[Any]) -> Codes:
    """The position of each id in `reference`, −1 where it is not there.

    Raises:
        DataError: the reference holds an id twice.
    """
    index = pd.Index(convert_like(reference, reference))
    if not index.is_unique:
        raise DataError(
            f"id {index[index.duplicated()][0]} stands twice in the frozen part",
            fix="declare a column that is unique as the id, and freeze again",
        )
    found: Codes = index.get_indexer(pd.Index(convert_like(ids, reference))).astype(np.intp)
    return found


def coverage(ids: pd.Series[Any], reference: pd.Series[Any]) -> Coverage:
    """Which ids are missing and which are not among those of `reference`."""
    found = locate(ids, reference)
    absent = np.ones(len(reference), dtype=bool)
    absent[found[found >= 0]] = False
    strange = found < 0
    return Coverage(
        expected=len(reference),
        missing=int(absent.sum()),
        extra=int(strange.sum()),
        first_missing=tuple(str(value) for value in reference[absent][:3]),
        first_extra=tuple(str(value) for value in ids[strange][:3]),
    )


def replicates_in(rows: pd.DataFrame) -> Iterator[tuple[int | None, int | None, pd.DataFrame]]:
    """The rows of one part by model: by seed, and by fold too where folds repeat an id.

    Folds of a cross-validation share the rows among them and are one model; folds that
    each answer all rows are as many models.
    """
    for seed, of_seed in rows.groupby("seed", dropna=False, sort=True):
        if not of_seed["id"].astype(str).duplicated().any():
            yield _number(seed), None, of_seed
            continue
        for fold, of_fold in of_seed.groupby("fold", dropna=False, sort=True):
            yield _number(seed), _number(fold), of_fold


def _number(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def align(rows: pd.DataFrame, reference: pd.Series[Any]) -> tuple[Replicate, ...]:
    """Each model's rows that are in `reference` (ids), in the reference's order."""
    found = []
    for seed, fold, group in replicates_in(rows):
        places = locate(group["id"], reference)
        known = places >= 0
        order = np.argsort(places[known], kind="stable")
        positions = group.index.to_numpy()[known][order].astype(np.intp)
        found.append(Replicate(seed, fold, places[known][order], positions))
    return tuple(found)


def observe_rows(
    frame: pd.DataFrame,
    labels: pd.Series[Any],
    task: str,
    classes: Sequence[Any] = (),
) -> Observed:
    """Predictions `frame` (n rows) beside their labels (n), as metrics take them.

    `classes` are the sorted classes of the whole label table.

    Raises:
        DataError: a predicted class that the target does not hold, or scores that cannot be
            matched to the classes.
    """
    if task == "regression":
        return Numbers(
            labels.to_numpy(dtype=np.float64), frame["y_pred"].to_numpy(dtype=np.float64)
        )
    said = convert_like(frame["y_pred"], labels)
    if said.isna().any():
        strange = frame["y_pred"][said.isna()].iloc[0]
        raise DataError(
            f"the prediction {strange!r} is no class of the target",
            fix="predict the classes the target holds, spelled the same way",
        )
    truth: NDArray[Any] = _plain(convert_like(labels, labels))
    return observe_labels(truth, _plain(said), _scores(frame, classes), classes=classes)


def classes_of(labels: pd.Series[Any], *predicted: pd.Series[Any]) -> tuple[Any, ...]:
    """The sorted classes of the labels and of predictions that can be read as one."""
    seen = [_plain(convert_like(labels, labels).dropna())]
    seen += [_plain(convert_like(values, labels).dropna()) for values in predicted]
    return tuple(np.unique(np.concatenate(seen)).tolist())


def _plain(values: pd.Series[Any]) -> NDArray[Any]:
    if pd.api.types.is_bool_dtype(values):
        return values.to_numpy(dtype=bool)
    if pd.api.types.is_integer_dtype(values):
        return values.to_numpy(dtype=np.int64)
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
        return values.to_numpy()
    return values.to_numpy(dtype=str)


def _scores(frame: pd.DataFrame, classes: Sequence[Any]) -> Floats | None:
    """Score columns in the order of the classes: by name, else by their number in order."""
    columns = [c for c in frame.columns if c.startswith(SCORE_PREFIX)]
    if not columns:
        return None
    by_name = {column.removeprefix(SCORE_PREFIX): column for column in columns}
    wanted = [str(known) for known in classes]
    if len(columns) == 1 and len(classes) == 2:
        values = frame[columns[0]].to_numpy(dtype=np.float64)
        return 1.0 - values if wanted[0] in by_name else values
    if all(name in by_name for name in wanted):
        return frame[[by_name[name] for name in wanted]].to_numpy(dtype=np.float64)
    if len(columns) == len(classes) and sorted(by_name) == sorted(map(str, range(len(columns)))):
        ordered = [by_name[str(place)] for place in range(len(columns))]
        return frame[ordered].to_numpy(dtype=np.float64)
    missing = next((name for name in wanted if name not in by_name), wanted[-1])
    raise DataError(
        f"there is no score column for class {missing!r}; there are {', '.join(columns)}",
        fix="name one column score_<class> for each class of the target",
    )
