"""The GPU meter in a process of its own, on the driver's stub and the real nvidia-ml-py."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time

import pytest

from grd_core.budget.gpu_reader import answer_within
from grd_core.budget.gpus import Silent
from tests.nvml.stub import A100, StubMachine

READER = """
import sys
from grd_core.budget.meter import GpuMeter
from grd_core.budget.gpu_reader import GpuReader
reader = GpuReader(GpuMeter(), patience_s=float(sys.argv[1]))
for _ in sys.stdin:
    print(reader.read().gpus, flush=True)
"""

# Answers each line it is sent with what the meter reads at that moment.
METER = """
import json, sys
from dataclasses import asdict
from grd_core.budget.gpus import GpuReadings
from grd_core.budget.meter import GpuMeter
meter = GpuMeter(retry_s=float(sys.argv[1]))
for _ in sys.stdin:
    found = meter.read()
    told = (
        [{"kind": type(one).__name__, **asdict(one)} for one in found.devices]
        if isinstance(found, GpuReadings)
        else found.reason
    )
    print(json.dumps(told), flush=True)
"""

TWO = (f"gpu uuid=GPU-a {A100} energy=1000", f"gpu uuid=GPU-b {A100} energy=2000")


@pytest.fixture
def machine(tmp_path):
    made = StubMachine(tmp_path / "machine")
    made.show(*TWO)
    return made


@pytest.fixture
def meter():
    """Start a meter on a machine; each call of it is one reading."""
    started = []

    def start(machine, retry_s=0.0, *, program=METER, told=json.loads):
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(retry_s)],
            env=os.environ | machine.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)

        def read():
            process.stdin.write("\n")
            process.stdin.flush()
            return told(process.stdout.readline())

        return read

    yield start
    for process in started:
        process.stdin.close()
        process.stdout.close()
        process.wait()


def states(readings):
    return [(device["kind"], device["index"], device["name"]) for device in readings]


def reasons(device):
    return {one["quantity"]: one["reason"] for one in device["unanswered"]}


def test_every_quantity_of_every_device(machine, meter):
    first, second = meter(machine)()
    assert first == {
        "kind": "GpuReading",
        "index": 0,
        "name": "Stub A100",
        "utilisation_percent": 55.0,
        "memory_used_bytes": 2**30,
        "memory_total_bytes": 2**34,
        "power_w": 120.5,
        "temperature_c": 60.0,
        "uuid": "GPU-a",
        "energy_mj": 1000,
        "processes": [],
        "instances": None,
        "unanswered": [],
    }
    assert (second["index"], second["uuid"], second["energy_mj"]) == (1, "GPU-b", 2000)


def test_what_a_device_does_not_answer_is_none_with_the_reason(machine, meter):
    machine.show("gpu uuid=GPU-a name=Old util=NO_PERMISSION used=1 total=2 power=TIMEOUT")
    (device,) = meter(machine)()
    assert device["memory_used_bytes"] == 1
    assert [device[name] for name in ("utilisation_percent", "power_w", "energy_mj")] == [None] * 3
    assert reasons(device) == {
        "utilisation_percent": "Insufficient Permissions",
        "power_w": "Timeout",
        "temperature_c": "Not Supported",
        "energy_mj": "Not Supported",
    }


def test_a_device_that_falls_off_is_lost_by_name_and_the_others_are_read(machine, meter):
    read = meter(machine)
    read()
    machine.show(TWO[0] + " lost=GPU_IS_LOST", TWO[1])
    lost, there = read()
    assert lost == {"kind": "LostGpu", "index": 0, "name": "Stub A100", "reason": "GPU is lost"}
    assert (there["kind"], there["uuid"]) == ("GpuReading", "GPU-b")
    machine.show(*TWO)
    assert states(read()) == [("GpuReading", 0, "Stub A100"), ("GpuReading", 1, "Stub A100")]


def test_a_device_that_wants_a_reset_is_lost_too(machine, meter):
    machine.show(TWO[0], TWO[1] + " lost=RESET_REQUIRED")
    assert states(meter(machine)()) == [("GpuReading", 0, "Stub A100"), ("LostGpu", 1, "GPU 1")]


def test_a_device_without_permission_is_unreadable_and_not_lost(machine, meter):
    machine.show(TWO[0], TWO[1] + " handle=NO_PERMISSION")
    _, second = meter(machine)()
    assert second == {
        "kind": "UnreadableGpu",
        "index": 1,
        "name": "GPU 1",
        "reason": "Insufficient Permissions",
    }


def test_a_device_that_answers_nothing_is_unreadable(machine, meter):
    machine.show("gpu uuid=GPU-a name=Silent")
    (device,) = meter(machine)()
    assert (device["kind"], device["reason"]) == ("UnreadableGpu", "Not Supported")


def test_a_driver_that_was_reloaded_is_read_again_at_once(machine, meter):
    read = meter(machine, retry_s=3600)
    read()
    machine.show("load 2", f"gpu uuid=GPU-a {A100} energy=3")
    first, second = read()
    assert (first["kind"], first["energy_mj"]) == ("GpuReading", 3)
    assert second["reason"] == "the driver does not list it any more"


def test_a_device_keeps_its_index_whatever_the_driver_renumbers(machine, meter):
    read = meter(machine)
    read()
    machine.show("load 2", TWO[1])
    assert states(read()) == [("LostGpu", 0, "Stub A100"), ("GpuReading", 1, "Stub A100")]
    assert read()[1]["uuid"] == "GPU-b"
    machine.show("load 3", TWO[1], TWO[0], f"gpu uuid=GPU-c {A100}")
    assert [device["uuid"] for device in read()] == ["GPU-a", "GPU-b", "GPU-c"]


def test_a_driver_that_was_unloaded_loses_every_device_by_name(machine, meter):
    read = meter(machine)
    read()
    machine.show("init DRIVER_NOT_LOADED")
    assert [(d["kind"], d["reason"]) for d in read()] == [
        ("LostGpu", "NVML does not start: Driver Not Loaded")
    ] * 2
    machine.show("load 2", *TWO)
    assert [device["kind"] for device in read()] == ["GpuReading"] * 2


def test_instances_have_memory_and_nothing_else(machine, meter):
    machine.show(
        "gpu uuid=GPU-a name=Stub_A100 used=5 total=40 power=90000 temp=50 energy=7",
        "mig uuid=MIG-1 name=1g.5gb used=2 total=5",
        "process pid=42 used=2",
        "mig uuid=MIG-2 name=2g.10gb used=3 total=10",
    )
    (device,) = meter(machine)()
    assert device["utilisation_percent"] is None
    assert reasons(device) == {"utilisation_percent": "shared, unattributable"}
    assert device["instances"] == [
        {
            "index": 0,
            "name": "1g.5gb",
            "uuid": "MIG-1",
            "memory_used_bytes": 2,
            "memory_total_bytes": 5,
            "processes": [{"pid": 42, "memory_bytes": 2}],
        },
        {
            "index": 1,
            "name": "2g.10gb",
            "uuid": "MIG-2",
            "memory_used_bytes": 3,
            "memory_total_bytes": 10,
            "processes": [],
        },
    ]


PROCESSES = (TWO[0], "process pid=42 used=1024", "process pid=43")
TOLD = [{"pid": 42, "memory_bytes": 1024}, {"pid": 43, "memory_bytes": None}]


def test_processes_and_what_each_holds_where_it_is_told(machine, meter):
    machine.show(*PROCESSES)
    assert meter(machine)()[0]["processes"] == TOLD


def test_processes_that_may_not_be_seen_are_not_none_at_all(machine, meter):
    machine.show(TWO[0] + " procs=NO_PERMISSION")
    (device,) = meter(machine)()
    assert device["processes"] is None
    assert reasons(device) == {"processes": "Insufficient Permissions"}


def test_an_old_driver_lists_processes_and_knows_no_instances(tmp_path, meter):
    machine = StubMachine(tmp_path / "old", defines=("OLD_DRIVER",))
    machine.show(*PROCESSES)
    (device,) = meter(machine)()
    assert (device["processes"], device["instances"]) == (TOLD, None)
    assert device["unanswered"] == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("init DRIVER_NOT_LOADED", "NVML does not start: Driver Not Loaded"),
        ("init LIB_RM_VERSION_MISMATCH", "NVML does not start: RM has detected an NVML/RM"),
        ("init NO_PERMISSION", "NVML does not start: Insufficient Permissions"),
        ("load 1", "the driver lists no device"),
    ],
)
def test_without_a_device_there_is_a_reason_until_there_is_one(machine, meter, line, reason):
    read = meter(machine)
    machine.show(line)
    assert read().startswith(reason)
    machine.show("load 1", *TWO)
    assert [device["kind"] for device in read()] == ["GpuReading"] * 2


def test_a_machine_without_the_library(machine, meter):
    machine.without_library()
    read = meter(machine)
    assert read() == read() == "no NVIDIA driver on this machine"


def test_what_is_missing_is_not_looked_for_at_every_reading(machine, meter):
    machine.show("init DRIVER_NOT_LOADED")
    read = meter(machine, retry_s=3600)
    read()
    machine.show(*TWO)
    assert read() == "NVML does not start: Driver Not Loaded"


def test_a_driver_that_hangs_holds_nobody_up_and_is_read_again(machine, meter):
    machine.show(*TWO)
    patient = meter(machine, 30, program=READER, told=str.strip)
    assert patient().startswith("GpuReadings(")
    hasty = meter(machine, 0.01, program=READER, told=str.strip)
    machine.show("hang 1", *TWO)
    for _ in range(3):
        assert hasty().startswith("Silent(reason='the driver has not answered for ")
    machine.show(*TWO)
    deadline = time.monotonic() + 30
    while not hasty().startswith("GpuReadings("):
        assert time.monotonic() < deadline


def test_one_question_is_answered_fails_or_stays_silent():
    never = threading.Event()
    assert answer_within(30, lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        answer_within(30, lambda: 1 // 0)
    assert answer_within(0.01, never.wait) == Silent("the driver has not answered for 0 s")
    never.set()
