"""Experiments on one line each: what is believed, what came out, what it cost, what goes on."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from grd_core.budget.account import UNITS, Account, account_after
from grd_core.ledger.read import Reader
from grd_core.runs.differences import FolderMarks, belief_in, marks_of, what_changed
from grd_core.runs.experiments import ExperimentRecord
from grd_core.runs.live import SPENT_SECONDS, liveness_of
from grd_core.runs.metric_names import read_name
from grd_core.runs.progress import METER_PREFIX
from grd_core.runs.queue_files import Waiting, waiting_of, waiting_text
from grd_core.runs.reach import OUT_OF_REACH
from grd_core.runs.recorded import (
    NO_RUNS,
    NO_VERDICT,
    MetricSource,
    PrimaryMetric,
    Recorded,
    RunCount,
    recorded_of,
)
from grd_core.runs.records import RunRecord
from grd_core.runs.run_lines import RunLine, runs_named
from grd_core.study import Study

_NOTES = {
    "failed": "crashed",
    "stopped_by_user": "stopped",
    "stopped_by_budget": "stopped by the budget",
    "out_of_memory": "out of memory",
    "interrupted": "interrupted",
}
_SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class ExperimentLine:
    """An experiment on one line: its last verdict and outcome, empty before there is one.

    `last_run` is the id of its newest run or 0; `verdict_is_old` says that a run was started
    after the last verdict. `hypothesis` is what HYPOTHESIS.md says is believed, else the
    title. `cost_h` are hours of `cost_unit` spent by all its runs: the unit the budget limits,
    GPU before CPU before wall time. `note` says what goes on, what waits, or how the newest
    run ended badly; `waiting` counts the runs in the queue. `what_changed` compares it with its
    parent (`differences.what_changed`).
    """

    id: int
    number: int
    name: str
    title: str
    kind: str
    parent: int
    state: str
    verdict: str
    verdict_is_old: bool
    outcome: str
    runs: int
    last_run: int
    going_on: int
    files_gone: bool
    hypothesis: str = ""
    confidence: str = ""
    metric_name: str = ""
    metric_value: float | None = None
    metric_text: str = ""
    metric_source: MetricSource = ""
    cost_h: float = 0.0
    cost_unit: str = ""
    note: str = ""
    what_changed: str = ""
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Experiments:
    """All experiments on their lines, the newest runs of each and all that go on, in the order
    of their ids, and the compute account they were counted with."""

    lines: tuple[ExperimentLine, ...]
    runs: tuple[RunLine, ...]
    account: Account


def experiments_of(study: Study, ledger: Reader) -> Experiments:
    """Every experiment of the study, archived ones too, in the order of their numbers."""
    recorded = recorded_of(study, ledger)
    account = account_after(ledger.rows, recorded.ended)
    cost_unit = _cost_unit(account)
    spent_live = _spent_live(ledger, recorded.live)
    marks = {record.number: marks_of(record.folder) for record in recorded.experiments}
    unscored = [e for e in recorded.experiments if not recorded.metric(e.id).source]
    logged = _logged(ledger, recorded, unscored)
    waiting: dict[int, list[Waiting]] = {}
    for request in waiting_of(study):
        waiting.setdefault(request.experiment_id, []).append(request)
    lines = []
    for record in recorded.experiments:
        here = marks[record.number]
        runs = recorded.runs.get(record.id, NO_RUNS)
        metric = recorded.metric(record.id)
        if not metric.source and record.id in logged:
            metric = logged[record.id]
        spent = recorded.spent(record.id, cost_unit)
        spent += sum(by_unit[cost_unit] for id_, by_unit in spent_live if id_ == record.id)
        going_on = [run for run in recorded.live if run.experiment_id == record.id]
        lines.append(
            ExperimentLine(
                id=record.id,
                number=record.number,
                name=record.name,
                title=record.title,
                kind=record.kind,
                parent=record.parent,
                state=record.state,
                verdict=recorded.verdicts.get(record.id, NO_VERDICT).verdict,
                verdict_is_old=runs.newest_at > recorded.verdicts.get(record.id, NO_VERDICT).at,
                outcome=recorded.outcomes.get(record.id, ""),
                runs=runs.count,
                last_run=runs.newest,
                going_on=len(going_on),
                files_gone=not here.is_there,
                hypothesis=belief_in(here) or record.title,
                confidence=recorded.verdicts.get(record.id, NO_VERDICT).confidence,
                metric_name=recorded.primary,
                metric_value=metric.value,
                metric_text=metric.text,
                metric_source=metric.source,
                cost_h=spent,
                cost_unit=cost_unit.replace("_hours", "-h"),
                note=_beside(_note(ledger, runs, going_on), waiting.get(record.id, []), going_on),
                waiting=sum(len(one.seeds) for one in waiting.get(record.id, [])),
                what_changed=_changed(here, marks.get(record.parent)),
            )
        )
    return Experiments(tuple(lines), _with_live(ledger, recorded), account)


def _with_live(ledger: Reader, recorded: Recorded) -> tuple[RunLine, ...]:
    """The newest runs as recorded, those that go on as they are now."""
    if not recorded.live:
        return recorded.recent
    now = {line.id: line for line in runs_named(ledger, tuple(run.id for run in recorded.live))}
    known = {line.id: line for line in recorded.recent} | now
    return tuple(known[id_] for id_ in sorted(known))


def _changed(here: FolderMarks, parent: FolderMarks | None) -> str:
    return "" if parent is None else what_changed(here, parent)


def _note(ledger: Reader, runs: RunCount, going_on: Sequence[RunRecord]) -> str:
    """What goes on in the newest run that does, else how the newest run ended if badly."""
    if not going_on:
        return _NOTES.get(runs.newest_state, "")
    run = going_on[-1]
    liveness = liveness_of(run, None)
    if liveness == "gone":
        return "its supervisor is gone"
    if liveness == OUT_OF_REACH:
        return OUT_OF_REACH
    step = ledger.value(
        "SELECT max(last_step) FROM metric_summary WHERE run_id = ? AND name NOT LIKE ?",
        run.id,
        f"{METER_PREFIX}%",
    )
    text = "training" if step is None else f"training step {step}"
    return text if len(going_on) == 1 else f"{text}, {len(going_on)} runs"


def _beside(note: str, waiting: Sequence[Waiting], going_on: Sequence[RunRecord]) -> str:
    """The note with what waits: beside what goes on a count, else the reason too."""
    if not waiting:
        return note
    if going_on:
        return f"{note}, {sum(len(one.seeds) for one in waiting)} wait"
    return waiting_text(waiting)


def _logged(
    ledger: Reader, recorded: Recorded, experiments: Sequence[ExperimentRecord]
) -> dict[int, PrimaryMetric]:
    """The last value that the newest run of each logged under the metric's name.

    `val_mae` and `mae` are both the metric mae, the one on validation first; `train_mae` is not.
    """
    newest = {recorded.runs[e.id].newest: e.id for e in experiments if e.id in recorded.runs}
    if not recorded.primary or not newest:
        return {}
    wanted = read_name(recorded.primary).quantity
    found: dict[int, tuple[str, PrimaryMetric]] = {}
    for row in ledger.rows(
        "SELECT run_id, name, last_value FROM metric_summary"
        " WHERE run_id IN (SELECT value FROM json_each(?)) AND name NOT LIKE ?",
        json.dumps(list(newest)),
        f"{METER_PREFIX}%",
    ):
        said = read_name(row["name"])
        experiment_id = newest[row["run_id"]]
        if said.quantity != wanted or said.part not in ("", "validation"):
            continue
        if row["last_value"] is None or not math.isfinite(row["last_value"]):
            continue
        known = found.get(experiment_id)
        if known is None or (said.part == "validation" and known[0] == ""):
            metric = PrimaryMetric(row["name"], row["last_value"], source="live")
            found[experiment_id] = (said.part, metric)
    return {experiment_id: metric for experiment_id, (_, metric) in found.items()}


def _cost_unit(account: Account) -> str:
    limited = [unit.unit for unit in account.units if unit.limit]
    return limited[0] if limited else "cpu_hours"


def _spent_live(ledger: Reader, live: Sequence[RunRecord]) -> list[tuple[int, dict[str, float]]]:
    """Experiment and hours by unit of each run that goes on."""
    return [
        (row[0], {unit: row[SPENT_SECONDS[unit]] / _SECONDS_PER_HOUR for unit in UNITS})
        for row in ledger.rows(
            "SELECT r.experiment_id, p.gpu_s, p.cpu_s, p.wall_s FROM run_progress p"
            " JOIN run r ON r.id = p.run_id WHERE p.run_id IN (SELECT value FROM json_each(?))",
            json.dumps([run.id for run in live]),
        )
    ]
