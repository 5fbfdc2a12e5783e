"""Trying a metric of one's own before it is locked, in a worker: it is a person's code.

Nothing it gives is a result: rows of the training part stand on both sides, moved against
each other; before the freeze they are invented.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grd_core.errors import GrdError
from grd_core.jobs import Progress, run_job, value_of
from grd_core.objective.document import Document
from grd_core.objective.own_metrics import own_json, own_sources
from grd_core.objective.problem import Problem
from grd_core.statistics.metrics import metric_of

if TYPE_CHECKING:
    from grd_core.statistics.metrics import Metric
    from grd_core.statistics.observed import Observed
    from grd_core.study import Study

LIMIT_S = 30.0
"""How long a function may take for all that is asked of it here."""

ROWS = 200


def trial_problems(study: Study, document: Document) -> tuple[Problem, ...]:
    """Each function of the objective that fails where it is called, with what it says.

    Nothing is started where the objective names no function, or none that can be read.
    """
    return tuple(_problems(study, document))


def _problems(study: Study, document: Document) -> Iterator[Problem]:
    objective = document.objective
    sources = own_sources(objective, study.root)
    train = study.frozen_dir / "train.parquet"
    for index, metric in enumerate(objective.metrics):
        if metric.name not in sources or metric.good is None:
            continue
        item = {
            "name": metric.name,
            "direction": metric.good,
            "own": own_json(metric, sources[metric.name]),
        }
        arguments = {
            "item": item,
            "root": str(study.root),
            "task": objective.task,
            "target": objective.target,
            "train": str(train) if train.is_file() else "",
        }
        name = "grd_core.objective.own_metric_trial:trial_job"
        try:
            value_of(run_job(name, arguments, limit_s=LIMIT_S))
        except GrdError as error:
            what = f"{error.what} ({error.where})" if error.where else error.what
            yield document.refusal(f"metrics[{index}].name", what, error.fix)


def trial_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Call one function on rows that are no result.

    Args:
        arguments: `item` of a decision rule, `root` of the study, `task`, `target`, and
            `train`, the training part's path, or nothing before the freeze.
        progress: told what is being done.

    Returns:
        `value`, what the function gave.

    Raises:
        RefusedError: its source changed meanwhile.
        DataError: it raises, gives no finite number in its range, or two different ones.
    """
    from grd_core.statistics.own_metric_run import example_of, tried

    metric = metric_of(arguments["item"], arguments["root"])
    progress(0.0, f"trying {metric.name}")
    rows = example_of(arguments["task"], ROWS)
    if arguments["train"]:
        rows = _of_training(metric, Path(arguments["train"]), arguments["target"], rows)
    return {"value": tried(metric, rows)}


def _of_training(metric: Metric, train: Path, target: str, example: Observed) -> Observed:
    """Labels as the study spells them, each row answered by the label of the next one; what
    is given to a metric of scores is drawn at random."""
    import numpy as np

    from grd_core.statistics.alignment import classes_of
    from grd_core.statistics.label_table import read_columns
    from grd_core.statistics.observed import Numbers, observe_labels

    labels = read_columns(train, [target])[target].dropna()
    labels = labels.iloc[np.linspace(0, len(labels) - 1, min(ROWS, len(labels))).astype(int)]
    if isinstance(example, Numbers):
        truth = labels.to_numpy(dtype=np.float64)
        return Numbers(truth, np.roll(truth, 1))
    classes = classes_of(labels)
    truth_of = np.asarray(classes)[np.searchsorted(np.asarray(classes), labels.to_numpy())]
    scores = np.random.default_rng(20).dirichlet(np.ones(len(classes)), len(truth_of))
    return observe_labels(truth_of, np.roll(truth_of, 1), scores, classes=classes)
