"""Devices for runs on the driver's stub: others are left alone, and two studies take two."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

from grd_core.runs.experiments import new_experiment
from grd_core.runs.queue_claim import choosing_gpus
from grd_core.study import create_study
from tests.nvml.stub import A100, StubMachine

GPUS = [f"gpu uuid=GPU-{index} {A100} energy=1" for index in range(16)]
OTHER = f"process pid={os.getpid()} used=1024"

# Asks for one run, and says what became of it. A program of its own: the loader looks for the
# driver where the environment says that stood when it began.
ASK = """
import json, sys, time
from pathlib import Path
from grd_core.launch import capture_hardware
from grd_core.runs import queue_devices
from grd_core.runs.experiments import list_experiments
from grd_core.runs.queue import ask
from grd_core.study import Study
study, patience_s, gpus = Study(Path(sys.argv[1])), float(sys.argv[2]), json.loads(sys.argv[3])
queue_devices.ANSWERS_WITHIN_S = capture_hardware.ANSWERS_WITHIN_S = patience_s
with study.read() as ledger:
    (experiment,) = list_experiments(study, ledger)
WAIT = ("python", "-c", "import time; time.sleep(600)")
asked = ask(study, experiment, (0,), command=WAIT, gpus=gpus)
given = []
with study.read() as ledger:
    for run in asked.begun:
        inputs = ledger.value("SELECT inputs_json FROM run WHERE id = ?", run.id)
        given.append(json.loads(inputs)["gpus"])
print(json.dumps([given, asked.why]))
"""


@pytest.fixture
def machine(tmp_path):
    return StubMachine(tmp_path / "machine")


@pytest.fixture
def ask(machine):
    def begin(study, gpus=1, patience_s=30.0):
        return subprocess.Popen(
            [sys.executable, "-c", ASK, str(study.root), str(patience_s), json.dumps(gpus)],
            env=os.environ | machine.environment,
            stdout=subprocess.PIPE,
            text=True,
        )

    def answer(study, gpus=1, patience_s=30.0):
        return heard(begin(study, gpus, patience_s))

    answer.begin = begin
    return answer


def heard(process):
    said, _ = process.communicate(timeout=20)
    return tuple(json.loads(said))


def setting(study, line):
    """Add to grd.toml's [run], the last section of the file.

    Every test here has devices of its own: those that other runs on this machine hold, of a
    test that runs at the same time too, are held here as well.
    """
    path = study.root / "grd.toml"
    path.write_text(path.read_text() + line + "\n")


def scene(*others: int, hang: str = "") -> list[str]:
    """Sixteen devices; a process of this test computes on some."""
    lines = [hang] if hang else []
    for index, line in enumerate(GPUS):
        lines += [line, OTHER] if index in others else [line]
    return lines


def test_a_device_that_others_compute_on_is_passed_over(machine, study, experiment, ask):
    machine.show(*scene(4))
    setting(study, "at_once = 4\ngpus = [4, 5]")
    assert ask(study) == ([[5]], "")
    given, why = ask(study)
    assert given == []
    assert why.startswith("1 GPU wanted, 0 of 2 free: GPU 4 is computed on by ")
    assert f"pid {os.getpid()}" in why
    assert "GPU 5 is held by run 1" in why
    assert "`share_gpus = true`" in why


def test_a_device_that_others_compute_on_is_shared_last_and_only_if_said_so(
    machine, study, experiment, ask
):
    machine.show(*scene(6))
    setting(study, "at_once = 4\ngpus = [6, 8]\nshare_gpus = true")
    assert [ask(study)[0], ask(study)[0]] == [[[8]], [[6]]]


def test_a_process_on_an_instance_is_on_its_device(machine, study, experiment, ask):
    instance = [GPUS[9], "mig uuid=MIG-1 name=1g used=1 total=2", OTHER]
    machine.show(*GPUS[:9], *instance, *GPUS[10:])
    setting(study, "gpus = [9, 10]")
    assert ask(study) == ([[10]], "")


def test_while_the_driver_hangs_nothing_begins_that_nobody_could_count(
    machine, study, experiment, ask
):
    machine.show(*scene(hang="hang 1"))
    said = "no GPU can be given: the driver has not answered for 0 s"
    assert ask(study, gpus=None, patience_s=0.3) == ([], said)
    setting(study, "at_once = 4")
    assert ask(study, gpus=0, patience_s=0.3)[0] == [[]]


def test_two_studies_that_ask_at_once_take_two_devices(
    machine, study, experiment, tmp_path, lock, ask
):
    # Its path begins with the first study's, whose leftovers are ended after each test.
    other = create_study(tmp_path / "study of another")
    lock(other)
    (other.root / "grd.toml").write_text((study.root / "grd.toml").read_text())
    made = new_experiment(other, "second try", kind="baseline")
    made.hypothesis_path.write_text("# t\n\n## What we believe\n\nThat it works.\n")
    (made.folder / "train.py").write_text("print('nothing')\n")
    machine.show(*scene())
    for one in (study, other):
        setting(one, "at_once = 4\ngpus = [11, 12]")
    both = [ask.begin(study), ask.begin(other)]
    given = [heard(process)[0] for process in both]
    assert sorted(given) == [[[11]], [[12]]]
    # A third finds both held, and is told by whom.
    _, why = ask(study)
    assert "is held by run 1" in why
    assert f"is held by the run in {other.root}" in why


def test_one_at_a_time_chooses_and_whoever_dies_lets_go():
    program = (
        "import time\nfrom grd_core.runs.queue_claim import choosing_gpus\n"
        "with choosing_gpus() as had:\n    print(had, flush=True)\n    time.sleep(600)\n"
    )
    # Whatever else runs on this machine may be choosing just now: that is waited for.
    first = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    try:
        assert first.stdout.readline() == "True\n"
        with choosing_gpus(patience_s=0.1) as had:
            assert not had
    finally:
        first.kill()
        first.communicate()
    deadline = time.monotonic() + 30
    while True:
        with choosing_gpus() as had:
            if had:
                break
        assert time.monotonic() < deadline
