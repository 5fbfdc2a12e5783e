"""The aircraft: its age, its seats and its own record, on top of the carrier-and-hour median.

The trees learn what the aircraft adds: their target is what the baseline leaves over, so with
nothing to learn they return the baseline itself.
"""

import os
import tomllib
from pathlib import Path

import pandas as pd
from grd_log import log, predict
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import mean_absolute_error, median_absolute_error
from sklearn.model_selection import KFold

DATA = Path(os.environ["GRD_DATA"])
SEED = int(os.environ["GRD_SEED"])
CONFIG = tomllib.loads(Path(os.environ["GRD_CONFIG"]).read_text(encoding="utf-8"))
TARGET = "arr_delay"
REGISTER = ["plane_year", "plane_seats"]


def cells(frame: pd.DataFrame) -> list[pd.Series]:
    """The two keys of a cell of the baseline: carrier and scheduled hour (hhmm // 100)."""
    return [frame["carrier"], (frame["sched_dep_time"] // 100).rename("hour")]


def usual(frame: pd.DataFrame, medians: pd.Series, overall: float) -> pd.Series:
    """The baseline's prediction: the median of the flight's cell, in minutes."""
    found = medians.reindex(pd.MultiIndex.from_arrays(cells(frame)))
    return pd.Series(found.to_numpy(), index=frame.index).fillna(overall)


def record(tailnum: pd.Series, beyond_usual: pd.Series) -> pd.Series:
    """Each aircraft's record: the median of its flights beyond the usual, in minutes."""
    return beyond_usual.groupby(tailnum).median()


def cross_fitted_record(tailnum: pd.Series, beyond_usual: pd.Series, folds: int) -> pd.Series:
    """The record of each training flight's aircraft on other days, never the flight's own.

    The flights must be in order of time: the folds are then stretches of days, since the
    flights of one day share one cause.
    """
    crossed = pd.Series(float("nan"), index=tailnum.index)
    for others, own in KFold(folds).split(tailnum):
        elsewhere = record(tailnum.iloc[others], beyond_usual.iloc[others])
        crossed.iloc[own] = tailnum.iloc[own].map(elsewhere).to_numpy()
    return crossed


def main() -> None:
    train = pd.read_parquet(DATA / "train.parquet").sort_values("time_hour", kind="stable")
    validation = pd.read_parquet(DATA / "validation.parquet")
    test = pd.read_parquet(DATA / "test_features.parquet")

    medians = train.groupby(cells(train))[TARGET].median()
    overall = float(train[TARGET].median())
    usual_train = usual(train, medians, overall)
    usual_validation = usual(validation, medians, overall)
    beyond_usual = train[TARGET] - usual_train

    folds = CONFIG["record"]["folds"]
    records = record(train["tailnum"], beyond_usual)
    x_train = train[REGISTER].assign(
        record=cross_fitted_record(train["tailnum"], beyond_usual, folds)
    )
    x_validation = validation[REGISTER].assign(record=validation["tailnum"].map(records))
    x_test = test[REGISTER].assign(record=test["tailnum"].map(records))

    settings = CONFIG["model"]
    model = HistGradientBoostingRegressor(
        loss="absolute_error",
        learning_rate=settings["learning_rate"],
        max_leaf_nodes=settings["max_leaf_nodes"],
        min_samples_leaf=settings["min_samples_leaf"],
        l2_regularization=settings["l2_regularization"],
        # The number of trees is fixed beforehand: stopping on validation would be tuning on it.
        early_stopping=False,
        warm_start=True,
        random_state=SEED,
    )
    # Every tenth flight draws the same curve in a third less time.
    x_some, usual_some = x_train.iloc[::10], usual_train.iloc[::10]
    y_some = train[TARGET].iloc[::10]
    for step in range(1, settings["rounds"] + 1):
        trees = step * settings["trees_per_round"]
        model.set_params(max_iter=trees).fit(x_train, beyond_usual)
        log(
            trees,
            train_mae=mean_absolute_error(y_some, usual_some + model.predict(x_some)),
            validation_mae=mean_absolute_error(
                validation[TARGET], usual_validation + model.predict(x_validation)
            ),
        )

    expected = usual_validation + model.predict(x_validation)
    log(
        trees,
        validation_median_ae=median_absolute_error(validation[TARGET], expected),
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
        usual(test, medians, overall) + model.predict(x_test),
        part="test",
        carrier=test["carrier"],
        origin=test["origin"],
    )


if __name__ == "__main__":
    main()
