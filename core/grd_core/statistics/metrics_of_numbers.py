"""The metrics of predicted numbers, as a table. Light at import.

Names of other libraries stand beside the quantity they compute with their default
arguments; a class and a function of one quantity differ only in case and underscores, and
are written once.
"""

from __future__ import annotations

import math

from grd_core.statistics.metrics_entry import Direction, Metric, Task, Unfit

_INF = math.inf
_TAILS = "a few extreme rows decide {}; mae or median_ae describe the typical error"
_SQUARES = (Unfit("heavy_tails", _TAILS.format("both sums of squares")),)
_BELOW_ZERO = Unfit("negative", "it is undefined for a negative target; use mae or rmse")


def _metric(
    name: str,
    title: str,
    direction: Direction,
    low: float,
    high: float,
    source: str,
    aliases: tuple[str, ...] = (),
    unfit: tuple[Unfit, ...] = (),
    caution: str = "",
) -> Metric:
    tasks: tuple[Task, ...] = ("regression",)
    return Metric(
        name, title, direction, low, high, tasks, "values", aliases, source, unfit, caution
    )


OF_NUMBERS: tuple[Metric, ...] = (
    _metric(
        "mae",
        "mean absolute error",
        "lower",
        0.0,
        _INF,
        "Willmott & Matsuura 2005, Climate Research 30:79-82",
        ("mean_absolute_error", "neg_mean_absolute_error", "l1"),
    ),
    _metric(
        "mse",
        "mean squared error",
        "lower",
        0.0,
        _INF,
        "Gauss 1821, Theoria combinationis",
        ("mean_squared_error", "neg_mean_squared_error", "l2"),
        (Unfit("heavy_tails", _TAILS.format("a mean of squares")),),
    ),
    _metric(
        "rmse",
        "root mean squared error",
        "lower",
        0.0,
        _INF,
        "Hodson 2022, Geoscientific Model Development 15:5481-5487",
        ("root_mean_squared_error", "neg_root_mean_squared_error"),
        (Unfit("heavy_tails", _TAILS.format("a root of a mean of squares")),),
    ),
    _metric(
        "median_ae",
        "median absolute error",
        "lower",
        0.0,
        _INF,
        "Hampel 1974, JASA 69:383-393",
        ("median_absolute_error", "neg_median_absolute_error"),
    ),
    _metric(
        "r2",
        "coefficient of determination",
        "higher",
        -_INF,
        1.0,
        "Wright 1921, Journal of Agricultural Research 20:557-585",
        ("r2_score", "r_squared"),
        _SQUARES,
    ),
    _metric(
        "mape",
        "mean absolute percentage error",
        "lower",
        0.0,
        _INF,
        "Hyndman & Koehler 2006, International Journal of Forecasting 22:679-688",
        ("mean_absolute_percentage_error", "neg_mean_absolute_percentage_error"),
        (Unfit("zeros", "a percentage of a target at or near zero explodes; use mae"),),
    ),
    _metric(
        "smape",
        "symmetric mean absolute percentage error, as a share of half of both sizes",
        "lower",
        0.0,
        2.0,
        "Makridakis 1993, International Journal of Forecasting 9:527-529",
        ("symmetric_mean_absolute_percentage_error",),
        (Unfit("zeros", "a target of zero costs the full 2 whatever is predicted; use mae"),),
    ),
    _metric(
        "wmape",
        "sum of absolute errors as a share of the sum of absolute targets",
        "lower",
        0.0,
        _INF,
        "Kolassa & Schütz 2007, Foresight 6:40-43",
        ("weighted_mean_absolute_percentage_error",),
    ),
    _metric(
        "msle",
        "mean squared error of log(1 + target)",
        "lower",
        0.0,
        _INF,
        "Tofallis 2015, Journal of the Operational Research Society 66:1352-1362",
        ("mean_squared_log_error", "neg_mean_squared_log_error"),
        (_BELOW_ZERO,),
    ),
    _metric(
        "rmsle",
        "root mean squared error of log(1 + target)",
        "lower",
        0.0,
        _INF,
        "Tofallis 2015, Journal of the Operational Research Society 66:1352-1362",
        ("root_mean_squared_log_error", "neg_root_mean_squared_log_error"),
        (_BELOW_ZERO,),
    ),
    _metric(
        "log_cosh",
        "mean logarithm of the hyperbolic cosine of the error",
        "lower",
        0.0,
        _INF,
        "Green 1990, IEEE Transactions on Medical Imaging 9:84-93",
        ("log_cosh_error",),
    ),
    _metric(
        "poisson_deviance",
        "mean Poisson deviance",
        "lower",
        0.0,
        _INF,
        "Nelder & Wedderburn 1972, JRSS A 135:370-384",
        ("mean_poisson_deviance", "neg_mean_poisson_deviance"),
        (_BELOW_ZERO,),
        "it is undefined where a prediction is 0 or less",
    ),
    _metric(
        "gamma_deviance",
        "mean gamma deviance",
        "lower",
        0.0,
        _INF,
        "Nelder & Wedderburn 1972, JRSS A 135:370-384",
        ("mean_gamma_deviance", "neg_mean_gamma_deviance"),
        (
            _BELOW_ZERO,
            Unfit("zeros", "it is undefined for a target of zero; use poisson_deviance or mae"),
        ),
        "it is undefined where a prediction is 0 or less",
    ),
    _metric(
        "max_error",
        "largest absolute error",
        "lower",
        0.0,
        _INF,
        "Chebyshev 1854, Théorie des mécanismes; the caution is Bickel & Freedman 1981, "
        "Annals of Statistics 9:1196-1217",
        ("neg_max_error",),
        (Unfit("heavy_tails", _TAILS.format("it, and always one row alone")),),
        "one row decides it, and resampling cannot give the interval of a maximum",
    ),
    _metric(
        "explained_variance",
        "share of the target's variance that the predictions explain",
        "higher",
        -_INF,
        1.0,
        "Kvålseth 1985, The American Statistician 39:279-285",
        ("explained_variance_score",),
        _SQUARES,
        "a constant bias of the predictions does not lower it; r2 sees that",
    ),
    _metric(
        "d2_absolute_error",
        "share of the absolute error about the median that is explained",
        "higher",
        -_INF,
        1.0,
        "Koenker & Machado 1999, JASA 94:1296-1310",
        ("d2_absolute_error_score", "d2_pinball_score"),
    ),
    _metric(
        "relative_squared_error",
        "squared error relative to that of the mean of the target",
        "lower",
        0.0,
        _INF,
        "Witten & Frank 2005, Data Mining, section 5.8",
        (),
        _SQUARES,
    ),
    _metric(
        "pearson",
        "linear correlation of predictions and target",
        "higher",
        -1.0,
        1.0,
        "Pearson 1895, Proceedings of the Royal Society 58:240-242",
        ("pearson_corrcoef", "pearsonr"),
        (Unfit("heavy_tails", "a few extreme rows decide a product of moments; use spearman"),),
        "neither a bias nor a wrong scale of the predictions lowers it",
    ),
    _metric(
        "spearman",
        "rank correlation of predictions and target",
        "higher",
        -1.0,
        1.0,
        "Spearman 1904, The American Journal of Psychology 15:72-101",
        ("spearman_corrcoef", "spearmanr"),
        (),
        "only the order counts: predictions of any scale can reach 1",
    ),
    _metric(
        "concordance",
        "concordance correlation: agreement with the line of equality",
        "higher",
        -1.0,
        1.0,
        "Lin 1989, Biometrics 45:255-268",
        ("concordance_corrcoef", "ccc"),
        (Unfit("heavy_tails", "a few extreme rows decide a product of moments; use mae"),),
    ),
)
"""Metrics of a regression, the usual ones first."""
