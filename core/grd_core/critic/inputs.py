"""What a review looks at: the contexts of the checks, and the hashes that identify them.

Only code, hypothesis, records, and training, validation or frozen *feature* tables are
reachable from here. The frozen labels are not: no context of a loop review names them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grd_core.checks.contract import (
    Change,
    CodeContext,
    DataContext,
    FalsificationRule,
    FrozenFile,
    Group,
    MetricRule,
    ProcessContext,
    ResultsContext,
    SourceFile,
)
from grd_core.errors import RefusedError
from grd_core.identity import canonical_json, sha256_bytes, sha256_file
from grd_core.ledger.read import Reader
from grd_core.objective.lock import unamended_drift
from grd_core.runs.experiment_files import (
    CODE_SUFFIXES,
    CONFIG_SUFFIXES,
    files_of,
    hashes_of,
)
from grd_core.runs.experiments import ExperimentRecord, list_experiments
from grd_core.study import Study

READ_SUFFIXES = frozenset({".py", ".ipynb"})
"""What the code checks can read."""

PREDICTION_NAMES = ("predictions.parquet", "predictions.csv")


@dataclass(frozen=True, slots=True)
class JudgedRun:
    """The run a review judges: the last one that ended well; id 0 when there is none.

    `hypothesis_sha256` is that of HYPOTHESIS.md when the run started.
    """

    id: int
    folder: Path | None
    hypothesis_sha256: str = ""

    @property
    def predictions(self) -> Path | None:
        """Its prediction table, if it wrote one."""
        if self.folder is None:
            return None
        return next((p for n in PREDICTION_NAMES if (p := self.folder / n).is_file()), None)


def judged_run(study: Study, ledger: Reader, experiment: ExperimentRecord) -> JudgedRun:
    """The newest run that ended well and started from the code and config that stand there now.

    A run of other code says nothing about this code: a script corrected after its run is
    judged without predictions until it has run again.
    """
    now = hashes_of(experiment.folder, CODE_SUFFIXES | CONFIG_SUFFIXES)
    for row in ledger.rows(
        """
        SELECT r.id, r.ordinal, r.inputs_json FROM run r
        JOIN run_state s ON s.id = (SELECT max(id) FROM run_state WHERE run_id = r.id)
        WHERE r.experiment_id = ? AND s.state = 'done' ORDER BY r.id DESC
        """,
        experiment.id,
    ):
        began_with = json.loads(row["inputs_json"])
        if began_with["files"] == now:
            # The folder follows its experiment when that is moved, so it is not read from the row.
            folder = experiment.folder / "runs" / f"{row['ordinal']:02d}"
            return JudgedRun(row["id"], folder, began_with["hypothesis"])
    return JudgedRun(0, None)


def input_hashes(study: Study, experiment: ExperimentRecord) -> dict[str, Any]:
    """sha256 of everything a verdict depends on; two reviews with equal ones judged the same.

    Raises:
        RefusedError: the experiment's files are gone.
    """
    if experiment.files_gone:
        raise RefusedError(
            f"the files of {experiment.name} are gone",
            where=study.relative(experiment.folder),
            fix="restore the folder; the ledger keeps its records",
        )
    with study.read() as ledger:
        run = judged_run(study, ledger, experiment)
        objective = ledger.one("SELECT sha256 FROM objective_lock ORDER BY id DESC LIMIT 1")
        waivers = ledger.value("SELECT count(*) FROM waiver WHERE experiment_id = ?", experiment.id)
        freeze = ledger.value("SELECT max(id) FROM freeze")
    hypothesis, predictions = experiment.hypothesis_path, run.predictions
    return {
        "code": _digest(hashes_of(experiment.folder, CODE_SUFFIXES)),
        "config": _digest(hashes_of(experiment.folder, CONFIG_SUFFIXES)),
        "hypothesis": sha256_file(hypothesis) if hypothesis.is_file() else "",
        "objective_lock": objective["sha256"] if objective else "",
        "objective_file": sha256_file(study.objective_path)
        if study.objective_path.is_file()
        else "",
        "freeze": freeze or 0,
        "run": run.id,
        "predictions": sha256_file(predictions) if predictions else "",
        "waivers": waivers,
    }


def context_for(
    study: Study, experiment: ExperimentRecord, group: Group
) -> CodeContext | DataContext | ResultsContext | ProcessContext:
    """The context of a group of checks, built from the study as it stands."""
    match group:
        case Group.CODE:
            return _code_context(study, experiment)
        case Group.DATA:
            return _data_context(study)
        case Group.RESULTS:
            return _results_context(study, experiment)
        case Group.PROCESS:
            return _process_context(study, experiment)


def _code_context(study: Study, experiment: ExperimentRecord) -> CodeContext:
    return CodeContext(
        tuple(
            SourceFile(study.relative(path), path.read_text(encoding="utf-8", errors="replace"))
            for path in files_of(experiment.folder, READ_SUFFIXES)
        )
    )


def _data_context(study: Study) -> DataContext:
    with study.read() as ledger:
        roles = _roles(ledger)
        frozen = _frozen_files(ledger)
    return DataContext(
        train=str(study.frozen_dir / "train.parquet"),
        test=str(study.frozen_dir / "test_features.parquet"),
        target=roles.get("target", ""),
        time=roles.get("time", ""),
        groups=tuple(roles.get("groups", ())),
        id_column=roles.get("id") or "row_id",
        frozen=tuple(FrozenFile(str(study.root / path), digest) for path, digest in frozen),
    )


def _results_context(study: Study, experiment: ExperimentRecord) -> ResultsContext:
    with study.read() as ledger:
        roles = _roles(ledger)
        rule = locked_rule(ledger)
        predictions = judged_run(study, ledger, experiment).predictions
        baseline = _baseline_predictions(study, ledger, experiment)
    evaluation = rule["evaluation"]
    return ResultsContext(
        predictions=str(predictions or ""),
        train_table=str(study.frozen_dir / "validation.parquet"),
        test_features=str(study.frozen_dir / "test_features.parquet"),
        target=rule["target"],
        id_column=roles.get("id") or "row_id",
        task=rule["task"],
        metrics=tuple(
            MetricRule(
                metric["name"],
                metric["role"],
                metric["direction"],
                metric["threshold"],
                # A baseline claims no effect, so none can be lost in its interval.
                None if experiment.kind == "baseline" else metric["minimum_effect"],
            )
            for metric in rule["metrics"]
        ),
        confidence=1 - float(evaluation["alpha"]),
        cluster=evaluation.get("cluster") or "",
        baseline_predictions=str(baseline or ""),
        falsification=tuple(
            FalsificationRule(
                item["metric"], item["of"], item["comparison"], item["threshold"], item["meaning"]
            )
            for item in rule["falsification"]
        ),
    )


def _process_context(study: Study, experiment: ExperimentRecord) -> ProcessContext:
    path = experiment.hypothesis_path
    drift = unamended_drift(study)
    with study.read() as ledger:
        run = judged_run(study, ledger, experiment)
    return ProcessContext(
        hypothesis_path=study.relative(path),
        hypothesis=path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None,
        objective_path=study.objective_path.name,
        drift=tuple(
            Change(change.field, change.classification, change.before, change.after, amended=False)
            for change in drift.changes
        ),
        prose_changed=drift.prose_changed,
        objective_readable=drift.readable,
        edited_after_run=run.id
        if run.id and path.is_file() and sha256_file(path) != run.hypothesis_sha256
        else 0,
    )


def locked_rule(ledger: Reader) -> dict[str, Any]:
    """The decision rule of the last locked version of the objective.

    Raises:
        RefusedError: nothing is locked.
    """
    text = ledger.value("SELECT rule_json FROM objective_lock ORDER BY id DESC LIMIT 1")
    if text is None:
        raise RefusedError(
            "the objective is not locked",
            where="OBJECTIVE.md",
            fix="`grd objective lock` fixes what results will be judged by",
        )
    rule: dict[str, Any] = json.loads(text)
    return rule


def _roles(ledger: Reader) -> dict[str, Any]:
    text = ledger.value("SELECT roles_json FROM source ORDER BY id DESC LIMIT 1")
    roles: dict[str, Any] = json.loads(text) if text else {}
    return roles


def _frozen_files(ledger: Reader) -> list[tuple[str, str]]:
    text = ledger.value("SELECT files_json FROM freeze ORDER BY id DESC LIMIT 1")
    return [(item["path"], item["sha256"]) for item in json.loads(text)] if text else []


def _baseline_predictions(
    study: Study, ledger: Reader, experiment: ExperimentRecord
) -> Path | None:
    """The prediction table of the newest baseline that has one, other than this experiment."""
    for record in reversed(list_experiments(study, ledger)):
        if record.kind == "baseline" and record.id != experiment.id:
            found = judged_run(study, ledger, record).predictions
            if found is not None:
                return found
    return None


def _digest(hashes: dict[str, str]) -> str:
    return sha256_bytes(canonical_json(hashes).encode())
