"""What fitted parts remember of rows that were not training rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.fitted_columns import (
    Column,
    Flow,
    Part,
    RawColumns,
    passed_on,
    picked,
)
from grd_core.checks.data.saved_pipeline import Saved, SavedArray

if TYPE_CHECKING:
    import numpy as np

TOLERANCE = 0.001
"""How near a statistic must be to that of more rows, as a share of its distance from train's."""

_SHOWN = 3
_RESOLUTION = 1e-6
_TIED = 0.01
_LEARNERS = ("KNeighbors", "RadiusNeighbors", "GaussianProcess")
_STATISTICS = {
    "StandardScaler": {"mean_": "mean"},
    "MinMaxScaler": {"data_min_": "minimum", "data_max_": "maximum"},
    "MaxAbsScaler": {"max_abs_": "largest size"},
    "RobustScaler": {"center_": "median"},
    "PCA": {"mean_": "mean"},
    "IncrementalPCA": {"mean_": "mean"},
}
_ENCODERS = ("OneHotEncoder", "OrdinalEncoder", "TargetEncoder")
_VECTORISERS = ("CountVectorizer", "TfidfVectorizer")


@dataclass(frozen=True, slots=True)
class Trace:
    """What proves that a part saw other rows: where it stands, what was found, which rows they
    are, and whether labels went into the part with them."""

    where: str
    what: str
    rows: str
    with_labels: bool


