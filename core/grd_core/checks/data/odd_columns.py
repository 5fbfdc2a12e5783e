"""Which features of a training table are odd, and in what: one finding a kind, for D213."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grd_core.checks.contract import Evidence, Severity, Thresholds
from grd_core.checks.data.column_oddities import far_rows, placeholder, tail_share, word_facts
from grd_core.checks.data.encoded import kind_of
from grd_core.checks.data.frames import Frames

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_NAMED = 4
_LOOKED_AT = 20
_ROWS_EACH = 5
_SHOWN = 24


@dataclass(frozen=True, slots=True)
class Ranked:
    """Evidence, with what orders it among evidence of one severity."""

    evidence: Evidence
    weight: float


@dataclass(frozen=True, slots=True)
class _Odd:
    """What is odd about one column, and how much, in [0, 1]."""

    name: str
    what: str
    weight: float


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of oddity in words: of one column, of several, and what to do."""

    severity: Severity
    one: str
    many: str
    fix: str
    weight: float


_KINDS = {
    "infinite": _Kind(
        Severity.WARNING,
        "holds infinite values",
        "hold infinite values",
        "find the division that made them, and empty those fields",
        0.9,
    ),
    "placeholder": _Kind(
        Severity.WARNING,
        "holds a placeholder among its numbers",
        "hold placeholders among their numbers",
        "find out whether it means «missing», and empty those fields",
        0.8,
    ),
    "mixed": _Kind(
        Severity.WARNING,
        "mixes numbers and words",
        "mix numbers and words",
        "empty the fields whose word means «missing», and read the rest as numbers",
        0.7,
    ),
    "constant": _Kind(
        Severity.WARNING,
        "never varies in train",
        "never vary in train",
        "ask whether a join or a filter went wrong; leave the column out otherwise",
        0.6,
    ),
    "variants": _Kind(
        Severity.WARNING,
        "spells one value in several ways",
        "spell one value in several ways",
        "fold case and outer blanks before the split",
        0.5,
    ),
    "far": _Kind(
        Severity.INFO,
        "has rows far from all others",
        "have rows far from all others",
        "look at those rows in the source before a model or a scaler follows them",
        0.4,
    ),
    "tail": _Kind(
        Severity.INFO,
        "has heavy tails",
        "have heavy tails",
        "take ranks or logarithms where a linear model or a distance reads it",
        0.3,
    ),
}


def odd_columns(frames: Frames, thresholds: Thresholds, path: str) -> Iterator[Ranked]:
    """One evidence a kind of oddity, its columns worst first.

    Args:
        frames: the tables; of the test table only columns constant in train are looked at.
        thresholds: `mixed_share`, `variant_share` and `tail_info` of D213.
        path: of the training table.
    """
    found: dict[str, list[_Odd]] = {}
    for name in frames.features:
        for kind, odd in _oddities(frames, name, thresholds):
            found.setdefault(kind, []).append(odd)
    for kind, odds in found.items():
        odds.sort(key=lambda odd: -odd.weight)
        words = _KINDS[kind]
        names = ", ".join(f"`{shown(odd.name)}`" for odd in odds[:_NAMED])
        more = f" and {len(odds) - _NAMED} more" if len(odds) > _NAMED else ""
        told = "; ".join(f"`{shown(odd.name)}`: {odd.what}" for odd in odds[:_NAMED])
        evidence = Evidence(
            title=f"{names}{more} {words.many if len(odds) > 1 else words.one}",
            why=f"{told}; {len(frames.train):,} training rows",
            fix=words.fix,
            severity=words.severity,
            path=path,
            value=round(odds[0].weight, 6),
        )
        yield Ranked(evidence, words.weight + odds[0].weight / 10)


def ordered_numbers(column: pd.Series[Any]) -> np.ndarray[Any, Any]:
    """The finite numbers of a column, ascending, (n,)."""
    import numpy as np

    values = column.to_numpy(dtype=float, na_value=np.nan)
    return np.sort(values[np.isfinite(values)])


