"""What a review looks at: the contexts of the checks, and the hashes that identify them.

Only code, hypothesis, records, and training, validation or frozen *feature* tables are
reachable from here. The frozen labels are not: no context of a loop review names them.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from grd_core.checks.contract import (
    Change,
    CodeContext,
    DataContext,
    FalsificationRule,
    Group,
    KnownCall,
    MetricRule,
    ProcessContext,
    ResultsContext,
    SourceFile,
)
from grd_core.checks.known_calls import known_calls_at
from grd_core.critic.waivers import waivers_in_force
from grd_core.errors import RefusedError
from grd_core.evaluation.predictions import predictions_identity
from grd_core.identity import canonical_json, sha256_bytes, sha256_file
from grd_core.ledger.in_force import freeze_in_force
from grd_core.ledger.read import Reader
from grd_core.objective.lock import unamended_drift
from grd_core.objective.own_metrics import sources_on_disk
from grd_core.recon.frozen_checks import tables_context
from grd_core.recon.records import read_freeze, read_source
from grd_core.runs.baselines import (
    BaselineRun,
    NoBaseline,
    is_required,
    main_baseline,
    own_baselines,
)
from grd_core.runs.experiment_files import CONFIG_SUFFIXES, files_of, hashes_of
from grd_core.runs.experiments import ExperimentRecord
from grd_core.runs.judged import judged_run, recorded_predictions, seeds_of
from grd_core.statistics.metrics import metric_of
from grd_core.study import Study

PIPELINE_READ = ".skops"
PIPELINE_SUFFIXES = frozenset({PIPELINE_READ, ".pkl", ".pickle", ".joblib"})
"""What a saved pipeline may be; only the first is read."""

READ_SUFFIXES = frozenset({".py", ".ipynb"})
"""What the code checks can read."""


def input_hashes(study: Study, experiment: ExperimentRecord) -> dict[str, Any]:
    """sha256 of everything a verdict depends on; two reviews with equal ones judged the same.

    Also the ids of the judged run, of the baseline's run and of the waivers in force now.

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
        run = judged_run(ledger, experiment)
        predictions = _predictions_sha256(study, ledger, experiment, run.id)
        baseline = _baseline(study, ledger, experiment)
        objective = ledger.one("SELECT sha256 FROM objective_lock ORDER BY id DESC LIMIT 1")
        sources = sources_on_disk(locked_rule(ledger), study.root) if objective else {}
        saved = _pipelines(ledger, experiment, run.id)
        waivers = [waiver.id for waiver in waivers_in_force(ledger, experiment)]
        freeze = freeze_in_force(ledger)
    own = {name: source.sha256 for name, source in sources.items()}
    hypothesis, files = experiment.hypothesis_path, hashes_of(experiment.folder)
    config = {name: files[name] for name in files if Path(name).suffix in CONFIG_SUFFIXES}
    return {
        "code": _digest({name: files[name] for name in files.keys() - config.keys()}),
        "config": _digest(config),
        "hypothesis": sha256_file(hypothesis) if hypothesis.is_file() else "",
        "objective_lock": objective["sha256"] if objective else "",
        "objective_file": sha256_file(study.objective_path)
        if study.objective_path.is_file()
        else "",
        "freeze": freeze,
        "run": run.id,
        "command": list(run.command),
        "predictions": predictions,
        "baseline": baseline.run if isinstance(baseline, BaselineRun) else 0,
        "baseline_predictions": baseline.sha256 if isinstance(baseline, BaselineRun) else "",
        "waivers": waivers,
        **({"own_metrics": _digest(own)} if own else {}),
        **({"known_calls": _rows_digest(calls)} if (calls := known_calls_at(study.root)) else {}),
        # Of pickles nothing is read, so nothing follows from them.
        **(
            {"pipelines": _digest({study.relative(path): sha256_file(path) for path in read})}
            if (read := [path for path in saved if path.suffix == PIPELINE_READ])
            else {}
        ),
    }


def context_for(
    study: Study, experiment: ExperimentRecord, group: Group
) -> CodeContext | DataContext | ResultsContext | ProcessContext:
    """The context of a group of checks, built from the study as it stands."""
    match group:
        case Group.CODE:
            return _code_context(study, experiment)
        case Group.DATA:
            return _data_context(study, experiment)
        case Group.RESULTS:
            return _results_context(study, experiment)
        case Group.PROCESS:
            return _process_context(study, experiment)


def _code_context(study: Study, experiment: ExperimentRecord) -> CodeContext:
    with study.read() as ledger:
        declared = read_source(ledger, study.root)
    return CodeContext(
        tuple(
            SourceFile(study.relative(path), path.read_text(encoding="utf-8", errors="replace"))
            for path in files_of(experiment.folder, READ_SUFFIXES)
        ),
        calls=known_calls_at(study.root),
        groups=declared.roles.groups if declared is not None else (),
    )


def _data_context(study: Study, experiment: ExperimentRecord) -> DataContext:
    with study.read() as ledger:
        locked = bool(ledger.value("SELECT count(*) FROM objective_lock"))
        rule = locked_rule(ledger) if locked else {}
        saved = _pipelines(ledger, experiment, judged_run(ledger, experiment).id)
    return dataclasses.replace(
        tables_context(study),
        metrics=_metric_rules(study, rule, experiment),
        cluster=rule.get("evaluation", {}).get("cluster") or "",
        pipelines=tuple(map(str, saved)),
    )


