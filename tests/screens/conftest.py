"""Snapshots as a study would give them: just begun, in the middle, and in trouble."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from grd_core.budget.meter import GpuReading, GpuReadings, HostSample, Unmeasured
from grd_core.history.events import Happening
from grd_core.overview import (
    Alarm,
    BudgetLine,
    LiveRun,
    NextStep,
    OverviewSnapshot,
    PhaseLine,
    ResultLine,
    Standing,
    VerdictLine,
)

NAMES = ("Recon", "Objective", "Loop", "Evaluation", "Gate", "Graduation", "History")
GIB = 2**30


@pytest.fixture(autouse=True)
def _still_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    for name in ("NO_COLOR", "COLORFGBG", "GRD_THEME", "SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"):
        monkeypatch.delenv(name, raising=False)


def phases(*standings: Standing) -> tuple[PhaseLine, ...]:
    return tuple(
        PhaseLine(number, name, standing)
        for number, (name, standing) in enumerate(zip(NAMES, standings, strict=True), start=1)
    )


@pytest.fixture
def begun() -> OverviewSnapshot:
    """A study just created."""
    return OverviewSnapshot(
        study="flight-delays",
        title="Flight delays",
        phase=1,
        phases=phases(Standing.NOW, *[Standing.NOT_YET] * 6),
        objective="no objective",
        drift="–",
        drift_standing=Standing.NOT_YET,
        next_step=NextStep(
            "Declare the data: where it comes from and what its columns mean",
            "grd data add data/flights.parquet",
            1,
        ),
        question="",
        belief="",
        disproved_if="",
        experiments=0,
        running=0,
        proceeded=0,
        revise=0,
        refuted=0,
        sealed=0,
        archived=0,
        peeks=0,
        peeks_allowed=None,
        verdicts=(),
        best=None,
        lessons=(),
        alarms=(),
        live=(),
        budget=(),
    )


@pytest.fixture
def going(begun: OverviewSnapshot) -> OverviewSnapshot:
    """A study in the Loop, a run going on."""
    return replace(
        begun,
        phase=3,
        phases=phases(Standing.DONE, Standing.DONE, Standing.NOW, *[Standing.NOT_YET] * 4),
        objective="objective v1 locked",
        drift="in sync",
        drift_standing=Standing.DONE,
        next_step=NextStep(
            "Review 007-weather-at-destination: it ran and nobody has looked at how",
            "grd critic 007-weather-at-destination",
            3,
        ),
        question="Does yesterday's weather predict arrival delay better than carrier and schedule?",
        belief="Storms the day before leave aircraft and crews in the wrong place",
        disproved_if="gain in MAE over the baseline is below 1.0 min",
        experiments=9,
        running=1,
        proceeded=2,
        revise=1,
        refuted=3,
        sealed=1,
        archived=2,
        peeks=2,
        peeks_allowed=3,
        verdicts=(
            VerdictLine("006", "REVISE_DATA", "high"),
            VerdictLine("005", "PROCEED", "medium"),
            VerdictLine("004", "REVISE_METHOD", "high"),
        ),
        best=ResultLine(
            experiment="005-lagged-weather",
            metric="mae",
            estimate=11.9,
            low=11.4,
            high=12.5,
            baseline="gain over 001-linear 1.2 [0.8, 1.6]",
            worst_stratum="origin=EWR",
            outcome="supported",
        ),
        lessons=(
            "lag features need an embargo (004)",
            "weather at the destination adds nothing (002)",
        ),
        live=(
            LiveRun(
                12,
                "007-weather-at-destination/03",
                "running",
                12,
                (("loss", 0.93), ("mae", 12.08)),
                1.0,
            ),
        ),
        budget=(BudgetLine("cpu-h", 4.7, 1.5, 10.0),),
        recent=(
            Happening(58, "2026-11-02T13:58:02.000000Z", "Eve", "run of 007 started"),
            Happening(57, "2026-11-02T13:40:09.000000Z", "Eve", "run 11 ended: failed"),
            Happening(56, "2026-11-02T13:12:44.000000Z", "Eve", "verdict REVISE_DATA for 006"),
        ),
    )


@pytest.fixture
def alarmed(going: OverviewSnapshot) -> OverviewSnapshot:
    """The same study after its objective was loosened and a run died."""
    return replace(
        going,
        phases=phases(Standing.BLOCKED, Standing.ATTENTION, Standing.NOW, *[Standing.NOT_YET] * 4),
        phase=2,
        drift="2 loosened",
        drift_standing=Standing.ATTENTION,
        next_step=NextStep(
            "Answer 2 loosened thresholds before more runs", "grd objective diff", 2
        ),
        alarms=(
            Alarm(
                "",
                Standing.BLOCKED,
                "frozen data: test_labels.parquet is not the file that was frozen",
            ),
            Alarm(
                "",
                Standing.ATTENTION,
                "OBJECTIVE.md: 2 loosened (metrics.mae.minimum_effect, strata: carrier removed)",
            ),
            Alarm(
                "2026-11-02T13:40:09.123456Z",
                Standing.ATTENTION,
                "run 11 007-weather-at-destination/02 crashed: exit 1, \x1b[31mMemoryError\x1b[0m",
            ),
        ),
        live=(replace(going.live[0], state="silent", age_s=42.0),),
        budget=(BudgetLine("cpu-h", 9.2, 0.8, 10.0),),
    )


@pytest.fixture
def on_cpu() -> HostSample:
    """A machine without a GPU."""
    return HostSample(12.0, 8, int(3.1 * GIB), 23 * GIB, Unmeasured("no NVIDIA driver"))


@pytest.fixture
def on_gpu() -> HostSample:
    """A machine with one GPU."""
    device = GpuReading(0, "A100", 87.0, 31 * GIB, 80 * GIB, 412.0, 61.0)
    return HostSample(12.0, 8, int(3.1 * GIB), 23 * GIB, GpuReadings((device,)))
