"""What runs that go on spend, and what the first screen says of it."""

from __future__ import annotations

import json
import time

import pytest

from grd_core.ledger.tables import Lease
from grd_core.overview import overview_snapshot
from grd_core.runs.ingest import ingest
from grd_core.runs.live import going_on


@pytest.fixture
def supervised(logged, experiment):
    """The study, and a function that adds a second's word of the supervisor."""
    study, log = logged
    journal = experiment.folder / "runs" / "01" / "journal" / "supervisor.jsonl"
    with study.write("lease") as tx:
        tx.insert(Lease(run_id=1, cpu_hours=10.0))

    def say(*samples: tuple[float, float], ago_s: float = 0.0) -> None:
        """CPU seconds spent so far and processors in use, a second apart, up to now."""
        begin = time.time() - ago_s - len(samples)
        known = {"pid": 1, "start_ticks": 1, "boot_id": "", "child_pid": 2, "gpus": []}
        records = [{"kind": "start", "time": begin, "monotonic": 1.0} | known]
        for second, (cpu_s, cores) in enumerate(samples, start=1):
            totals = {"wall_s": float(second), "cpu_s": cpu_s, "gpu_s": 0.0, "rss_bytes": 1}
            records.append(
                {"kind": "sample", "time": begin + second, "cpu_cores": cores, "gpus": "unmeasured"}
                | totals
            )
        journal.write_text("".join(f"{json.dumps(record)}\n" for record in records))
        ingest(study)

    return study, log, say


def test_spending_is_the_mean_of_the_last_minutes(supervised):
    study, _, say = supervised
    say((1800.0, 4.0), (3600.0, 2.0))
    (live,) = going_on(study)
    assert (live.liveness, live.metrics, live.pace.text) == ("running", (), "")
    cpu = live.spending.unit("cpu_hours")
    assert (cpu.rate, cpu.lease_left) == (3.0, 9.0)
    assert live.spending.unit("wall_hours").rate == 1.0
    assert live.spending.unit("gpu_hours").rate == 0.0


def test_before_the_first_sample_nothing_is_foretold(logged):
    study, _ = logged
    (live,) = going_on(study)
    assert [unit.rate for unit in live.spending.units] == [0.0, 0.0, 0.0]
    assert overview_snapshot(study).budget[0].projection == ""


def test_the_first_screen_says_when_the_budget_is_gone_and_how_far_the_run_will_be(
    supervised,
):
    study, log, say = supervised
    say((6 * 3600.0, 4.0))
    log(*({"loss": 1.0, "total_steps": 9000} for _ in range(61)), every_s=60.0)
    snapshot = overview_snapshot(study)
    (run,) = snapshot.live
    assert (run.step, run.of_steps, run.progress) == (60, 9000, "step 61/9000")
    assert run.eta_s == pytest.approx((9000 - 61) * 60, rel=0.01)
    (line,) = snapshot.budget
    assert (line.unit, line.limit, line.warning) == ("cpu-h", 10.0, "60% of 10 cpu-h spent")
    # four of ten hours are left, four are spent an hour: one hour, sixty more steps
    assert line.gone_in_s == pytest.approx(3600.0, rel=0.01)
    assert line.projection.endswith(("step 120 of 9000", "step 121 of 9000"))


def test_a_supervisor_that_says_nothing_any_more_is_silent(supervised):
    study, _, say = supervised
    say((1.0, 1.0), ago_s=20.0)
    assert going_on(study)[0].liveness == "silent"
