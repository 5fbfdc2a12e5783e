"""The metrics of predicted numbers, ready to be resampled."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grd_core.statistics.forms_resampled import Form, Ordered, Sums, mean_of, ratio
from grd_core.statistics.observed import Floats, Numbers

_EPSILON = float(np.finfo(np.float64).eps)


def _errors(data: Numbers) -> Floats:
    return data.truth - data.said


def _centred(values: Floats, about: Floats) -> Floats:
    """Less the mean of `about`: sums of squares about a large mean would cancel."""
    return values - about.mean() if about.size else values


def _rooted(of: Sums) -> Sums:
    return Sums(of.moments, lambda sums: np.sqrt(of.combine(sums)))


# --- means of losses -------------------------------------------------------------------


def _mse(data: Numbers) -> Sums:
    return mean_of(_errors(data) ** 2)


def _mape(data: Numbers) -> Sums:
    return mean_of(np.abs(_errors(data)) / np.maximum(np.abs(data.truth), _EPSILON))


def _smape(data: Numbers) -> Sums:
    both = np.abs(data.truth) + np.abs(data.said)
    return mean_of(2.0 * np.abs(_errors(data)) / np.maximum(both, _EPSILON))


def _msle(data: Numbers) -> Sums:
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = np.log1p(data.truth) - np.log1p(data.said)
    return mean_of(_defined(logs, (data.truth > -1.0) & (data.said > -1.0)) ** 2)


def _log_cosh(data: Numbers) -> Sums:
    size = np.abs(_errors(data))
    return mean_of(size + np.log1p(np.exp(-2.0 * size)) - np.log(2.0))


def _poisson(data: Numbers) -> Sums:
    y, said = data.truth, data.said
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = np.where(y > 0, y * np.log(y / said), 0.0)
    return mean_of(_defined(2.0 * (logs - y + said), (y >= 0) & (said > 0)))


def _gamma(data: Numbers) -> Sums:
    y, said = data.truth, data.said
    with np.errstate(invalid="ignore", divide="ignore"):
        losses = 2.0 * (np.log(said / y) + y / said - 1.0)
    return mean_of(_defined(losses, (y > 0) & (said > 0)))


def _defined(losses: Floats, where: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Floats:
    return np.where(where, losses, np.nan)


# --- ratios of sums --------------------------------------------------------------------


def _wmape(data: Numbers) -> Sums:
    moments = np.column_stack([np.abs(_errors(data)), np.abs(data.truth)])
    return Sums(moments, lambda sums: ratio(sums[:, 0], sums[:, 1]))


def _relative_squared_error(data: Numbers) -> Sums:
    errors, centred = _errors(data) ** 2, _centred(data.truth, data.truth)
    moments = np.column_stack([errors, np.ones(len(errors)), centred, centred**2])

    def combine(sums: Floats) -> Floats:
        with np.errstate(invalid="ignore"):  # squares beyond any float have no spread
            spread = sums[:, 3] - ratio(sums[:, 2] ** 2, sums[:, 1])
        return np.where(spread > 0, ratio(sums[:, 0], spread), np.nan)

    return Sums(moments, combine)


def _r2(data: Numbers) -> Sums:
    relative = _relative_squared_error(data)
    return Sums(relative.moments, lambda sums: 1.0 - relative.combine(sums))


def _explained_variance(data: Numbers) -> Sums:
    errors, truth = _errors(data), _centred(data.truth, data.truth)
    errors = _centred(errors, errors)
    moments = np.column_stack([np.ones(len(truth)), errors, errors**2, truth, truth**2])

    def combine(sums: Floats) -> Floats:
        left = sums[:, 2] - ratio(sums[:, 1] ** 2, sums[:, 0])
        spread = sums[:, 4] - ratio(sums[:, 3] ** 2, sums[:, 0])
        return np.where(spread > 0, 1.0 - ratio(left, spread), np.nan)

    return Sums(moments, combine)


def _co_moments(combine: Callable[[Floats, Floats, Floats, Floats], Floats]) -> _Build:
    """A function of both variances, the covariance, and the squared difference of means."""

    def build(data: Numbers) -> Sums:
        truth, said = _centred(data.truth, data.truth), _centred(data.said, data.truth)
        ones = np.ones(len(truth))
        moments = np.column_stack([ones, truth, said, truth**2, said**2, truth * said])

        def of_sums(sums: Floats) -> Floats:
            means = ratio(sums[:, 1:], sums[:, :1])
            spread_of_truth = means[:, 2] - means[:, 0] ** 2
            spread_of_said = means[:, 3] - means[:, 1] ** 2
            together = means[:, 4] - means[:, 0] * means[:, 1]
            apart = (means[:, 0] - means[:, 1]) ** 2
            flat = ~((spread_of_truth > 0) & (spread_of_said > 0))
            found = combine(spread_of_truth, spread_of_said, together, apart)
            return np.where(flat, np.nan, found)

        return Sums(moments, of_sums)

    return build


def _correlation(truth: Floats, said: Floats, together: Floats, _apart: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.clip(ratio(together, np.sqrt(truth * said)), -1.0, 1.0)


def _concordance(truth: Floats, said: Floats, together: Floats, apart: Floats) -> Floats:
    return ratio(2.0 * together, truth + said + apart)


# --- metrics of order ------------------------------------------------------------------


def _median(ranked: Floats, weights: Floats) -> float:
    """The weighted median of rising values, the mean of the middle two where both hold half."""
    climbed = np.cumsum(weights)
    if not climbed.size or climbed[-1] <= 0:
        return float("nan")
    half = climbed[-1] / 2.0
    below = int(np.searchsorted(climbed, half, side="left"))
    above = int(np.searchsorted(climbed, half, side="right"))
    return float((ranked[below] + ranked[min(above, len(ranked) - 1)]) / 2.0)


def _median_ae(data: Numbers) -> Ordered:
    errors = np.abs(_errors(data))
    order = np.argsort(errors, kind="stable")
    ranked = errors[order]
    return Ordered(order, lambda weights: _median(ranked, weights))


def _max_error(data: Numbers) -> Ordered:
    errors = np.abs(_errors(data))
    order = np.argsort(errors, kind="stable")
    ranked = errors[order]

    def evaluate(weights: Floats) -> float:
        held = np.flatnonzero(weights > 0)
        return float(ranked[held[-1]]) if held.size else float("nan")

    return Ordered(order, evaluate)


def _d2_absolute_error(data: Numbers) -> Ordered:
    order = np.argsort(data.truth, kind="stable")
    ranked, errors = data.truth[order], np.abs(_errors(data))[order]

    def evaluate(weights: Floats) -> float:
        about = float(weights @ np.abs(ranked - _median(ranked, weights)))
        return 1.0 - float(weights @ errors) / about if about > 0 else float("nan")

    return Ordered(order, evaluate)


def _spearman(data: Numbers) -> Ordered:
    ranks = [_ranker(values) for values in (data.truth, data.said)]

    def evaluate(weights: Floats) -> float:
        total = weights.sum()
        if total <= 0:
            return float("nan")
        a, b = (ranked(weights) for ranked in ranks)
        a, b = a - weights @ a / total, b - weights @ b / total
        size = np.sqrt((weights @ a**2) * (weights @ b**2))
        return float(np.clip(weights @ (a * b) / size, -1.0, 1.0)) if size > 0 else float("nan")

    return Ordered(np.arange(len(data.truth)), evaluate)


def _ranker(values: Floats) -> Callable[[Floats], Floats]:
    """From weights (n,) to the middle rank of each value, equal values sharing one."""
    distinct, place = np.unique(values, return_inverse=True)
    place = place.reshape(-1)

    def ranked(weights: Floats) -> Floats:
        held = np.bincount(place, weights, minlength=len(distinct))
        middle: Floats = (np.cumsum(held) - held / 2.0)[place]
        return middle

    return ranked


_Build = Callable[[Numbers], Form]

FORMS_OF_NUMBERS: dict[str, _Build] = {
    "mae": lambda data: mean_of(np.abs(_errors(data))),
    "mse": _mse,
    "rmse": lambda data: _rooted(_mse(data)),
    "median_ae": _median_ae,
    "r2": _r2,
    "mape": _mape,
    "smape": _smape,
    "wmape": _wmape,
    "msle": _msle,
    "rmsle": lambda data: _rooted(_msle(data)),
    "log_cosh": _log_cosh,
    "poisson_deviance": _poisson,
    "gamma_deviance": _gamma,
    "max_error": _max_error,
    "explained_variance": _explained_variance,
    "d2_absolute_error": _d2_absolute_error,
    "relative_squared_error": _relative_squared_error,
    "pearson": _co_moments(_correlation),
    "spearman": _spearman,
    "concordance": _co_moments(_concordance),
}
"""Each formula by the metric's name; its source is the metric's own `source`."""
