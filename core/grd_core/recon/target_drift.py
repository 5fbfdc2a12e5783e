"""Whether the target of the training part is at its end what it was at its beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grd_core.recon.risks import Risk, plain
from grd_core.recon.roles import Roles

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

EFFECT_FLOOR = {"regression": 0.25, "classes": 0.1}
"""Numbers: 2·|AUC − 0.5|, 0.28 for half a standard deviation. Classes: total variation distance,
the share of rows that would have to change class."""
SIGNIFICANCE = 0.002
LEAST_ROWS = 50


def target_drift(
    target: pd.Series[Any], times: np.ndarray[Any, Any] | None, task: str
) -> dict[str, Any] | None:
    """The last fifth of the training rows by time against the first.

    Numbers by the Mann-Whitney U test, classes by χ²; both take rows as independent, so where
    neighbouring rows are alike it is the effect floor that decides.

    Args:
        target: of the training rows, without missing values.
        times: their time axis, (n,); None where no time is declared.
        task: regression, binary or multiclass.

    Returns:
        `measure`, `effect` in [0, 1], `p`, `rows` of each fifth, `first` and `last` (medians, or
        shares of the class that moved most, `what`) and `drifts`; None where it cannot be told.
    """
    import numpy as np

    if times is None:
        return None
    low, high = np.quantile(times, [0.2, 0.8])
    first, last = target[times <= low], target[times >= high]
    if low >= high or min(len(first), len(last)) < LEAST_ROWS:
        return None
    found = _numbers(first, last) if task == "regression" else _classes(first, last)
    floor = EFFECT_FLOOR["regression" if task == "regression" else "classes"]
    drifts = found["effect"] >= floor and found["p"] <= SIGNIFICANCE
    return found | {"rows": [len(first), len(last)], "drifts": bool(drifts)}


def target_drift_risks(found: dict[str, Any] | None, roles: Roles) -> list[Risk]:
    """One risk where the target drifts."""
    if found is None or not found["drifts"]:
        return []
    return [
        Risk(
            "warning",
            f"{plain(roles.target)} drifts over {plain(roles.time)}",
            f"{found['what']} {found['first']:.3g} in the first fifth of the training rows,"
            f" {found['last']:.3g} in the last; {found['measure']} {found['effect']:.2f}",
            "expect another level in the test part: keep the split temporal, and a baseline that"
            " follows the level",
            "training",
            round(min(1.0, 0.3 + found["effect"] / 2), 4),
            (roles.target, roles.time),
            "split",
        )
    ]


def _numbers(first: pd.Series[Any], last: pd.Series[Any]) -> dict[str, Any]:
    from scipy.stats import mannwhitneyu

    one, other = first.to_numpy(dtype=float), last.to_numpy(dtype=float)
    statistic, p = mannwhitneyu(other, one, method="asymptotic")
    area = float(statistic) / (float(one.size) * float(other.size))
    return {
        "measure": "2·|AUC − 0.5|",
        "effect": round(2 * abs(area - 0.5), 4),
        "p": float(p),
        "what": "median",
        "first": float(first.median()),
        "last": float(last.median()),
    }


def _classes(first: pd.Series[Any], last: pd.Series[Any]) -> dict[str, Any]:
    import numpy as np
    import pandas as pd
    from scipy.stats import chi2_contingency

    codes, names = pd.factorize(pd.concat([first, last]))
    counts = np.array(
        [
            np.bincount(codes[: len(first)], minlength=len(names)),
            np.bincount(codes[len(first) :], minlength=len(names)),
        ]
    )
    shares = counts / counts.sum(axis=1, keepdims=True)
    apart = np.abs(shares[0] - shares[1])
    most = int(apart.argmax())
    p = chi2_contingency(counts, correction=False)[1] if len(names) > 1 else 1.0
    return {
        "measure": "total variation distance",
        "effect": round(float(apart.sum() / 2), 4),
        "p": float(p),
        "what": f"share of «{plain(names[most], 24)}»",
        "first": float(shares[0][most]),
        "last": float(shares[1][most]),
    }
