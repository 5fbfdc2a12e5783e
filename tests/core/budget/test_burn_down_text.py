"""The burn-down as a person reads it, and the warnings of the Overview."""

from __future__ import annotations

import json

import pytest

from grd_core.overview import overview_snapshot
from grd_core.runs.burn_down import SpentAt, UnitBurnDown, WarnedAt
from grd_screens.burn_down_text import chart
from grd_tui.cli.root import run as grd
from tests.small_study import copy_of

HISTORY = tuple(SpentAt(f"2026-11-23T{hour:02d}:00:00Z", 0.5 * hour) for hour in range(11))


def unit(**changes) -> UnitBurnDown:
    told = {
        "unit": "cpu_hours",
        "spent": 5.0,
        "leased": 0.0,
        "limit": 10.0,
        "remaining": 5.0,
        "share": 0.5,
        "rate": 1.0,
        "gone_in_s": 5 * 3600.0,
        "gone_at": "2026-11-23T15:00:00Z",
        "sentence": "gone at 15:00 UTC",
        "warning": "50% of 10 cpu-h spent",
        "history": HISTORY,
        "warnings": (WarnedAt(0.5, 10.0, 1, "2026-11-23T10:00:00Z"),),
    }
    return UnitBurnDown(**told | changes)


def test_the_chart_falls_to_now_and_foretells_the_end():
    lines = chart(unit())
    assert len(lines) == 5
    assert lines[0].startswith("10 │█")
    assert lines[3].startswith(" 0 │█")
    # Two thirds of the width are the past; what is foretold ends in nothing.
    assert lines[3].count("█") == 40
    assert 0 < lines[3].count("░") <= 20
    assert [line.count("█") for line in lines[:4]] == sorted(line.count("█") for line in lines[:4])
    assert " ".join(lines[4].split()) == "11-23 00:00 UTC now 11-23 10:00 UTC gone 11-23 15:00 UTC"


@pytest.mark.parametrize("gone_in_s", [None, 1e9])
def test_an_end_that_nobody_foretells_or_that_is_far_takes_no_width(gone_in_s):
    lines = chart(unit(gone_in_s=gone_in_s, gone_at=""))
    assert "░" not in "".join(lines)
    assert "gone" not in lines[4]


def test_an_overspent_budget_is_drawn_at_nothing():
    over = tuple(SpentAt(point.at, 3 * point.spent) for point in HISTORY)
    lines = chart(unit(history=over, spent=15.0, gone_in_s=0.0))
    assert lines[3].rstrip().endswith(("█", "▁", "▂", "▃", "▄", "▅", "▆", "▇"))
    assert len(lines[3]) < len(" 0 │") + 60


@pytest.fixture
def study(begun_once, tmp_path):
    """A study whose first run is over."""
    return copy_of(begun_once, tmp_path / "tides")


def test_the_verb_prints_units_and_experiments(study, capsys):
    assert grd(["-C", str(study.root), "budget"]) == 0
    said = capsys.readouterr().out
    assert "objective v1" in said
    assert "cpu-h  " in said
    assert "of 1 spent" in said
    assert "001-the-mean" in said
    assert "baseline" in said
    assert "expected gain: 0.1" in said


def test_the_verb_as_json(study, capsys):
    assert grd(["-C", str(study.root), "budget", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {one["unit"] for one in told["units"]} == {"gpu_hours", "cpu_hours", "wall_hours"}
    cpu = next(one for one in told["units"] if one["unit"] == "cpu_hours")
    assert cpu["history"][-1]["spent"] == pytest.approx(cpu["spent"])
    assert told["experiments"][0]["name"] == "001-the-mean"
    assert told["metric"] == "mae"


def test_a_warning_stands_in_the_overview_once_for_each_unit(study, spend):
    assert not [a for a in overview_snapshot(study).alarms if "budget" in a.text]
    for hours, said in (
        (0.6, "budget: 50% of 1 cpu-h are spent"),
        (0.1, "budget: 50% of 1 cpu-h are spent"),
        (0.12, "budget: 80% of 1 cpu-h are spent"),
        (0.14, "budget: 95% of 1 cpu-h are spent"),
        (0.5, "budget: all of 1 cpu-h are spent; more needs `grd objective amend --reason …`"),
    ):
        spend(study, hours)
        alarms = [a.text for a in overview_snapshot(study).alarms if "budget" in a.text]
        assert alarms == [said]


@pytest.fixture
def spend():
    """Record a run that has spent CPU-hours."""
    from grd_core.ledger.tables import Run, RunState

    def add(study, hours: float) -> None:
        totals = {"wall_s": 1.0, "cpu_s": hours * 3600, "gpu_s": 0.0}
        with study.write("run ended") as tx:
            ordinal = 1 + tx.value("SELECT max(ordinal) FROM run")
            run_id = tx.insert(
                Run(
                    experiment_id=1,
                    ordinal=ordinal,
                    folder="",
                    command_json="[]",
                    seed=0,
                    inputs_json="{}",
                    objective_version=1,
                )
            )
            tx.insert(RunState(run_id=run_id, state="started", detail_json="{}"))
            tx.insert(
                RunState(run_id=run_id, state="done", detail_json=json.dumps({"totals": totals}))
            )

    return add
