"""Whether the files that records speak of are there and are what was recorded.

And the other way round: files only the program writes, which no record knows, tell of records
that were taken away.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grd_core.critic.inputs import input_hashes
from grd_core.errors import GrdError
from grd_core.identity import sha256_file
from grd_core.ledger.read import Reader
from grd_core.ledger.verify import Fault
from grd_core.runs.experiments import ExperimentRecord, list_experiments
from grd_core.runs.records import RunRecord, list_runs
from grd_core.study import Study

DECISION_LOG = "DECISION_LOG.md"
RUN_ANCHOR = "ledger.json"

_AROUND = frozenset(
    {
        "objective_lock",
        "objective_file",
        "own_metrics",
        "freeze",
        "waivers",
        "baseline",
        "baseline_predictions",
    }
)
"""Inputs of a verdict that may rightly move on after a seal: the study's, and the baseline's,
whose run is compared on its own."""


def file_faults(study: Study, ledger: Reader) -> Iterator[Fault]:
    """Every file that is missing, changed, or known to no record."""
    yield from _decision_log(study, ledger)
    for run in list_runs(study, ledger):
        if run.folder.is_dir():
            yield from _run(study, run)
    experiments = list_experiments(study, ledger)
    yield from _of_no_experiment(study, experiments)
    for experiment in experiments:
        yield from _scorecard(study, ledger, experiment)
        yield from _critic_log(study, ledger, experiment)
        if experiment.state == "sealed" and not experiment.files_gone:
            yield from _sealed(study, ledger, experiment)


def _decision_log(study: Study, ledger: Reader) -> Iterator[Fault]:
    recorded = ledger.value(
        """
        SELECT EXISTS (SELECT 1 FROM objective_lock) OR EXISTS (SELECT 1 FROM review)
            OR EXISTS (SELECT 1 FROM peek) OR EXISTS (SELECT 1 FROM decision)
        """
    )
    if recorded and not (study.root / DECISION_LOG).is_file():
        yield Fault(DECISION_LOG, "is gone, although locks or verdicts are recorded")


def _of_no_experiment(study: Study, experiments: tuple[ExperimentRecord, ...]) -> Iterator[Fault]:
    """What an evaluation or a Critic wrote, in a folder the ledger does not know."""
    known = {experiment.folder for experiment in experiments}
    for name in ("SCORECARD.json", "CRITIC_LOG.md"):
        for path in sorted(study.experiments_dir.glob(f"*/*/{name}")):
            if path.parent not in known:
                yield Fault(study.relative(path), "belongs to no recorded experiment")


def _run(study: Study, run: RunRecord) -> Iterator[Fault]:
    launched = any(run.folder.glob("journal/*"))
    if launched and not (run.folder / RUN_ANCHOR).is_file():
        where = study.relative(run.folder / RUN_ANCHOR)
        yield Fault(where, f"is gone: run {run.id} anchored the ledger's head in it")
    if run.is_going_on:
        return
    then = {
        name: digest
        for name, digest in run.detail.get("files", {}).items()
        if name.startswith("predictions.")
    }
    now = {path.name: _sha256(path) for path in run.folder.glob("predictions.*")}
    for name in sorted(then.keys() | now.keys()):
        if now.get(name) != then.get(name):
            what = "is gone" if name not in now else f"is not what run {run.id} had at its end"
            yield Fault(study.relative(run.folder / name), what)


def _sha256(path: Path) -> str:
    try:
        return sha256_file(path)
    except OSError:
        return "unreadable"


def _scorecard(study: Study, ledger: Reader, experiment: ExperimentRecord) -> Iterator[Fault]:
    path = experiment.folder / "SCORECARD.json"
    if not path.is_file():
        return
    recorded = [
        json.loads(row["content_json"])
        for row in ledger.rows(
            "SELECT content_json FROM scorecard WHERE experiment_id = ?", experiment.id
        )
    ]
    if not recorded:
        yield Fault(study.relative(path), f"no evaluation of {experiment.name} is recorded")
    elif _json(path) not in recorded:
        yield Fault(study.relative(path), "says other than any recorded scorecard")


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError):
        return None


def _critic_log(study: Study, ledger: Reader, experiment: ExperimentRecord) -> Iterator[Fault]:
    path = experiment.folder / "CRITIC_LOG.md"
    reviews = "SELECT count(*) FROM review WHERE experiment_id = ?"
    if path.is_file() and not ledger.value(reviews, experiment.id):
        yield Fault(study.relative(path), f"no verdict on {experiment.name} is recorded")


def _sealed(study: Study, ledger: Reader, experiment: ExperimentRecord) -> Iterator[Fault]:
    """What was sealed is what was judged: code, config, hypothesis, predictions."""
    judged = ledger.value(
        "SELECT r.inputs_json FROM decision d JOIN review r ON r.id = d.review_id"
        " WHERE d.experiment_id = ? AND d.decision = 'seal'",
        experiment.id,
    )
    if judged is None:
        return  # a state without its decision: the chain itself says so
    where = study.relative(experiment.folder)
    try:
        now = input_hashes(study, experiment)
    except GrdError as error:
        yield Fault(where, f"what was sealed cannot be compared: {error.what}")
        return
    then = json.loads(judged)
    changed = sorted(key for key in then.keys() - _AROUND if now.get(key) != then[key])
    if changed:
        yield Fault(where, f"{', '.join(changed)} changed after it was sealed")
