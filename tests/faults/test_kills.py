"""Whatever is killed, at whatever moment: nothing outlives its budget, no state says
finished, no acknowledged line is lost or doubled."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from grd_core.budget.account import account
from grd_core.launch.killing import carriers, send
from grd_core.ledger.verify import verify_ledger
from grd_core.runs.ingest import ingest
from grd_core.runs.points import read_points
from grd_core.runs.records import list_runs
from grd_core.runs.snapshot import loop_snapshot, watch_snapshot
from grd_core.runs.start import start_run
from tests.faults.waiting import wait

BUDGET_S = 1.2
SLACK_S = 1.5
VICTIMS = ("cockpit", "ingester", "supervisor", "guard", "main", "child", "grandchild")

fork = multiprocessing.get_context("fork")


def cockpit(study, experiment) -> None:
    """Starts the run, then reads and ingests as an open cockpit does."""
    start_run(study, experiment)
    while True:
        ingest(study)
        loop_snapshot(study)
        watch_snapshot(study, "1")
        time.sleep(0.01)


def ingester(study) -> None:
    """Another face of the same study."""
    while True:
        ingest(study)
        time.sleep(0.005)


def pid_of(victim: str, run_dir: Path, faces: dict[str, int]) -> int | None:
    """The pid a victim has now, or None while there is none."""
    if victim in faces:
        return faces[victim]
    try:
        if victim in {"main", "child", "grandchild"}:
            return int((run_dir / f"{victim}.pid").read_text())
        first = (run_dir / "journal" / "supervisor.jsonl").read_text().split("\n")[1]
        supervisor = json.loads(first)["pid"]
        if victim == "supervisor":
            return supervisor
        status = Path(f"/proc/{supervisor}/status").read_text()
        guard = int(status.split("PPid:")[1].split()[0])
        # Orphaned already: its parent is init or this test's own ancestor, not a guard.
        command = Path(f"/proc/{guard}/cmdline").read_text()
        return guard if "grd_core.launch.supervisor" in command else None
    except (OSError, ValueError, IndexError, KeyError):
        return None


def check_one(seed: int, study, experiment) -> None:
    chance = random.Random(seed)
    faces = [
        fork.Process(target=cockpit, args=(study, experiment)),
        fork.Process(target=ingester, args=(study,)),
    ]
    for face in faces:
        face.start()
    pids = {"cockpit": faces[0].pid, "ingester": faces[1].pid}
    run_dir = experiment.folder / "runs" / "01"
    token = ""
    try:
        if chance.random() < 0.85:  # else the first kill may hit the launch itself
            wait((run_dir / "grandchild.pid").exists, 10)
        began = time.monotonic()
        killed = set()
        for at in sorted(chance.uniform(0, BUDGET_S) for _ in range(chance.randint(1, 4))):
            time.sleep(max(0.0, began + at - time.monotonic()))
            victim = chance.choice(VICTIMS)
            pid = pid_of(victim, run_dir, pids)
            if pid is not None:
                send([pid], signal.SIGKILL)
                killed.add(victim)
        time.sleep(max(0.0, began + BUDGET_S + SLACK_S - time.monotonic()))
        if (run_dir / "spec.json").exists():
            token = json.loads((run_dir / "spec.json").read_text())["token"]
            if not {"supervisor", "guard"} <= killed:
                assert carriers(token) == [], f"outlived its budget; killed {killed}"
    finally:
        for face in faces:
            face.kill()
            face.join()
    check_what_is_left(study, experiment, token, killed)


def check_what_is_left(study, experiment, token: str, killed: set[str]) -> None:
    def settled() -> bool:
        ingest(study)
        with study.read() as ledger:
            return not any(run.is_going_on for run in list_runs(study, ledger))

    assert wait(settled, 15), f"no end was recorded; killed {killed}"
    assert token == "" or carriers(token) == []
    with study.read() as ledger:
        runs = list_runs(study, ledger)
        states = [run.state for run in runs]
        assert "done" not in states, f"{states}; killed {killed}"
        assert len(runs) <= 1
        assert verify_ledger(ledger, ()) == ()
        for run in runs:
            check_lines(ledger, run)
    unit = account(study).unit("wall_hours")
    assert unit.leased == 0.0
    assert unit.spent * 3600 <= BUDGET_S + SLACK_S + 30


def check_lines(ledger, run) -> None:
    for name in ("main", "child", "grandchild"):
        path = run.folder / f"{name}.acknowledged"
        acknowledged = {int(s) for s in path.read_text().split()} if path.exists() else set()
        points = read_points(ledger, run.id, name)
        taken = Counter(points.steps)
        assert max(taken.values(), default=1) == 1, f"{name}: a line was doubled"
        missing = acknowledged - set(taken)
        assert not missing, f"{name}: {len(missing)} acknowledged lines are lost"
        assert len(set(taken) - acknowledged) <= 1  # killed between the line and its note
        assert [float(step) for step in points.steps] == list(points.values)


@pytest.mark.parametrize("seed", range(8))
def test_a_random_kill(seed, make_study):
    check_one(seed, *make_study(wall_hours=BUDGET_S / 3600))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 300))
def test_many_random_kills(seed, make_study):
    check_one(seed, *make_study(wall_hours=BUDGET_S / 3600))


def launcher(study, experiment) -> None:
    """Starts the run and is done."""
    start_run(study, experiment)


def check_launcher(seed: int, study, experiment) -> None:
    """Kill the launcher while it launches, whichever step it is at."""
    chance = random.Random(seed)
    process = fork.Process(target=launcher, args=(study, experiment))
    began = time.monotonic()
    process.start()
    run_dir = experiment.folder / "runs" / "01"
    if chance.random() < 0.5:  # before or while it records the run
        time.sleep(chance.uniform(0.0, 0.5))
    else:  # between the record and the first word of the run
        wait(lambda: run_dir.exists() or not process.is_alive(), 10)
        time.sleep(chance.uniform(0.0, 0.1))
    process.kill()
    process.join()
    wait((run_dir / "spec.json").exists, 0.2)
    time.sleep(max(0.0, began + BUDGET_S + SLACK_S + 0.5 - time.monotonic()))
    token = ""
    if (run_dir / "spec.json").exists():
        token = json.loads((run_dir / "spec.json").read_text())["token"]
        assert wait(lambda: carriers(token) == [], 2), "outlived its budget"
    check_what_is_left(study, experiment, token, {"launcher"})


@pytest.mark.parametrize("seed", range(4))
def test_a_launcher_killed_while_it_launches(seed, make_study):
    check_launcher(seed, *make_study(wall_hours=BUDGET_S / 3600))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(300, 340))
def test_many_launchers_killed_while_they_launch(seed, make_study):
    check_launcher(seed, *make_study(wall_hours=BUDGET_S / 3600))


def test_an_ingester_killed_again_and_again_loses_and_doubles_nothing(make_study):
    study, experiment = make_study(cpu_hours=1.0)
    chance = random.Random(0)
    started = start_run(study, experiment)
    try:
        for _ in range(12):
            face = fork.Process(target=ingester, args=(study,))
            face.start()
            time.sleep(chance.uniform(0.0, 0.15))
            face.kill()
            face.join()
        os.kill(started.launched.supervisor.pid, signal.SIGKILL)
        check_what_is_left(study, experiment, "", {"ingester"})
    finally:
        send(carriers(json.loads((started.folder / "spec.json").read_text())["token"]), 9)
