"""The compute account: what is spent, what is set aside, what may still be promised."""

from __future__ import annotations

import json
import threading
from dataclasses import astuple

import pytest

from grd_core.budget.account import Reservation, account, reserve
from grd_core.errors import RefusedError
from grd_core.identity import canonical_json
from grd_core.ledger.tables import ObjectiveLock, Run, RunState
from grd_core.study import create_study

HOUR_S = 3600.0
EVERYTHING = Reservation(None, None, None)


@pytest.fixture
def study(tmp_path):
    made = create_study(tmp_path / "study")
    lock(made, {"gpu_hours": 8.0, "cpu_hours": 10.0, "wall_hours": None})
    return made


def lock(study, budget, version=1):
    with study.write("objective locked") as tx:
        tx.insert(
            ObjectiveLock(
                version=version,
                sha256="",
                content_base64="",
                rule_json=canonical_json({"budget": budget}),
                reason="",
                changes_json="[]",
                results_seen_json="{}",
            )
        )


def start(study, asked=EVERYTHING, devices=0):
    with study.write("run started") as tx:
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
        return run_id, reserve(tx, run_id, asked, devices=devices)


def report(study, run_id, **totals):
    spent = {"wall_s": 0.0, "cpu_s": 0.0, "gpu_s": 0.0} | totals
    with study.write_derived() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO run_progress VALUES (?, 0, 0, ?, ?, ?, 0, 0, '[]', '{}', '{}')",
            (run_id, spent["wall_s"], spent["cpu_s"], spent["gpu_s"]),
        )


def end(study, run_id, state="done", **totals):
    detail = json.dumps({"totals": {"wall_s": 0.0, "cpu_s": 0.0, "gpu_s": 0.0} | totals})
    with study.write("run ended") as tx:
        tx.insert(RunState(run_id=run_id, state=state, detail_json=detail))


def numbers(study, unit):
    found = account(study).unit(unit)
    return found.spent, found.leased, found.limit, found.remaining


def test_a_new_study_has_spent_nothing(study):
    assert numbers(study, "cpu_hours") == (0, 0, 10.0, 10.0)
    assert numbers(study, "wall_hours") == (0, 0, None, None)


def test_a_lease_is_what_was_asked_or_what_remains(study):
    _, first = start(study, Reservation(2.0, 4.0, 1.0), devices=1)
    assert astuple(first) == (2.0, 4.0, 1.0)
    _, second = start(study, Reservation(100.0, 100.0, None), devices=1)
    assert astuple(second) == (6.0, 6.0, None)


def test_a_run_without_devices_sets_no_gpu_hours_aside(study):
    _, lease = start(study, EVERYTHING)
    assert lease.gpu_hours == 0.0
    assert numbers(study, "gpu_hours") == (0, 0, 8.0, 8.0)


def test_what_a_live_run_has_spent_is_counted_once(study):
    run_id, _ = start(study, Reservation(None, 4.0, None))
    report(study, run_id, cpu_s=3 * HOUR_S)
    assert numbers(study, "cpu_hours") == (3.0, 1.0, 10.0, 6.0)
    end(study, run_id, cpu_s=3 * HOUR_S)
    assert numbers(study, "cpu_hours") == (3.0, 0.0, 10.0, 7.0)


def test_an_end_that_was_recorded_twice_counts_once(study):
    run_id, _ = start(study, Reservation(None, 4.0, None))
    end(study, run_id, cpu_s=2 * HOUR_S)
    end(study, run_id, state="interrupted", cpu_s=2 * HOUR_S)
    assert numbers(study, "cpu_hours") == (2.0, 0.0, 10.0, 8.0)


def test_an_overshoot_is_paid_by_the_next_run(study):
    run_id, _ = start(study)
    end(study, run_id, cpu_s=10.5 * HOUR_S)
    assert numbers(study, "cpu_hours")[-1] == 0.0
    with pytest.raises(RefusedError, match=r"budget is spent: 10.5 of 10 CPU-hours.*amend"):
        start(study)


def test_a_fully_promised_budget_names_who_holds_it(study):
    run_id, _ = start(study)
    with pytest.raises(RefusedError, match=rf"set aside for run {run_id}.*wait for it"):
        start(study)
    assert account(study).holders == (run_id,)  # the refused run left nothing behind


def test_an_amendment_raises_the_limit(study):
    run_id, _ = start(study)
    end(study, run_id, cpu_s=10 * HOUR_S)
    lock(study, {"cpu_hours": 12.0}, version=2)
    assert numbers(study, "cpu_hours")[-1] == 2.0
    assert numbers(study, "gpu_hours")[2] is None


def test_launchers_at_the_same_moment_cannot_promise_an_hour_twice(study):
    granted, refused = [], []

    def launcher():
        for _ in range(3):
            try:
                granted.append(start(study, Reservation(None, 1.5, None))[1].cpu_hours)
            except RefusedError as error:
                refused.append(error)

    threads = [threading.Thread(target=launcher) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == pytest.approx(10.0)
    assert len(granted) == 7
    assert len(refused) == 5
