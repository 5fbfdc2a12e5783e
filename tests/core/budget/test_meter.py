"""The meter on the machine the tests run on, and processes as the kernel shows them."""

from __future__ import annotations

import os
import subprocess
import sys

from grd_core.budget.meter import GpuMeter, GpuReadings, HostMeter, Unmeasured
from grd_core.budget.process_tree import (
    ProcessIdentity,
    TreeMeter,
    boot_id,
    descendants,
    read_process,
)


def test_the_host_is_measured():
    sample = HostMeter().sample()
    assert 0 <= sample.cpu_percent <= 100
    assert sample.cpu_count == os.cpu_count()
    assert 0 < sample.memory_used_bytes < sample.memory_total_bytes


def test_a_machine_without_a_gpu_is_unmeasured_with_the_reason_never_zero():
    meter = GpuMeter()
    first, second = meter.read(), meter.read()
    assert isinstance(first, GpuReadings | Unmeasured)
    if isinstance(first, Unmeasured):
        assert first.reason
        assert second == first
    else:
        assert first.devices


def test_the_meter_loads_nothing_heavy_until_it_is_made():
    code = (
        "import sys, grd_core.budget.meter, grd_core.budget.process_tree;"
        "print(*{'psutil', 'pynvml', 'sqlmodel', 'pydantic', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_process_is_read_whatever_its_name(tmp_path):
    odd = tmp_path / "a) R (b"
    odd.symlink_to("/bin/sleep")
    with subprocess.Popen([str(odd), "60"]) as process:
        found = read_process(process.pid)
        assert found is not None
        assert found.parent == os.getpid()
        assert process.pid in {p.pid for p in descendants(os.getpid())}
        assert process.pid not in {
            p.pid for p in descendants(os.getpid(), without=frozenset({process.pid}))
        }
        process.kill()


def test_an_identity_is_neither_a_later_process_nor_another_boot():
    with subprocess.Popen(["/bin/sleep", "60"]) as process:
        identity = ProcessIdentity.of(process.pid)
        assert identity is not None
        assert identity.is_alive()
        assert not ProcessIdentity(identity.pid, identity.start_ticks + 1, boot_id()).is_alive()
        assert not ProcessIdentity(identity.pid, identity.start_ticks, "another boot").is_alive()
        process.kill()
    assert not identity.is_alive()


def test_the_tree_never_costs_less_than_before():
    meter = TreeMeter()
    burn = "import time\nwhile time.process_time() < 0.15: pass\n"
    readings = [meter.sample().cpu_s]
    with subprocess.Popen([sys.executable, "-c", burn + "input()"], stdin=subprocess.PIPE) as child:
        while meter.sample().cpu_s < 0.1:
            pass
        readings.append(meter.sample().cpu_s)
        child.stdin.close()
    readings.append(meter.sample().cpu_s)
    assert readings == sorted(readings)
    assert readings[-1] >= 0.14


def test_what_is_shorter_than_a_tick_of_the_clock_costs_too():
    meter = TreeMeter()
    for _ in range(5):
        before = meter.sample().cpu_s
        subprocess.run(["/bin/true"], check=True)
        assert meter.sample().cpu_s > before
