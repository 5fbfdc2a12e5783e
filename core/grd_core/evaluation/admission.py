"""Who may be scored on the frozen labels: asked before anything is opened, and again inside
each transaction that follows, since others may decide, judge or amend meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from grd_core.errors import RefusedError
from grd_core.evaluation.material import Material, gather
from grd_core.ledger.in_force import freeze_in_force
from grd_core.ledger.verify import verify_ledger
from grd_core.objective.lock import unamended_drift
from grd_core.objective.own_metrics import recorded_sources, source_changes, sources_on_disk
from grd_core.objective.versions import LockedVersion, current_objective, locked_versions
from grd_core.recon.freeze import frozen_faults
from grd_core.recon.records import FreezeRecord, read_freeze, read_source
from grd_core.runs.experiments import ExperimentRecord
from grd_core.study import Study

if TYPE_CHECKING:
    from grd_core.ledger.write import Transaction

InputHashes = Callable[[Study, ExperimentRecord], dict[str, Any]]
"""The Critic's own hashes of what it judges; it stands a floor above, so it is handed in."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """An experiment that may be scored, and all that scoring it needs."""

    experiment: ExperimentRecord
    review: int
    why: str
    objective: LockedVersion
    freeze: FreezeRecord
    id_column: str
    material: Material
    deviations: tuple[str, ...]
    late_changes: tuple[dict[str, Any], ...]

    @property
    def peeks_declared(self) -> int | None:
        """How many looks the locked objective allows; None when it says nothing."""
        peeks: int | None = self.objective.rule["budget"].get("peeks")
        return peeks


def admit(
    study: Study, experiment: ExperimentRecord, input_hashes: InputHashes, acceptance: str
) -> Admitted:
    """All that scoring an experiment needs; nothing is recorded and no label is opened.

    Args:
        study: the study.
        experiment: what would be scored.
        input_hashes: the Critic's hashes of what it judges.
        acceptance: why a verdict of low confidence is enough; may be empty.

    Raises:
        RefusedError: anything forbids it.
        DataError: a run wrote no prediction table.
    """
    number = experiment.number
    if experiment.state != "open":
        raise _closed(experiment, experiment.state)
    with study.read() as ledger:
        unsound = verify_ledger(ledger, ())
    if unsound:
        raise RefusedError(
            f"the ledger is not as it was written: {unsound[0].what}",
            where=unsound[0].where,
            fix="`grd verify` names every fault; restore the ledger from a backup",
        )
    objective = current_objective(study)
    sources = recorded_sources(objective.rule), sources_on_disk(objective.rule, study.root)
    for moved in source_changes(*sources):
        raise RefusedError(
            f"{moved.field} is not what is locked: it was {moved.before}, now {moved.after}",
            where=study.objective_path.name,
            fix="put the locked file back, or `grd objective amend --reason …` and ask the Critic"
            " again",
        )
    drift = unamended_drift(study)
    if not drift.identical:
        raise RefusedError(
            f"OBJECTIVE.md differs from what is locked ({drift.summary()})",
            where=study.objective_path.name,
            fix="restore it, or `grd objective amend --reason …` and ask the Critic again",
        )
    with study.read() as ledger:
        review = ledger.one(
            "SELECT * FROM review WHERE experiment_id = ? AND stage = 'loop'"
            " ORDER BY id DESC LIMIT 1",
            experiment.id,
        )
        versions = locked_versions(ledger)
        freeze = read_freeze(ledger)
        source = read_source(ledger, study.root)
    if experiment.kind == "baseline" and gain_is_judged(objective.rule):
        raise RefusedError(
            f"{experiment.name} is a baseline: nothing stands beside it to gain over",
            where=experiment.name,
            fix="it is scored with the experiment that is compared with it, under that one's peek",
        )
    if review is None or review["verdict"] != "PROCEED":
        said = (
            f"the last verdict on {experiment.name} is {review['verdict']}, not PROCEED"
            if review
            else f"the Critic has recorded no verdict on {experiment.name}, and PROCEED is needed"
        )
        raise RefusedError(
            said,
            where=experiment.name,
            fix=f"`grd critic {number}` says what is in the way",
        )
    if review["confidence"] == "low" and not acceptance:
        raise RefusedError(
            f"the Critic's confidence in {experiment.name} is low, so a person decides",
            where=experiment.name,
            fix=f"`grd evaluate {number} --accept REASON`, or apply the checks that were not",
        )
    judged, now = json.loads(review["inputs_json"]), input_hashes(study, experiment)
    changed = sorted(key for key in judged.keys() | now.keys() if judged.get(key) != now.get(key))
    if changed:
        raise RefusedError(
            f"{', '.join(changed)} changed since the verdict PROCEED",
            where=study.relative(experiment.folder),
            fix=f"`grd critic {number} --because …` judges what is there now",
        )
    if freeze is None or source is None:
        raise RefusedError("nothing is frozen", fix="`grd data freeze` after a split")
    for fault in frozen_faults(study, freeze):
        raise RefusedError(
            f"a frozen file is {fault.what}", where=fault.path, fix="restore it from a backup"
        )
    with study.read() as ledger:
        material = gather(study, ledger, experiment, review["run_id"], objective.rule)
    return Admitted(
        experiment=experiment,
        review=review["id"],
        why=f"PROCEED: {review['justification']}"
        + (f"; accepted: {acceptance}" if acceptance else ""),
        objective=objective,
        freeze=freeze,
        id_column=source.roles.id_column,
        material=material,
        deviations=tuple(_deviations(versions)),
        late_changes=tuple(late_changes(versions)),
    )


