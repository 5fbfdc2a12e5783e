"""Given an objective that was edited or deleted after its lock, the locked one comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from grd_core.errors import RefusedError
from grd_core.objective.draft import init
from grd_core.objective.lock import unamended_drift
from grd_core.objective.restore import restore
from grd_core.study import Study
from tests.small_study import OBJECTIVE, copy_of


def test_the_locked_bytes_come_back_and_the_edit_is_kept(
    locked_once: Study, tmp_path: Path
) -> None:
    study = copy_of(locked_once, tmp_path / "tides")
    study.objective_path.write_text("# mine\n")
    restored = restore(study)
    assert study.objective_path.read_text() == OBJECTIVE
    assert restored.kept is not None
    assert restored.kept.read_text() == "# mine\n"
    assert unamended_drift(study).identical
    with pytest.raises(RefusedError, match="nothing to restore"):
        restore(study)
    study.objective_path.unlink()
    with pytest.raises(RefusedError, match="grd objective restore"):
        init(study)
    assert restore(study).kept is None
