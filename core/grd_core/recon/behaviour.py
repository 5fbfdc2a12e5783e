"""Roles that nobody declared, found by how rows behave: groups, drift, what is missing together.

Features only: what the rows have in common is looked for without the target.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grd_core.checks.data.batches import BatchedTable
from grd_core.errors import DataError
from grd_core.recon.alikeness import alike_within
from grd_core.recon.column_facts import is_text
from grd_core.recon.roles import Roles
from grd_core.recon.time_axis import time_axis

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

LEAST_GROUPS, MOST_GROUP_ROWS = 20, 200.0
"""A column may name groups where it has this many values, each in 1.5 to 200 rows on average."""
_LEAST_GROUP_ROWS = 1.5
ALIKE = 0.3
"""How alike rows of one group must be in another column: 0 as any two rows, 1 equal."""
DRIFT = 0.25
"""Least drift told: 2·|AUC − 0.5| of the last fifth against the first; half a standard deviation
of a normal column gives 0.28. Cramér's V for words."""
_DRIFT_SIGNIFICANCE = 0.002
_TOGETHER = 0.95
_LEAST_MISSING = 20
_MOST_ROWS = 20_000
_MOST_CANDIDATES, _MOST_OTHERS = 3, 12
_LEAST_ROWS = 100
_MOST_CATEGORIES = 50


def behaviour(
    source: BatchedTable,
    sample: pa.Table,
    whole: bool,
    facts: dict[str, dict[str, Any]],
    roles: Roles,
    time: dict[str, Any] | None,
) -> dict[str, Any]:
    """What the rows show.

    Args:
        source: all rows; gone through once more where groups must be drawn whole.
        sample: the sampled rows; `whole` where these are all.
        facts: of each column that may be looked at, by name.
        roles: what is declared.
        time: the facts of the declared time column.

    Returns:
        `groups`: columns whose equal values make rows alike, with the column they are most
        alike in; `drift`: features that change over the declared time; `missing_together`: sets
        of columns that lack their values in the same rows.
    """
    return {
        "groups": _groups(source, sample, whole, facts, roles),
        "drift": _drift(sample, facts, roles, time),
        "missing_together": _missing_together(sample, facts),
    }


def _groups(
    source: BatchedTable,
    sample: pa.Table,
    whole: bool,
    facts: dict[str, dict[str, Any]],
    roles: Roles,
) -> list[dict[str, Any]]:
    features = [name for name in facts if roles.role_of(name) == "feature"]
    candidates = [
        name for name in features if _may_group(sample.schema.field(name).type, facts[name])
    ]
    candidates.sort(key=lambda name: -(facts[name]["distinct"] or 0))
    varied = [
        name for name in features if not (facts[name]["constant"] or facts[name]["near_unique"])
    ]
    compared = {
        name: [other for other in varied if other != name][:_MOST_OTHERS]
        for name in candidates[:_MOST_CANDIDATES]
    }
    compared = {name: others for name, others in compared.items() if others}
    found = []
    for name, frame in _whole_groups(source, sample, whole, compared, facts).items():
        best = alike_within(frame, name, compared[name])
        if best is not None and best.alike >= ALIKE:
            distinct = facts[name]["distinct"]
            found.append(
                {
                    "column": name,
                    "groups": distinct,
                    "rows_each": round(facts[name]["present"] / distinct, 1),
                    "alike_in": best.column,
                    "alike": round(best.alike, 3),
                }
            )
    return found


def _may_group(kind: pa.DataType, facts: dict[str, Any]) -> bool:
    import pyarrow as pa

    if not (is_text(kind) or pa.types.is_integer(kind)) or facts.get("looks_like_time"):
        return False
    distinct = facts["distinct"] or 0
    if facts["present"] < _LEAST_ROWS or distinct < LEAST_GROUPS:
        return False
    return bool(_LEAST_GROUP_ROWS <= facts["present"] / distinct <= MOST_GROUP_ROWS)