@dataclass(slots=True)
class Audit:
    """Walks a saved pipeline; `audited` counts the parts that told anything."""

    raw: RawColumns
    audited: int = 0
    traces: list[Trace] = field(default_factory=list)

    def walk(self, part: Any, flow: Flow | None, where: str) -> Flow | None:
        """Look at a part and those in it; the columns it passes on, where these are known."""
        if part == "passthrough" or part is None:
            return flow
        if not isinstance(part, Saved):
            return None
        if flow is None:
            flow = self.raw.given_to(part)
        match part.kind:
            case "Pipeline":
                for name, step in _named(part["steps"]):
                    flow = self.walk(step, flow, f"{where} → {name}")
                return flow
            case "ColumnTransformer":
                return self._columns(part, flow, where)
            case "FeatureUnion":
                made = [
                    self.walk(one, flow, f"{where} → {name}")
                    for name, one in _named(part["transformer_list"])
                ]
                known = [columns for columns in made if columns is not None]
                return (
                    tuple(c for columns in known for c in columns)
                    if len(known) == len(made)
                    else None
                )
        self._look_at(part, flow, where)
        for name, value in part.attributes.items():
            # What was fitted ends in an underscore; beside it stands the part as it was given.
            if name.endswith("_") and isinstance(value, Saved):
                self.walk(value, flow, f"{where} → {name.rstrip('_')}")
        return passed_on(part, flow)

    def _columns(self, part: Saved, flow: Flow | None, where: str) -> Flow | None:
        names, places = part["feature_names_in_"], part["output_indices_"] or {}
        made: dict[int, Column | None] = {}
        for entry in part["transformers_"] or ():
            name, one, wanted = entry
            if one == "drop":
                continue
            given = picked(flow, names, wanted)
            found = self.walk(one, given, f"{where} → {name}")
            span = places.get(name)
            if not isinstance(span, slice):
                return None
            width = range(span.start, span.stop)
            known = found if found is not None and len(found) == len(width) else [None] * len(width)
            made |= dict(zip(width, known, strict=True))
        return tuple(made.get(place) for place in range(max(made, default=-1) + 1)) or None

    def _look_at(self, part: Saved, flow: Flow | None, where: str) -> None:
        found = list(self._told(part, flow, where))
        self.audited += bool(found)
        self.traces.extend(trace for trace in found if trace is not None)

    def _told(self, part: Saved, flow: Flow | None, where: str) -> Iterator[Trace | None]:
        """One item for each thing the part remembers: a trace, or None where it is sound."""
        seen = _rows_seen(part)
        if seen:
            yield self._more_rows(part, seen, where)
        if flow is not None:
            for attribute, called in _STATISTICS.get(part.kind, {}).items():
                yield from self._statistic(part[attribute], called, flow, where)
            if part.kind == "SimpleImputer" and part["strategy"] in ("mean", "median"):
                yield from self._statistic(part["statistics_"], part["strategy"], flow, where)
        if part.kind in _ENCODERS and part["categories"] == "auto" and flow is not None:
            yield self._categories(part, flow, where)
        if part.kind in _VECTORISERS and not part["fixed_vocabulary_"]:
            yield from self._vocabulary(part, flow, where)

    def _more_rows(self, part: Saved, seen: int, where: str) -> Trace | None:
        train = self.raw.rows("train")
        if seen <= train:
            return None
        joined = next(
            (parts for parts in self._unions() if sum(map(self.raw.rows, parts)) == seen), None
        )
        if joined is None and seen % train == 0:
            return None  # `partial_fit`, once for each pass over train
        learner = part.kind.startswith(_LEARNERS) or part.kind.endswith("NB")
        what = f"was fitted on {seen:,} rows where train has {train:,}"
        if joined is None:
            return Trace(where, what, "repeated, made up, or of another part", False)
        return Trace(where, what, f"as many as {' and '.join(joined)} have together", learner)

    def _statistic(self, said: Any, called: str, flow: Flow, where: str) -> Iterator[Trace | None]:
        import numpy as np

        if said is None or len(said) != len(flow):
            return
        values = np.asarray(said, dtype=float)
        pairs = [
            (column, float(value))
            for column, value in zip(flow, values, strict=True)
            if column is not None and column.numeric and np.isfinite(value)
        ]
        best: tuple[int, int, tuple[Part, ...], list[str]] = (0, 0, (), [])
        for union in self._unions():
            verdicts = {
                column.name: _is_of(column, value, called, union) for column, value in pairs
            }
            decided = {name: it for name, it in verdicts.items() if it is not None}
            matching = [name for name, it in decided.items() if it]
            best = max(best, (len(matching), len(decided), union, matching), key=lambda b: b[0])
        matched, decided_count, union, names = best
        if not pairs:
            return
        if not matched or matched * 2 <= decided_count:
            yield None
            return
        of = ", ".join(names[:_SHOWN]) + (f" and {matched - _SHOWN} more" * (matched > _SHOWN))
        yield Trace(
            where,
            f"its {called} of {of} is that of {' and '.join(union)} together, not that of train",
            f"{matched} of {decided_count} columns in which the two differ",
            False,
        )

    def _categories(self, part: Saved, flow: Flow, where: str) -> Trace | None:
        listed = part["categories_"] or []
        found: list[str] = []
        parts: list[Part] = []
        for column, known in zip(flow, listed, strict=False):
            if column is None:
                continue
            for other in self._others():
                only = _values(column, other) - _values(column, "train")
                strange = [value for value in _listed(known) if value in only]
                if strange:
                    parts.append(other)
                    found.append(f"{_words(strange)} of {column.name}")
        if not found:
            return None
        what = f"knows {'; '.join(dict.fromkeys(found))}"
        rows = f"values that train does not have, and {' and '.join(dict.fromkeys(parts))} does"
        return Trace(where, what, rows, part.kind == "TargetEncoder")

    def _vocabulary(self, part: Saved, flow: Flow | None, where: str) -> Iterator[Trace | None]:
        column = flow[0] if flow is not None and len(flow) == 1 else self.raw.text()
        known = part["vocabulary_"]
        if column is None or column.numeric or not isinstance(known, dict):
            return
        analyse = _analyser(part)
        if analyse is None:
            return
        strange = set(known) - _terms(column, "train", analyse)
        for other in self._others():
            only = sorted(strange & _terms(column, other, analyse)) if strange else []
            if only:
                yield Trace(
                    where,
                    f"has {len(only):,} of {len(known):,} words, such as {_words(only)}",
                    f"which stand in {other} and nowhere in train",
                    False,
                )
                return
        yield None

    def _others(self) -> tuple[Part, ...]:
        return tuple(part for part in ("test", "validation") if part in self.raw.parts)

    def _unions(self) -> tuple[tuple[Part, ...], ...]:
        """The sets of parts, train among them, that a fit may have taken together."""
        others = self._others()
        found: list[tuple[Part, ...]] = [("train", other) for other in others]
        if len(others) == 2:
            found.append(("train", "validation", "test"))
        return tuple(found)


