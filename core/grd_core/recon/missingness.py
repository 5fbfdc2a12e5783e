"""Whether the absence of a value tells the target, on the training part alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grd_core.recon.risks import Risk, plain

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

EFFECT_FLOOR = 0.1
"""Least effect worth a word: 2·|AUC − 0.5| for numbers, Cramér's V for classes, in [0, 1]."""
SIGNIFICANCE = 0.01
LEAST_ROWS = 20
_NAMED = 4


def missingness(features: pd.DataFrame, target: pd.Series[Any], task: str) -> list[dict[str, Any]]:
    """For each column with missing values: how its absence goes together with the target.

    Numbers are compared by the Mann-Whitney U test, its effect being how far the chance
    that a row with the value missing has the larger target is from one half, doubled;
    classes by χ² and Cramér's V. p values are adjusted over all columns; they take rows as
    independent, so in large or clustered tables it is the effect floor that decides.

    Source: Mann and Whitney 1947; Cramér 1946, ch. 21; Benjamini and Hochberg 1995.

    Returns:
        `column`, `rows`, `share`, `effect` in [0, 1], `p` adjusted, `tells`; strongest first.
    """
    from scipy.stats import false_discovery_control

    tested = []
    for name in features.columns:
        absent = features[name].isna().to_numpy()
        rows = int(absent.sum())
        if LEAST_ROWS <= rows <= absent.size - LEAST_ROWS:
            effect, p = (
                _numbers(absent, target) if task == "regression" else _classes(absent, target)
            )
            tested.append((str(name), rows, effect, p))
    if not tested:
        return []
    adjusted = false_discovery_control([p for *_, p in tested])
    found = [
        {
            "column": name,
            "rows": rows,
            "share": round(rows / len(features), 6),
            "effect": round(effect, 4),
            "p": float(p),
            "tells": bool(effect >= EFFECT_FLOOR and p <= SIGNIFICANCE),
        }
        for (name, rows, effect, _), p in zip(tested, adjusted, strict=True)
    ]
    return sorted(found, key=lambda item: (-item["effect"], item["column"]))


def missingness_risks(found: list[dict[str, Any]]) -> list[Risk]:
    """One risk for all columns whose absence tells the target, with the figures of the first."""
    telling = [item for item in found if item["tells"]]
    if not telling:
        return []
    worst, columns = telling[0], tuple(item["column"] for item in telling)
    shown = ", ".join(plain(name, 24) for name in columns[:_NAMED])
    more = f" and {len(columns) - _NAMED} more" if len(columns) > _NAMED else ""
    return [
        Risk(
            "warning",
            f"missing {shown}{more} {'tells' if len(columns) == 1 else 'tell'} the target",
            f"{plain(worst['column'], 24)} is missing in {worst['share']:.1%} of the training rows;"
            f" effect {worst['effect']:.2f} of 1, adjusted p {max(worst['p'], 1e-99):.1g}",
            "find out whether the value is missing because of the outcome; if so exclude it",
            "training",
            worst["effect"],
            columns,
            "rule",
        )
    ]


def _numbers(absent: np.ndarray[Any, Any], target: pd.Series[Any]) -> tuple[float, float]:
    from scipy.stats import mannwhitneyu

    values = target.to_numpy(dtype=float)
    statistic, p = mannwhitneyu(values[absent], values[~absent], method="asymptotic")
    area = float(statistic) / (float(absent.sum()) * float((~absent).sum()))
    return 2 * abs(area - 0.5), float(p)


def _classes(absent: np.ndarray[Any, Any], target: pd.Series[Any]) -> tuple[float, float]:
    import numpy as np
    import pandas as pd
    from scipy.stats import chi2_contingency

    table = pd.crosstab(absent, target.to_numpy()).to_numpy()
    if min(table.shape) < 2:
        return 0.0, 1.0
    statistic, p, _, _ = chi2_contingency(table, correction=False)
    return float(np.sqrt(statistic / table.sum())), float(p)
