"""What a column's sampled values add to what was counted of all of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.column_oddities import (
    common_share,
    far_rows,
    placeholder,
    tail_share,
    word_facts,
)
from grd_core.recon.column_facts import (
    MOST_WORDS,
    ColumnFacts,
    as_numbers,
    is_numeric,
    is_text,
    rounded,
)

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

SHAPE_BINS, SHAPE_HEIGHT = 12, 8
_FIRST_SECOND, _LAST_SECOND = 946_684_800, 2_208_988_800
"""2000 and 2040, in seconds since 1970."""
_SHOWN = 24


def sampled_facts(
    values: pa.ChunkedArray, counted: dict[str, Any], facts: ColumnFacts
) -> dict[str, Any]:
    """Shape, common values, oddities and looks of a column.

    Args:
        values: the sampled rows.
        counted: what all rows gave, as `ColumnFacts.as_json`.
        facts: where that came from: its words stand for the sample's where all were counted.

    Returns:
        `rises`; of numbers `shape`, `common_share`, `placeholder`, `far_rows` and
        `tail_share`; of texts `common_share`, `numeric_share`, `variants` and the like; of both
        `looks_like_time`.
    """
    told: dict[str, Any] = {"rises": facts.rises}
    if is_text(values.type):
        return told | _words(values, facts)
    if is_numeric(values.type):
        return told | _numbers(values, counted, facts)
    return told


def _words(values: pa.ChunkedArray, facts: ColumnFacts) -> dict[str, Any]:
    import numpy as np
    import pyarrow.compute as pc

    if facts.words is not None:
        words, rows = list(facts.words), list(facts.words.values())
    else:
        # More values than are counted differ: some of them, from all over, tell what they are.
        some = values.take(np.arange(0, len(values), max(1, len(values) // MOST_WORDS)))
        counts = pc.value_counts(some.drop_null())
        words, rows = counts.field("values").to_pylist(), counts.field("counts").to_pylist()
    found = word_facts(words, rows)
    return {
        "common_share": round(max(rows, default=0) / max(1, sum(rows)), 6),
        "numeric_share": found.numeric_share,
        "other_words": [word[:_SHOWN] for word in found.others],
        "variants": found.variants,
        "variant_share": round(found.variant_share, 6),
        "spellings": [word[:_SHOWN] for word in found.spellings],
        "looks_like_time": found.dated,
    }


def _numbers(
    values: pa.ChunkedArray, counted: dict[str, Any], facts: ColumnFacts
) -> dict[str, Any]:
    import numpy as np

    numbers = as_numbers(values)
    ordered = np.sort(numbers[np.isfinite(numbers)])
    found = placeholder(ordered)
    told: dict[str, Any] = {
        "common_share": round(common_share(ordered), 6),
        "far_rows": far_rows(ordered),
        "tail_share": round(tail_share(ordered), 4),
        "looks_like_time": _counts_seconds(counted, facts),
    }
    if found is not None:
        told["placeholder"] = rounded(found.value)
        told["placeholder_share"] = round(found.rows / ordered.size, 6)
    shape = _shape(ordered)
    return told | ({"shape": shape} if shape else {})


def _counts_seconds(counted: dict[str, Any], facts: ColumnFacts) -> bool:
    """Numbers that rise with the rows through the years 2000 to 2040, in seconds or parts of
    them since 1970."""
    low, high = counted.get("min"), counted.get("max")
    if low is None or high is None or not facts.rises or counted["constant"]:
        return False
    return any(
        _FIRST_SECOND * unit <= low and high <= _LAST_SECOND * unit for unit in (1, 10**3, 10**6)
    )


def _shape(ordered: np.ndarray[Any, Any]) -> list[int]:
    """Heights from 0 to `SHAPE_HEIGHT` of a histogram from the 1st to the 99th percentile, whose
    ends hold what lies beyond; empty for what never varies."""
    import numpy as np

    if not ordered.size:
        return []
    low, high = (float(end) for end in np.quantile(ordered, [0.01, 0.99]))
    if not math.isfinite(high - low) or low == high:
        return []
    edges = np.linspace(low, high, SHAPE_BINS + 1)
    counts = np.diff(np.searchsorted(ordered, edges[1:-1]), prepend=0, append=ordered.size)
    return [int(height) for height in np.ceil(counts / counts.max() * SHAPE_HEIGHT)]
