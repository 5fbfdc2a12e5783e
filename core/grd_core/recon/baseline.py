"""What trivial models get: a constant, a linear model and a shallow tree, inside train.

A holdout is cut from the training part the way the study cuts its own: the latest fifth
where time is declared, whole groups where groups are, at random else. Nothing outside the
training part is read.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from grd_core.recon.risks import Risk, plain
from grd_core.recon.roles import Roles
from grd_core.statistics.estimate import Estimate, Interval

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from grd_core.statistics.resampling import Units

HOLDOUT = 0.2
MOST_FITTED, MOST_HELD = 30_000, 10_000
MOST_CLASSES = 50
DEPTH = 3
SUSPICIOUS = {"r2": 0.95, "roc_auc": 0.99}
"""From here on a trivial model is too good to be true."""
_CATEGORIES = 20
_RESAMPLES = 300
_LEAST_ROWS = 100
_LARGEST = 1e15


def baseline_signal(
    features: pd.DataFrame, target: pd.Series[Any], times: np.ndarray[Any, Any] | None, roles: Roles
) -> dict[str, Any]:
    """Fit the three models and score them on the holdout.

    Args:
        features: the training rows, declared features only.
        target: their target, same order.
        times: their time axis, (n,), or None.
        roles: which columns are time and groups.

    Returns:
        `metrics` in order of weight, `models` with an estimate and 95% interval for each,
        `holdout` and `sampled` in words, `reads`: the columns the tree splits on. Where
        there are too few rows, `reason` alone.
    """
    import numpy as np

    if len(target) < _LEAST_ROWS:
        return {"reason": f"{len(target)} training rows, fewer than the {_LEAST_ROWS} it takes"}
    generator = np.random.default_rng(0)
    fitted, held, how = _holdout(features, times, roles, generator)
    sampled = [_sample(fitted, MOST_FITTED, generator), _sample(held, MOST_HELD, generator)]
    frame = _modelled(features, roles, times)
    units = _units(features.iloc[sampled[1]], times, sampled[1], roles)
    if roles.task == "regression":
        scored, reads = _regression(frame, target, sampled, units)
    else:
        classes = target.iloc[sampled[0]].nunique()
        if not 2 <= classes <= MOST_CLASSES:
            return {"reason": f"{classes} classes to fit on, not 2 to {MOST_CLASSES}"}
        scored, reads = _classification(frame, target, sampled, units, roles)
    return {
        "metrics": list(next(iter(scored.values()))),
        "models": scored,
        "holdout": how,
        "sampled": f"fitted on {sampled[0].size:,} of {fitted.size:,} rows, scored on"
        f" {sampled[1].size:,} of {held.size:,}, drawn at random with seed 0",
        "reads": reads,
    }


def baseline_risks(signal: dict[str, Any]) -> list[Risk]:
    """A trivial model that is too good, or none better than a constant."""
    if "reason" in signal:
        return []
    for metric, limit in SUSPICIOUS.items():
        for name, scores in signal["models"].items():
            value = scores.get(metric, {}).get("estimate")
            if value is not None and value >= limit:
                columns = ", ".join(plain(item["column"]) for item in signal["reads"][:3])
                return [
                    Risk(
                        "warning",
                        "a trivial model is too good to be true",
                        f"{name} reaches {metric} {value:.3f}; the tree reads {columns or 'none'}",
                        "look whether one of these columns is known only after the event",
                        "training",
                        1.0,
                        tuple(item["column"] for item in signal["reads"][:3]),
                        "exclude",
                    )
                ]
    return []


def _holdout(
    features: pd.DataFrame,
    times: np.ndarray[Any, Any] | None,
    roles: Roles,
    generator: np.random.Generator,
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], str]:
    import numpy as np

    if times is not None:
        cut = np.quantile(times, 1 - HOLDOUT, method="lower")
        later = times >= cut
        if later.any() and not later.all():
            return np.flatnonzero(~later), np.flatnonzero(later), "the latest fifth of train"
    if roles.groups:
        codes = features[roles.groups[0]].astype("category").cat.codes.to_numpy()
        names = np.unique(codes)
        if names.size >= 5:
            held = np.isin(
                codes, generator.permutation(names)[: max(1, round(names.size * HOLDOUT))]
            )
            return np.flatnonzero(~held), np.flatnonzero(held), f"a fifth of {roles.groups[0]}"
    order = generator.permutation(len(features))
    cut_at = round(order.size * (1 - HOLDOUT))
    return order[:cut_at], order[cut_at:], "a random fifth of train"


def _sample(
    rows: np.ndarray[Any, Any], most: int, generator: np.random.Generator
) -> np.ndarray[Any, Any]:
    import numpy as np

    return rows if rows.size <= most else np.sort(generator.choice(rows, most, replace=False))


def _modelled(
    features: pd.DataFrame, roles: Roles, times: np.ndarray[Any, Any] | None
) -> pd.DataFrame:
    """Columns the models can read: numbers, words, and hour and weekday for a date."""
    import pandas as pd

    frame = features.drop(columns=[roles.time] if roles.time else [])
    dated = frame.select_dtypes(include=["datetime", "datetimetz"])
    frame = frame.drop(columns=dated.columns)
    if times is not None and times.dtype.kind == "i":
        stamps = pd.to_datetime(pd.Series(times, index=frame.index), utc=True)
        frame = frame.assign(hour=stamps.dt.hour, weekday=stamps.dt.day_of_week)
    return frame


def _units(
    held: pd.DataFrame, times: np.ndarray[Any, Any] | None, rows: np.ndarray[Any, Any], roles: Roles
) -> Units:
    """Days where time is dated, else the first group, else rows."""
    from grd_core.statistics.resampling import Units

    if times is not None and times.dtype.kind == "i":
        return Units.clusters(times[rows] // (86_400 * 10**9), "day")
    if roles.groups:
        return Units.clusters(held[roles.groups[0]].astype(str).to_numpy(), roles.groups[0])
    return Units.rows(len(held))


def _prepared(frame: pd.DataFrame, model: Any, *, scaled: Any) -> Any:
    """Impute, encode and fit inside one pipeline, so that the holdout is never seen."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    numeric = [name for name in frame if frame[name].dtype.kind in "iufb"]
    words = [name for name in frame if name not in numeric]
    encoder = OneHotEncoder(
        max_categories=_CATEGORIES,
        handle_unknown="infrequent_if_exist",
        sparse_output=False,
        feature_name_combiner=lambda column, _: column,
    )
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), scaled), numeric),
            ("words", encoder, words),
        ]
    )
    return make_pipeline(columns, model)


