"""Experiments and a watched run as a study would give them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from grd_core.budget.account import UnitAccount
from grd_core.checks.contract import Finding, Group, Kind, Severity
from grd_core.critic.live import LiveFindings, LiveState, StaleVerdict
from grd_core.runs.alarms import RULES, WatchAlarm
from grd_core.runs.metric_lines import MetricLine
from grd_core.runs.metric_names import pairs_of, read_name
from grd_core.runs.output import read_output
from grd_core.runs.overlay import band
from grd_core.runs.run_lines import RunLine
from grd_core.runs.series import Point, Series, SeriesBucket
from grd_core.runs.snapshot import (
    ExperimentLine,
    ExperimentSnapshot,
    LoopSnapshot,
    WatchSnapshot,
)
from grd_screens.pages.loop.reading import LoopContent, Overlaid, Watched, in_order

EXPERIMENT = ExperimentLine(
    id=1,
    number=1,
    name="001-linear-on-schedule",
    title="Linear on schedule",
    kind="baseline",
    parent=0,
    state="open",
    verdict="PROCEED",
    verdict_is_old=False,
    outcome="",
    runs=1,
    last_run=1,
    going_on=0,
    files_gone=False,
    hypothesis="A linear rule on the schedule alone",
    confidence="high",
    metric_name="mae",
    metric_value=13.1,
    metric_text="13.1 [12.6, 13.7]",
    metric_source="validation",
    cost_h=0.1,
    cost_unit="gpu-h",
)

RUN = RunLine(
    id=1,
    name="001-linear-on-schedule/01",
    ordinal=1,
    state="done",
    seed=0,
    started="2026-11-02T13:40:09.123456Z",
    ended="2026-11-02T13:46:09.123456Z",
    exit_code=0,
    detail="",
    wall_s=360.0,
    cpu_s=700.0,
    gpu_s=360.0,
    age_s=None,
)


def experiment(number: int, slug: str, **changes: object) -> ExperimentLine:
    changes = {"id": number, "last_run": number, "title": slug.replace("-", " "), **changes}
    return replace(EXPERIMENT, number=number, name=f"{number:03d}-{slug}", **changes)  # type: ignore[arg-type]


@pytest.fixture
def experiments() -> tuple[ExperimentLine, ...]:
    """Six, in every standing there is."""
    return (
        EXPERIMENT,
        experiment(
            4,
            "rolling-means",
            kind="refinement",
            parent=1,
            state="archived",
            verdict="ESCALATE",
            hypothesis="Rolling means of a week tell tomorrow's delays",
            metric_value=13.4,
            metric_text="13.4 [12.9, 14.0]",
            cost_h=0.7,
            outcome="refuted",
        ),
        experiment(
            5,
            "lagged-weather",
            kind="pivot",
            parent=1,
            confidence="medium",
            hypothesis="Storms the day before leave aircraft and crews in the wrong place",
            metric_value=11.9,
            metric_text="11.9 [11.4, 12.5]",
            metric_source="frozen",
            cost_h=0.8,
        ),
        experiment(
            6,
            "weather-at-destination",
            kind="refinement",
            parent=5,
            verdict="REVISE_DATA",
            hypothesis="Weather at the destination adds what weather at the origin leaves out",
            metric_value=11.2,
            metric_text="11.2 [10.7, 11.8]",
            cost_h=0.9,
        ),
        experiment(
            8,
            "lagged-weather-group-split",
            kind="refinement",
            parent=5,
            verdict="",
            confidence="",
            hypothesis="Lagged weather, days kept apart",
            metric_value=12.08,
            metric_text="12.08",
            metric_source="live",
            cost_h=1.2,
            going_on=1,
            runs=2,
            note="training step 12",
            what_changed="config: split random → group; code: 4 lines",
        ),
        experiment(
            9,
            "embargo",
            kind="refinement",
            parent=8,
            verdict="",
            confidence="",
            runs=0,
            last_run=0,
            hypothesis="+ embargo of 24 h",
            metric_value=None,
            metric_text="",
            cost_h=0.0,
        ),
    )


@pytest.fixture
def loop(experiments: tuple[ExperimentLine, ...]) -> LoopSnapshot:
    """All of them, with a budget."""
    budget = (UnitAccount("gpu_hours", 4.7, 1.5, 10.0), UnitAccount("cpu_hours", 9.0, 0.0, None))
    return LoopSnapshot("flight-delays", experiments, (RUN,), budget, 7)


RUNS = (
    replace(
        RUN,
        id=11,
        name="008-lagged-weather-group-split/01",
        seed=1,
        state="failed",
        exit_code=1,
        detail="MemoryError: \x1b[31mno memory\x1b[0m",
        wall_s=94.0,
    ),
    replace(
        RUN,
        id=12,
        name="008-lagged-weather-group-split/02",
        ordinal=2,
        seed=2,
        state="started",
        ended="",
        exit_code=None,
        wall_s=700.0,
        age_s=0.6,
    ),
)


@pytest.fixture
def detailed(loop: LoopSnapshot) -> LoopContent:
    """The page's content, experiment 8 under the cursor."""
    line = next(line for line in loop.experiments if line.number == 8)
    snapshot = ExperimentSnapshot(
        id=line.id,
        number=line.number,
        name=line.name,
        title=line.title,
        kind=line.kind,
        parent=line.parent,
        state=line.state,
        folder="experiments/exploration/008-lagged-weather-group-split",
        files_gone=False,
        belief=line.hypothesis,
        runs=RUNS,
        verdicts=("REVISE_METHOD (loop 1, confidence high): days were in both parts of the split",),
        line=line,
    )
    return LoopContent(loop, experiment=snapshot)


