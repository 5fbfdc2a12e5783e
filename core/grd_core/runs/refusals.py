"""What forbids a run: asked before anything is written, and again where it is recorded."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grd_core.checks.process.hypothesis import answers
from grd_core.errors import RefusedError, UsageError
from grd_core.ledger.in_force import all_unfrozen, freeze_in_force
from grd_core.recon.freeze import frozen_faults
from grd_core.recon.records import read_freeze
from grd_core.runs.config_schema_study import refuse_bad_config
from grd_core.runs.experiments import ExperimentRecord
from grd_core.study import Study

if TYPE_CHECKING:
    from grd_core.ledger.read import Ledger
    from grd_core.ledger.write import Transaction


@dataclass(frozen=True, slots=True)
class Origin:
    """What a run comes from: the request it was asked for with, and the run it repeats.

    `begun` is how many runs of this request and seed there are already; if there are more, the
    run is refused. Both ids are 0 for none.
    """

    request: int
    again: int = 0
    begun: int = 0


def refuse(study: Study, experiment: ExperimentRecord, seed: int) -> None:
    """Raise whatever forbids a run before anything is written.

    Raises:
        RefusedError, UsageError: as `start_run` does; a ConfigError for a config that the
            study's schema does not accept.
    """
    if seed < 0:
        raise UsageError(f"the seed is {seed}", fix="give a whole number from 0 on")
    with study.read() as ledger:
        locked = ledger.value("SELECT count(*) FROM objective_lock")
        frozen = read_freeze(ledger)
        refuse_other_data(ledger, frozen.id if frozen else 0)
    for fault in frozen_faults(study, frozen) if frozen else ():
        raise RefusedError(
            f"a frozen file is {fault.what}: a run would learn from other data than was declared",
            where=fault.path,
            fix="restore it from a backup; `grd data verify` names every such file",
        )
    if not locked:
        raise RefusedError(
            "the objective is not locked: a run now would be judged by a rule that can still move",
            where="OBJECTIVE.md",
            fix="`grd objective check`, then `grd objective lock`",
        )
    where = study.relative(experiment.folder)
    if experiment.files_gone:
        raise RefusedError(
            f"the files of {experiment.name} are gone",
            where=where,
            fix="restore the folder; the ledger keeps its records",
        )
    if experiment.state != "open":
        raise _closed(experiment, experiment.state)
    hypothesis = experiment.hypothesis_path
    if not hypothesis.is_file() or not _says_something(hypothesis):
        raise RefusedError(
            f"{experiment.name} has no hypothesis: without one its result could be told any way",
            where=study.relative(hypothesis),
            fix="write what is believed, why, and what would disprove it, before the run",
        )
    refuse_bad_config(study, experiment.folder)


def _closed(experiment: ExperimentRecord, state: str) -> RefusedError:
    return RefusedError(
        f"{experiment.name} is {state}",
        where=experiment.name,
        fix="make a new experiment from it: `grd experiment new TITLE --parent "
        f"{experiment.number}`",
    )


def _says_something(hypothesis: Path) -> bool:
    """Whether any heading of the hypothesis is answered; an untouched template answers none."""
    text = hypothesis.read_text(encoding="utf-8", errors="replace")
    return any(answer.words for answer in answers(text))


def refuse_now(tx: Transaction, experiment: ExperimentRecord) -> None:
    """What others may have done since the run was asked for: decided, or used up the trials.

    Raises:
        RefusedError: so it is.
    """
    state = tx.value(
        "SELECT state FROM experiment_state WHERE experiment_id = ? ORDER BY id DESC LIMIT 1",
        experiment.id,
    )
    if state != "open":
        raise _closed(experiment, state)
    rule = json.loads(tx.value("SELECT rule_json FROM objective_lock ORDER BY id DESC LIMIT 1"))
    trials = rule.get("budget", {}).get("trials")
    if trials is None or experiment.kind == "baseline":
        return
    used = tx.value(
        "SELECT count(*) FROM run r JOIN experiment e ON e.id = r.experiment_id"
        " WHERE e.kind != 'baseline'"
    )
    if used >= trials:
        raise RefusedError(
            f"no trial is left: {used} of {trials} runs were started",
            where="OBJECTIVE.md, budget.trials",
            fix="decide with what is there, or `grd objective amend --reason …` with more trials",
        )


def refuse_other_data(ledger: Ledger, freeze: int) -> None:
    """What a run would learn from must still be there: not taken back, not frozen anew.

    Args:
        ledger: a reader, or the transaction that records the run.
        freeze: the id of the freeze that was in force when the run was asked for, 0 for none.

    Raises:
        RefusedError: it is not in force, or the data was unfrozen and nothing is frozen since.
    """
    taken_back = all_unfrozen(ledger)
    if freeze == freeze_in_force(ledger) and (freeze or not taken_back):
        return
    raise RefusedError(
        f"the data was unfrozen on {taken_back[-1].at[:10]}, and a run needs parts to learn from"
        if taken_back and not freeze_in_force(ledger)
        else "other parts were frozen while this run was started",
        where="data/frozen",
        fix="`grd data freeze` makes parts by the split there is; then run again",
    )


def refuse_twice(tx: Transaction, origin: Origin, seed: int) -> None:
    """One request, one run of each seed: whoever came first has it.

    Raises:
        RefusedError: this one has been begun.
    """
    begun = tx.value(
        "SELECT count(*) FROM run WHERE json_extract(inputs_json, '$.request') = ? AND seed = ?",
        origin.request,
        seed,
    )
    if begun != origin.begun:
        raise RefusedError(
            f"seed {seed} of request {origin.request} was begun by another process",
            where="grd queue",
            fix="nothing is to be done: its run is there",
        )