def _results_context(study: Study, experiment: ExperimentRecord) -> ResultsContext:
    with study.read() as ledger:
        roles = _roles(ledger)
        rule = locked_rule(ledger)
        predictions = _tables(study, ledger, experiment, judged_run(ledger, experiment).id)
        baseline = main_baseline(study, ledger, experiment, rule)
    evaluation = rule["evaluation"]
    return ResultsContext(
        predictions=str(predictions[0]) if predictions else "",
        other_seeds=tuple(map(str, predictions[1:])),
        train_table=str(study.frozen_dir / "validation.parquet"),
        test_features=str(study.frozen_dir / "test_features.parquet"),
        target=rule["target"],
        id_column=roles.get("id") or "row_id",
        task=rule["task"],
        metrics=_metric_rules(study, rule, experiment),
        confidence=1 - float(evaluation["alpha"]),
        cluster=evaluation.get("cluster") or "",
        baseline_predictions=str(baseline.predictions) if isinstance(baseline, BaselineRun) else "",
        falsification=tuple(
            FalsificationRule(
                item["metric"], item["of"], item["comparison"], item["threshold"], item["meaning"]
            )
            for item in rule["falsification"]
            if item["of"] != "gain" or _promises_gain(rule, experiment, baseline)
        ),
    )


def _metric_rules(
    study: Study, rule: dict[str, Any], experiment: ExperimentRecord
) -> tuple[MetricRule, ...]:
    return tuple(
        MetricRule(
            metric["name"],
            metric["role"],
            metric["direction"],
            metric["threshold"],
            # A baseline claims no effect, so none can be lost in its interval.
            None if experiment.kind == "baseline" else metric["minimum_effect"],
            metric_of(metric, str(study.root)) if metric.get("own") else None,
        )
        for metric in rule.get("metrics", ())
    )


def _promises_gain(
    rule: dict[str, Any], experiment: ExperimentRecord, baseline: BaselineRun | NoBaseline
) -> bool:
    """Whether a gain on validation must be computed: a baseline claims none, and one that
    the rule does not require may be missing."""
    required = any(is_required(item) for item in own_baselines(rule))
    return isinstance(baseline, BaselineRun) or (required and experiment.kind != "baseline")


def _process_context(study: Study, experiment: ExperimentRecord) -> ProcessContext:
    path = experiment.hypothesis_path
    drift = unamended_drift(study)
    with study.read() as ledger:
        run = judged_run(ledger, experiment)
        frozen = read_freeze(ledger)
        source = read_source(ledger, study.root)
        peeks = int(ledger.value("SELECT count(*) FROM peek"))
        budget = locked_rule(ledger)["budget"]
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
        code=_code_context(study, experiment).files,
        frozen_labels="test_labels.parquet" if frozen else "",
        source=source.path.name if source else "",
        peeks_used=peeks,
        peeks_declared=budget.get("peeks"),
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


def _baseline(
    study: Study, ledger: Reader, experiment: ExperimentRecord
) -> BaselineRun | NoBaseline:
    if not ledger.value("SELECT count(*) FROM objective_lock"):
        return NoBaseline("the objective is not locked")
    return main_baseline(study, ledger, experiment, locked_rule(ledger))


def _tables(
    study: Study, ledger: Reader, experiment: ExperimentRecord, run: int
) -> tuple[Path, ...]:
    """The prediction tables of the judged run, first, and of its other seeds: what the
    Evaluator would score. None where the judged run wrote none.

    Raises:
        RefusedError: a table is not the one that was recorded at its run's end.
    """
    found = [
        recorded_predictions(study, ledger, one.id) for one in seeds_of(ledger, experiment, run)
    ]
    return tuple(path for path in found if path) if found and found[0] else ()


def _pipelines(ledger: Reader, experiment: ExperimentRecord, run: int) -> tuple[Path, ...]:
    """The pipelines that the judged run saved in its folder or one below it, pickles among them:
    that these are not opened is told."""
    ordinal = ledger.value("SELECT ordinal FROM run WHERE id = ?", run)
    if ordinal is None:
        return ()
    folder = experiment.folder / "runs" / f"{ordinal:02d}"
    return tuple(
        path
        for path in sorted((*folder.glob("*"), *folder.glob("*/*")))
        if path.suffix in PIPELINE_SUFFIXES and path.is_file()
    )


def _predictions_sha256(
    study: Study, ledger: Reader, experiment: ExperimentRecord, run: int
) -> str:
    """What identifies the judged tables; a word that is no hash where one is not as recorded."""
    try:
        tables = _tables(study, ledger, experiment, run)
    except RefusedError:
        return "not as recorded"
    return predictions_identity([sha256_file(path) for path in tables]) if tables else ""


def _digest(hashes: dict[str, str]) -> str:
    return sha256_bytes(canonical_json(hashes).encode())


def _rows_digest(calls: tuple[KnownCall, ...]) -> str:
    return sha256_bytes(canonical_json([dataclasses.asdict(call) for call in calls]).encode())
