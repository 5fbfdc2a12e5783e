"""Given locked versions and a file, any two are compared, with the amendment behind each change."""

from __future__ import annotations

from pathlib import Path

import pytest

from grd_core.errors import RefusedError, UsageError
from grd_core.ledger.tables import RunState
from grd_core.objective.comparison import compare, versions
from grd_core.objective.lock import amend, objective_lock
from grd_core.study import Study
from tests.objectives import declared_study, with_frozen_data
from tests.small_study import copy_of


def replace(study: Study, old: str, new: str) -> None:
    study.objective_path.write_text(study.objective_path.read_text().replace(old, new))


@pytest.fixture
def amended(edited: Study, tmp_path: Path) -> Study:
    """A copy of the edited one."""
    return copy_of(edited, tmp_path / "amended")


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Locked, loosened with a result in view (v2), tightened (v3), and edited since."""
    frozen = with_frozen_data(declared_study(tmp_path_factory.mktemp("edited") / "trains"))
    objective_lock(frozen)
    with frozen.write("run started") as tx:
        tx.insert(RunState(run_id=1, state="started", detail_json="{}"))
    replace(frozen, "threshold: 4.0", "threshold: 4.5")
    amend(frozen, "the gauge was coarse")
    replace(frozen, "alpha: 0.05", "alpha: 0.01")
    amend(frozen, "stricter")
    replace(frozen, "[line, depot]", "[line]")
    return frozen


def test_what_can_be_compared(amended: Study) -> None:
    assert [one.name for one in versions(amended)] == ["v1", "v2", "v3", "file"]
    amended.objective_path.unlink()
    assert [one.name for one in versions(amended)] == ["v1", "v2", "v3"]


def test_each_change_belongs_to_the_amendment_that_recorded_it(amended: Study) -> None:
    found = compare(amended, "v1", "file")
    told = {
        one.line.field: (one.amendment.version if one.amendment else 0, one.line.post_hoc)
        for one in found.changes
    }
    assert told == {
        "metrics.mae.threshold": (2, True),
        "evaluation.alpha": (3, False),
        "strata: depot": (0, True),
    }
    assert [(one.version, one.reason, one.results_seen) for one in found.amendments] == [
        (2, "the gauge was coarse", 1),
        (3, "stricter", 1),
    ]
    rows = {row.field: row.version for row in found.rows if row.kind != "same"}
    assert rows == {"metrics.mae.threshold": 2, "evaluation.alpha": 3, "strata: depot": 0}


def test_what_moved_on_since_its_amendment_is_not_amended(amended: Study) -> None:
    replace(amended, "threshold: 4.5", "threshold: 5.0")
    replace(amended, "alpha: 0.01", "alpha: 0.2")
    found = compare(amended, "v1", "file")
    told = {
        one.line.field: (one.line.amended, one.line.post_hoc, one.amendment)
        for one in found.changes
    }
    assert told["metrics.mae.threshold"] == (False, True, None)
    assert told["evaluation.alpha"] == (False, True, None)
    assert all(row.version == 0 for row in found.rows)
    assert [one.version for one in found.amendments] == [2, 3]


def test_two_locked_versions(amended: Study) -> None:
    found = compare(amended, "v1", "v2")
    assert [one.line.field for one in found.changes] == ["metrics.mae.threshold"]
    back = compare(amended, "v2", "v1")
    assert back.drift.summary() == "1 tightened"
    assert compare(amended, "v2", "v2").drift.identical


def test_an_unreadable_file_is_compared_by_lines(amended: Study) -> None:
    amended.objective_path.write_bytes(b"gone")
    found = compare(amended, "v3", "file")
    assert not found.drift.readable
    assert found.changes == ()
    assert found.rows[0].kind == "removed"


def test_what_is_not_there_is_said(amended: Study, study: Study) -> None:
    with pytest.raises(UsageError, match="no version 'v9'") as refused:
        compare(amended, "v1", "v9")
    assert "v1, v2, v3, file" in refused.value.fix


def test_before_the_lock_there_is_nothing_to_compare(study: Study) -> None:
    assert versions(study) == ()
    with pytest.raises(RefusedError, match="not locked"):
        compare(study, "v1", "file")
