"""A budget that is gone: refused, then raised by a recorded amendment, then going on."""

from __future__ import annotations

import json

import pytest

from grd_core.budget.account import account
from grd_core.errors import RefusedError
from grd_core.objective.lock import amend
from grd_core.runs.burn_down import burn_down
from grd_core.runs.experiments import new_experiment
from grd_core.runs.ingest import ingest
from grd_core.runs.records import find_run
from grd_core.runs.start import start_run
from tests.small_study import HYPOTHESIS, copy_of

NEEDED_S = 2.5
GRANTED_S = 1.2
SCRIPT = f"""
import time
from grd_log import log, save_requested
end = time.monotonic() + {NEEDED_S}
step = 0
while time.monotonic() < end and not save_requested():
    step += 1
    log(step, loss=1 / step)
    time.sleep(0.02)
"""


@pytest.fixture
def study(locked_once, tmp_path):
    return copy_of(locked_once, tmp_path / "tides")


def raise_to(study, hours: str, was: str) -> None:
    """What a person does in an editor."""
    text = study.objective_path.read_text()
    assert f"wall_hours: {was}" in text
    study.objective_path.write_text(text.replace(f"wall_hours: {was}", f"wall_hours: {hours}"))


def ended(study, run_id: int, until) -> str:
    def is_over() -> bool:
        ingest(study)
        return not find_run(study, str(run_id)).is_going_on

    until(is_over)
    return find_run(study, str(run_id)).state


def test_going_on_needs_an_amendment_with_a_reason(study, until):
    tight = f"{GRANTED_S / 3600:.6f}"
    raise_to(study, tight, was="1")
    amend(study, "a second is enough for a first look")
    experiment = new_experiment(study, "the mean", kind="baseline")
    experiment.hypothesis_path.write_text(HYPOTHESIS)
    (experiment.folder / "train.py").write_text(SCRIPT)

    first = start_run(study, experiment)
    assert ended(study, first.id, until) == "stopped_by_budget"
    assert account(study).unit("wall_hours").spent * 3600 > GRANTED_S / 2

    with pytest.raises(RefusedError, match="wall-hours") as refused:
        start_run(study, experiment)
    assert "grd objective amend --reason" in refused.value.sentence()
    assert "budget.wall_hours" in refused.value.sentence()

    # The file alone changes nothing: what holds is what was locked.
    raise_to(study, "1", was=tight)
    with pytest.raises(RefusedError, match="wall-hours"):
        start_run(study, experiment)

    locked = amend(study, "the curve was still falling")
    (change,) = locked.version.changes
    assert (change.field, change.classification, change.post_hoc) == (
        "budget.wall_hours",
        "loosened",
        True,
    )
    second = start_run(study, experiment)
    assert ended(study, second.id, until) == "done"

    with study.read() as ledger:
        versions = ledger.rows("SELECT version, reason, changes_json FROM objective_lock")
        runs = ledger.rows("SELECT objective_version FROM run ORDER BY id")
    assert [row["version"] for row in versions] == [1, 2, 3]
    assert json.loads(versions[-1]["changes_json"])[0]["post_hoc"] is True
    assert [row["objective_version"] for row in runs] == [2, 3]
    told = next(unit for unit in burn_down(study).units if unit.unit == "wall_hours")
    assert {(one.version, one.share) for one in told.warnings} >= {(2, 0.5), (2, 0.8)}
    assert not [one for one in told.warnings if one.version == 3]
