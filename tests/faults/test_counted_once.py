"""Ingesters side by side, killed at any moment: what a run spent is charged once, exactly."""

from __future__ import annotations

import json
import multiprocessing
import random
import time

import pytest

from grd_core.budget.account import account
from grd_core.runs.burn_down import burn_down
from grd_core.runs.ingest import ingest
from grd_core.runs.records import find_run
from grd_core.runs.start import start_run
from tests.faults.waiting import wait

fork = multiprocessing.get_context("fork")
BUDGET_S = 1.5


def ingester(study) -> None:
    while True:
        ingest(study)
        time.sleep(0.002)


def test_several_ingesters_charge_a_run_once(make_study):
    study, experiment = make_study(wall_hours=BUDGET_S / 3600)
    chance = random.Random(4)
    started = start_run(study, experiment)
    faces = []
    try:
        for _ in range(8):
            faces += [fork.Process(target=ingester, args=(study,)) for _ in range(2)]
            for face in faces[-2:]:
                face.start()
            time.sleep(chance.uniform(0.05, 0.3))
            faces[-1].kill()
            faces[-2].kill()

        def is_over() -> bool:
            ingest(study)
            return not find_run(study, "1").is_going_on

        assert wait(is_over, 20)
    finally:
        for face in faces:
            face.kill()
            face.join()
    for _ in range(3):
        ingest(study)
    journal = started.folder / "journal" / "supervisor.jsonl"
    records = [json.loads(line) for line in journal.read_text().splitlines() if line]
    last = next(record for record in records if record["kind"] == "exit")
    counted = account(study)
    for unit, total in (("wall_hours", "wall_s"), ("cpu_hours", "cpu_s"), ("gpu_hours", "gpu_s")):
        assert counted.unit(unit).spent * 3600 == pytest.approx(last[total], abs=1e-6)
        assert counted.unit(unit).leased == 0.0
    with study.read() as ledger:
        assert ledger.value("SELECT count(*) FROM run_state WHERE state != 'started'") == 1
    (cost,) = burn_down(study).experiments
    assert cost.wall_hours * 3600 == pytest.approx(last["wall_s"], abs=1e-6)
