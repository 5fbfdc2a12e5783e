"""The quick look at a file: its sentences, its ranking, and the labels it leaves alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from grd_core.errors import DataError, RefusedError, UsageError
from grd_core.recon.quick_job import quick_job
from grd_core.recon.quick_look import quick_look
from grd_core.recon.sources import declare
from tests.core.recon.tides import PROVENANCE, ROLES, frozen_study, study_of, tides


def looked(folder: Path, table: pd.DataFrame, target: str = "") -> dict[str, Any]:
    table.to_parquet(folder / "t.parquet", index=False)
    arguments = {"path": str(folder / "t.parquet"), "target": target, "hidden": []}
    return json.loads(json.dumps(quick_job(arguments, lambda share, what: None), allow_nan=False))


def texts(found: dict[str, Any]) -> list[str]:
    return [line["text"] for line in found["lines"]]


def visits(rows: int = 3000) -> pd.DataFrame:
    """What a careless export looks like: a row number, a date, patients, gaps that tell."""
    chance = np.random.default_rng(0)
    patient = chance.integers(0, 400, rows)
    ill = chance.random(rows) < 0.3
    table = pd.DataFrame(
        {
            "id": np.arange(rows),
            "when": pd.date_range("2024-01-01", periods=rows, freq="h").strftime("%Y-%m-%d %H:%M"),
            "patient": patient,
            "height": chance.normal(170, 9, 400)[patient] + chance.normal(size=rows),
            "dose": np.where(ill & (chance.random(rows) < 0.95), chance.normal(size=rows), np.nan),
            "temp": np.where(chance.random(rows) < 0.02, -999, chance.normal(37, 0.5, rows)),
            "ward": chance.choice(["north", "south"], rows),
            "ill": np.where(ill, "yes", "no"),
        }
    )
    table.iloc[-12:, 1:] = table.iloc[:12, 1:].to_numpy()
    return table.infer_objects()


def test_what_was_seen_stands_in_plain_words_worst_first(tmp_path: Path) -> None:
    found = looked(tmp_path, visits(), "ill")
    assert texts(found) == [
        "71% of `dose` is missing, and its absence predicts `ill` (AUC 0.97)",
        "`when` looks like time: split by it",
        "`patient` has 400 values in 7.5 rows each, and rows that share one are alike in `height`",
        "temp holds a placeholder: 1.8% of temp is -999, far from all its other values",
        "12 rows of 3,000 repeat earlier ones",
        "`id` names single rows",
    ]
    assert (found["time"], found["groups"], found["id"]) == ("when", ["patient"], "id")
    assert (found["task"], found["read"]) == ("binary", "all 3,000 rows")


def test_without_a_target_none_is_looked_at(tmp_path: Path) -> None:
    found = looked(tmp_path, visits().rename(columns={"ill": "Label"}))
    assert not [text for text in texts(found) if "predict" in text]
    assert found["target_said"] == "none was named; by its name it may be `Label`: --target Label"
    assert "71% of `dose` is missing" in texts(found)


@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
def test_a_copy_and_a_telling_absence_are_named_for_every_task(task: str, tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    signal = chance.normal(size=2000)
    y = {"regression": signal, "binary": signal > 0, "multiclass": np.digitize(signal, [-1, 1])}
    table = pd.DataFrame(
        {
            "echo": signal + chance.normal(0, 0.01, 2000),
            "gone": np.where(signal > 0.5, np.nan, chance.normal(size=2000)),
            "fair": 0.5 * signal + chance.normal(size=2000),
            "lost": np.where(chance.random(2000) < 0.3, np.nan, 1.0 + chance.random(2000)),
            "y": np.asarray(y[task]).astype(float if task == "regression" else int),
        }
    )
    found = looked(tmp_path, table, "y")
    said = texts(found)
    assert found["task"] == task
    assert [text.split(":")[0] for text in said if "nearly is" in text] == ["`echo` nearly is `y`"]
    assert [text[:34] for text in said if "absence" in text] == [
        "31% of `gone` is missing, and its "
    ]


def test_targets_that_cannot_be_learned_are_said_first(tmp_path: Path) -> None:
    table = visits(300).drop(columns="ill")
    for y, text in (
        (np.full(300, np.nan), "`y` has no value at all: there is nothing to predict"),
        (np.full(300, "calm"), "`y` has one class, «calm»"),
        (np.where(np.arange(300) == 7, np.inf, table["height"]), "1 values of `y` are infinite"),
        (np.where(np.arange(300) < 12, "storm", "calm"), "`y`: 96.0% are «calm»"),
    ):
        assert text in texts(looked(tmp_path, table.assign(y=y), "y"))[:2]
    tailed = np.random.default_rng(2).standard_cauchy(300)
    assert texts(looked(tmp_path, pd.DataFrame({"y": range(300)}), "y")) == []
    with pytest.raises(DataError, match="not one value a row"):
        looked(tmp_path, table.assign(y=[[1, 2]] * 300), "y")
    assert "heavy tails" in " ".join(texts(looked(tmp_path, table.assign(y=tailed), "y")))


def test_clean_rows_have_little_to_say(tmp_path: Path) -> None:
    chance = np.random.default_rng(3)
    table = pd.DataFrame(chance.normal(size=(800, 4)), columns=list("abcy"))
    assert texts(looked(tmp_path, table, "y")) == []


def test_a_large_file_is_looked_at_in_pieces(tmp_path: Path) -> None:
    table = pd.DataFrame({"a": np.arange(260_000) % 977, "b": np.arange(260_000) / 7})
    table.to_parquet(tmp_path / "t.parquet", row_group_size=20_000)
    arguments = {"path": str(tmp_path / "t.parquet"), "target": "", "hidden": []}
    found = quick_job(arguments, lambda share, what: None)
    assert found["rows"] == 260_000
    assert found["read"].endswith("of 260,000 rows, in pieces spread over the file")


def test_the_next_command_can_be_pasted(tmp_path: Path) -> None:
    table = visits().rename(columns={"patient": "pat $(id)", "ill": "is ill"})
    table.to_parquet(tmp_path / "my data.parquet", index=False)
    found = quick_look(tmp_path / "my data.parquet", target="is ill")
    assert found.next.startswith("grd new STUDY && cd STUDY && grd data add '")
    assert "--target 'is ill' --task binary --time when --group 'pat $(id)' --id id" in found.next


def test_faults_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        quick_look(tmp_path / "none.csv")
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3\n")
    with pytest.raises(DataError, match="the row has 1 fields"):
        quick_look(tmp_path / "t.csv")
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="no column `c`"):
        quick_look(tmp_path / "t.csv", target="c")
    (tmp_path / "t.doc").write_text("x")
    with pytest.raises((UsageError, DataError)):
        quick_look(tmp_path / "t.doc")


def test_a_declared_source_keeps_its_target(tmp_path: Path) -> None:
    study = study_of(tmp_path, tides().assign(surge=lambda t: t["surge"].mask(t.index % 3 == 0)))
    path = study.data_dir / "tides.parquet"
    assert "surge" in quick_look(path, target="surge").target  # nothing is declared yet
    declare(study, path, PROVENANCE, ROLES)
    with pytest.raises(RefusedError, match="its target is not looked at"):
        quick_look(path, target="surge")
    found = quick_look(path)
    assert found.target_said.startswith("`surge` is declared and was not looked at")
    assert "surge" not in " ".join(line.text for line in found.lines)
    assert found.next == "grd data profile"


def test_frozen_labels_are_not_looked_at(tmp_path: Path) -> None:
    study = frozen_study(tmp_path)
    for name in ("test_labels", "test_features", "validation"):
        with pytest.raises(RefusedError, match="is a frozen part"):
            quick_look(study.frozen_dir / f"{name}.parquet")
    link = tmp_path / "labels.parquet"
    link.symlink_to(study.frozen_dir / "test_labels.parquet")
    with pytest.raises(RefusedError, match="is a frozen part"):
        quick_look(link, target="surge")
    assert quick_look(study.frozen_dir / "train.parquet", target="surge").task == "regression"
