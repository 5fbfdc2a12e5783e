"""Freezing: what is written, what is recorded, and that it tells when it no longer stands."""

from __future__ import annotations

import dataclasses
import json
import stat
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from grd_core.errors import DataError, RefusedError
from grd_core.identity import sha256_file
from grd_core.ledger.verify import verify_ledger
from grd_core.recon import freeze as freezing
from grd_core.recon import freezing as freezing_job
from grd_core.recon.freeze import freeze, frozen_faults, verify_frozen
from grd_core.recon.freezing import ids_digest
from grd_core.recon.records import (
    current_freeze,
    current_profile,
    current_split,
    require_source,
)
from grd_core.recon.roles import Roles
from grd_core.recon.sources import declare
from grd_core.recon.splits import plan_of, plan_split
from grd_core.study import Study
from tests.core.recon.tides import PROVENANCE, ROLES, frozen_study, study_of, tides

NAMES = ["train.parquet", "validation.parquet", "test_features.parquet", "test_labels.parquet"]


def split_study(folder: Path, roles: Roles = ROLES, table: pd.DataFrame | None = None) -> Study:
    study = study_of(folder, table)
    declare(study, study.data_dir / "tides.parquet", PROVENANCE, roles)
    plan_split(study, validation=0.2, test=0.1, reason="written down for the test")
    return study


def test_the_parts_hold_every_row_once_with_labels_apart(tmp_path: Path) -> None:
    study = frozen_study(tmp_path)
    record = current_freeze(study)
    assert record is not None
    parts = {name: pd.read_parquet(study.frozen_dir / name) for name in NAMES}
    labelled = ["reading", "at", "gauge", "wind", "surge"]
    assert [list(parts[name].columns) for name in NAMES] == [
        labelled,
        labelled,
        labelled[:-1],
        ["reading", "surge"],
    ]
    train, validation, features, labels = parts.values()
    assert features["reading"].tolist() == labels["reading"].tolist()
    together = [*train["reading"], *validation["reading"], *features["reading"]]
    assert together == tides()["reading"].tolist()
    truth = tides().set_index("reading")["surge"]
    assert (truth.loc[labels["reading"]].to_numpy() == labels["surge"].to_numpy()).all()
    assert record.test_ids_sha256 == ids_digest(features["reading"].tolist())
    assert record.test_rows == 60


def test_what_is_recorded_is_what_lies_there(tmp_path: Path) -> None:
    study = frozen_study(tmp_path)
    record = current_freeze(study)
    assert record is not None
    assert [Path(part.path).name for part in record.files] == NAMES
    for part in record.files:
        path = study.root / part.path
        assert sha256_file(path) == part.sha256
        assert pq.read_metadata(path).num_rows == part.rows
        assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert current_profile(study, "training") is not None
    assert not [path for path in study.data_dir.iterdir() if path.name.startswith(".")]
    with study.read() as ledger:
        assert verify_ledger(ledger, ()) == ()
        files = json.loads(ledger.value("SELECT files_json FROM freeze"))
    assert all({"path", "sha256", "rows"} <= set(item) for item in files)


def test_an_id_is_made_where_none_is_declared(tmp_path: Path) -> None:
    roles = Roles("regression", "surge", time="at")
    study = split_study(tmp_path, roles, tides().drop(columns="reading"))
    freeze(study)
    ids = [pd.read_parquet(study.frozen_dir / name)["row_id"] for name in NAMES]
    assert [str(column.dtype) for column in ids] == ["int64"] * 4
    assert sorted([*ids[0], *ids[1], *ids[2]]) == list(range(600))


@pytest.mark.parametrize(
    ("value", "sentence"),
    [(7.0, "the id '7.0' stands 2 times in `reading`"), (np.nan, "row 1 has no `reading`")],
)
def test_an_id_that_names_no_row_is_refused(value: float, sentence: str, tmp_path: Path) -> None:
    table = tides().astype({"reading": float})
    table.loc[0, "reading"] = value
    study = split_study(tmp_path, table=table)
    with pytest.raises(DataError, match=sentence):
        freeze(study)
    assert current_freeze(study) is None
    assert not study.frozen_dir.exists()


def test_frozen_once_it_stays(tmp_path: Path) -> None:
    study = frozen_study(tmp_path)
    with pytest.raises(RefusedError, match="grd data unfreeze --reason"):
        freeze(study)
    with pytest.raises(RefusedError, match="its split is settled"):
        plan_split(study)
    with pytest.raises(RefusedError, match="while it is frozen"):
        declare(study, study.data_dir / "tides.parquet", PROVENANCE, ROLES)