def _plain_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers as floats with infinities missing, everything else as words."""
    import numpy as np
    import pandas as pd

    made = {}
    for name in frame:
        column = frame[name]
        if column.dtype.kind in "iufb":
            numbers = column.astype(float).replace([np.inf, -np.inf], np.nan)
            largest = float(numbers.abs().max())
            # Neither model minds the unit, but both square in it, and trees hold 32 bits.
            made[name] = numbers / largest if largest > _LARGEST else numbers
        else:
            made[name] = column.astype(str).astype(object)
    return pd.DataFrame(made, index=frame.index).dropna(axis="columns", how="all")


def _regression(
    frame: pd.DataFrame, target: pd.Series[Any], rows: list[Any], units: Units
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    import numpy as np
    from sklearn.linear_model import Ridge
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeRegressor

    from grd_core.statistics.metrics import find_metric
    from grd_core.statistics.observed import observe

    fit, held = rows
    frame, y = _plain_frame(frame), target.to_numpy(dtype=float)
    linear = _prepared(frame, Ridge(), scaled=StandardScaler())
    leaf = max(5, fit.size // 200)
    tree = _prepared(
        frame,
        DecisionTreeRegressor(max_depth=DEPTH, min_samples_leaf=leaf, random_state=0),
        scaled="passthrough",
    )
    said = {"constant": np.full(held.size, np.median(y[fit]))}
    for name, model in (("linear", linear), ("tree", tree)):
        said[name] = model.fit(frame.iloc[fit], y[fit]).predict(frame.iloc[held])
    scored = {}
    for name, values in said.items():
        metrics = [find_metric("mae"), find_metric("r2")]
        scored[name] = _scored([(m, observe(m, y[held], values)) for m in metrics], units)
    return scored, _reads(tree)


def _classification(
    frame: pd.DataFrame, target: pd.Series[Any], rows: list[Any], units: Units, roles: Roles
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    from sklearn.dummy import DummyClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeClassifier

    from grd_core.statistics.metrics import find_metric
    from grd_core.statistics.observed import observe

    fit, held = rows
    frame, y = _plain_frame(frame), target.to_numpy()
    classes = sorted(set(y[fit].tolist()))
    known = [
        row for row, label in zip(held, y[held].tolist(), strict=True) if label in set(classes)
    ]
    units = units.take(_positions(held, known))
    leaf = max(5, fit.size // 200)
    tree = _prepared(
        frame,
        DecisionTreeClassifier(max_depth=DEPTH, min_samples_leaf=leaf, random_state=0),
        scaled="passthrough",
    )
    linear = _prepared(frame, LogisticRegression(max_iter=300), scaled=StandardScaler())
    constant = _prepared(frame, DummyClassifier(strategy="prior"), scaled="passthrough")
    wanted = ["log_loss", "roc_auc"] if roles.task == "binary" else ["log_loss", "accuracy"]
    scored = {}
    for name, model in (("constant", constant), ("linear", linear), ("tree", tree)):
        chances = model.fit(frame.iloc[fit], y[fit]).predict_proba(frame.iloc[known])
        said = [classes[best] for best in chances.argmax(axis=1)]
        metrics = [find_metric(metric) for metric in wanted]
        scored[name] = _scored(
            [(m, observe(m, y[known], said, chances, classes=classes)) for m in metrics], units
        )
    return scored, _reads(tree)


def _positions(held: np.ndarray[Any, Any], known: list[Any]) -> np.ndarray[Any, Any]:
    import numpy as np

    return np.isin(held, np.asarray(known, dtype=held.dtype))


def _scored(observed: list[tuple[Any, Any]], units: Units) -> dict[str, Any]:
    from grd_core.statistics.forms import form_of
    from grd_core.statistics.intervals import bootstrap_interval

    return {
        metric.name: _as_json(
            bootstrap_interval(form_of(metric, rows), units, resamples=_RESAMPLES)
        )
        for metric, rows in observed
    }


def _as_json(found: Estimate) -> dict[str, Any]:
    if not math.isfinite(found.estimate or 0.0):
        return {"estimate": None, "reason": "the numbers are too large", "n": found.n}
    if not isinstance(found, Interval):
        return {"estimate": found.estimate, "reason": found.reason, "n": found.n}
    if not math.isfinite(found.high - found.low):
        return {"estimate": found.estimate, "reason": "the numbers are too large", "n": found.n}
    return {
        "estimate": found.estimate,
        "low": found.low,
        "high": found.high,
        "method": found.method,
        "n": found.n,
    }


def _reads(tree: Any) -> list[dict[str, Any]]:
    """The columns a fitted tree splits on, with their share of what it explains."""
    shares: dict[str, float] = {}
    preparing, model = tree[0], tree[-1]
    names = [str(name).partition("__")[2] for name in preparing.get_feature_names_out()]
    for name, share in zip(names, model.feature_importances_, strict=True):
        shares[name] = shares.get(name, 0.0) + float(share)
    found = [
        {"column": name, "share": round(share, 4)} for name, share in shares.items() if share > 0
    ]
    return sorted(found, key=lambda item: -float(str(item["share"])))
