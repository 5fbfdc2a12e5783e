"""The data files that lie in a study."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from grd_core.recon.data_files import DataFile, data_files
from grd_core.study import create_study


def test_tables_are_named_with_their_columns(tmp_path: Path) -> None:
    study = create_study(tmp_path / "tides")
    study.data_dir.mkdir(exist_ok=True)
    table = pd.DataFrame({"hour": [1, 2], "level": [0.1, 0.2]})
    table.to_parquet(study.data_dir / "a.parquet")
    table.to_csv(study.root / "b.csv", index=False)
    (study.root / "broken.parquet").write_bytes(b"no table")
    (study.root / ".hidden.csv").write_text("x\n1\n")
    (study.root / "notes.txt").write_text("x")
    for parts in ("frozen", "frozen-01"):
        (study.data_dir / parts).mkdir()
        table.to_parquet(study.data_dir / parts / "test_labels.parquet")
    assert data_files(study) == (
        DataFile("data/a.parquet", ("hour", "level")),
        DataFile("b.csv", ("hour", "level")),
        DataFile("broken.parquet", ()),
    )


def test_a_study_without_tables_has_none(tmp_path: Path) -> None:
    assert data_files(create_study(tmp_path / "bare")) == ()
