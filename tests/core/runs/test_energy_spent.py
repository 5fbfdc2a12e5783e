"""The energy of a study: every run once, and what is unknown is not zero."""

from __future__ import annotations

import json

import pytest

from grd_core.identity import canonical_json
from grd_core.ledger.tables import Run, RunState
from grd_core.runs.energy_spent import energy_of_study
from grd_core.study import create_study


@pytest.fixture
def study(tmp_path):
    return create_study(tmp_path / "study")


def add_run(study, *ends, live=None):
    """A run with the energies of its recorded ends, and what its journal told last."""
    with study.write("run") as tx:
        run_id = tx.insert(
            Run(
                experiment_id=1,
                ordinal=1,
                folder="",
                command_json="[]",
                seed=0,
                inputs_json="{}",
                objective_version=1,
            )
        )
        tx.insert(RunState(run_id=run_id, state="started", detail_json="{}"))
        for energy in ends:
            detail = canonical_json({"gpus": {} if energy is None else {"energy": energy}})
            tx.insert(RunState(run_id=run_id, state="done", detail_json=detail))
    if live is not None:
        with study.write_derived() as connection:
            connection.execute(
                "INSERT INTO run_progress VALUES (?, 0, 0, 0, 0, 0, 0, 0, '[]', ?, '{}')",
                (run_id, json.dumps({"energy": live})),
            )


def joules(amount, unmeasured_s=0.0):
    return {"joules": amount, "unmeasured_s": unmeasured_s}


def energy(study):
    with study.read() as ledger:
        return energy_of_study(ledger)


def test_a_study_without_gpus_says_nothing(study):
    add_run(study, None)
    assert energy(study).sentence == ""


def test_every_run_counts_once(study):
    add_run(study, joules(3.6e6), joules(3.6e6), live=joules(3.6e6))
    add_run(study, live=joules(1.8e6))
    found = energy(study)
    assert (found.kwh, found.measured) == (1.5, 2)
    assert found.sentence == "1.5 kWh by the GPUs of 2 runs"


def test_what_is_unknown_makes_it_a_lower_bound(study):
    add_run(study, {"unknown": "GPU is lost"})
    assert energy(study).sentence == "energy unknown of 1 run"
    add_run(study, joules(3.6e5, unmeasured_s=60.0))
    assert energy(study).sentence == "at least 0.1 kWh by the GPUs of 1 run, unknown of 1 run"
