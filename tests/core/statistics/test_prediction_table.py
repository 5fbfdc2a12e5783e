"""A prediction table is read as what it says, or refused with its line."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from grd_core.errors import DataError
from grd_core.statistics.prediction_table import faults_in, parse_predictions, read_predictions

HEADER = "id,part,fold,seed,y_true,y_pred\n"


def table(folder: Path, text: str) -> Path:
    path = folder / "predictions.csv"
    path.write_text(text)
    return path


def test_a_csv_keeps_ids_as_they_are_written(tmp_path: Path) -> None:
    read = read_predictions(table(tmp_path, HEADER + "007,test,,1,,2.5\n"), "regression")
    row = read.part("test").iloc[0]
    assert (row["id"], row["seed"], row["y_pred"]) == ("007", 1, 2.5)
    assert pd.isna(row["fold"])


def test_fold_seed_and_labels_may_be_left_out(tmp_path: Path) -> None:
    read = read_predictions(table(tmp_path, "id,part,y_pred\n1,test,2\n"), "regression")
    assert len(read.part("test")) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,part,y_hat\n1,test,2\n", "no column 'y_pred'; it has id, part, y_hat"),
        (HEADER, "is empty"),
        (HEADER + "1,test,,0,,2\n2,test,,0\n", r"4 fields, the header has 6 \(.* line 3\)"),
        (HEADER + "1,test,,0,,2\n2,tset,,0,,2\n", r"part is 'tset' \(.* line 3\)"),
        (HEADER + "1,test,,0,,2\n2,test,,0,,two\n", r"y_pred is 'two', not a number \(.* line 3\)"),
        (HEADER + "1,test,,0,,2\n2,test,,0,,\n", r"not a finite number, in 1 of 2 .* line 3"),
        (HEADER + "1,test,,0,,2\n2,test,,0,,inf\n", r"not a finite number, in 1 of 2 .* line 3"),
        (HEADER + "1,test,,0,,2\n1,test,,0,,2\n", r"id 1 stands twice .* line 3"),
        (HEADER + "1,test,,0,,2\n2,test,,0,7,2\n", r"labels are frozen \(.* line 3\)"),
        (HEADER + "1,test,,0,,2\n,test,,0,,2\n", r"no id \(.* line 3\)"),
        (HEADER + "1,test,,0.5,,2\n", "seed is 0.5, not a whole number"),
        ("id,part,y_pred,id\n1,test,2,1\n", "stands twice"),
        ("", "no column 'id'"),
        (HEADER + '1,"te\nst",,0,,2\n', "part is"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_predictions(table(tmp_path, text), "regression")


def test_the_same_id_may_stand_in_other_parts_folds_and_seeds(tmp_path: Path) -> None:
    rows = "1,test,,0,,2\n1,test,,1,,2\n1,train,0,0,2,2\n1,train,1,0,2,2\n"
    assert len(read_predictions(table(tmp_path, HEADER + rows), "regression").frame) == 4


def test_a_class_is_a_word_and_must_be_there(tmp_path: Path) -> None:
    path = table(tmp_path, "id,part,y_pred,score_late\n1,test,late,0.7\n2,test,,0.1\n")
    faults = faults_in(parse_predictions(path, "binary"), "binary")
    assert [fault.kind for fault in faults] == ["unfinished_prediction"]
    assert "y_pred is empty" in faults[0].what


def test_a_score_must_be_a_finite_number(tmp_path: Path) -> None:
    path = table(tmp_path, "id,part,y_pred,score_late\n1,test,late,nan\n")
    with pytest.raises(DataError, match="score_late is not a finite number"):
        read_predictions(path, "binary")


def test_parquet_names_rows(tmp_path: Path) -> None:
    path = tmp_path / "predictions.parquet"
    frame = {"id": [1, 2], "part": ["test"] * 2, "y_pred": [1.0, float("nan")]}
    pd.DataFrame(frame).to_parquet(path)
    with pytest.raises(DataError, match="row 2"):
        read_predictions(path, "regression")


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "predictions.parquet"
    path.write_text("not parquet")
    with pytest.raises(DataError, match="cannot be read"):
        read_predictions(path, "regression")
    with pytest.raises(DataError, match="no prediction table"):
        read_predictions(tmp_path / "gone.csv", "regression")


def test_what_the_training_side_writes_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from grd_core.training import grd_log

    monkeypatch.setenv("GRD_RUN_DIR", str(tmp_path))
    monkeypatch.setenv("GRD_SEED", "3")
    grd_log.predict([1, 2], [0.5, 1.5], part="validation", y_true=[1.0, 2.0])
    grd_log.predict([3], [2.5], part="test")
    read = read_predictions(tmp_path / "predictions.csv", "regression")
    assert read.part("test")["seed"].tolist() == [3]
    assert len(read.part("validation")) == 2
