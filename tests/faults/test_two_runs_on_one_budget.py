"""Launchers that ask at the same moment: their leases never exceed what the objective allows."""

from __future__ import annotations

import json
import multiprocessing

import pytest

from grd_core.budget.account import Reservation, account
from grd_core.errors import RefusedError
from grd_core.launch.killing import carriers
from grd_core.runs.ingest import Busy, ingest
from grd_core.runs.records import list_runs
from grd_core.runs.start import start_run
from tests.faults.waiting import wait

BUDGET_S = 3.0
SLACK_S = 1.5
fork = multiprocessing.get_context("fork")


def launcher(study, experiment, asked, together, answers) -> None:
    """One of several processes that wait for each other, then all start a run."""
    together.wait()
    try:
        started = start_run(study, experiment, limit=Reservation(None, None, asked))
        answers.put(("started", started.id))
    except RefusedError as error:
        answers.put(("refused", error.sentence()))


@pytest.mark.parametrize(("share", "granted"), [(None, [1.0]), (0.6, [0.6, 0.4])])
def test_leases_never_exceed_the_budget(make_study, share, granted):
    study, experiment = make_study(wall_hours=BUDGET_S / 3600)
    asked = None if share is None else share * BUDGET_S / 3600
    together, answers = fork.Barrier(4), fork.Queue()
    processes = [
        fork.Process(target=launcher, args=(study, experiment, asked, together, answers))
        for _ in range(4)
    ]
    for process in processes:
        process.start()
    said = [answers.get(timeout=60) for _ in processes]
    for process in processes:
        process.join()
    refused = [sentence for word, sentence in said if word == "refused"]
    assert len(refused) == 4 - len(granted), said
    assert all("set aside for run" in sentence for sentence in refused)

    with study.read() as ledger:
        runs = list_runs(study, ledger)
        leases = ledger.rows("SELECT wall_hours FROM lease ORDER BY id")
    assert [row["wall_hours"] * 3600 / BUDGET_S for row in leases] == pytest.approx(granted)

    def settled() -> bool:
        if isinstance(ingest(study), Busy):
            return False
        with study.read() as ledger:
            return not any(run.is_going_on for run in list_runs(study, ledger))

    assert wait(settled, 30)
    unit = account(study).unit("wall_hours")
    assert unit.leased == 0.0
    assert unit.spent * 3600 <= BUDGET_S + SLACK_S
    for run in runs:
        assert carriers(json.loads((run.folder / "spec.json").read_text())["token"]) == []
