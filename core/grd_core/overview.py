"""The study at a glance: what state it is in, what is wrong, what to do next."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from grd_core.alarms import Alarm, alarms_of
from grd_core.next_step import (
    NextStep,
    PhaseLine,
    Position,
    Standing,
    drift_trouble,
    next_step,
    phase_lines,
)

if TYPE_CHECKING:
    from grd_core.critic.live import LiveState
    from grd_core.history.events import Happening
    from grd_core.ledger.read import Reader
    from grd_core.objective.snapshot import ObjectiveSnapshot
    from grd_core.recon.snapshot import ReconSnapshot
    from grd_core.runs.by_hand import ByHand
    from grd_core.runs.costs import Costs
    from grd_core.runs.live import GoingOn
    from grd_core.runs.queue_files import Waiting
    from grd_core.runs.snapshot import LoopSnapshot
    from grd_core.study import Study

__all__ = ["Alarm", "NextStep", "PhaseLine", "Standing"]
"""Named here too, since they are part of the snapshot."""

LAST = 3
"""How many verdicts and lessons are shown."""

LATEST_EVENTS = 8
"""How many events of the ledger are shown."""


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """A recorded verdict."""

    experiment: str
    verdict: str
    confidence: str


@dataclass(frozen=True, slots=True)
class ResultLine:
    """The best scored experiment: the primary metric with its interval, in metric units.

    `mark` says that its test part was unfrozen since; empty while it stands.
    """

    experiment: str
    metric: str
    estimate: float
    low: float
    high: float
    baseline: str
    worst_stratum: str
    outcome: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class LiveRun:
    """A run that is going on: its name, last step and values, seconds since data came.

    `of_steps` and `eta_s` (seconds to the end) are None, `progress` says "step 12" or nothing,
    where nobody can tell how long it is.
    """

    run_id: int
    name: str
    state: str
    step: int | None
    metrics: tuple[tuple[str, float], ...]
    age_s: float | None
    of_steps: int | None = None
    eta_s: float | None = None
    progress: str = ""


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One unit of the budget, in hours: spent, reserved by live runs, and the limit.

    `projection` says when it will be gone at the present rate, where that is before the live
    runs are through; `gone_in_s` the same in seconds. `warning` says a share that is spent.
    """

    unit: str
    spent: float
    leased: float
    limit: float
    projection: str = ""
    gone_in_s: float | None = None
    warning: str = ""


@dataclass(frozen=True, slots=True)
class OverviewSnapshot:
    """Everything the first screen, `grd status` and its --json show.

    `by_hand` is training in experiments' folders that no run accounts for.
    """

    study: str
    title: str
    phase: int
    phases: tuple[PhaseLine, ...]
    objective: str
    drift: str
    drift_standing: Standing
    next_step: NextStep
    question: str
    belief: str
    disproved_if: str
    experiments: int
    running: int
    proceeded: int
    revise: int
    refuted: int
    sealed: int
    archived: int
    peeks: int
    peeks_allowed: int | None
    verdicts: tuple[VerdictLine, ...]
    best: ResultLine | None
    lessons: tuple[str, ...]
    alarms: tuple[Alarm, ...]
    live: tuple[LiveRun, ...]
    budget: tuple[BudgetLine, ...]
    waiting: tuple[Waiting, ...] = ()
    recent: tuple[Happening, ...] = ()
    by_hand: tuple[ByHand, ...] = ()
    costs: Costs | None = None
    """What the GPUs of all runs took and cost, an estimate."""


