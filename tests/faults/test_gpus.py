"""Supervised runs on GPUs of the driver's stub: one that vanishes, a driver that is reloaded."""

from __future__ import annotations

import json
import time
from functools import partial

import pytest

from grd_core.budget.account import account
from grd_core.launch.spec import RunSpec
from grd_core.runs.energy_spent import energy_of_study
from grd_core.runs.ingest import ingest
from grd_core.runs.points import read_points
from grd_core.runs.progress import progress_of
from grd_core.runs.records import find_run
from grd_core.runs.snapshot import watch_snapshot
from grd_core.runs.start import start_run
from tests.nvml.stub import A100, StubMachine

# Plays the machine's part as well as the training: it changes the scene, and waits until its
# supervisor has seen each state of it in a sample.
TRAIN = """
import json, os, time
from pathlib import Path

KILL = "kill the supervisor"
scene = Path(os.environ["NVML_STUB_SCENE"])
journal = Path(os.environ["GRD_JOURNAL"], "supervisor.jsonl")

def show(*lines):
    beside = scene.with_suffix(".new")
    beside.write_text("".join(line.format(pid=os.getpid()) + "\\n" for line in lines))
    seen = samples()
    beside.replace(scene)
    # The first sample after it may still be of the scene before.
    while samples() < seen + 2:
        time.sleep(0.02)

def samples():
    return journal.read_text().count('"kind":"sample"')

for scene_lines in {scenes!r}:
    if scene_lines == KILL:
        os.kill(os.getppid(), 9)
        time.sleep(60)
    show(*scene_lines)
"""

KILL = "kill the supervisor"

A = f"gpu uuid=GPU-a {A100} energy="
B = f"gpu uuid=GPU-b {A100} energy="
OWN = "process pid={pid} used=104857600"


@pytest.fixture
def machine(tmp_path, monkeypatch):
    made = StubMachine(tmp_path / "machine")
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    # Ten samples a second, so that ten seconds of a run take one.
    monkeypatch.setattr("grd_core.runs.start.RunSpec", partial(RunSpec, sample_s=0.1))
    return made


@pytest.fixture
def run_through(machine, make_study):
    """Run an experiment on two GPUs through scenes, and return its study when it has ended."""

    def run(*scenes, first, gpus=(0, 1), **budget):
        machine.show(*first)
        study, experiment = make_study(**budget or {"gpu_hours": 1.0})
        code = TRAIN.replace("{scenes!r}", repr(scenes))
        (experiment.folder / "train.py").write_text(code)
        start_run(study, experiment, gpus=gpus)
        deadline = time.monotonic() + 60
        while find_run(study, "1").is_going_on:
            ingest(study)
            assert time.monotonic() < deadline, "the run did not end"
            time.sleep(0.02)
        return study

    return run


def records(study, kind):
    path = find_run(study, "1").folder / "journal" / "supervisor.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines() if line]
    return [line for line in lines if line["kind"] == kind]


def ended(study):
    with study.read() as ledger:
        row = ledger.one("SELECT state, detail_json FROM run_state WHERE state != 'started'")
    return row["state"], json.loads(row["detail_json"])


def counted(energy):
    """Joules by the counters: without those from power, as before a first answer."""
    return energy["joules"] - energy["integrated_j"]


def values(study, name):
    with study.read() as ledger:
        return list(read_points(ledger, 1, name).values)


def test_a_gpu_that_falls_off_is_told_and_its_hours_count_on(run_through):
    study = run_through(
        (A + "1000000", OWN, B + "1000000"),
        (A + "2000000", OWN, B + "1500000 lost=GPU_IS_LOST"),
        (A + "4600000", OWN, B + "1500000 lost=GPU_IS_LOST"),
        first=(A + "1000000", B + "1000000"),
    )
    state, detail = ended(study)
    assert state == "done"
    (lost,) = records(study, "gpu_lost")
    assert (lost["index"], lost["name"], lost["reason"]) == (1, "Stub A100", "GPU is lost")
    assert records(study, "gpu_back") == []

    # Two devices were allocated for all of the time, whatever became of them.
    totals = detail["totals"]
    assert totals["gpu_s"] == pytest.approx(2 * totals["wall_s"], rel=1e-3)
    assert account(study).unit("gpu_hours").spent == pytest.approx(totals["gpu_s"] / 3600)

    # The other one was read to the end; of the lost one nothing is known, which is not zero.
    assert records(study, "sample")[-1]["gpus"] == [
        [0, 55.0, 120.5, 2**30, 2**34, 60.0],
        [1, None, None, None, None, None],
    ]
    assert 100.0 in values(study, "sys/gpu0_own_memory_mb")
    energy = detail["gpus"]["energy"]
    assert counted(energy) == pytest.approx(3600.0)
    assert energy["resets"] == 0
    assert energy["unmeasured_s"] > 0
    assert energy["kwh"] == pytest.approx(energy["joules"] / 3.6e6, rel=1e-3)
    assert values(study, "sys/gpu_energy_wh")[-1] == pytest.approx(energy["joules"] / 3600)

    costs = watch_snapshot(study, "1").costs
    assert costs.kwh == pytest.approx(energy["kwh"], rel=1e-3)
    missing = energy["unmeasured_s"] / totals["gpu_s"]
    assert costs.measured_share == pytest.approx(1 - missing)
    assert 0 < costs.measured_share < 1

    alarms = [(a.standing, a.text) for a in watch_snapshot(study, "1").alarms]
    assert alarms == [("attention", "GPU 1 (Stub A100) is lost: GPU is lost")]