def test_without_a_split_or_with_another_file_nothing_is_frozen(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    with pytest.raises(RefusedError, match="no data is declared"):
        freeze(study)
    declare(study, study.data_dir / "tides.parquet", PROVENANCE, ROLES)
    with pytest.raises(RefusedError, match="no split is declared"):
        freeze(study)
    plan_split(study)
    tides(601).to_parquet(study.data_dir / "tides.parquet")
    with pytest.raises(RefusedError, match="declare it again"):
        freeze(study)
    declare(study, study.data_dir / "tides.parquet", PROVENANCE, ROLES)
    with pytest.raises(RefusedError, match="no split is declared"):
        freeze(study)


def test_a_training_part_with_one_class_is_refused_before_anything_is_written(
    tmp_path: Path,
) -> None:
    table = tides().assign(surge=np.where(np.arange(600) < 500, "calm", "storm"))
    study = split_study(tmp_path, dataclasses.replace(ROLES, task="binary"), table)
    with pytest.raises(DataError, match="one class in the training part"):
        freeze(study)
    assert current_freeze(study) is None


def test_every_change_is_found_and_every_look_is_logged(tmp_path: Path) -> None:
    study = frozen_study(tmp_path)
    assert verify_frozen(study) == ()
    labels = study.frozen_dir / "test_labels.parquet"
    labels.chmod(0o644)
    labels.write_bytes(labels.read_bytes()[:-1] + b"X")
    (study.frozen_dir / "train.parquet").unlink()
    faults = verify_frozen(study, why="gate")
    assert [(Path(fault.path).name, fault.what) for fault in faults] == [
        ("train.parquet", "gone"),
        ("test_labels.parquet", "changed"),
    ]
    with study.read() as ledger:
        touches = [tuple(row) for row in ledger.rows("SELECT what, why FROM touch ORDER BY id")]
        assert ledger.value("SELECT count(*) FROM peek") == 0
    assert touches == [
        ("read test_features.parquet", "profile: data checks"),
        ("hashed the frozen files: intact", "grd data verify"),
        (
            "hashed the frozen files: data/frozen/train.parquet gone;"
            " data/frozen/test_labels.parquet changed",
            "gate",
        ),
    ]


def test_what_an_interrupted_freeze_left_is_replaced_and_a_foreign_file_is_not(
    tmp_path: Path,
) -> None:
    study = split_study(tmp_path)
    study.frozen_dir.mkdir()
    (study.frozen_dir / "train.parquet").write_bytes(b"half")
    (study.frozen_dir / "notes.txt").write_text("mine")
    with pytest.raises(RefusedError, match=r"notes\.txt lies where the frozen parts belong"):
        freeze(study)
    assert (study.frozen_dir / "notes.txt").read_text() == "mine"
    assert current_freeze(study) is None
    (study.frozen_dir / "notes.txt").unlink()
    assert frozen_faults(study, freeze(study)) == ()


def test_what_killed_freezes_left_is_removed_with_the_next(tmp_path: Path) -> None:
    study = split_study(tmp_path)
    left = study.data_dir / ".freezing-killed"
    left.mkdir()
    (left / "test_labels.parquet").write_bytes(b"half")
    freeze(study)
    assert not left.exists()


def test_a_failed_rename_records_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = split_study(tmp_path)

    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(freezing, "flush_folder", full)
    with pytest.raises(RefusedError, match="cannot be written: No space left"):
        freeze(study)
    assert current_freeze(study) is None
    monkeypatch.undo()
    assert frozen_faults(study, freeze(study)) == ()


def test_a_number_that_is_none_names_no_row(tmp_path: Path) -> None:
    """Other writers than pandas store NaN as a value, not as what is missing."""
    study = study_of(tmp_path)
    table = pa.Table.from_pandas(tides())
    ids = tides()["reading"].to_numpy(dtype=float)
    ids[3] = np.nan
    pq.write_table(table.set_column(0, "reading", pa.array(ids)), study.data_dir / "tides.parquet")
    declare(study, study.data_dir / "tides.parquet", PROVENANCE, ROLES)
    plan_split(study, validation=0.2, test=0.1)
    with pytest.raises(DataError, match="row 4 has no `reading`"):
        freeze(study)


def test_what_is_declared_while_it_freezes_is_not_frozen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Either the declaration stands or the freeze, whichever is recorded first."""
    study = split_study(tmp_path)
    other = study.data_dir / "other.parquet"
    tides(500, seed=6).to_parquet(other)
    job = freezing.run_job

    def declared_meanwhile(*arguments: object, **options: object) -> object:
        outcome = job(*arguments, **options)
        declare(study, other, PROVENANCE, ROLES)
        return outcome

    monkeypatch.setattr(freezing, "run_job", declared_meanwhile)
    with pytest.raises(RefusedError, match="declared or split anew meanwhile"):
        freeze(study)
    assert current_freeze(study) is None
    assert not study.frozen_dir.exists()


def test_frozen_rows_are_those_of_the_bytes_that_were_hashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file put in place between the hash and the read is not what was declared."""
    study = split_study(tmp_path)
    source = require_source(study)
    split = current_split(study)
    assert split is not None
    read = freezing_job.read_table

    def replaced(path: Path, **options: object) -> object:
        other = path.with_name("other.parquet")
        tides(600, seed=6).to_parquet(other)
        other.replace(path)
        return read(path, **options)

    monkeypatch.setattr(freezing_job, "read_table", replaced)
    arguments = {
        "path": str(source.path),
        "reading": source.reading,
        "sha256": source.sha256,
        "roles": source.roles.as_json(),
        "plan": dataclasses.asdict(plan_of(split)),
        "sizes": split.sizes,
        "folder": str(tmp_path),
    }
    with pytest.raises(DataError, match="changed while it was read"):
        freezing_job.freeze_job(arguments, lambda _share, _what: None)
    assert not (tmp_path / "train.parquet").exists()
