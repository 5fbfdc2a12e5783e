"""The structure profile, batch by batch: its numbers, and what rows show of undeclared roles."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from grd_core.recon import row_sample
from grd_core.recon.roles import Roles
from grd_core.recon.structure import structure_job
from tests.core.recon.tides import ROLES, tides

PLAIN = Roles("regression", "y")


def structure_of(folder: Path, table: pd.DataFrame, roles: Roles = PLAIN) -> dict[str, Any]:
    table.to_parquet(folder / "t.parquet", row_group_size=30_000)
    seen: list[float] = []
    content = structure_job(
        {"path": str(folder / "t.parquet"), "roles": roles.as_json()},
        lambda share, _: seen.append(share),
    )
    assert seen == sorted(seen)
    assert seen[-1] == 1
    return json.loads(json.dumps(content, allow_nan=False))


def column(content: dict[str, Any], name: str) -> dict[str, Any]:
    return next(item for item in content["columns"] if item["name"] == name)


def titles(content: dict[str, Any]) -> list[str]:
    return [risk["title"] for risk in content["risks"]]


@pytest.fixture(scope="module")
def large() -> pd.DataFrame:
    """Three batches of rows, in an order that hides none of what is counted over them."""
    chance = np.random.default_rng(4)
    rows = 150_000
    made = pd.DataFrame(
        {
            "x": np.where(chance.random(rows) < 0.1, np.nan, chance.normal(1e6, 1, rows)),
            "count": chance.integers(0, 40_000, rows),
            "word": chance.choice(["one", "two", "two ", "3"], rows),
            "boat": [f"boat {n}" for n in chance.integers(0, 5000, rows)],
            "at": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(rows), unit="min"),
            "y": chance.normal(size=rows),
        }
    )
    made.loc[made.index[-40:], ["x", "count", "word", "boat", "at"]] = made.loc[
        made.index[:40], ["x", "count", "word", "boat", "at"]
    ].to_numpy()
    return made.astype({"x": float, "count": int, "at": "datetime64[ns]"})


def test_several_batches_count_what_one_table_holds(large: pd.DataFrame, tmp_path: Path) -> None:
    roles = Roles("regression", "y", time="at", groups=("boat",))
    content = structure_of(tmp_path, large, roles)
    x, present = column(content, "x"), large["x"].dropna()
    assert x["missing"] == int(large["x"].isna().sum())
    assert x["distinct"] == present.nunique() or not x["distinct_exact"]
    assert x["distinct"] == pytest.approx(present.nunique(), rel=0.02)
    assert (x["min"], x["max"]) == pytest.approx((present.min(), present.max()), rel=1e-5)
    assert x["std"] == pytest.approx(present.std(), rel=1e-4)  # with a mean of a million
    assert column(content, "count")["distinct"] == large["count"].nunique()
    assert column(content, "word")["numeric_share"] == pytest.approx(0.25, abs=0.01)
    assert column(content, "word")["variants"] == 1
    assert content["repeated_rows"] == 40
    assert content["groups"][0]["groups"] == large["boat"].nunique()
    assert content["groups"][0]["largest"] == large["boat"].value_counts().max()
    assert content["time"]["moments"] == large["at"].nunique()
    assert not content["time"]["ordered"]
    assert content["time"]["usual_gap"] == "1 min"
    assert set(column(content, "y")) == {"name", "type", "role"}


def test_a_sample_says_so_and_changes_no_count(
    large: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = structure_of(tmp_path, large)
    monkeypatch.setattr(row_sample, "MOST_CELLS", 50_000)
    content = structure_of(tmp_path, large)
    assert "from 10,000 of 150,000 rows drawn at random with seed 0" in content["read"]
    assert "drawn" not in whole["read"]
    for name in ("x", "count", "word"):
        for figure in ("missing", "distinct", "mean", "std", "numeric_share", "variants"):
            assert column(content, name).get(figure) == column(whole, name).get(figure)


def test_what_stands_for_missing_is_found_far_rows_are_told(tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    table = pd.DataFrame(chance.normal(20, 5, (2000, 3)), columns=["temp", "depth", "y"])
    table.loc[::40, "temp"] = -999
    table.loc[5, "depth"] = 5000.0
    content = structure_of(tmp_path, table)
    assert "temp holds a placeholder" in titles(content)
    assert column(content, "temp")["placeholder"] == -999
    assert column(content, "temp")["placeholder_share"] == 0.025
    assert "depth has rows far out" in titles(content)


def test_rows_ordered_by_a_column_that_is_no_date(tmp_path: Path) -> None:
    chance = np.random.default_rng(2)
    table = pd.DataFrame(
        {"elapsed": chance.exponential(1, 500).cumsum(), "y": chance.normal(size=500)}
    )
    assert titles(structure_of(tmp_path, table))[0] == "the rows are ordered by elapsed"
    seconds = table.assign(elapsed=1_700_000_000 + (table["elapsed"] * 100).astype(int))
    assert titles(structure_of(tmp_path, seconds))[0] == "elapsed looks like time, none is declared"
    timed = tides().assign(odometer=np.arange(600) // 2 / 7.0)
    assert titles(structure_of(tmp_path, timed, ROLES)) == ["odometer rises with time"]


@pytest.mark.parametrize("named", ["words", "numbers"])
@pytest.mark.parametrize("rows_each", [3, 40])
def test_an_undeclared_group_is_found_by_its_rows(
    named: str, rows_each: int, tmp_path: Path
) -> None:
    chance = np.random.default_rng(rows_each)
    patient = np.repeat(np.arange(60), rows_each)
    height = chance.normal(170, 10, 60)[patient] + chance.normal(0, 2, patient.size)
    names = (
        [f"p{n}" for n in patient] if named == "words" else 900 + chance.permutation(60)[patient]
    )
    table = pd.DataFrame(
        {"patient": names, "height": height, "y": chance.normal(size=patient.size)}
    )
    table = table.sample(frac=1, random_state=0)
    content = structure_of(tmp_path, table)
    assert "rows with the same patient are alike" in titles(content)
    declared = dataclasses.replace(PLAIN, groups=("patient",))
    assert not structure_of(tmp_path, table, declared)["behaviour"]["groups"]


def test_amounts_and_independent_words_are_no_groups(tmp_path: Path) -> None:
    chance = np.random.default_rng(3)
    age = chance.integers(20, 90, 3000)
    table = pd.DataFrame(
        {
            "age": age,
            "income": age * 100 + chance.normal(0, 300, 3000),
            "boat": [f"boat {n}" for n in chance.integers(0, 60, 3000)],
            "y": chance.normal(size=3000),
        }
    )
    assert structure_of(tmp_path, table)["behaviour"]["groups"] == []


def test_groups_of_a_table_larger_than_the_sample_are_drawn_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_sample, "MOST_CELLS", 10)
    chance = np.random.default_rng(5)
    patient = np.repeat(np.arange(30_000), 2)
    table = pd.DataFrame(
        {
            "patient": patient,
            "height": chance.normal(size=30_000)[patient] + chance.normal(0, 0.3, patient.size),
            "y": 0.0,
        }
    ).sample(frac=1, random_state=0)
    found = structure_of(tmp_path, table)["behaviour"]["groups"]
    assert [(group["column"], group["rows_each"]) for group in found] == [("patient", 2.0)]


def test_drift_of_features_is_told_by_its_size(tmp_path: Path) -> None:
    rows = np.arange(2000)
    chance = np.random.default_rng(6)
    table = tides(2000).assign(
        slow=chance.normal(size=2000) + rows / 2500,
        fast=chance.normal(size=2000) + rows / 500,
        words=np.where(chance.random(2000) < rows / 2000, "late", "early"),
    )
    content = structure_of(tmp_path, table, ROLES)
    assert [item["column"] for item in content["behaviour"]["drift"]] == ["fast", "words", "slow"]
    assert content["risks"][0]["title"] == "fast, words, slow drift over at"
    assert content["risks"][0]["severity"] == "warning"
    assert structure_of(tmp_path, tides(2000), ROLES)["behaviour"]["drift"] == []


def test_columns_missing_in_the_same_rows_are_told_once(tmp_path: Path) -> None:
    chance = np.random.default_rng(7)
    table = pd.DataFrame(chance.normal(size=(1000, 5)), columns=list("abcdy"))
    table.loc[table["a"] > 1, ["b", "c"]] = np.nan
    table.loc[chance.random(1000) < 0.2, "d"] = np.nan
    content = structure_of(tmp_path, table)
    assert content["behaviour"]["missing_together"] == [["b", "c"]]
    assert "b, c are missing in the same rows" in titles(content)


def test_an_undeclared_row_number_hides_no_repeat_and_coarse_rows_repeat_by_chance(
    tmp_path: Path,
) -> None:
    chance = np.random.default_rng(8)
    table = pd.DataFrame(chance.normal(size=(500, 3)), columns=["a", "b", "y"])
    table.iloc[400:420] = table.iloc[:20].to_numpy()
    numbered = table.assign(line=np.arange(500))
    assert structure_of(tmp_path, numbered)["repeated_rows"] == 20
    coarse = pd.DataFrame({"size": chance.integers(0, 4, 500), "flag": chance.random(500) < 0.5})
    content = structure_of(tmp_path, coarse)
    told = next(risk for risk in content["risks"] if "repeat" in risk["title"])
    assert told["severity"] == "info"


def test_a_wide_table_of_odd_columns_has_few_risks(tmp_path: Path) -> None:
    chance = np.random.default_rng(9)
    odd = {f"flat{i}": 1 for i in range(80)}
    odd |= {f"inf{i}": np.where(chance.random(300) < 0.1, np.inf, 1.5) for i in range(80)}
    odd |= {f"gone{i}": np.where(chance.random(300) < 0.6, np.nan, 2.5) for i in range(80)}
    content = structure_of(tmp_path, pd.DataFrame(odd | {"y": 0.0}, index=range(300)))
    assert len(content["risks"]) <= 12
    assert "inf0" in " ".join(titles(content)) or "and 76 more" in " ".join(titles(content))


def test_odd_types_are_counted_and_crash_nothing(tmp_path: Path) -> None:
    import decimal

    table = pd.DataFrame(
        {
            "list": [[1, 2]] * 60,
            "price": [decimal.Decimal(n) / 7 for n in range(60)],
            "raw": [b"\x00\xff"] * 60,
            "none": [None] * 60,
            "flag": [True, None, False] * 20,
            "y": 1.0,
        }
    )
    content = structure_of(tmp_path, table)
    assert column(content, "list")["distinct"] is None
    assert column(content, "price")["distinct"] == 60
    assert column(content, "none")["missing"] == 60
    assert column(content, "flag")["distinct"] == 2


def test_long_texts_are_kept_in_small_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_sample, "MOST_BYTES", 4_000_000)
    table = pd.DataFrame({"text": [f"{n} " + "x" * 20_000 for n in range(1500)], "y": 0.0})
    content = structure_of(tmp_path, table)
    assert "drawn at random" in content["read"]
    assert column(content, "text")["distinct"] == 1500
    assert len(json.dumps(content)) < 5_000


def test_rows_that_are_alike_by_their_order_alone_form_no_group(tmp_path: Path) -> None:
    chance = np.random.default_rng(10)
    table = pd.DataFrame(
        {
            "flight": chance.integers(0, 200, 6000),
            "month": np.arange(6000) // 500,
            "y": chance.normal(size=6000),
        }
    )
    assert structure_of(tmp_path, table)["behaviour"]["groups"] == []