def shown(value: Any) -> str:
    """A value as a finding may name it: escaped, and short."""
    text = value if isinstance(value, str) else str(value)
    escaped = text if text.isprintable() else repr(text)[1:-1]
    return escaped if len(escaped) <= _SHOWN else escaped[: _SHOWN - 1] + "…"


def _oddities(frames: Frames, name: str, thresholds: Thresholds) -> Iterator[tuple[str, _Odd]]:
    import pandas as pd

    column = frames.train[name]
    if "unreadable" in {kind_of(column), kind_of(frames.test[name])}:
        return  # lists, bytes and the like have no values to compare
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        if column.isna().all() or column.min() == column.max():
            yield "constant", _constant(frames, name)
    elif pd.api.types.is_numeric_dtype(column):
        yield from _numbers(frames, name, thresholds)
    else:
        yield from _words(frames, name, thresholds)


def _numbers(frames: Frames, name: str, thresholds: Thresholds) -> Iterator[tuple[str, _Odd]]:
    import numpy as np

    values = frames.train[name].to_numpy(dtype=float, na_value=np.nan)
    infinite = int(np.isinf(values).sum())
    if infinite:
        yield "infinite", _Odd(name, f"{infinite:,} rows", infinite / values.size)
    ordered = np.sort(values[np.isfinite(values)])
    if not ordered.size or ordered[0] == ordered[-1]:
        if not infinite:
            yield "constant", _constant(frames, name)
        return
    held = placeholder(ordered)
    if held is not None:
        what = f"{held.rows:,} rows are {held.value:g}"
        yield "placeholder", _Odd(name, what, held.rows / ordered.size)
        return
    far, tail = far_rows(ordered), tail_share(ordered)
    if far:
        what = f"{far:,} rows; it runs from {ordered[0]:.4g} to {ordered[-1]:.4g}"
        yield "far", _Odd(name, what, tail)
    elif tail >= thresholds["tail_info"]:
        what = f"the worst 1% of rows hold {tail:.0%} of the squared deviation"
        yield "tail", _Odd(name, what, tail)


def _words(frames: Frames, name: str, thresholds: Thresholds) -> Iterator[tuple[str, _Odd]]:
    counts = frames.train[name].value_counts()
    if len(counts) <= 1:
        yield "constant", _constant(frames, name)
        return
    if not all(isinstance(value, str) for value in counts.index[:_LOOKED_AT]):
        return
    facts = word_facts(counts.index.tolist(), counts.tolist())
    if thresholds["mixed_share"] <= facts.numeric_share < 1:
        others = ", ".join(f"«{shown(word)}»" for word in facts.others)
        what = f"{facts.numeric_share:.1%} are numbers, others are {others}"
        yield "mixed", _Odd(name, what, facts.numeric_share)
    repeated = int(counts.sum()) >= _ROWS_EACH * len(counts)
    if repeated and facts.variant_share >= thresholds["variant_share"]:
        spelt = " and ".join(f"«{shown(word)}»" for word in facts.spellings)
        what = f"{facts.variants:,} lesser spellings in {facts.variant_share:.1%} of rows: {spelt}"
        yield "variants", _Odd(name, what, facts.variant_share)


def _constant(frames: Frames, name: str) -> _Odd:
    column, test = frames.train[name], frames.test[name].dropna()
    present = column.dropna()
    if present.empty:
        varies, what = len(test) > 0, "no value at all"
    else:
        varies = _differs(test, present)
        what = f"always {shown(present.iloc[0])}"
        what += " where it is not missing" if len(present) < len(column) else ""
    return _Odd(name, what + (", but not in test" if varies else ""), 1.0 if varies else 0.5)


def _differs(test: pd.Series[Any], present: pd.Series[Any]) -> bool:
    """Whether test holds another value than the one of train; 1 and 1.0 are the same."""
    import pandas as pd

    value = present.iloc[0]
    if pd.api.types.is_numeric_dtype(test) and pd.api.types.is_numeric_dtype(present):
        return bool((test != value).any())
    return bool((test.astype(str) != str(value)).any())