def _named(steps: Any) -> Iterator[tuple[str, Any]]:
    for step in steps or ():
        yield str(step[0]), step[1]


def _rows_seen(part: Saved) -> int:
    """How many rows a part says it was fitted on; 0 where it does not say."""
    import numpy as np

    for name in ("n_samples_seen_", "n_samples_", "n_samples_fit_"):
        if part[name] is not None and not isinstance(part[name], Saved):
            return int(np.max(part[name]))
    for name in ("_fit_X", "X_train_"):
        if isinstance(part[name], np.ndarray):
            return len(part[name])
    counts = part["class_count_"]
    if isinstance(counts, np.ndarray) and part.kind.endswith("NB"):
        return int(counts.sum()) if float(counts.sum()).is_integer() else 0
    return 0


def _is_of(column: Column, value: float, called: str, union: Iterable[Part]) -> bool | None:
    """Whether a statistic is that of these parts together and not of train; None where the two
    are too near each other to tell, or a value that many rows share stands in the middle."""
    import numpy as np

    train = column.parts["train"]
    own = _reduced(train, called)
    full = _reduced(np.concatenate([column.parts[part] for part in union]), called)
    apart = abs(full - own)
    if not apart > _RESOLUTION * max(abs(full), abs(own)):
        return None
    if called == "median" and np.count_nonzero(train == value) > max(1, _TIED * train.size):
        return None
    return abs(value - full) <= TOLERANCE * apart


def _reduced(values: np.ndarray[Any, Any], called: str) -> float:
    import numpy as np

    present = values[np.isfinite(values)]
    if not present.size:
        return float("nan")
    match called:
        case "mean":
            return float(present.mean())
        case "median":
            return float(np.median(present))
        case "minimum":
            return float(present.min())
        case "maximum":
            return float(present.max())
    return float(np.abs(present).max())


def _values(column: Column, part: Part) -> set[Any]:
    import pandas as pd

    return set(pd.unique(pd.Series(column.parts[part]).dropna()).tolist())


def _listed(known: Any) -> list[Any]:
    if isinstance(known, SavedArray):
        known = known.values()
        return [] if known is None else list(known.tolist())
    return [value for value in known if isinstance(value, str | int | float)]


def _words(values: list[Any]) -> str:
    more = f" and {len(values) - _SHOWN:,} more" if len(values) > _SHOWN else ""
    return ", ".join(repr(value)[:40] for value in values[:_SHOWN]) + more


def _analyser(part: Saved) -> Any:
    """What makes words of a text as the vectoriser did; None where that was code of its own."""
    from sklearn.feature_extraction.text import CountVectorizer

    names = ("lowercase", "strip_accents", "stop_words", "token_pattern", "ngram_range", "analyzer")
    settings = {name: part[name] for name in names}
    own_code = (part["preprocessor"], part["tokenizer"], *settings.values())
    if part["input"] != "content" or any(isinstance(value, Saved) for value in own_code):
        return None
    settings["ngram_range"] = tuple(settings["ngram_range"])
    return CountVectorizer(**settings).build_analyzer()


def _terms(column: Column, part: Part, analyse: Any) -> set[str]:
    return {term for text in column.parts[part] if isinstance(text, str) for term in analyse(text)}
