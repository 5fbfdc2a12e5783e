"""Whether a run had its experiment to itself, by the ends that supervisors journaled."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from grd_core.ledger.tables import Run, RunState
from grd_core.runs.progress import NOTHING_YET, save_progress
from grd_core.runs.readers.overlap import is_alone
from grd_core.runs.records import find_run


@pytest.fixture
def begin(study, experiment):
    def one(ordinal: int) -> int:
        with study.write("run started") as tx:
            run_id = tx.insert(
                Run(
                    experiment_id=experiment.id,
                    ordinal=ordinal,
                    folder=f"{study.relative(experiment.folder)}/runs/{ordinal:02d}",
                    command_json="[]",
                    seed=0,
                    inputs_json="{}",
                    objective_version=1,
                )
            )
            tx.insert(RunState(run_id=run_id, state="started", detail_json="{}"))
        return run_id

    return one


def end(study, run_id: int) -> None:
    with study.write("run ended") as tx:
        tx.insert(RunState(run_id=run_id, state="done", detail_json="{}"))


def alone(study, run_id: int) -> bool:
    run = find_run(study, str(run_id))
    with study.read() as ledger:
        return is_alone(ledger.driver, run)


def test_a_run_after_another_is_alone_and_one_beside_it_never_is(study, begin):
    begin(1)
    assert alone(study, 1)
    end(study, 1)
    begin(2)
    assert alone(study, 2)
    begin(3)
    assert not alone(study, 2)
    end(study, 3)
    assert not alone(study, 2)


@pytest.mark.parametrize(("sooner_s", "is_so"), [(-5.0, True), (5.0, False)])
def test_an_end_recorded_late_counts_from_when_it_was(study, begin, sooner_s, is_so):
    begin(1)
    exit_record = {"kind": "exit", "reason": "done", "time": time.time() + sooner_s}
    with study.write_derived() as connection:
        save_progress(connection, 1, replace(NOTHING_YET, exit=exit_record))
    begin(2)
    assert not alone(study, 2)  # while nothing is recorded, nobody knows
    end(study, 1)
    assert alone(study, 2) is is_so
