"""A label table and the models that answered it, brought to the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from grd_core.errors import DataError
from grd_core.statistics.alignment import Replicate, align, classes_of, observe_rows
from grd_core.statistics.observed import Codes, Observed
from grd_core.statistics.prediction_table import PredictionTable, read_predictions


@dataclass(frozen=True, slots=True, eq=False)
class Models:
    """The models of one or more prediction tables, each with the rows it answered."""

    panel: Panel
    tables: tuple[PredictionTable, ...]
    replicates: tuple[tuple[PredictionTable, Replicate], ...]

    @property
    def seeds(self) -> tuple[int | None, ...]:
        """The seed of each model, None where the table gives none."""
        return tuple(replicate.seed for _, replicate in self.replicates)

    def on(self, rows: Codes) -> tuple[Observed, ...]:
        """What each model said on these rows of the panel, all of which it answered."""
        classes = self.panel.classes(self.tables)
        return tuple(
            self.panel.observe(table, replicate, rows, classes)
            for table, replicate in self.replicates
        )


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """The ids and labels of one part; `part` names it as prediction tables do."""

    ids: pd.Series[Any]
    labels: pd.Series[Any]
    task: str
    part: str

    def models(self, *paths: Path) -> Models:
        """The models of these prediction tables.

        Raises:
            DataError: a table cannot be read or is at fault, or has no row of this part.
        """
        tables = tuple(read_predictions(path, self.task) for path in paths)
        for table in tables:
            if table.part(self.part).empty:
                raise DataError(
                    f"no row has part {self.part}",
                    where=table.path.name,
                    fix=f"predict the {self.part} part as well",
                )
        found = ((t, replicate) for t in tables for replicate in align(t.part(self.part), self.ids))
        return Models(self, tables, tuple(found))

    def none(self) -> Models:
        """No models at all: what stands for a baseline that there is not."""
        return Models(self, (), ())

    def answered(self, *groups: Models) -> Codes:
        """The rows, rising, that every model of every group answered.

        Raises:
            DataError: there is no such row.
        """
        answers = [replicate.rows for models in groups for _, replicate in models.replicates]
        rows: Codes = reduce(np.intersect1d, answers, np.arange(len(self.ids)))
        if not rows.size:
            raise DataError(
                f"no row of part {self.part} is predicted by every model",
                fix="keep the id beside each prediction; ids are those of the frozen part",
            )
        return rows

    def classes(self, tables: tuple[PredictionTable, ...]) -> tuple[Any, ...]:
        """The sorted classes of the labels and of what the models said; empty for numbers."""
        if self.task == "regression":
            return ()
        return classes_of(self.labels, *(table.frame["y_pred"] for table in tables))

    def observe(
        self,
        table: PredictionTable,
        replicate: Replicate,
        rows: Codes,
        classes: tuple[Any, ...],
    ) -> Observed:
        """One model on these rows."""
        places = replicate.positions[np.searchsorted(replicate.rows, rows)]
        frame = table.frame.iloc[places].reset_index(drop=True)
        labels = self.labels.iloc[rows].reset_index(drop=True)
        return observe_rows(frame, labels, self.task, classes)
