"""Subgroups of the training part: which are too small to judge, and where the target differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grd_core.recon.risks import Risk, plain

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

MOST_VALUES = 50
LEAST_ROWS = 30
EFFECT_FLOOR = 0.5
"""Least difference told: of numbers in standard deviations of the target, of classes twice the
total variation distance, so that 25% of the rows have another class."""
SIGNIFICANCE = 0.002
_TOLD = 8


def subgroups(features: pd.DataFrame, target: pd.Series[Any], task: str) -> dict[str, Any]:
    """Each value of each column of up to 50 words or flags against all other rows.

    Numbers are compared by Welch's t test, classes by χ²; p values are adjusted over all values
    of all columns. They take rows as independent, so in large or clustered tables it is the
    effect floor that decides.

    Source: Welch 1947; Benjamini and Hochberg 1995.

    Returns:
        `compared`: how many subgroups of 30 rows or more; `small`: columns with smaller ones, and
        how many; `differing`: `column`, `value`, `rows`, `effect`, `here` and `elsewhere` (means,
        or shares of the class that differs most, `what`), strongest first.
    """
    from scipy.stats import false_discovery_control

    small: dict[str, int] = {}
    tested: list[tuple[dict[str, Any], float]] = []
    compare = _numbers(target) if task == "regression" else _classes(target)
    for name in features.columns:
        column = features[name]
        if not _is_grouping(column):
            continue
        counts = column.value_counts()
        few = int((counts < LEAST_ROWS).sum())
        if few:
            small[str(name)] = few
        for value, rows in counts[counts >= LEAST_ROWS].items():
            inside = (column == value).to_numpy(dtype=bool, na_value=False)
            if len(column) - rows < LEAST_ROWS:
                continue
            found, p = compare(inside)
            about = {"column": str(name), "value": plain(value, 32), "rows": int(rows)}
            tested.append((about | found, p))
    adjusted = list(false_discovery_control([p for _, p in tested])) if tested else []
    differing = [
        found
        for (found, _), p in zip(tested, adjusted, strict=True)
        if found["effect"] >= EFFECT_FLOOR and p <= SIGNIFICANCE
    ]
    differing.sort(key=lambda item: (-item["effect"], item["column"], item["value"]))
    return {
        "compared": len(tested),
        "small": [{"column": name, "values": few} for name, few in small.items()],
        "differing": differing[:_TOLD],
        "more_differing": max(0, len(differing) - _TOLD),
    }


def subgroup_risks(found: dict[str, Any]) -> list[Risk]:
    """One risk for all subgroups that differ, and one for those that are too small."""
    risks = []
    if found["differing"]:
        worst = found["differing"][0]
        columns = tuple(dict.fromkeys(item["column"] for item in found["differing"]))
        many = len(found["differing"]) + found["more_differing"]
        risks.append(
            Risk(
                "info",
                f"the target differs by {', '.join(plain(name, 24) for name in columns[:3])}",
                f"{worst['what']} {worst['here']:.3g} in {worst['rows']:,} rows where"
                f" {plain(worst['column'], 24)} is «{worst['value']}», {worst['elsewhere']:.3g}"
                f" elsewhere; {many} of {found['compared']} subgroups differ",
                "declare it as a stratum: a gain over all rows can be a loss in one of them",
                "training",
                round(min(1.0, 0.2 + worst["effect"] / 4), 4),
                columns,
                "metric",
            )
        )
    if found["small"]:
        columns = tuple(item["column"] for item in found["small"])
        values = sum(item["values"] for item in found["small"])
        risks.append(
            Risk(
                "info",
                f"small subgroups in {', '.join(plain(name, 24) for name in columns[:3])}"
                + (f" and {len(columns) - 3} more" if len(columns) > 3 else ""),
                f"{values} {'value has' if values == 1 else 'values have'} fewer than {LEAST_ROWS}"
                " training rows",
                "fold them together before they are encoded, and judge no result by them",
                "training",
                0.1,
                columns,
                "clean",
            )
        )
    return risks


def _is_grouping(column: pd.Series[Any]) -> bool:
    import pandas as pd

    flags = pd.api.types.is_bool_dtype(column)
    words = pd.api.types.is_object_dtype(column) or pd.api.types.is_string_dtype(column)
    if not (flags or words):
        return False
    try:
        return 2 <= column.nunique() <= MOST_VALUES
    except TypeError:
        return False  # lists and the like form no groups


def _numbers(target: pd.Series[Any]) -> Any:
    import numpy as np
    from scipy.stats import ttest_ind

    values = target.to_numpy(dtype=float)
    # Half the middle 68%: the standard deviation where the target is normal, and not moved by a
    # few far rows where it is not.
    scale = float(np.subtract(*np.quantile(values, [0.84, 0.16]))) / 2

    def compare(inside: np.ndarray[Any, Any]) -> tuple[dict[str, Any], float]:
        here, elsewhere = float(values[inside].mean()), float(values[~inside].mean())
        spread = scale if scale > 0 else float(values.std())
        effect = abs(here - elsewhere) / spread if spread > 0 else 0.0
        with np.errstate(over="ignore", invalid="ignore"):
            p = float(ttest_ind(values[inside], values[~inside], equal_var=False).pvalue)
        found = {"what": "mean", "here": here, "elsewhere": elsewhere, "effect": round(effect, 4)}
        if not np.isfinite([here, elsewhere, effect, p]).all():
            return found | {"effect": 0.0}, 1.0
        return found, p

    return compare


def _classes(target: pd.Series[Any]) -> Any:
    import numpy as np
    import pandas as pd
    from scipy.stats import chi2_contingency

    codes, names = pd.factorize(target, sort=False)

    def compare(inside: np.ndarray[Any, Any]) -> tuple[dict[str, Any], float]:
        here = np.bincount(codes[inside], minlength=len(names))
        elsewhere = np.bincount(codes[~inside], minlength=len(names))
        shares = here / here.sum(), elsewhere / elsewhere.sum()
        apart = np.abs(shares[0] - shares[1])
        most = int(apart.argmax())
        used = (here + elsewhere) > 0
        p = float(chi2_contingency(np.array([here[used], elsewhere[used]]), correction=False)[1])
        return {
            "what": f"share of «{plain(names[most], 24)}»",
            "here": float(shares[0][most]),
            "elsewhere": float(shares[1][most]),
            "effect": round(float(apart.sum()), 4),
        }, p

    return compare
