"""What a supervisor's journal says of a run's GPUs, and what is no such thing."""

from __future__ import annotations

import json

import pytest

from grd_core.runs.journal_reader import Batch, parse_records
from grd_core.runs.progress import NOTHING_YET, follow

SAMPLE = {
    "kind": "sample",
    "time": 1001.0,
    "wall_s": 1.0,
    "cpu_s": 3.0,
    "gpu_s": 2.0,
    "cpu_cores": 3.0,
    "rss_bytes": 2**20,
    "gpus": [[0, 55.0, 120.5, 2**30, 2**34, 60.0]],
}
ENERGY = {"joules": 7200.0, "kwh": 0.002, "integrated_j": 1.0, "unmeasured_s": 0.5, "resets": 1}
LOST = {"kind": "gpu_lost", "time": 1001.0, "index": 1, "name": "A100", "reason": "GPU is lost"}


def after(*records: dict | str):
    batch = Batch()
    lines = [r if isinstance(r, str) else json.dumps(r) for r in records]
    parse_records([line.encode() for line in lines], batch)
    return follow(NOTHING_YET, batch), batch


def test_energy_and_own_memory_become_series():
    progress, batch = after({**SAMPLE, "gpu_tree_bytes": [[0, 2**21]], "energy": ENERGY})
    assert progress.supervisor["energy"] == ENERGY
    assert list(batch.points["sys/gpu_energy_wh"].values) == [2.0]
    assert list(batch.points["sys/gpu0_own_memory_mb"].values) == [2.0]
    assert batch.malformed == 0


def test_the_last_word_on_energy_stands():
    last = {**SAMPLE, "kind": "exit", "reason": "done", "energy": {**ENERGY, "joules": 9.0}}
    progress, _ = after({**SAMPLE, "energy": ENERGY}, last)
    assert progress.supervisor["energy"]["joules"] == 9.0


def test_energy_that_is_unknown_has_no_series():
    progress, batch = after({**SAMPLE, "energy": {"unknown": "GPU is lost"}})
    assert progress.supervisor["energy"] == {"unknown": "GPU is lost"}
    assert "sys/gpu_energy_wh" not in batch.points


def test_lost_devices_until_they_return():
    progress, _ = after(LOST, {**LOST, "index": 0})
    assert progress.supervisor["lost_gpus"] == {
        "0": ["A100", "GPU is lost"],
        "1": ["A100", "GPU is lost"],
    }
    progress, _ = after(LOST, {"kind": "gpu_back", "time": 1.0, "index": 1, "name": "A100"})
    assert progress.supervisor["lost_gpus"] == {}


@pytest.mark.parametrize(
    "energy",
    ["5", '"much"', "[]", "{}", '{"joules": 1}', json.dumps(ENERGY).replace("7200.0", "NaN"),
     json.dumps(ENERGY).replace("7200.0", "1e999"), json.dumps(ENERGY).replace("7200.0", '"x"'),
     '{"unknown": 3}'],
)  # fmt: skip
def test_what_is_no_energy_is_counted_and_skipped(energy):
    line = json.dumps({**SAMPLE, "energy": None}).replace('"energy": null', f'"energy": {energy}')
    progress, batch = after(line)
    assert progress.supervisor == {}
    assert batch.malformed == 1


@pytest.mark.parametrize("index", [None, "x", [1], float("inf")])
def test_what_is_no_device_is_counted_and_skipped(index):
    progress, batch = after({**LOST, "index": index})
    assert progress.supervisor == {}
    assert batch.malformed == 1
