"""How the target is distributed in the training part, and which metrics that misleads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grd_core.errors import DataError
from grd_core.recon.risks import Risk, plain
from grd_core.recon.roles import Roles

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

HEAVY_TAIL_SHARE = 0.25
"""Share of the squared error of the mean that the worst 1% of rows hold; an exponential
distribution has 0.22, a normal one 0.08."""
IMBALANCED_SHARE = 0.9
ZERO_SHARE = 0.001
_BINS = 24
_CLASSES_SHOWN = 20
_QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


def describe_target(target: pd.Series[Any], roles: Roles) -> dict[str, Any]:
    """Balance of classes, or quantiles and tails of numbers.

    `tail_share` is the share of the absolute error of the median that the worst 1% of rows
    hold, `squared_tail_share` that of the squared error of the mean. The histogram runs
    from the 1st to the 99th percentile; its ends hold what lies beyond.

    Raises:
        DataError: the task is a classification and the training part has one class, or a
            binary one and it has more than two.
    """
    if roles.task == "regression":
        return _numbers(target.to_numpy(dtype=float))
    counts = target.value_counts()
    _refuse_classes(len(counts), roles)
    return {
        "kind": "classes",
        "classes": [
            {"value": plain(value), "rows": int(rows), "share": round(rows / target.size, 6)}
            for value, rows in counts.head(_CLASSES_SHOWN).items()
        ],
        "distinct": len(counts),
        "smallest_share": round(float(counts.min() / target.size), 6),
        "largest_share": round(float(counts.max() / target.size), 6),
    }


def distributions(described: dict[str, Any]) -> list[str]:
    """Which of «imbalanced», «heavy_tails», «zeros» and «negative» the target is."""
    if described["kind"] == "classes":
        return ["imbalanced"] if described["largest_share"] >= IMBALANCED_SHARE else []
    found = []
    if described["squared_tail_share"] >= HEAVY_TAIL_SHARE:
        found.append("heavy_tails")
    if described["near_zero_share"] >= ZERO_SHARE:
        found.append("zeros")
    if described["min"] < 0:
        found.append("negative")
    return found


def target_risks(described: dict[str, Any], roles: Roles) -> list[Risk]:
    """What the distribution could do to a conclusion."""
    name = plain(roles.target)
    found = distributions(described)
    if "imbalanced" in found:
        share = described["largest_share"]
        return [
            Risk(
                "warning",
                f"{name} is imbalanced",
                f"{share:.1%} of the training rows are one class: naming it always scores that",
                "judge by average_precision, balanced_accuracy or log_loss, not by accuracy",
                "training",
                round(share, 4),
                (roles.target,),
                "metric",
            )
        ]
    if "heavy_tails" in found:
        return [
            Risk(
                "warning",
                f"{name} has heavy tails",
                f"the worst 1% of rows hold {described['tail_share']:.0%} of the absolute and"
                f" {described['squared_tail_share']:.0%} of the squared error of a constant",
                "judge by mae or by quantile; a mean of squares is a statement on those rows",
                "training",
                described["squared_tail_share"],
                (roles.target,),
                "metric",
            )
        ]
    return []


def _numbers(values: np.ndarray[Any, Any]) -> dict[str, Any]:
    import numpy as np

    worst = max(1, round(values.size / 100))
    absolute = np.sort(np.abs(values - np.median(values)))
    spread = float(absolute[-1])
    if spread == 0:
        raise DataError(
            "the target never varies in the training part",
            where="the training part",
            fix="declare another target, or move the cuts",
        )
    # In units of the spread, so that squares of large numbers stay finite.
    scaled = (values - np.median(values)) / spread
    squared = np.sort((scaled - scaled.mean()) ** 2)
    low, high = np.quantile(values, [0.01, 0.99])
    # From zero: at 1e18 doubles lie too far apart for the edges of narrow bins.
    counts, edges = np.histogram(np.clip(values, low, high) / spread - low / spread, bins=_BINS)
    edges = edges * spread + low
    scale = float(np.median(np.abs(values)))
    return {
        "kind": "numbers",
        "mean": float(values.mean()),
        "std": spread * float(scaled.std(ddof=1)) if values.size > 1 else 0.0,
        "min": float(values.min()),
        "max": float(values.max()),
        "quantiles": {f"{q:g}": float(np.quantile(values, q)) for q in _QUANTILES},
        "tail_share": round(float(absolute[-worst:].sum() / absolute.sum()), 4),
        "squared_tail_share": round(float(squared[-worst:].sum() / squared.sum()), 4),
        "near_zero_share": round(float((np.abs(values) <= 0.01 * scale).mean()), 6),
        "histogram": {
            "from": float(edges[0]),
            "to": float(edges[-1]),
            "rows": [int(count) for count in counts],
        },
    }


def _refuse_classes(found: int, roles: Roles) -> None:
    if found < 2:
        raise DataError(
            f"`{roles.target}` has one class in the training part",
            where="the training part",
            fix="nothing can be learned from one class: move the cuts so that train has two",
        )
    if roles.task == "binary" and found > 2:
        raise DataError(
            f"`{roles.target}` is declared binary and has {found} classes",
            where="the training part",
            fix="declare task = multiclass",
        )
