"""Taking a freeze back: what is refused, what is kept, what is possible again."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from grd_core.errors import RefusedError
from grd_core.gate.integrity import check_integrity
from grd_core.identity import sha256_file
from grd_core.ledger.in_force import freeze_in_force
from grd_core.ledger.tables import Experiment, ExperimentState, Peek, Run, RunState
from grd_core.recon import unfreezing
from grd_core.recon.freeze import freeze, frozen_faults, verify_frozen
from grd_core.recon.records import current_freeze, current_profile, read_freeze_of
from grd_core.recon.snapshot import recon_snapshot
from grd_core.recon.sources import declare
from grd_core.recon.splits import plan_split
from grd_core.recon.unfreezing import unfreeze
from grd_core.study import Study
from tests.core.recon.tides import PROVENANCE, ROLES, frozen_study, study_of

WHY = "the station moved in March and nobody had said so"


def names_of(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_nothing_is_deleted_and_everything_is_possible_again(tmp_path: Path) -> None:
    study = frozen_study(tmp_path)
    before = current_freeze(study)
    assert before is not None
    taken_back = unfreeze(study, f"  {WHY} ")
    assert (taken_back.freeze_id, taken_back.reason) == (before.id, WHY)
    kept = study.root / taken_back.kept_in
    assert kept == study.data_dir / "frozen-01"
    for part in before.files:
        path = kept / Path(part.path).name
        assert sha256_file(path) == part.sha256
        assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert not study.frozen_dir.exists()
    assert current_freeze(study) is None
    assert current_profile(study, "training") is None
    assert current_profile(study, "structure") is not None
    assert "grd data freeze" in recon_snapshot(study).next_step
    assert WHY in (study.root / "DATA_REPORT.md").read_text()
    declare(study, study.data_dir / "tides.parquet", PROVENANCE, ROLES)
    plan_split(study, validation=0.1, test=0.2)
    after = freeze(study)
    assert (after.id, after.test_rows) == (2, 120)
    assert current_freeze(study) == after
    assert current_profile(study, "training") is not None
    assert check_integrity(study).notes == ()
    with study.read() as ledger:
        assert read_freeze_of(ledger, 1) == before


def test_the_same_split_frozen_again_is_the_same_byte_for_byte(tmp_path: Path) -> None:
    study = frozen_study(tmp_path)
    before = current_freeze(study)
    unfreeze(study, WHY)
    after = freeze(study)
    assert before is not None
    assert (after.files, after.test_ids_sha256) == (before.files, before.test_ids_sha256)
    unfreeze(study, WHY)
    assert names_of(study.data_dir) == ["frozen-01", "frozen-02", "tides.parquet"]


@pytest.mark.parametrize("reason", ["", "   ", "because", " " * 12])
def test_a_reason_is_asked_for(reason: str, tmp_path: Path) -> None:
    study = frozen_study(tmp_path)
    with pytest.raises(RefusedError, match="for a reason, and none is given"):
        unfreeze(study, reason)
    assert frozen_faults(study, freeze_of(study)) == ()


def freeze_of(study: Study):
    record = current_freeze(study)
    assert record is not None
    return record


def test_without_a_freeze_nothing_is_taken_back(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="nothing is frozen"):
        unfreeze(study_of(tmp_path), WHY)
    study = frozen_study(tmp_path / "other")
    unfreeze(study, WHY)
    with pytest.raises(RefusedError, match="nothing is frozen"):
        unfreeze(study, WHY)


def test_not_while_a_run_is_going_on(tmp_path: Path) -> None:
    study = frozen_study(tmp_path)
    with study.write("run") as tx:
        tx.insert(Experiment(number=1, slug="a", title="A", kind="baseline", parent_id=0))
        tx.insert(ExperimentState(experiment_id=1, state="open", folder="e", detail_json="{}"))
        tx.insert(
            Run(
                experiment_id=1,
                ordinal=1,
                folder="e/runs/01",
                command_json="[]",
                seed=0,
                inputs_json="{}",
                objective_version=1,
            )
        )
        tx.insert(RunState(run_id=1, state="started", detail_json="{}"))
    with pytest.raises(RefusedError, match="run 1 is going on"):
        unfreeze(study, WHY)
    assert frozen_faults(study, freeze_of(study)) == ()
    with study.write("run ended") as tx:
        tx.insert(RunState(run_id=1, state="done", detail_json="{}"))
    unfreeze(study, WHY)


def test_looks_at_the_labels_count_for_ever(tmp_path: Path) -> None:
    study = frozen_study(tmp_path)
    with study.write("peek") as tx:
        tx.insert(
            Peek(freeze_id=1, experiment_id=1, review_id=1, predictions_sha256="0" * 64, why="")
        )
    unfreeze(study, WHY)
    freeze(study)
    shown = recon_snapshot(study)
    assert shown.freeze is not None
    assert (shown.freeze.peeks, shown.freeze.peeks_earlier) == (0, 1)
    assert [one.reason for one in shown.unfrozen] == [WHY]


def test_what_had_changed_before_is_recorded_and_kept_as_it_is(tmp_path: Path) -> None:
    study = frozen_study(tmp_path)
    (study.frozen_dir / "train.parquet").unlink()
    unfreeze(study, WHY)
    with study.read() as ledger:
        faults = json.loads(ledger.value("SELECT faults_json FROM unfreeze"))
    assert faults == ["data/frozen/train.parquet gone"]
    notes = check_integrity(study).notes
    assert [note.where for note in notes] == ["data/frozen-01/train.parquet"]


def test_a_folder_that_is_gone_can_be_taken_back_too(tmp_path: Path) -> None:
    study = frozen_study(tmp_path)
    study.frozen_dir.rename(tmp_path / "lost")
    assert unfreeze(study, WHY).kept_in == ""
    assert freeze(study).id == 2


def test_a_folder_in_the_way_is_left_alone(tmp_path: Path) -> None:
    study = frozen_study(tmp_path)
    (study.data_dir / "frozen-01").mkdir()
    with pytest.raises(RefusedError, match="frozen-01 is there already"):
        unfreeze(study, WHY)
    assert frozen_faults(study, freeze_of(study)) == ()


def test_a_failed_move_records_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = frozen_study(tmp_path)

    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(unfreezing, "flush_folder", full)
    with pytest.raises(RefusedError, match="cannot be moved: No space left"):
        unfreeze(study, WHY)
    assert frozen_faults(study, freeze_of(study)) == ()


KILLED = """
import os, sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from grd_core.recon import freeze, unfreezing
from grd_core.study import Study
at, verb, root = sys.argv[1:]
study = Study(Path(root))
module = {"unfreeze": unfreezing, "freeze": freeze}[verb]
module.flush_folder = lambda folder: os._exit(9)
unfreezing.unfreeze(study, at) if verb == "unfreeze" else freeze.freeze(study)
"""


def killed_between_move_and_record(study: Study, verb: str) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, WHY, verb, str(study.root)], check=False)
    assert done.returncode == 9


def test_killed_between_move_and_record_it_did_not_happen(tmp_path: Path) -> None:
    study = frozen_study(tmp_path)
    killed_between_move_and_record(study, "unfreeze")
    assert names_of(study.data_dir) == ["frozen-01", "tides.parquet"]
    assert frozen_faults(study, freeze_of(study)) != ()
    assert verify_frozen(study) == ()
    assert names_of(study.data_dir) == ["frozen", "tides.parquet"]
    killed_between_move_and_record(study, "unfreeze")
    assert unfreeze(study, WHY).kept_in == "data/frozen-01"


def test_a_freeze_killed_after_an_unfreeze_leaves_the_kept_files_alone(tmp_path: Path) -> None:
    study = frozen_study(tmp_path)
    unfreeze(study, WHY)
    killed_between_move_and_record(study, "freeze")
    assert study.frozen_dir.exists()
    assert current_freeze(study) is None
    record = freeze(study)
    assert frozen_faults(study, record) == ()
    with study.read() as ledger:
        assert freeze_in_force(ledger) == record.id == 2
    assert check_integrity(study).notes == ()


def test_interrupted_right_after_its_record_the_kept_files_stay_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Moved back, they would lie where the next freeze removes what is not recorded."""
    study = frozen_study(tmp_path)
    write = Study.write

    @contextmanager
    def interrupted(*arguments: Any, **options: Any) -> Iterator[Any]:
        with write(*arguments, **options) as tx:
            yield tx
        raise KeyboardInterrupt

    monkeypatch.setattr(Study, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        unfreeze(study, WHY)
    assert current_freeze(study) is None
    assert names_of(study.data_dir) == ["frozen-01", "tides.parquet"]