def _closed(experiment: ExperimentRecord, state: str) -> RefusedError:
    return RefusedError(
        f"{experiment.name} is {state}: its evaluation stands",
        fix=f"`grd gate {experiment.number}` shows it",
    )


def still_admitted(tx: Transaction, admitted: Admitted) -> None:
    """What others may have done since: decided, judged anew, amended or frozen anew.

    Raises:
        RefusedError: one of these.
    """
    experiment = admitted.experiment
    state = tx.value(
        "SELECT state FROM experiment_state WHERE experiment_id = ? ORDER BY id DESC LIMIT 1",
        experiment.id,
    )
    if state != "open":
        raise _closed(experiment, state)
    review = tx.value(
        "SELECT max(id) FROM review WHERE experiment_id = ? AND stage = 'loop'", experiment.id
    )
    locked = tx.value("SELECT max(version) FROM objective_lock")
    frozen = freeze_in_force(tx)
    if (review, locked, frozen) != (
        admitted.review,
        admitted.objective.version,
        admitted.freeze.id,
    ):
        raise RefusedError(
            f"{experiment.name} was judged anew, or the objective or the frozen data changed,"
            " while it was evaluated",
            where=experiment.name,
            fix=f"`grd gate {experiment.number}` shows what stands now",
        )


def _deviations(versions: tuple[LockedVersion, ...]) -> list[str]:
    """What was loosened in the rule after results had been seen; it never goes away."""
    return [
        f"version {version.version} loosened {change.field} after results were seen"
        for version in versions
        for change in version.changes
        if change.post_hoc
    ]


def late_changes(versions: Sequence[LockedVersion]) -> Iterator[dict[str, Any]]:
    """What amendments loosened or changed in the rule with results in view, as a scorecard
    carries it."""
    for version in versions:
        for change in version.changes:
            late = change.classification == "changed" and version.results_seen.count
            if change.post_hoc or late:
                yield {
                    "version": version.version,
                    **asdict(change),
                    "reason": version.reason,
                    "results_seen": version.results_seen.count,
                }


def gain_is_judged(rule: dict[str, Any]) -> bool:
    """Whether the rule cannot name an outcome without a baseline to compare with."""
    return any(item["of"] == "gain" for item in rule["falsification"]) or any(
        item.get("required") for item in rule["baselines"]
    )
