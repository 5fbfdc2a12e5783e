"""Spending over time: what it adds up to, whatever the wall clock did meanwhile."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grd_core.budget.account import Reservation, account, reserve
from grd_core.budget.history import (
    LimitPeriod,
    RunSpending,
    limit_periods,
    spending_of_runs,
    spent_until,
    warned,
)
from grd_core.budget.projection import WARNED_SHARES
from grd_core.identity import canonical_json
from grd_core.ledger.tables import Experiment, ExperimentState, ObjectiveLock, Run, RunState
from grd_core.runs.burn_down import HISTORY_POINTS, burn_down
from grd_core.study import create_study

HOUR_S = 3600.0
FOREVER = float("inf")


def cpu_run(began: float, wall_s: float, hours: float, run_id: int = 1) -> RunSpending:
    return RunSpending(run_id, 1, began, wall_s, (0.0, hours, wall_s / HOUR_S))


runs_of_any_time = st.lists(
    st.builds(
        cpu_run,
        st.floats(0, 4e9),
        st.one_of(st.just(0.0), st.floats(1e-3, 1e7)),
        st.floats(0, 1e4),
    ),
    max_size=12,
)


@given(runs_of_any_time, st.lists(st.floats(0, 5e9), min_size=1, max_size=20))
def test_spending_never_falls_and_adds_up(runs, times):
    times = [*sorted(times), 1e10]
    spent = spent_until(runs, "cpu_hours", times)
    assert all(before <= after for before, after in pairwise(spent))
    assert spent[0] >= 0
    assert spent[-1] == pytest.approx(sum(run.unit("cpu_hours") for run in runs))


@given(runs_of_any_time, st.lists(st.floats(-2e9, 2e9), min_size=12, max_size=12))
def test_a_clock_that_jumps_between_runs_changes_no_amount(runs, jumps):
    moved = [
        cpu_run(run.began + jump, run.wall_s, run.unit("cpu_hours"))
        for run, jump in zip(runs, jumps, strict=False)
    ]
    for unit in ("cpu_hours", "wall_hours"):
        before, after = (spent_until(which, unit, [1e10]) for which in (runs, moved))
        assert before == pytest.approx(after)
    limit = [LimitPeriod(1, 100.0, 0.0, FOREVER)]
    said, said_after = (
        [(one.share, one.version) for one in warned(which, "cpu_hours", limit)]
        for which in (runs, moved)
    )
    assert said == said_after


@given(runs_of_any_time, st.lists(st.floats(0.1, 1e4), min_size=1, max_size=4))
def test_each_warning_is_said_once_and_in_order(runs, limits):
    begins = [1e9 * place for place in range(len(limits))]
    periods = [
        LimitPeriod(place + 1, limit, begin, end)
        for place, (limit, begin, end) in enumerate(
            zip(limits, begins, [*begins[1:], FOREVER], strict=True)
        )
    ]
    found = warned(runs, "cpu_hours", periods)
    said = [(one.version, one.share) for one in found]
    assert said == sorted(set(said))
    for one in found:
        period = periods[one.version - 1]
        assert period.since <= one.at < period.until
    whole = sum(run.unit("cpu_hours") for run in runs)
    said_of_last = {one.share for one in found if one.version == len(limits)}
    for share in WARNED_SHARES:
        if whole != pytest.approx(share * limits[-1]):
            assert (share in said_of_last) == (whole > share * limits[-1])


def test_a_run_spends_evenly_and_a_warning_has_its_moment():
    run = cpu_run(1000.0, 100.0, 10.0)
    assert spent_until([run], "cpu_hours", [999, 1050, 1100, 2000]) == [0.0, 5.0, 10.0, 10.0]
    found = warned([run], "cpu_hours", [LimitPeriod(1, 10.0, 0.0, FOREVER)])
    assert [(one.share, one.at) for one in found] == [
        (0.5, pytest.approx(1050)),
        (0.8, pytest.approx(1080)),
        (0.95, pytest.approx(1095)),
        (1.0, pytest.approx(1100)),
    ]


def test_an_amendment_keeps_what_was_said_and_begins_anew():
    runs = [cpu_run(0.0, 100.0, 10.0), cpu_run(300.0, 100.0, 10.0)]
    periods = [LimitPeriod(1, 10.0, 0.0, 200.0), LimitPeriod(2, 24.0, 200.0, FOREVER)]
    said = [(one.version, one.share, one.at) for one in warned(runs, "cpu_hours", periods)]
    assert said == [
        (1, 0.5, pytest.approx(50)),
        (1, 0.8, pytest.approx(80)),
        (1, 0.95, pytest.approx(95)),
        (1, 1.0, pytest.approx(100)),
        (2, 0.5, pytest.approx(320)),
        (2, 0.8, pytest.approx(392)),
    ]


def test_a_lower_limit_that_is_spent_already_is_said_when_it_is_locked():
    periods = [LimitPeriod(1, 100.0, 0.0, 200.0), LimitPeriod(2, 15.0, 200.0, FOREVER)]
    said = warned([cpu_run(0.0, 100.0, 10.0)], "cpu_hours", periods)
    assert [(one.version, one.share, one.at) for one in said] == [(2, 0.5, 200.0)]


@pytest.fixture
def study(tmp_path):
    made = create_study(tmp_path / "study")
    lock(made, 10.0, 1)
    with made.write("experiment") as tx:
        number = tx.insert(Experiment(number=1, slug="a", title="A", kind="baseline", parent_id=0))
        tx.insert(
            ExperimentState(
                experiment_id=number, state="open", folder="experiments/a", detail_json="{}"
            )
        )
    return made


def lock(study, cpu_hours, version):
    with study.write("objective locked") as tx:
        tx.insert(
            ObjectiveLock(
                version=version,
                sha256="",
                content_base64="",
                rule_json=canonical_json(
                    {"budget": {"cpu_hours": cpu_hours, "expected_gain": 0.1}, "metrics": []}
                ),
                reason="",
                changes_json="[]",
                results_seen_json="{}",
            )
        )


def start(study, asked=None):
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
        reserve(tx, run_id, Reservation(None, asked, None), devices=0)
    return run_id


def end(study, run_id, **totals):
    detail = json.dumps({"totals": {"wall_s": 0.0, "cpu_s": 0.0, "gpu_s": 0.0} | totals})
    with study.write("run ended") as tx:
        tx.insert(RunState(run_id=run_id, state="done", detail_json=detail))


def report(study, run_id, **totals):
    spent = {"wall_s": 0.0, "cpu_s": 0.0, "gpu_s": 0.0} | totals
    with study.write_derived() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO run_progress VALUES (?, 0, 0, ?, ?, ?, 0, 0, '[]', '{}', '{}')",
            (run_id, spent["wall_s"], spent["cpu_s"], spent["gpu_s"]),
        )


def test_the_history_ends_where_the_account_stands(study):
    first = start(study, 5.0)
    report(study, first, cpu_s=9.0, wall_s=9.0)
    end(study, first, cpu_s=4 * HOUR_S, wall_s=1.0)
    end(study, first, cpu_s=4 * HOUR_S, wall_s=1.0)  # a second end counts for nothing
    going_on = start(study, 3.0)
    report(study, going_on, cpu_s=2 * HOUR_S, wall_s=2.0)
    found = burn_down(study)
    for told, counted in zip(found.units, account(study).units, strict=True):
        assert (told.unit, told.spent, told.leased) == (
            counted.unit,
            counted.spent,
            counted.leased,
        )
        assert len(told.history) == HISTORY_POINTS
        assert told.history[-1].spent == pytest.approx(counted.spent)
    cpu = found.units[1]
    assert (cpu.spent, cpu.leased, cpu.remaining, cpu.share) == (6.0, 1.0, 3.0, 0.6)
    assert [(one.share, one.version) for one in cpu.warnings] == [(0.5, 1)]
    assert cpu.warning == "60% of 10 cpu-h spent"
    assert (found.running, found.version, found.expected_gain) == (1, 1, 0.1)
    (cost,) = found.experiments
    assert (cost.runs, cost.cpu_hours, cost.cost_unit) == (2, 6.0, "cpu-h")


def test_warnings_of_an_earlier_version_are_kept(study):
    end(study, start(study), cpu_s=10 * HOUR_S, wall_s=0.0)
    lock(study, 30.0, 2)
    end(study, start(study, 6.0), cpu_s=6 * HOUR_S, wall_s=0.0)
    said = [(one.version, one.share, one.limit) for one in burn_down(study).units[1].warnings]
    assert said == [(1, 0.5, 10), (1, 0.8, 10), (1, 0.95, 10), (1, 1.0, 10), (2, 0.5, 30)]


def test_a_study_without_runs_or_lock(tmp_path):
    found = burn_down(create_study(tmp_path / "empty"))
    assert (found.version, found.running, found.experiments) == (0, 0, ())
    assert all(unit.history == () and unit.limit is None for unit in found.units)


def test_a_present_that_lies_before_the_runs_is_no_fault(study):
    """The clock was set back after a run: the axis reaches to the run's end, nothing is lost."""
    end(study, start(study), cpu_s=HOUR_S, wall_s=60.0)
    told = burn_down(study, now=datetime(2001, 1, 1, tzinfo=UTC)).units[1]
    assert told.history[-1].spent == pytest.approx(1.0)
    assert told.history[0].spent == 0.0


def test_what_the_ledger_is_asked(study):
    end(study, start(study), cpu_s=HOUR_S, wall_s=7.0)
    with study.read() as ledger:
        (run,) = spending_of_runs(ledger.rows)
        periods = limit_periods(ledger.rows)
    assert (run.wall_s, run.hours) == (7.0, (0.0, 1.0, pytest.approx(7 / HOUR_S)))
    assert [(one.version, one.limit) for one in periods["cpu_hours"]] == [(1, 10.0)]
    assert periods["gpu_hours"] == ()
