"""Declaring a split: its sizes, and what it may not break without a written reason."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from grd_core.errors import DataError, RefusedError, UsageError
from grd_core.recon.records import current_split
from grd_core.recon.roles import Roles
from grd_core.recon.sources import declare
from grd_core.recon.split_lines import told_of
from grd_core.recon.splits import plan_of, plan_split, preview_split
from grd_core.study import Study
from tests.core.recon.tides import PROVENANCE, ROLES, frozen_study, study_of, tides

WHY = "the gauges are independent of each other"


def declared(folder: Path, roles: Roles = ROLES, table: pd.DataFrame | None = None) -> Study:
    study = study_of(folder, table)
    declare(study, study.data_dir / "tides.parquet", PROVENANCE, roles)
    return study


def test_fractions_of_time_keep_the_latest_rows_for_the_test(tmp_path: Path) -> None:
    study = declared(tmp_path)
    split = plan_split(study, validation=0.2, test=0.1)
    assert split == current_split(study)
    assert (split.sizes["train"], split.sizes["validation"], split.sizes["test"]) == (420, 120, 60)
    assert split.strategy == "temporal"
    spans = split.sizes["spans"]
    assert spans["train"][1] < spans["validation"][0] < spans["validation"][1] < spans["test"][0]


def test_cuts_in_time_and_an_embargo_before_each(tmp_path: Path) -> None:
    split = plan_split(
        declared(tmp_path), validation="2021-01-11", test="2021-01-16", embargo="12h"
    )
    assert split.parameters["cuts"] == {"validation": "2021-01-11", "test": "2021-01-16"}
    sizes = split.sizes
    assert (sizes["train"], sizes["validation"], sizes["test"]) == (228, 108, 240)
    assert sizes["dropped_embargo"] == 24


def test_nothing_is_split_before_it_is_declared(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="no data is declared"):
        plan_split(study_of(tmp_path))


def test_a_file_that_changed_is_not_split(tmp_path: Path) -> None:
    study = declared(tmp_path)
    tides(601).to_parquet(study.data_dir / "tides.parquet")
    with pytest.raises(RefusedError, match="declare it again"):
        plan_split(study)


@pytest.mark.parametrize("reason", [None, "", "because"])
def test_a_random_split_of_timed_data_needs_a_reason(reason: str | None, tmp_path: Path) -> None:
    study = declared(tmp_path)
    with pytest.raises(RefusedError, match="breaks the declared time `at`"):
        plan_split(study, strategy="random", reason=reason)
    assert current_split(study) is None
    assert plan_split(study, strategy="random", reason=WHY).reason == WHY


@pytest.mark.parametrize(
    "asked", [{"strategy": "stratified"}, {"strategy": "blocked", "block": "2d"}]
)
def test_whatever_breaks_time_needs_a_reason(asked: dict[str, Any], tmp_path: Path) -> None:
    study = declared(tmp_path)
    with pytest.raises(RefusedError, match="breaks the declared time `at`"):
        plan_split(study, **asked)
    split = plan_split(study, reason=WHY, **asked)
    assert (split.strategy, split.reason) == (asked["strategy"], WHY)
    assert split.parameters["block"] == asked.get("block", "")
    assert plan_of(split).block == asked.get("block", "")


def test_strata_that_tear_groups_apart_need_a_reason_and_whole_groups_do_not(
    tmp_path: Path,
) -> None:
    table = tides().drop(columns="at").assign(boat=np.arange(600) // 6)
    study = declared(tmp_path, Roles("regression", "surge", groups=("boat",)), table)
    with pytest.raises(RefusedError, match="`boat` crosses the parts"):
        plan_split(study, strategy="stratified")
    split = plan_split(study, strategy="grouped_stratified")
    assert split.sizes["crossings"] == {"boat": 0.0}


def test_a_preview_tells_everything_and_records_nothing(tmp_path: Path) -> None:
    study = declared(tmp_path)
    seen = preview_split(study, strategy="random")
    assert current_split(study) is None
    assert "breaks the declared time" in seen.needs_reason
    assert preview_split(study, strategy="random", reason=WHY).needs_reason == ""
    recorded = plan_split(study, strategy="random", reason=WHY)
    assert recorded.sizes == seen.sizes
    assert [drift["part"] for drift in seen.sizes["drift"]] == ["validation", "test"]
    assert [one["what"] for one in seen.sizes["balance"]] == [
        "lower quartile",
        "median",
        "upper quartile",
    ]
    assert seen.sizes["repeated"] == {"validation": 0, "test": 0}


def test_columns_that_drift_in_time_are_named(tmp_path: Path) -> None:
    table = tides().assign(level=lambda t: np.arange(len(t)) / 600 + t["wind"] / 100)
    drift = preview_split(declared(tmp_path, table=table)).sizes["drift"]
    assert [one["shifts"][0]["column"] for one in drift] == ["level", "level"]
    said = list(told_of(preview_split(Study(tmp_path / "study")).sizes))
    assert any(
        line.startswith("test differs from train in 1 of") and "level (distributions" in line
        for line in said
    )


def test_frozen_data_is_not_cut_otherwise_not_even_to_look(tmp_path: Path) -> None:
    study = frozen_study(tmp_path)
    with pytest.raises(RefusedError, match="its split is settled"):
        preview_split(study, test=0.3)


def test_a_group_that_crosses_the_parts_needs_a_reason(tmp_path: Path) -> None:
    study = declared(tmp_path, dataclasses.replace(ROLES, groups=("gauge",)))
    with pytest.raises(RefusedError, match="`gauge` crosses the parts: 100%"):
        plan_split(study)
    assert plan_split(study, reason=WHY).sizes["crossings"] == {"gauge": 1.0}


def test_a_grouped_split_keeps_groups_whole(tmp_path: Path) -> None:
    table = tides().drop(columns="at").assign(boat=np.arange(600) // 6, crew=np.arange(600) // 12)
    roles = Roles("regression", "surge", groups=("boat", "crew"), id="reading")
    split = plan_split(declared(tmp_path, roles, table), validation=0.2, test=0.2, seed=3)
    assert split.strategy == "grouped"
    assert split.sizes["crossings"] == {"boat": 0.0, "crew": 0.0}
    assert (split.sizes["validation"], split.sizes["test"]) == (120, 120)


def test_rows_without_a_target_need_a_rule(tmp_path: Path) -> None:
    table = tides()
    table.loc[table.index[::10], "surge"] = np.nan
    study = declared(tmp_path, table=table)
    with pytest.raises(RefusedError, match="60 of 600 rows have no `surge`"):
        plan_split(study)
    for rule in ("drop", "drop: ", "fill: zero"):
        with pytest.raises(UsageError, match="cannot be followed"):
            plan_split(study, missing_target=rule)
    split = plan_split(study, missing_target="drop: the gauge was in repair")
    assert split.sizes["dropped_missing_target"] == 60
    assert sum(split.sizes[part] for part in ("train", "validation", "test")) == 540


def test_defaults_come_from_the_provenance_file(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    defaults = {"validation": "2021-01-15", "test": "2021-01-20", "embargo": "1d"}
    path = study.data_dir / "tides.parquet"
    declare(study, path, PROVENANCE, ROLES, split_defaults=defaults)
    split = plan_split(study, test="2021-01-21")
    assert split.parameters["cuts"] == {"validation": "2021-01-15", "test": "2021-01-21"}
    assert split.parameters["embargo"] == "1d"


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"strategy": "magic"}, "no split strategy 'magic'"),
        ({"validation": 0.6, "test": 0.5}, "leave nothing to train on"),
        ({"test": "soon"}, "'soon' is not a date"),
        ({"validation": "2021-02-01", "test": "2021-01-20"}, "not before the test cut"),
        ({"test": "1999-01-01"}, "nothing lies before the test cut"),
        ({"embargo": "a while"}, "not a stretch of time"),
        ({"strategy": "random", "embargo": "1d", "reason": WHY}, "no meaning in a random split"),
        ({"strategy": "random", "test": "2021-01-20", "reason": WHY}, "needs a temporal split"),
        ({"strategy": "grouped", "reason": WHY}, "needs a group column"),
        ({"test": "2030-01-01"}, "the test part is empty"),
        ({"embargo": "30d"}, "the train part is empty"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(
    asked: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises((UsageError, RefusedError), match=sentence):
        plan_split(declared(tmp_path), **asked)


def test_times_that_cannot_be_read_are_named_by_row(tmp_path: Path) -> None:
    table = tides().assign(at=lambda t: t["at"].dt.strftime("%Y-%m-%d %H:%M"))
    table.loc[6, "at"] = "13/01/2021"
    with pytest.raises(DataError, match=r"row 7 has `at` = '13/01/2021'"):
        plan_split(declared(tmp_path, table=table))


def test_a_row_without_a_time_cannot_be_placed(tmp_path: Path) -> None:
    table = tides()
    table.loc[3, "at"] = pd.NaT
    with pytest.raises(DataError, match="1 rows have no `at`, the first is row 4"):
        plan_split(declared(tmp_path, table=table))


def test_time_may_be_counted(tmp_path: Path) -> None:
    table = tides().assign(at=np.arange(600) // 60 + 1990)
    split = plan_split(declared(tmp_path, table=table), validation="1996", test="1998", embargo="1")
    assert split.sizes["spans"] == {
        "train": ["1990", "1994"],
        "validation": ["1996", "1996"],
        "test": ["1998", "1999"],
    }