def overview_snapshot(study: Study, live: LiveState | None = None) -> OverviewSnapshot:
    """The study as it stands: reads the ledger and stats files, computes nothing heavy.

    Args:
        study: the study.
        live: what is true of the files right now, where somebody looked; it becomes alarms.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    from grd_core.history.events import latest_events
    from grd_core.objective.snapshot import objective_snapshot
    from grd_core.recon.snapshot import recon_snapshot
    from grd_core.runs.by_hand import by_hand_of
    from grd_core.runs.costs import costs_of_study
    from grd_core.runs.live import going_on
    from grd_core.runs.queue_files import waiting_of
    from grd_core.runs.snapshot import loop_snapshot

    recon = seen_now(recon_snapshot(study), live)
    objective = objective_snapshot(study)
    loop = loop_snapshot(study)
    with study.read() as ledger:
        scored = ledger.rows("SELECT DISTINCT experiment_id FROM scorecard")
        decisions = int(ledger.value("SELECT count(*) FROM decision"))
        verdicts, lessons, best = _verdicts(ledger), _lessons(ledger), _best(ledger)
        refuted = _refuted(ledger)
        peeks = int(ledger.value("SELECT count(*) FROM peek"))
        allowed = _peeks_allowed(ledger)
        recent = latest_events(ledger, LATEST_EVENTS)
        costs = costs_of_study(study, ledger)
    position = Position(
        recon, objective, loop, frozenset(row["experiment_id"] for row in scored), decisions
    )
    step = next_step(position)
    running = going_on(study)
    by_hand = by_hand_of(study)
    still_open = [e for e in loop.experiments if e.state == "open"]
    return OverviewSnapshot(
        study=study.name,
        title=study.title,
        phase=step.phase,
        phases=phase_lines(position, step),
        objective=_objective_line(objective),
        drift=objective.drift or "–",
        drift_standing=_drift_standing(objective),
        next_step=step,
        question=objective.question,
        belief=_belief(study, loop),
        disproved_if="; ".join(objective.refuted_if),
        experiments=len(loop.experiments),
        running=sum(e.going_on for e in loop.experiments),
        proceeded=sum(e.verdict == "PROCEED" for e in still_open),
        revise=sum(e.verdict.startswith("REVISE") for e in still_open),
        refuted=refuted,
        sealed=sum(e.state == "sealed" for e in loop.experiments),
        archived=sum(e.state == "archived" for e in loop.experiments),
        peeks=peeks,
        peeks_allowed=allowed,
        verdicts=verdicts,
        best=best,
        lessons=lessons,
        alarms=alarms_of(position, live, by_hand),
        live=tuple(_live_run(run) for run in running),
        budget=_budget(loop, running),
        waiting=waiting_of(study),
        recent=recent,
        by_hand=by_hand,
        costs=costs,
    )


def seen_now(recon: ReconSnapshot, live: LiveState | None) -> ReconSnapshot:
    """With the state of the source by its bytes, where these were compared."""
    source = recon.source
    if source is None or live is None or live.source.state not in ("changed", "gone"):
        return recon
    return replace(recon, source=replace(source, state=live.source.state))


def _objective_line(objective: ObjectiveSnapshot) -> str:
    if objective.version:
        return f"objective v{objective.version} locked"
    return "no objective" if objective.state == "none" else "objective is a draft"


def _drift_standing(objective: ObjectiveSnapshot) -> Standing:
    if not objective.version:
        return Standing.NOT_YET
    return drift_trouble(objective) or Standing.DONE


def _belief(study: Study, loop: LoopSnapshot) -> str:
    """What the newest open experiment believes."""
    from grd_core.runs.experiments import find_experiment, stated

    newest = next((e for e in reversed(loop.experiments) if e.state == "open"), None)
    return "" if newest is None else stated(find_experiment(study, str(newest.number)), "belief")


def _verdicts(ledger: Reader) -> tuple[VerdictLine, ...]:
    return tuple(
        VerdictLine(f"{row['number']:03d}", row["verdict"], row["confidence"])
        for row in ledger.rows(
            "SELECT e.number, r.verdict, r.confidence FROM review r"
            " JOIN experiment e ON e.id = r.experiment_id WHERE r.stage = 'loop'"
            " ORDER BY r.id DESC LIMIT ?",
            LAST,
        )
    )


def _lessons(ledger: Reader) -> tuple[str, ...]:
    rows = ledger.rows(
        "SELECT e.number, d.detail_json FROM decision d JOIN experiment e"
        " ON e.id = d.experiment_id WHERE d.decision = 'archive' ORDER BY d.id DESC LIMIT ?",
        LAST,
    )
    return tuple(
        f"{lesson} ({row['number']:03d})"
        for row in rows
        if (lesson := json.loads(row["detail_json"]).get("lesson"))
    )


def _refuted(ledger: Reader) -> int:
    """Experiments whose claim is refuted: by the scorecard, or beyond doubt on validation."""
    return int(
        ledger.value(
            """
            SELECT count(DISTINCT experiment_id) FROM (
              SELECT experiment_id FROM scorecard WHERE outcome = 'refuted'
              UNION SELECT experiment_id FROM review WHERE rule = 'falsified')
            """
        )
    )


def _best(ledger: Reader) -> ResultLine | None:
    """The scored experiment whose first primary metric is best by its direction."""
    from grd_core.ledger.in_force import mark_of

    found: list[tuple[float, dict[str, Any], str, str]] = []
    for row in ledger.rows(
        "SELECT s.id, s.content_json, e.number, e.slug FROM scorecard s"
        " JOIN experiment e ON e.id = s.experiment_id"
    ):
        content = json.loads(row["content_json"])
        primary = next(m for m in content["metrics"] if m["role"] == "primary")
        if primary["low"] is not None:
            sign = 1.0 if primary["direction"] == "lower" else -1.0
            name = f"{row['number']:03d}-{row['slug']}"
            mark = mark_of(ledger, row["id"])
            found.append((sign * primary["estimate"], content, name, mark))
    if not found:
        return None
    # Among scores whose test part stands, where there are any.
    _, content, name, mark = min(found, key=lambda item: (bool(item[3]), item[0]))
    primary = next(m for m in content["metrics"] if m["role"] == "primary")
    against = next((c for c in content["comparisons"] if c["metric"] == primary["name"]), None)
    worst = content["worst_stratum"]
    return ResultLine(
        experiment=name,
        metric=primary["name"],
        estimate=primary["estimate"],
        low=primary["low"],
        high=primary["high"],
        baseline=_against(against),
        worst_stratum=f"{worst['column']}={worst['value']}" if worst else "–",
        outcome=content["outcome"]["outcome"],
        mark=mark,
    )


def _against(comparison: dict[str, Any] | None) -> str:
    if comparison is None or comparison["low"] is None:
        return "no baseline"
    return (
        f"gain over {comparison['baseline']} {comparison['estimate']:.4g}"
        f" [{comparison['low']:.4g}, {comparison['high']:.4g}]"
    )


def _peeks_allowed(ledger: Reader) -> int | None:
    text = ledger.value("SELECT rule_json FROM objective_lock ORDER BY id DESC LIMIT 1")
    peeks = json.loads(text)["budget"].get("peeks") if text else None
    return None if peeks is None else int(peeks)


def _live_run(live: GoingOn) -> LiveRun:
    return LiveRun(
        run_id=live.run.id,
        name=live.run.name,
        state=live.liveness,
        step=live.pace.step,
        metrics=tuple((m.name, m.last) for m in live.metrics if m.last is not None),
        age_s=live.age_s,
        of_steps=live.pace.of_steps,
        eta_s=live.pace.eta_s,
        progress=live.pace.text,
    )


def _budget(loop: LoopSnapshot, live: tuple[GoingOn, ...]) -> tuple[BudgetLine, ...]:
    """The limited units, each with what the live runs will make of it."""
    from datetime import UTC, datetime

    from grd_core.budget.projection import project

    spending = [run.spending for run in live]
    projected = {one.unit: one for one in project(loop.budget, spending, now=datetime.now(UTC))}
    return tuple(
        BudgetLine(
            unit=unit.unit.replace("_hours", "-h"),
            spent=unit.spent,
            leased=unit.leased,
            limit=unit.limit,
            projection=projected[unit.unit].sentence,
            gone_in_s=projected[unit.unit].gone_in_s,
            warning=projected[unit.unit].warning,
        )
        for unit in loop.budget
        if unit.limit
    )