@pytest.fixture
def found() -> LiveState:
    """A saved file with a finding, and a verdict that went stale."""
    finding = Finding(
        check="C101",
        title="A transformer was fitted before the split",
        group=Group.CODE,
        kind=Kind.VALIDITY,
        family="preprocessing",
        severity=Severity.BLOCKING,
        path="experiments/exploration/006-weather-at-destination/train.py",
        line=41,
        places=(),
        value=None,
        threshold=None,
        ci=None,
        n=None,
        method="reading the code",
        why="`scaler` saw every row before the split in line 47",
        fix="fit it on the training part",
    )
    path = "experiments/exploration/006-weather-at-destination/train.py"
    return LiveState(
        code=(LiveFindings(6, "006-weather-at-destination", path, "", (finding,), ""),),
        stale=(StaleVerdict(5, "005-lagged-weather", "PROCEED", ("code:train.py",)),),
    )


def series(name: str, value: Callable[[int], float], last: int, buckets: int = 74) -> Series:
    """A metric logged at every step from 0 to `last`."""
    values = [value(step) for step in range(last + 1)]
    filled: list[list[float]] = [[] for _ in range(buckets)]
    for step, one in enumerate(values):
        filled[min(buckets - 1, int(step / (last / buckets)))].append(one)
    finite = [(one, step) for step, one in enumerate(values) if math.isfinite(one)]
    low, high = min(finite), max(finite)
    return Series(
        metric=name,
        axis="step",
        start=0.0,
        end=float(last),
        buckets=tuple(_bucket(one) for one in filled),
        count=len(finite),
        nonfinite=len(values) - len(finite),
        nonfinite_steps=tuple(s for s, one in enumerate(values) if not math.isfinite(one))[:256],
        total=len(values),
        first=Point(0, 0.0, values[0]),
        last=Point(last, 0.0, values[-1]),
        lowest=Point(low[1], 0.0, low[0]),
        highest=Point(high[1], 0.0, high[0]),
        age_s=2.0,
    )


def _bucket(values: list[float]) -> SeriesBucket:
    finite = [one for one in values if math.isfinite(one)]
    last = values[-1] if values and math.isfinite(values[-1]) else None
    low, high = min(finite, default=None), max(finite, default=None)
    return SeriesBucket(len(finite), len(values) - len(finite), low, high, last)


def metric(one: Series, age_s: float) -> MetricLine:
    """The metric's line as the ledger sums it up."""
    assert one.last is not None and one.lowest is not None and one.highest is not None
    said = read_name(one.metric)
    is_finite = math.isfinite(one.last.value)
    return MetricLine(
        name=one.metric,
        count=one.total,
        nonfinite=one.nonfinite,
        last_step=one.last.step,
        last=one.last.value if is_finite else None,
        last_text=repr(one.last.value),
        low=one.lowest.value,
        high=one.highest.value,
        age_s=age_s,
        part=said.part,
        quantity=said.quantity,
        good=said.good,
    )


