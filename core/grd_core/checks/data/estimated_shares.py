"""Shares of classes in rows without labels, from what a model of labelled rows predicts there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_RESAMPLES = 200
_LEAST_SEPARATION = 0.02


@dataclass(frozen=True, slots=True)
class EstimatedShares:
    """Shares of classes among labelled rows and, estimated, among others, (k,) each; the distance
    between them with its 95% bootstrap interval; and the p-value of equal predictions."""

    before: Array
    after: Array
    distance: float
    ci: tuple[float, float]
    p: float


def estimate_shares(inside: Array, codes: Array, outside: Array) -> EstimatedShares | None:
    """Black box shift estimation (Lipton, Wang and Smola 2018) with predicted shares.

    If classes look alike in both sets of rows, the mean prediction outside is a mixture of the
    mean predictions of the classes inside: the shares that mix it are those wanted.

    Args:
        inside: (n, k) predicted shares of labelled rows, by models that did not see them.
        codes: (n,) classes 0..k-1, each of them present.
        outside: (m, k) predicted shares of the rows without labels.

    Returns:
        None where the predictions do not tell the classes apart: nothing can be estimated.
    """
    import numpy as np
    from scipy.stats import chi2

    n, m, classes = codes.size, len(outside), inside.shape[1]
    marks = np.eye(classes)[codes]
    ones = np.ones((1, n))
    mixture = _class_means(ones, marks, inside)[0]
    if float(np.linalg.svd(mixture, compute_uv=False)[-1]) < _LEAST_SEPARATION:
        return None
    before = marks.mean(axis=0)
    after = _solved(mixture[None], outside.mean(axis=0)[None])[0]
    more = after > before
    distance = float((after - before)[more].sum())
    generator = np.random.default_rng(210)
    rows = generator.multinomial(n, np.full(n, 1 / n), _RESAMPLES).astype(float)
    others = generator.multinomial(m, np.full(m, 1 / m), _RESAMPLES) / m
    solved = _solved(_class_means(rows, marks, inside), others @ outside)
    spread = (solved - rows @ marks / n)[:, more].sum(axis=1)
    low, high = np.quantile(spread, (0.025, 0.975))
    gap = outside.mean(axis=0) - inside.mean(axis=0)
    covariance = np.cov(inside.T) / n + np.cov(outside.T) / m
    statistic = float(gap @ np.linalg.pinv(covariance, rcond=1e-8, hermitian=True) @ gap)
    p = float(chi2.sf(statistic, classes - 1))
    return EstimatedShares(before, after, distance, (max(0.0, float(low)), float(high)), p)


def _class_means(weights: Array, marks: Array, inside: Array) -> Array:
    """For (b, n) weights, the mean prediction of every class: (b, k predicted, k true)."""
    import numpy as np

    totals = np.maximum(weights @ marks, 1e-9)
    classes = marks.shape[1]
    means = [weights @ (marks[:, [code]] * inside) / totals[:, [code]] for code in range(classes)]
    return np.stack(means, axis=2)


def _solved(mixtures: Array, predicted: Array) -> Array:
    """The shares that mix each row of `predicted`, (b, k), none below 0."""
    import numpy as np

    shares = np.stack(
        [np.linalg.lstsq(one, q, rcond=None)[0] for one, q in zip(mixtures, predicted, strict=True)]
    )
    shares = np.clip(shares, 0.0, None)
    scaled: Array = shares / shares.sum(axis=1, keepdims=True)
    return scaled
