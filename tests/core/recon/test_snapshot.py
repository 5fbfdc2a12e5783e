"""The Recon phase as a screen sees it, at every step, without anything heavy loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from grd_core.recon.freeze import freeze, verify_frozen
from grd_core.recon.frozen_checks import table_checks
from grd_core.recon.profile import profile
from grd_core.recon.snapshot import recon_snapshot
from grd_core.recon.sources import declare
from grd_core.recon.splits import plan_split
from tests.core.recon.tides import PROVENANCE, ROLES, study_of, tides


def test_every_step_names_the_next(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    path = study.data_dir / "tides.parquet"
    snapshot = recon_snapshot(study)
    assert (snapshot.source, snapshot.split, snapshot.freeze) == (None, None, None)
    assert "grd data add" in snapshot.next_step
    declare(study, path, PROVENANCE, ROLES)
    snapshot = recon_snapshot(study)
    assert snapshot.source is not None
    assert snapshot.source.state == "present"
    assert snapshot.recommended_split is not None
    assert snapshot.recommended_split["strategy"] == "temporal"
    assert "grd data profile" in snapshot.next_step
    profile(study)
    assert "grd data split" in recon_snapshot(study).next_step
    plan_split(study)
    snapshot = recon_snapshot(study)
    assert snapshot.split is not None
    assert snapshot.split.train + snapshot.split.validation + snapshot.split.test == 600
    assert "grd data freeze" in snapshot.next_step
    freeze(study)
    snapshot = recon_snapshot(study)
    assert snapshot.complete
    assert snapshot.freeze is not None
    assert (snapshot.freeze.integrity, snapshot.freeze.peeks) == ("intact", 0)
    assert snapshot.baseline is not None
    assert [check["check"] for check in snapshot.checks] == [c.code for c in table_checks()]


def test_a_changed_source_and_changed_frozen_files_show(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    path = study.data_dir / "tides.parquet"
    declare(study, path, PROVENANCE, ROLES)
    profile(study)
    tides(601).to_parquet(path)
    snapshot = recon_snapshot(study)
    assert snapshot.source is not None
    assert snapshot.source.state == "changed"
    assert "declare it again" in snapshot.next_step
    tides().to_parquet(path)
    plan_split(study)
    freeze(study)
    train = study.frozen_dir / "train.parquet"
    train.chmod(0o644)
    content = train.read_bytes()
    train.write_bytes(content[:-1] + b"X")
    unread = recon_snapshot(study).freeze
    assert unread is not None
    assert unread.integrity == "intact"  # the size is the same: only a hash can tell
    verify_frozen(study)
    told = recon_snapshot(study)
    assert told.freeze is not None
    assert told.freeze.faults == ("data/frozen/train.parquet changed",)
    train.unlink()
    assert "put back" in recon_snapshot(study).next_step
    train.write_bytes(content)
    verify_frozen(study)
    assert recon_snapshot(study).complete


def test_the_snapshot_loads_nothing_heavy() -> None:
    code = (
        "import sys; import grd_core.recon.snapshot;"
        "heavy = {'numpy', 'pandas', 'scipy', 'sklearn', 'pyarrow', 'sqlmodel', 'sqlalchemy',"
        " 'pydantic'} & set(sys.modules); print(sorted(heavy)); sys.exit(bool(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
