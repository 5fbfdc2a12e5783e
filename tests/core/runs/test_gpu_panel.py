"""The panel of devices on the driver's stub: whose processes they are; a driver that hangs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

from grd_core.budget.gpus import GpuProcess, GpuReading, counts_host_pids
from grd_core.budget.process_tree import ProcessIdentity
from grd_core.runs.gpu_panel import DeviceProcess, device_line
from tests.nvml.stub import A100, StubMachine

GPU = f"gpu uuid=GPU-a {A100} energy=1"

# Answers each line it is sent, the identity of a supervisor, with the panel of that moment.
PANEL = """
import json, sys
from dataclasses import asdict, replace
from grd_core.runs.gpu_panel import gpu_panel
from grd_core.runs.progress import NOTHING_YET
for line in sys.stdin:
    told = json.loads(line)
    progress = replace(NOTHING_YET, supervisor=told["supervisor"])
    print(json.dumps(asdict(gpu_panel(progress, patience_s=told["patience_s"]))), flush=True)
"""


@pytest.fixture
def machine(tmp_path):
    made = StubMachine(tmp_path / "machine")
    made.show(GPU)
    return made


@pytest.fixture
def panel(machine):
    """The panel for a run whose supervisor is the process of this identity."""
    process = subprocess.Popen(
        [sys.executable, "-c", PANEL],
        env=os.environ | machine.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def read(supervisor, patience_s=30.0):
        known = {
            "pid": supervisor.pid,
            "start_ticks": supervisor.start_ticks,
            "boot_id": supervisor.boot_id,
            "gpus": [0],
        }
        process.stdin.write(json.dumps({"supervisor": known, "patience_s": patience_s}) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    yield read
    process.stdin.close()
    process.stdout.close()
    process.wait()


@pytest.fixture
def child():
    """A process of the run: this test is its supervisor."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process.pid
    process.communicate(b"\n")


@pytest.mark.skipif(not counts_host_pids(), reason="pids of the host mean nothing in a container")
def test_a_process_is_the_runs_by_identity_and_not_by_its_number(machine, panel, child):
    stranger = os.getppid()
    machine.show(GPU, f"process pid={child} used=1024", f"process pid={stranger} used=2048")
    this = ProcessIdentity.of(os.getpid())

    def owned(supervisor):
        (device,) = panel(supervisor)["devices"]
        assert device["is_given"]
        return {process["pid"]: process["is_own"] for process in device["processes"]}

    assert owned(this) == {child: True, stranger: False}
    # The supervisor's pid has gone to another process, or the machine was restarted since.
    for later in (
        ProcessIdentity(this.pid, this.start_ticks - 1, this.boot_id),
        ProcessIdentity(this.pid, this.start_ticks, "another boot"),
    ):
        assert owned(later) == {child: False, stranger: False}


@pytest.mark.skipif(not counts_host_pids(), reason="pids of the host mean nothing in a container")
def test_processes_of_instances_are_told_and_named(machine, panel, child):
    machine.show(GPU, "mig uuid=MIG-1 name=1g used=1 total=2", f"process pid={child} used=1024")
    (device,) = panel(ProcessIdentity.of(os.getpid()))["devices"]
    (process,) = device["processes"]
    assert (process["pid"], process["is_own"]) == (child, True)
    assert process["name"]


def test_a_driver_that_hangs_holds_no_panel_up_and_is_read_again(machine, panel):
    this = ProcessIdentity.of(os.getpid())
    assert len(panel(this, 0.3)["devices"]) == 1
    machine.show("hang 1", GPU)
    for _ in range(2):
        told = panel(this, 0.3)
        assert told["devices"] == []
        assert told["reason"].startswith("the driver has not answered for ")
    machine.show(GPU)
    deadline = time.monotonic() + 30
    while not panel(this, 0.3)["devices"]:
        assert time.monotonic() < deadline


def test_in_a_container_no_process_is_named_for_a_pid_of_the_host():
    here = ProcessIdentity.of(os.getpid())
    reading = GpuReading(0, "L4", 1.0, 1, 2, 3.0, 4.0, processes=(GpuProcess(here.pid, 7),))
    line = device_line(reading, {0}, {here}, host_pids=False)
    assert line.processes == (DeviceProcess(here.pid, 7, is_own=False),)
    assert line.note == "processes: the driver tells pids of the host, not of this container"
