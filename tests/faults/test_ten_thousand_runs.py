"""Ten thousand runs in one study: what a face asks for costs no more than its runs are more."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from grd_core.budget.account import account
from grd_core.ledger.tables import Run, RunState
from grd_core.ledger.verify import verify_ledger
from grd_core.overview import overview_snapshot
from grd_core.runs import recorded
from grd_core.runs.burn_down import burn_down
from grd_core.runs.experiments import new_experiment
from grd_core.runs.snapshot import loop_snapshot, runs_page
from grd_core.study import Study
from tests.small_study import copy_of

FEW, MANY = 100, 10_000
EXPERIMENTS = 10
WALL_S = 0.03


def add_runs(study: Study, count: int) -> None:
    """Ended runs as the ledger holds them, over some experiments, in one transaction."""
    experiments = [new_experiment(study, f"trial {n}", kind="baseline") for n in range(EXPERIMENTS)]
    totals = {"wall_s": WALL_S, "cpu_s": WALL_S, "gpu_s": 0.0, "peak_rss_bytes": 1}
    detail = json.dumps({"exit_code": 0, "detail": "", "totals": totals, "files": {}})
    with study.write("runs of an earlier time") as tx:
        for n in range(count):
            of = experiments[n % EXPERIMENTS]
            run_id = tx.insert(
                Run(
                    experiment_id=of.id,
                    ordinal=n // EXPERIMENTS + 1,
                    folder=f"{study.relative(of.folder)}/runs/{n // EXPERIMENTS + 1:02d}",
                    command_json='["python","train.py"]',
                    seed=n,
                    inputs_json="{}",
                    objective_version=1,
                )
            )
            tx.insert(RunState(run_id=run_id, state="started", detail_json="{}"))
            tx.insert(RunState(run_id=run_id, state="done", detail_json=detail))


def fastest_s(work: Callable[[], Any]) -> float:
    """The best of three, each as if the study were read for the first time."""
    best = float("inf")
    for _ in range(3):
        recorded._memory.clear()
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return best


@pytest.mark.soak
def test_ten_thousand_runs_cost_no_more_than_their_number(locked_once, tmp_path):
    few, many = (copy_of(locked_once, tmp_path / name / "tides") for name in ("few", "many"))
    add_runs(few, FEW)
    add_runs(many, MANY)
    spent = account(many).unit("cpu_hours").spent
    assert spent * 3600 == pytest.approx(MANY * WALL_S)
    (cpu,) = (unit for unit in burn_down(many).units if unit.unit == "cpu_hours")
    assert cpu.history[-1].spent == pytest.approx(spent)
    assert loop_snapshot(many).run_count == MANY
    asked: dict[str, Callable[[Study], Any]] = {
        "list of experiments and newest runs": loop_snapshot,
        "newest page of runs": lambda study: runs_page(study, None, offset=0, limit=50),
        "status (the Overview)": overview_snapshot,
        "burn-down": burn_down,
    }
    lines = []
    for name, ask in asked.items():
        little, much = (fastest_s(lambda s=s, ask=ask: ask(s)) for s in (few, many))
        lines.append(f"{name}: {much * 1000:.0f} ms, {much / little:.1f} times that of {FEW} runs")
        assert much / little < MANY / FEW, lines[-1]
    print("\n" + "\n".join(lines))
    with many.read() as ledger:
        assert verify_ledger(ledger, ()) == ()