def test_a_driver_that_is_reloaded_mid_run_is_read_on(run_through):
    study = run_through(
        (A + "9000000", B + "9000000"),
        ("load 2", A + "1000", B + "1000"),
        ("load 2", A + "101000", B + "201000"),
        first=(A + "9000000", B + "9000000"),
    )
    _, detail = ended(study)
    energy = detail["gpus"]["energy"]
    # What the counters say after the reload is exact; the rest is power times time.
    assert energy["resets"] in (1, 2)  # a reading in the very moment may lack the one
    assert energy["integrated_j"] > 0
    assert counted(energy) == pytest.approx(300.0)
    assert records(study, "gpu_lost") == []


def test_a_supervisor_that_is_killed_leaves_the_energy_it_had_told(run_through):
    study = run_through((A + "1000",), (A + "361000",), KILL, first=(A + "1000",), gpus=(0,))
    state, detail = ended(study)
    assert state == "interrupted"
    energy = detail["gpus"]["energy"]
    assert counted(energy) == pytest.approx(360.0)
    with study.read() as ledger:
        told = energy_of_study(ledger)
    assert (told.kwh, told.measured) == (pytest.approx(energy["kwh"], rel=1e-3), 1)


def test_a_gpu_that_returns_is_told_and_is_no_alarm_any_more(run_through):
    study = run_through(
        (A + "0 lost=GPU_IS_LOST", B + "0 lost=GPU_IS_LOST"),
        (A + "0", B + "0"),
        first=(A + "0", B + "0"),
    )
    assert [record["index"] for record in records(study, "gpu_lost")] == [0, 1]
    assert [record["index"] for record in records(study, "gpu_back")] == [0, 1]
    assert watch_snapshot(study, "1").alarms == ()


def test_a_run_whose_every_gpu_is_gone_is_blocked(run_through):
    study = run_through((A + "0",), ("init DRIVER_NOT_LOADED",), first=(A + "0",), gpus=(0,))
    (alarm,) = watch_snapshot(study, "1").alarms
    assert alarm.standing == "blocked"
    assert alarm.text.startswith("GPU 0 (Stub A100) is lost: NVML ")
    assert records(study, "sample")[-1]["gpus"] == [[0, None, None, None, None, None]]


def test_a_gpu_that_was_never_there_is_told_too(run_through):
    study = run_through((A + "5",), first=(A + "5",), gpus=(0, 3))
    (lost,) = records(study, "gpu_lost")
    assert (lost["index"], lost["reason"]) == (3, "the driver lists no such device")
    assert [alarm.text for alarm in watch_snapshot(study, "1").alarms] == [
        "GPU 3 is lost: the driver lists no such device"
    ]


def test_what_instances_share_is_not_said_to_be_the_runs(run_through):
    shared = ("gpu uuid=GPU-a name=H used=1 total=9 power=90000 energy=5", "mig uuid=M name=1g")
    study = run_through(shared, first=shared, gpus=(0,))
    _, detail = ended(study)
    assert detail["gpus"]["energy"] == {
        "unknown": "shared, unattributable: MIG instances have no energy of their own"
    }
    assert values(study, "sys/gpu0_util") == []
    assert values(study, "sys/gpu_energy_wh") == []


def test_without_a_driver_nothing_is_measured_and_nothing_is_zero(machine, run_through):
    machine.without_library()
    study = run_through((), first=(), gpus=(0,))
    _, detail = ended(study)
    assert detail["gpus"] == {"energy": {"unknown": "no NVIDIA driver on this machine"}}
    assert {record["gpus"] for record in records(study, "sample")} == {"unmeasured"}
    with study.read() as ledger:
        assert progress_of(ledger.driver, 1).gpu_s > 0
    told = watch_snapshot(study, "1")
    assert told.alarms == ()
    assert told.costs.energy == "not measured: no NVIDIA driver on this machine"
    assert (told.costs.kwh, told.costs.energy_cost) == (None, None)


def test_a_driver_that_hangs_keeps_no_run_beyond_its_budget(run_through):
    budget_s, slack_s = 2.0, 1.5
    study = run_through(
        (A + "5",),
        *[("hang 1", A + "5")] * 1000,
        first=(A + "5",),
        gpus=(0,),
        wall_hours=budget_s / 3600,
    )
    state, detail = ended(study)
    assert state == "stopped_by_budget"
    assert detail["totals"]["wall_s"] < budget_s + slack_s
    seen = [record["gpus"] for record in records(study, "sample")]
    assert seen[-1] == "unmeasured"
    assert any(isinstance(devices, list) for devices in seen)
