"""The mount that holds the runs goes away under a run that goes on, and comes back."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from grd_core.budget.account import account
from grd_core.overview import overview_snapshot
from grd_core.runs.ingest import ingest
from grd_core.runs.points import read_points
from grd_core.runs.records import find_run
from grd_core.runs.snapshot import watch_snapshot
from grd_core.runs.start import start_run
from grd_core.runs.stop import stop_run
from tests.faults.waiting import wait


class Mount:
    """A folder that lies elsewhere and is bound to where the study looks for it."""

    def __init__(self, elsewhere: Path, here: Path) -> None:
        self.elsewhere, self.here = elsewhere, here

    def attach(self) -> bool:
        bound = ["mount", "--bind", str(self.elsewhere), str(self.here)]
        return subprocess.run(bound, capture_output=True, check=False).returncode == 0

    def vanish(self) -> None:
        """Gone for everybody who asks by name; files that are open stay open."""
        subprocess.run(["umount", "--lazy", str(self.here)], capture_output=True, check=False)


@pytest.fixture
def far(make_study, tmp_path):
    """A study whose runs lie on such a mount; skipped where mounting is not allowed."""
    study, experiment = make_study(wall_hours=1.0)
    runs, elsewhere = experiment.folder / "runs", tmp_path / "elsewhere"
    runs.mkdir(exist_ok=True)
    elsewhere.mkdir()
    mount = Mount(elsewhere, runs)
    if not mount.attach():
        pytest.skip("this account may not mount a file system")
    yield study, experiment, mount
    mount.vanish()


def steps(study) -> list[int]:
    with study.read() as ledger:
        return list(read_points(ledger, 1, "main").steps)


def test_a_run_outlives_the_mount_of_its_journal(far):
    study, experiment, mount = far
    start_run(study, experiment)
    assert wait(lambda: ingest(study) and len(steps(study)) > 20, 20)
    mount.vanish()
    known, spent = len(steps(study)), account(study).unit("wall_hours").spent
    acknowledged = mount.elsewhere / "01" / "main.acknowledged"
    size = acknowledged.stat().st_size
    for _ in range(5):
        ingest(study)
        overview_snapshot(study)
        watch_snapshot(study, "1")
        time.sleep(0.1)
    assert find_run(study, "1").is_going_on  # nobody can tell, so nothing is decided
    assert account(study).unit("wall_hours").spent >= spent
    assert acknowledged.stat().st_size > size, "the run did not go on"

    assert mount.attach()
    assert wait(lambda: ingest(study) and len(steps(study)) > known, 20)
    stop_run(study, "1")
    assert wait(lambda: ingest(study) and not find_run(study, "1").is_going_on, 20)
    ended = find_run(study, "1")
    assert ended.state == "stopped_by_user"
    assert ended.detail["rewritten"] == []
    taken = steps(study)
    assert taken == sorted(set(taken)), "a line was doubled"
    assert {int(step) for step in acknowledged.read_text().split()} <= set(taken)
