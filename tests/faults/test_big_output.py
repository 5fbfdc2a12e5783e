"""A run that prints without end: its log stays limited, its supervisor small, the run unharmed."""

from __future__ import annotations

import json
import secrets
import sys
import tracemalloc
from pathlib import Path

import pytest

from grd_core.launch.killing import carriers, send
from grd_core.launch.launcher import launch
from grd_core.launch.lease import Lease
from grd_core.launch.spec import RunSpec
from grd_core.runs.ingest import ingest
from grd_core.runs.records import find_run
from grd_core.runs.snapshot import watch_snapshot
from grd_core.runs.start import start_run
from tests.faults.waiting import wait

MIB = 2**20

PRINTS = """
import sys, time
print("first line", flush=True)
block = ("x" * 1023 + "\\n") * 1024
for i in range({mib}):
    sys.stdout.write(block)
    if i % 8 == 0:
        time.sleep({pause_s})
sys.stdout.flush()
time.sleep({rest_s})
print("last line")
"""


def high_water_kib(pid: int) -> int:
    """The most memory a process has held so far."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def exit_of(folder: Path) -> dict:
    journal = folder / "journal" / "supervisor.jsonl"
    records = [json.loads(line) for line in journal.read_text().splitlines() if line]
    return next((record for record in records if record["kind"] == "exit"), {})


def on_disk(path: Path) -> int:
    return path.stat().st_blocks * 512


def test_200_megabytes_of_output(tmp_path):
    limit = 16 * MIB
    folder = tmp_path / "run"
    folder.mkdir()
    spec = RunSpec(
        run_id=1,
        run_dir=folder,
        cwd=tmp_path,
        command=(sys.executable, "-c", PRINTS.format(mib=200, pause_s=0.03, rest_s=0)),
        environment={},
        token=secrets.token_hex(8),
        seed=0,
        lease=Lease(),
        sample_s=0.05,
        stdout_limit_bytes=limit,
    )
    supervisor = launch(spec).supervisor.pid
    log, largest = folder / "stdout.log", 0
    try:
        assert wait(lambda: log.stat().st_size > 20 * MIB, 20)
        before_kib = after_kib = high_water_kib(supervisor)
        while not exit_of(folder):
            largest = max(largest, on_disk(log))
            try:
                after_kib = max(after_kib, high_water_kib(supervisor))
            except (OSError, IndexError):
                break
        assert wait(lambda: exit_of(folder), 20)
    finally:
        send(carriers(spec.token), 9)
    assert exit_of(folder)["reason"] == "done"
    assert log.stat().st_size > 200 * MIB
    assert on_disk(log) <= limit
    assert largest < 100 * MIB
    assert after_kib - before_kib < 4096
    with log.open("rb") as stream:
        assert stream.readline() == b"first line\n"
        stream.seek(-10, 2)
        assert stream.read() == b"last line\n"


@pytest.mark.soak
def test_five_gigabytes_of_output(make_study):
    study, experiment = make_study(cpu_hours=1.0)
    script = PRINTS.format(mib=5 * 1024, pause_s=0.005, rest_s=0)
    (experiment.folder / "train.py").write_text(script)
    started = start_run(study, experiment)
    supervisor, log = started.launched.supervisor.pid, started.folder / "stdout.log"
    assert wait(lambda: log.stat().st_size > 300 * MIB, 60)
    before_kib = after_kib = high_water_kib(supervisor)
    largest = 0
    tracemalloc.start()
    while find_run(study, "1").is_going_on:
        ingest(study)
        assert watch_snapshot(study, "1").stdout
        largest = max(largest, on_disk(log))
        try:
            after_kib = max(after_kib, high_water_kib(supervisor))
        except (OSError, IndexError):
            continue
    _, reader_peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(
        f"\nwritten {log.stat().st_size / 2**30:.1f} GiB, on disk at most {largest / MIB:.0f} MiB,"
        f" at the end {on_disk(log) / MIB:.0f} MiB; supervisor +{after_kib - before_kib} KiB,"
        f" reader at most {reader_peak / MIB:.1f} MiB"
    )
    assert find_run(study, "1").state == "done"
    assert log.stat().st_size > 5 * 1024 * MIB
    assert on_disk(log) <= 256 * MIB
    assert after_kib - before_kib < 8192
    assert reader_peak < 64 * MIB