def _whole_groups(
    source: BatchedTable,
    sample: pa.Table,
    whole: bool,
    compared: dict[str, list[str]],
    facts: dict[str, dict[str, Any]],
) -> dict[str, pd.DataFrame]:
    """All rows of some of the groups that each column would name, with the columns they are
    compared in. Groups are chosen by the hash of their names: a sample of rows would tear them
    apart. The rows are gone through once for all of them."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    from grd_core.checks.data.row_hashes import value_hashes

    used = list(dict.fromkeys(name for pair in compared.items() for name in (pair[0], *pair[1])))
    shares = {name: min(1.0, _MOST_ROWS / max(1, facts[name]["present"])) for name in compared}
    limits = {name: np.uint64(min(int(shares[name] * 2**64), 2**64 - 1)) for name in compared}
    pieces: dict[str, list[pd.DataFrame]] = {name: [] for name in compared}
    if not compared:
        return {}
    for batch in sample.select(used).to_batches() if whole else source.batches(used):
        for name, others in compared.items():
            names = batch.column(used.index(name))
            hashes = value_hashes(pa.chunked_array([names]))
            kept = (hashes <= limits[name]) & np.asarray(names.is_valid())
            some = batch.select([name, *others]).filter(pa.array(kept))
            pieces[name].append(some.to_pandas())
    return {name: pd.concat(found, ignore_index=True) for name, found in pieces.items()}


def _drift(
    sample: pa.Table,
    facts: dict[str, dict[str, Any]],
    roles: Roles,
    time: dict[str, Any] | None,
) -> list[dict[str, Any]]:
    """The last fifth of the rows by time against the first, feature by feature."""
    import numpy as np
    from scipy.stats import false_discovery_control

    if time is None or "fault" in time or sample.num_rows < _LEAST_ROWS:
        return []
    try:
        times = time_axis(sample, roles.time, where=roles.time).values
    except DataError:
        return []
    low, high = np.quantile(times, [0.2, 0.8])
    if low >= high:
        return []
    early, late = (_spread(np.flatnonzero(end)) for end in (times <= low, times >= high))
    tested = []
    for name, column in facts.items():
        told = column["constant"] or column["near_unique"] or column["rises"]
        if told or roles.role_of(name) != "feature":
            continue
        moved = _moved(sample.column(name), early, late)
        if moved is not None:
            tested.append((name, *moved))
    if not tested:
        return []
    adjusted = false_discovery_control([p for *_, p in tested])
    found = [
        {"column": name, "effect": round(effect, 4)}
        for (name, effect, _), p in zip(tested, adjusted, strict=True)
        if effect >= DRIFT and p <= _DRIFT_SIGNIFICANCE
    ]
    return sorted(found, key=lambda item: -float(str(item["effect"])))


def _spread(rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """At most half of `_MOST_ROWS`, evenly over these: more would only make p smaller, and the
    effect is known to a hundredth."""
    import numpy as np

    most = _MOST_ROWS // 2
    if rows.size <= most:
        return rows
    return np.asarray(rows[np.linspace(0, rows.size - 1, most).astype(np.int64)])


def _moved(
    values: pa.ChunkedArray, early: np.ndarray[Any, Any], late: np.ndarray[Any, Any]
) -> tuple[float, float] | None:
    """Effect in [0, 1] and p; None for what can be compared by neither ranks nor words."""
    import numpy as np

    from grd_core.recon.column_facts import as_numbers, is_numeric

    if is_numeric(values.type):
        from scipy.stats import mannwhitneyu

        numbers = as_numbers(values)
        first, last = (piece[~np.isnan(piece)] for piece in (numbers[early], numbers[late]))
        if min(first.size, last.size) < _LEAST_MISSING:
            return None
        statistic, p = mannwhitneyu(last, first, method="asymptotic")
        area = float(statistic) / (float(first.size) * float(last.size))
        return 2 * abs(area - 0.5), float(p)
    if not is_text(values.type):
        return None
    import pandas as pd
    from scipy.stats import chi2_contingency

    words = values.to_pandas()
    if not 2 <= words.nunique() <= _MOST_CATEGORIES:
        return None
    both = pd.concat([words.iloc[early], words.iloc[late]])
    part = np.repeat([0, 1], [early.size, late.size])
    table = pd.crosstab(part, both.to_numpy()).to_numpy()
    if min(table.shape) < 2:
        return None
    statistic, p, _, _ = chi2_contingency(table, correction=False)
    return float(np.sqrt(statistic / table.sum())), float(p)


def _missing_together(sample: pa.Table, facts: dict[str, dict[str, Any]]) -> list[list[str]]:
    """Columns whose missing rows are nearly the same ones, each set by its first column."""
    import numpy as np

    from grd_core.recon.column_facts import as_numbers, is_numeric

    masks: list[tuple[list[str], np.ndarray[Any, Any]]] = []
    for name, column in facts.items():
        if not 0 < column["missing_share"] < 1:
            continue
        values = sample.column(name)
        numeric = is_numeric(values.type)
        absent = np.isnan(as_numbers(values)) if numeric else np.asarray(values.is_null())
        if absent.sum() < _LEAST_MISSING:
            continue
        for names, known in masks:
            if (absent & known).sum() >= _TOGETHER * (absent | known).sum():
                names.append(name)
                break
        else:
            masks.append(([name], absent))
    return [names for names, _ in masks if len(names) > 1]
