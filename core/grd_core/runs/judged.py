"""Which run speaks for an experiment, and the predictions it left, as they were at its end."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grd_core.errors import RefusedError
from grd_core.identity import sha256_file
from grd_core.ledger.in_force import all_unfrozen
from grd_core.ledger.read import Reader
from grd_core.runs.experiment_files import hashes_of
from grd_core.runs.experiments import ExperimentRecord
from grd_core.study import Study

PREDICTION_FILES = ("predictions.parquet", "predictions.csv")


@dataclass(frozen=True, slots=True)
class JudgedRun:
    """A run that speaks for an experiment's present code; id 0 when there is none.

    `hypothesis_sha256` is that of HYPOTHESIS.md when the run started; `command` is what it
    was told to do, with `python` for the study's interpreter.
    """

    id: int
    seed: int = 0
    hypothesis_sha256: str = ""
    command: tuple[str, ...] = ()


NO_RUN = JudgedRun(0)

_ENDED_WELL = """
SELECT r.id, r.seed, r.inputs_json FROM run r
JOIN run_state s ON s.id = (SELECT max(id) FROM run_state WHERE run_id = r.id)
WHERE r.experiment_id = ? AND s.state = 'done' ORDER BY r.id DESC
"""


def judged_run(ledger: Reader, experiment: ExperimentRecord) -> JudgedRun:
    """The newest run that ended well, ran a file of the experiment (`command.script_of`), and
    started from files that all stand there unchanged.

    A run of other code says nothing about this code: a script corrected after its run is
    judged without predictions until it has run again. A file that came later, such as a model
    the script saved beside itself, cannot have told that run anything. While the experiment is
    open its run must have learned from the parts in force: one on parts that were unfrozen since
    says nothing about those that are there now.
    """
    if experiment.files_gone:
        return NO_RUN
    now = hashes_of(experiment.folder)
    gone = frozenset(one.freeze_id for one in all_unfrozen(ledger))
    outdated = gone if experiment.state == "open" else frozenset()
    for row in ledger.rows(_ENDED_WELL, experiment.id):
        began_with = json.loads(row["inputs_json"])
        files = began_with.get("files", {})
        if began_with.get("freeze", 0) in outdated:
            continue
        if files.items() <= now.items() and began_with.get("script") in files:
            return _judged(row["id"], row["seed"], began_with)
    return NO_RUN


def seeds_of(ledger: Reader, experiment: ExperimentRecord, run: int) -> tuple[JudgedRun, ...]:
    """A run that ended well, and the newest of each other seed of the same method.

    Returns:
        The run first; nothing when it is not a run of this experiment that ended well.
    """
    rows = ledger.rows(_ENDED_WELL, experiment.id)
    judged = next((row for row in rows if row["id"] == run), None)
    if judged is None:
        return ()
    method = _method(judged["inputs_json"])
    chosen = {judged["seed"]: judged}
    for row in rows:
        if row["seed"] not in chosen and _method(row["inputs_json"]) == method:
            chosen[row["seed"]] = row
    return tuple(
        _judged(row["id"], row["seed"], json.loads(row["inputs_json"])) for row in chosen.values()
    )


def recorded_predictions(study: Study, ledger: Reader, run: int) -> Path | None:
    """The prediction table of a run, with the bytes that were recorded at the run's end.

    Args:
        study: the study.
        ledger: its ledger.
        run: the run's id in the ledger.

    Returns:
        Its path, or None when the run wrote none and none lies there.

    Raises:
        RefusedError: the table is not the one that was recorded, was never recorded, is gone,
            or there are two and nobody can tell which counts.
    """
    row = ledger.one(
        "SELECT r.ordinal, s.detail_json, x.folder FROM run r"
        " JOIN run_state s ON s.id = (SELECT max(id) FROM run_state WHERE run_id = r.id)"
        " JOIN experiment_state x ON x.id ="
        " (SELECT max(id) FROM experiment_state WHERE experiment_id = r.experiment_id)"
        " WHERE r.id = ?",
        run,
    )
    if row is None:
        return None
    # A run's folder follows its experiment when that is moved.
    folder: Path = study.root / row["folder"] / "runs" / f"{row['ordinal']:02d}"
    recorded = recorded_tables(row["detail_json"])
    there = {name for name in PREDICTION_FILES if (folder / name).is_file()}
    if not there and not recorded:
        return None
    for name in sorted(there | recorded.keys()):
        path = folder / name
        if name not in there or name not in recorded or sha256_file(path) != recorded[name]:
            raise RefusedError(
                f"the predictions of run {run} changed since it ended",
                where=study.relative(path),
                fix="run it again; a table that was edited is not what the model said",
            )
    if len(there) > 1:
        raise RefusedError(
            f"run {run} wrote a Parquet and a CSV prediction table, and one counts",
            where=study.relative(folder),
            fix="write one of them, and run again",
        )
    return folder / there.pop()


def recorded_tables(detail_json: str) -> dict[str, str]:
    """sha256 of the prediction tables of a run's end, by name."""
    files: dict[str, str] = json.loads(detail_json).get("files", {})
    return {name: files[name] for name in PREDICTION_FILES if name in files}


_SAME_METHOD = ("files", "hypothesis", "objective", "freeze", "data", "command", "script")
"""What two runs must have started from alike to be seeds of one method."""


def _method(inputs_json: str) -> list[Any]:
    inputs = json.loads(inputs_json)
    return [inputs.get(key) for key in _SAME_METHOD]


def _judged(id_: int, seed: int, began_with: dict[str, Any]) -> JudgedRun:
    return JudgedRun(
        id_, seed, began_with.get("hypothesis", ""), tuple(began_with.get("command", ()))
    )
