"""A disk that is full for a while, a real one where this machine lets a test mount it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from grd_core.budget.account import account
from grd_core.launch.journal import JournalWriter
from grd_core.launch.killing import carriers
from grd_core.launch.spec import read_spec
from grd_core.runs.ingest import ingest
from grd_core.runs.journal_reader import Batch, NewLines, Position, parse_points, read_new
from grd_core.runs.records import find_run
from grd_core.runs.start import start_run
from tests.faults.waiting import wait

TRAINING = Path(__file__).resolve().parents[2] / "core" / "grd_core" / "training"

SCRIPT = """
import os, sys
sys.path.insert(0, {training!r})
from grd_log import log
accepted, step = [], 0
while log(step, loss=step / 7):
    accepted.append(step)
    step += 1
assert not any(log(step, loss=0.5) for _ in range(5))
os.unlink(os.environ["GRD_RUN_DIR"] + "/ballast")
for step in range(step + 1, step + 11):
    assert log(step, loss=step / 7)
    accepted.append(step)
print(*accepted)
"""


def mount_small(folder: Path, size: str) -> None:
    """Mount an empty file system of that size; skip the test where that is not allowed."""
    folder.mkdir(exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("this account may not mount a file system; the size limit test covers it")


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 256 KiB."""
    folder = tmp_path / "small"
    mount_small(folder, "256k")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_lines_accepted_after_a_full_disk_are_whole(small_disk):
    (small_disk / "journal").mkdir()
    (small_disk / "ballast").write_bytes(b"x" * 65536)
    done = subprocess.run(
        [sys.executable, "-B", "-c", SCRIPT.format(training=str(TRAINING))],
        env={"GRD_RUN_DIR": str(small_disk), "GRD_JOURNAL": str(small_disk / "journal")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    accepted = [int(step) for step in done.stdout.split()]
    assert done.stderr.count("was not written") == 1
    batch = Batch()
    found = read_new(next((small_disk / "journal").iterdir()), Position())
    assert isinstance(found, NewLines)
    parse_points(found.lines, batch)
    assert list(batch.points["loss"].steps) == accepted
    assert batch.lost == 6
    assert batch.malformed <= 1


def test_a_supervisors_last_word_waits_for_room(small_disk, monkeypatch):
    path = small_disk / "supervisor.jsonl"
    journal = JournalWriter(path)
    assert journal.append("start", pid=1)
    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(b"x" * 4096)
        except OSError:
            pass
    while journal.append("sample", filler="y" * 500):
        pass
    monkeypatch.setattr("time.sleep", lambda _s: ballast.unlink(missing_ok=True))
    assert journal.append_surely("exit", reason="done")
    journal.close()
    kinds = []
    for line in path.read_text().splitlines():
        try:
            kinds.append(json.loads(line)["kind"])
        except ValueError:
            continue
    assert kinds[0] == "start"
    assert kinds[-1] == "exit"


BUDGET_S = 2.0

FILLS_THE_DISK = """
import os, time
from grd_log import log

ballast = open(os.environ["GRD_RUN_DIR"] + "/ballast", "wb", buffering=0)
for block in (4096, 64, 1):
    try:
        while True:
            ballast.write(b"x" * block)
    except OSError:
        pass
step = 0
while True:
    log(step, loss=1.0)
    step += 1
    time.sleep(0.01)
"""


@pytest.fixture
def on_small_disk(make_study):
    """A study whose runs lie on a disk of 1 MiB, which the one experiment fills up."""
    study, experiment = make_study(wall_hours=BUDGET_S / 3600)
    (experiment.folder / "train.py").write_text(FILLS_THE_DISK)
    runs = experiment.folder / "runs"
    mount_small(runs, "1m")
    yield study, experiment
    subprocess.run(["umount", "--lazy", str(runs)], check=True)


def test_a_full_disk_lifts_no_budget_and_loses_no_ending(on_small_disk):
    study, experiment = on_small_disk
    started = start_run(study, experiment)
    token = read_spec(started.folder / "spec.json").token
    ballast = started.folder / "ballast"
    assert wait(lambda: os.statvfs(started.folder).f_bavail == 0, 10)
    assert wait(lambda: not carriers(token), BUDGET_S + 10), "it outlived its budget"
    ballast.unlink()
    assert wait(lambda: ingest(study) and not find_run(study, "1").is_going_on, 30)
    assert find_run(study, "1").state == "stopped_by_budget"
    unit = account(study).unit("wall_hours")
    assert BUDGET_S * 0.8 <= unit.spent * 3600 <= BUDGET_S + 10
    assert unit.leased == 0.0
