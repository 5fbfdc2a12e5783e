"""The machine sleeps or is restarted under a run: what it had spent is charged, once, no more."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from grd_core.budget.account import Reservation, account, reserve
from grd_core.ledger.tables import Run, RunState
from grd_core.runs.burn_down import burn_down
from grd_core.runs.ingest import ingest
from grd_core.runs.records import find_run
from tests.faults.waiting import wait

TEN_DAYS_S = 864_000

LAUNCH = """
import json, secrets, sys, time
from pathlib import Path
from grd_core.launch.launcher import launch
from grd_core.launch.lease import Lease
from grd_core.launch.spec import RunSpec

folder = Path(sys.argv[1])
launch(RunSpec(
    run_id=1, run_dir=folder, cwd=folder, environment={}, token=secrets.token_hex(8), seed=0,
    command=(sys.executable, "-c", "import time; time.sleep(0.5)"),
    lease=Lease(wall_hours=0.1), sample_s=0.1,
))
print(time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic())
journal = folder / "journal" / "supervisor.jsonl"
# The namespace lasts as long as this process.
while '"kind":"exit"' not in journal.read_text():
    time.sleep(0.02)
"""


def test_time_that_the_machine_slept_is_not_spent(tmp_path):
    """A kernel whose boot clock is ten days ahead of its monotonic one has slept ten days."""
    asleep = ["unshare", "--time", "--fork", "--boottime", str(TEN_DAYS_S)]
    if subprocess.run([*asleep, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this account may not make a time namespace")
    done = subprocess.run(
        [*asleep, sys.executable, "-c", LAUNCH, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert float(done.stdout) > TEN_DAYS_S * 0.99
    journal = tmp_path / "journal" / "supervisor.jsonl"
    last = json.loads(journal.read_text().splitlines()[-1])
    assert last["reason"] == "done"
    assert 0.5 <= last["wall_s"] < 30


@pytest.mark.parametrize("clock_s", [0.0, -1e8, 1e8])
def test_a_restart_charges_what_was_last_heard_once(make_study, clock_s):
    """Another boot, no exit record, and a wall clock that may have been set meanwhile."""
    study, experiment = make_study(wall_hours=1.0, cpu_hours=1.0)
    folder = experiment.folder / "runs" / "01"
    (folder / "journal").mkdir(parents=True)
    with study.write("run started") as tx:
        run_id = tx.insert(
            Run(
                experiment_id=experiment.id,
                ordinal=1,
                folder=study.relative(folder),
                command_json="[]",
                seed=0,
                inputs_json="{}",
                objective_version=1,
            )
        )
        tx.insert(RunState(run_id=run_id, state="started", detail_json="{}"))
        reserve(tx, run_id, Reservation(None, 0.5, 0.5), devices=0)
    at = time.time() + clock_s
    start = {
        "kind": "start", "time": at, "pid": 1, "start_ticks": 5, "boot_id": "the boot before",
        "child_pid": 2, "gpus": [], "monotonic": 9e9,
    }  # fmt: skip
    sample = {
        "kind": "sample", "time": at + 60, "wall_s": 60.0, "cpu_s": 90.0, "gpu_s": 0.0,
        "peak_rss_bytes": 1, "cpu_cores": 1.5, "rss_bytes": 1, "processes": 1, "gpus": "unmeasured",
    }  # fmt: skip
    lines = "\n".join(json.dumps(record) for record in (start, sample))
    (folder / "journal" / "supervisor.jsonl").write_text(f'{lines}\n{{"kind":"sample","wal')
    assert wait(lambda: ingest(study) and not find_run(study, "1").is_going_on, 10)
    ingest(study)
    run = find_run(study, "1")
    assert (run.state, run.detail["detail"]) == ("interrupted", "the machine was restarted")
    counted = account(study)
    for unit, spent_s in (("wall_hours", 60.0), ("cpu_hours", 90.0)):
        assert counted.unit(unit).spent * 3600 == pytest.approx(spent_s)
        assert counted.unit(unit).leased == 0.0
    told = next(unit for unit in burn_down(study).units if unit.unit == "cpu_hours")
    assert [point.spent for point in told.history] == sorted(point.spent for point in told.history)
    assert told.history[-1].spent * 3600 == pytest.approx(90.0)
