"""Each metric in the form in which it can be resampled fast.

All give the number of the textbook formula with weights; the tests hold them against
scikit-learn. A function of one's own is called anew for every resample.
"""

from __future__ import annotations

from grd_core.statistics.forms_of_labels import FORMS_OF_LABELS
from grd_core.statistics.forms_of_numbers import FORMS_OF_NUMBERS
from grd_core.statistics.forms_of_scores import FORMS_OF_SCORES
from grd_core.statistics.forms_resampled import Averaged, Form, Ordered, Sums
from grd_core.statistics.metrics import Metric
from grd_core.statistics.observed import Labels, Numbers, Observed, observe

__all__ = ["Averaged", "Form", "Ordered", "Sums", "form_of", "observe"]

_OF_CLASSES = {**FORMS_OF_LABELS, **FORMS_OF_SCORES}


def form_of(metric: Metric, observed: Observed) -> Form:
    """The metric over these rows, ready to be resampled. The formula's source is the
    metric's own `source`.

    Raises:
        TypeError: values given for a metric of classes, or the other way round.
        DataError: the predictions lack the scores or the classes it needs.
        RefusedError: it is a function of one's own, and its source is not the recorded one.
    """
    if metric.own is not None:
        from grd_core.statistics.own_metric_run import own_form

        return own_form(metric, metric.own, observed)
    if isinstance(observed, Numbers) and metric.name in FORMS_OF_NUMBERS:
        return FORMS_OF_NUMBERS[metric.name](observed)
    if isinstance(observed, Labels) and metric.name in _OF_CLASSES:
        return _OF_CLASSES[metric.name](observed)
    raise TypeError(f"{metric.name} cannot be computed from {type(observed).__name__}")
