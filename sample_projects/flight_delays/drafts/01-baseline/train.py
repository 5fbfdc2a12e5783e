"""Baseline: the median arrival delay of each carrier in each scheduled hour.

This is what anyone could do with a year-old timetable and no model at all. Every other
experiment of the study is measured by the minutes it takes off this one.
"""

import os
import tomllib
from pathlib import Path

import pandas as pd
from grd_log import log, predict
from sklearn.metrics import mean_absolute_error, median_absolute_error

DATA = Path(os.environ["GRD_DATA"])
CONFIG = tomllib.loads(Path(os.environ["GRD_CONFIG"]).read_text(encoding="utf-8"))
TARGET = "arr_delay"


def cells(frame: pd.DataFrame) -> list[pd.Series]:
    """The two keys of a cell: carrier and scheduled hour (hhmm // 100)."""
    return [frame["carrier"], (frame["sched_dep_time"] // 100).rename("hour")]


def fit(train: pd.DataFrame) -> tuple[pd.Series, float]:
    """Median delay of each cell, and the overall median for cells never seen."""
    return train.groupby(cells(train))[TARGET].median(), float(train[TARGET].median())


def delays(frame: pd.DataFrame, medians: pd.Series, overall: float) -> pd.Series:
    """Predicted arrival delay of each flight, in minutes."""
    found = medians.reindex(pd.MultiIndex.from_arrays(cells(frame)))
    return pd.Series(found.to_numpy(), index=frame.index).fillna(overall)


def main() -> None:
    train = pd.read_parquet(DATA / "train.parquet").sort_values("time_hour", kind="stable")
    validation = pd.read_parquet(DATA / "validation.parquet")
    test = pd.read_parquet(DATA / "test_features.parquet")

    # Each step fits on a longer stretch of the most recent flights: does old history help?
    steps = CONFIG["curve"]["steps"]
    for step in range(1, steps + 1):
        recent = train.tail(len(train) * step // steps)
        medians, overall = fit(recent)
        expected = delays(validation, medians, overall)
        log(
            step,
            train_mae=mean_absolute_error(recent[TARGET], delays(recent, medians, overall)),
            validation_mae=mean_absolute_error(validation[TARGET], expected),
        )

    # The last step saw all of the training part: it is the baseline.
    log(
        steps,
        validation_median_ae=median_absolute_error(validation[TARGET], expected),
        cells=len(medians),
    )
    predict(
        validation["flight_id"],
        expected,
        part="validation",
        y_true=validation[TARGET],
        carrier=validation["carrier"],
        origin=validation["origin"],
    )
    predict(
        test["flight_id"],
        delays(test, medians, overall),
        part="test",
        carrier=test["carrier"],
        origin=test["origin"],
    )


if __name__ == "__main__":
    main()
