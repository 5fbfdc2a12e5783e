"""The frozen test part with its labels: opened here, and nowhere else in the program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from grd_core.errors import DataError
from grd_core.evaluation.own_cost import require_affordable
from grd_core.evaluation.predictions import exact_models, pinned, require_bytes
from grd_core.statistics.alignment import locate
from grd_core.statistics.label_table import read_columns
from grd_core.statistics.metrics import Metric, metric_of
from grd_core.statistics.observed import Observed
from grd_core.statistics.panel import Panel
from grd_core.statistics.resampling import Units

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What each model of an experiment said on every frozen row, and its seed."""

    models: tuple[Observed, ...]
    seeds: tuple[int | None, ...]


@dataclass(frozen=True, slots=True, eq=False)
class FrozenPart:
    """Ids, labels and features of the test part, row by row in the order of the labels."""

    panel: Panel
    features: pd.DataFrame
    units: Units

    @classmethod
    def read(
        cls,
        labels: Path,
        features: Path,
        *,
        id_column: str,
        target: str,
        task: str,
        cluster: str,
        strata: Sequence[str],
    ) -> FrozenPart:
        """Join labels and features by id.

        Raises:
            DataError: a file or column is missing, the two do not hold the same ids, or a
                label is missing.
        """
        truth = read_columns(labels, [id_column, target])
        wanted = [id_column, *(name for name in (cluster, *strata) if name)]
        known = read_columns(features, wanted)
        places = locate(truth[id_column], known[id_column])
        if (places < 0).any() or len(truth) != len(known):
            raise DataError(
                "frozen labels and features do not hold the same ids",
                where=f"{labels.name}, {features.name}",
                fix="restore the frozen files; `grd verify` names what changed",
            )
        if truth[target].isna().any():
            raise DataError(
                f"{int(truth[target].isna().sum())} frozen labels are missing",
                where=labels.name,
                fix="say in the objective how missing labels are handled, and freeze again",
            )
        features_in_order = known.iloc[places].reset_index(drop=True)
        panel = Panel(truth[id_column], truth[target], task, "test")
        units = (
            Units.clusters(features_in_order[cluster], cluster)
            if cluster
            else Units.rows(len(truth))
        )
        return cls(panel, features_in_order, units)

    def answers(self, tables: Sequence[Mapping[str, str]]) -> Answers:
        """The models of these prediction tables (`path`, `sha256`) on exactly the frozen rows.

        Raises:
            DataError: a table is at fault, is not the recorded one, or does not cover exactly
                the frozen ids.
        """
        with pinned(tables) as paths:
            models = exact_models(self.panel, paths)
        return Answers(models.on(np.arange(len(self.panel.ids))), models.seeds)


def read_part(arguments: dict[str, Any]) -> FrozenPart:
    """The frozen part that the arguments of a scoring job name.

    Raises:
        DataError: see `FrozenPart.read`; or the bytes are not those that were frozen.
    """
    rule = arguments["rule"]
    part = FrozenPart.read(
        Path(arguments["labels"]),
        Path(arguments["features"]),
        id_column=arguments["id_column"],
        target=rule["target"],
        task=rule["task"],
        cluster=rule["evaluation"].get("cluster") or "",
        strata=stratum_columns(rule),
    )
    for name in ("labels", "features"):
        require_bytes(Path(arguments[name]), arguments["frozen"][name])
    return part


def locked_metrics(arguments: dict[str, Any]) -> tuple[Metric, ...]:
    """The metrics that the arguments of a scoring job name, in the objective's order."""
    return tuple(metric_of(item, arguments["root"]) for item in arguments["rule"]["metrics"])


def stratum_columns(rule: dict[str, Any]) -> tuple[str, ...]:
    """The columns of the locked strata, each once."""
    return tuple(dict.fromkeys(rule["strata"]))


def rehearse_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Everything that can fail before scoring, without opening a label: the columns are
    there, every prediction table covers exactly the frozen ids, and a metric of one's own is the
    locked one and fast enough to be resampled.

    A look at frozen labels that ends in a missing column would be spent for nothing.

    Returns:
        `ids`, how many are frozen, and `shortfall`: what of the plan was not trained.

    Args:
        arguments: those of the scoring job.
        progress: told the share done and what is done.

    Raises:
        DataError: what the scoring job would raise.
        RefusedError: a metric of one's own is not the locked one, or too slow.
    """
    rule, id_column = arguments["rule"], arguments["id_column"]
    columns = [id_column, rule["evaluation"].get("cluster") or "", *stratum_columns(rule)]
    features = read_columns(Path(arguments["features"]), [name for name in columns if name])
    ids = features[id_column]
    panel = Panel(ids, pd.Series(np.nan, index=ids.index), rule["task"], "test")
    shortfall, drawn = "", 0
    tables = [arguments["predictions"], *(one["predictions"] for one in arguments["baselines"])]
    for place, several in enumerate(tables):
        progress(place / len(tables), "checking the prediction tables")
        if several:
            with pinned(several) as paths:
                models = exact_models(panel, paths)
            drawn += len(models.seeds)
            if place == 0:
                shortfall = seed_shortfall(rule, models.seeds)
                # Once more for each column of strata, and for the quantiles of the target.
                drawn += len(models.seeds) * (len(stratum_columns(rule)) + 1)
    require_affordable(locked_metrics(arguments), rule["task"], len(ids), drawn)
    return {"ids": len(ids), "shortfall": shortfall}


def seed_shortfall(rule: dict[str, Any], seeds: Sequence[int | None]) -> str:
    """How many trained models are missing where the plan declares several; empty for none."""
    evaluation = rule["evaluation"]
    declared = evaluation.get("seeds") or 0
    wanted = len(declared) if isinstance(declared, list) else int(declared)
    found = len(set(seeds))
    if not evaluation.get("training_is_random", True) or found >= wanted:
        return ""
    return f"{wanted} seeds were declared, predictions of {found} exist"