def watched_of(all_series: tuple[Series, ...], charts: int, age_s: float = 2.0) -> Watched:
    """Run 12 with these metrics."""
    metrics = tuple(metric(one, age_s) for one in all_series)
    snapshot = WatchSnapshot(
        run=RUNS[1],
        command=("python", "train.py"),
        liveness="running",
        metrics=metrics,
        meter=(),
        leases=(),
        rss_bytes=0,
        peak_rss_bytes=0,
        gpus="unmeasured",
        stdout=tuple(f"train.py: step {n} loss {2 / (n + 1):.3f} lr 3e-4" for n in range(30)),
        stdout_bytes=900,
        malformed=0,
        lost=0,
        journals_rewritten=0,
        files_gone=False,
        pairs=pairs_of(one.name for one in metrics),
        step=120,
        of_steps=300,
        fraction=0.4,
        eta_s=840.0,
        progress_text="step 120/300",
    )
    ordered = in_order(snapshot)
    by_name = {one.metric: one for one in all_series}
    shown = ordered[:charts]
    drawn = tuple(by_name[one.name] for one in shown)
    return Watched(
        snapshot,
        RUNS,
        ordered,
        shown,
        drawn,
        0,
        120,
        metric_count=len(ordered),
        output=read_output(snapshot.stdout),
    )


@pytest.fixture
def curves() -> tuple[Series, ...]:
    """A loss that falls, its validation that turns, a metric with a gap, a spiky one."""
    return (
        series("loss", lambda step: 2 * math.exp(-step / 30) + 0.02 * (step % 5), 120),
        series("val_loss", lambda step: 2.1 * math.exp(-step / 30) + step * 0.004, 120),
        series("val_mae", lambda step: math.nan if 40 < step < 52 else 15 - step / 40, 120),
        series("grad_norm", lambda step: 9.0 if step == 77 else 1 + (step % 7) / 10, 120),
    )


@pytest.fixture
def watched(curves: tuple[Series, ...]) -> Watched:
    """A run that goes well."""
    return watched_of(curves, 4)


@pytest.fixture
def troubled(watched: Watched) -> Watched:
    """The same after nothing came for a while."""
    old = tuple(replace(one, age_s=42.0) for one in watched.metrics)
    snapshot = replace(
        watched.snapshot,
        liveness="silent",
        metrics=old,
        alarms=(
            WatchAlarm("blocked", "loss is NaN since step 90"),
            WatchAlarm(
                "attention",
                "validation gap growing: val_loss was best 0.42 at step 75, is 0.53, while loss"
                " went from 0.2 to 0.08",
            ),
        ),
        eta_s=None,
    )
    return replace(watched, snapshot=snapshot, metrics=old, shown=old[: len(watched.shown)])


def others(curves: tuple[Series, ...], by: float) -> tuple[Series, ...]:
    """The same metrics of another run, so much higher."""
    return tuple(
        replace(
            one,
            buckets=tuple(
                replace(
                    bucket,
                    low=None if bucket.low is None else bucket.low + by,
                    high=None if bucket.high is None else bucket.high + by,
                    last=None if bucket.last is None else bucket.last + by,
                )
                for bucket in one.buckets
            ),
        )
        for one in curves
    )


SEEDS = tuple(
    replace(
        RUNS[0], id=id_, name=f"008-lagged-weather-group-split/{id_:02d}", ordinal=id_, seed=id_
    )
    for id_ in (3, 4)
)


@pytest.fixture
def seeds(curves: tuple[Series, ...], watched: Watched) -> Watched:
    """A run with two more seeds as a band."""
    higher, lower = others(curves, 0.3), others(curves, -0.2)
    bands = tuple(
        band([(12, one), (3, high), (4, low)])
        for one, high, low in zip(curves, higher, lower, strict=True)
    )
    return replace(watched, bands=bands, beside=SEEDS)


@pytest.fixture
def overlaid(curves: tuple[Series, ...], troubled: Watched) -> Watched:
    """A run in trouble with two others drawn over it."""
    kind = "not a number"
    alarms = (replace(troubled.snapshot.alarms[0], kind=kind, rule=RULES[kind]),)
    drawn = zip(others(curves, 0.3), others(curves, -0.2), strict=True)
    return replace(
        troubled,
        snapshot=replace(troubled.snapshot, alarms=alarms),
        others=tuple((Overlaid(SEEDS[0], high), Overlaid(SEEDS[1], low)) for high, low in drawn),
        beside=SEEDS,
    )
