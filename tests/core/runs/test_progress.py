"""What a supervisor's journal says of a run, whole or cut anywhere."""

from __future__ import annotations

import json

import pytest

from grd_core.runs.journal_reader import Batch, NewLines, Position, parse_records, read_new
from grd_core.runs.progress import NOTHING_YET, follow

START = {
    "kind": "start",
    "time": 1000.0,
    "gpus": [0, 1],
    "pid": 5,
    "start_ticks": 6,
    "boot_id": "b",
    "child_pid": 7,
    "monotonic": 50.0,
}
SAMPLE = {
    "kind": "sample",
    "time": 1001.0,
    "wall_s": 1.0,
    "cpu_s": 3.0,
    "gpu_s": 2.0,
    "peak_rss_bytes": 2**20,
    "cpu_cores": 3.0,
    "rss_bytes": 2**20,
    "processes": 1,
    "gpus": [[0, 55.0, 120.5, 2**30, 2**34, 60.0], [1, None, None, None, None, None]],
}
EXIT = {
    "kind": "exit",
    "time": 1002.0,
    "reason": "done",
    "exit_code": 0,
    "detail": "",
    "wall_s": 2.0,
    "cpu_s": 4.0,
    "gpu_s": 4.0,
    "peak_rss_bytes": 2**21,
}


def after(*records: dict) -> tuple:
    batch = Batch()
    parse_records([json.dumps(record).encode() for record in records], batch)
    return follow(NOTHING_YET, batch), batch


def test_the_whole_story():
    progress, batch = after(START, SAMPLE, EXIT)
    assert progress.started == 1000.0
    assert progress.heartbeat == 1001.0
    assert (progress.wall_s, progress.cpu_s, progress.gpu_s) == (2.0, 4.0, 4.0)
    assert progress.exit["reason"] == "done"
    assert batch.malformed == 0
    values = {name: list(series.values) for name, series in batch.points.items()}
    assert values["sys/gpu0_util"] == [55.0]
    assert values["sys/gpu0_memory_mb"] == [1024.0]
    assert values["sys/cpu_cores"] == [3.0]
    assert "sys/gpu1_util" not in values  # not measured is not zero


def test_a_journal_cut_at_any_byte_never_says_finished(tmp_path):
    content = "".join(f"{json.dumps(record)}\n" for record in (START, SAMPLE, EXIT)).encode()
    path = tmp_path / "supervisor.jsonl"
    for cut in range(len(content)):
        path.write_bytes(content[:cut])
        found = read_new(path, Position())
        assert isinstance(found, NewLines)
        batch = Batch()
        parse_records(found.lines, batch)
        assert follow(NOTHING_YET, batch).exit == {}


def test_the_supervisors_word_counts_before_its_guards():
    interrupted = {**EXIT, "reason": "interrupted", "cpu_s": 9.0}
    progress, _ = after(START, EXIT, interrupted)
    assert progress.exit["reason"] == "done"
    progress, _ = after(START, interrupted, EXIT)
    assert progress.exit["reason"] == "done"


def test_totals_never_fall():
    lower = {**EXIT, "wall_s": 0.5, "cpu_s": 0.5, "gpu_s": 0.0, "peak_rss_bytes": 1}
    progress, _ = after(START, SAMPLE, lower)
    assert (progress.wall_s, progress.cpu_s, progress.gpu_s) == (1.0, 3.0, 2.0)
    assert progress.peak_rss_bytes == 2**20


@pytest.mark.parametrize("wall_clock", [1012.0, 900000.0, 3.0])
def test_leftovers_are_charged_until_they_were_found_whatever_the_wall_clock(wall_clock):
    reaped = {
        "kind": "reaped",
        "time": wall_clock,
        "monotonic": 62.0,
        "cpu_s": 11.0,
        "processes": 1,
    }
    progress, _ = after(START, SAMPLE, reaped)
    assert (progress.wall_s, progress.gpu_s, progress.cpu_s) == (12.0, 24.0, 11.0)
    assert progress.exit == {}


def test_a_meter_that_measured_no_gpu_leaves_no_gpu_series():
    progress, batch = after(START, {**SAMPLE, "gpus": "unmeasured"})
    assert progress.gpus == "unmeasured"
    assert not any("gpu" in name for name in batch.points)
