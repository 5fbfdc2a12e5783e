"""Starting a run: refused where the method forbids it, reserved, recorded, then launched."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grd_core.budget.account import Reservation, reserve
from grd_core.errors import ConfigError, LaunchError, RefusedError
from grd_core.identity import canonical_json, sha256_bytes, sha256_file
from grd_core.launch.lease import Lease
from grd_core.launch.locks import shared
from grd_core.launch.reap import is_supervised
from grd_core.launch.spec import JOURNAL_FOLDER, RunSpec
from grd_core.ledger.verify import head
from grd_core.recon.records import read_freeze, read_source
from grd_core.runs.command import PYTHONS, script_of
from grd_core.runs.config_file import CONFIG_NAMES, config_path
from grd_core.runs.endings import LAUNCHING_LOCK
from grd_core.runs.experiment_files import hashes_of
from grd_core.runs.experiments import ExperimentRecord
from grd_core.runs.ingest import NotWritable, ingest
from grd_core.runs.queue_wake import runner_command
from grd_core.runs.refusals import (
    Origin,
    refuse,
    refuse_now,
    refuse_other_data,
    refuse_twice,
)
from grd_core.study import Study

if TYPE_CHECKING:
    from grd_core.launch.launcher import Launched

ANCHOR_FILE = "ledger.json"
NO_DEVICES = {"CUDA_VISIBLE_DEVICES": ""}
"""A run that was given no device sees none: its GPU-hours would not be counted."""
_LETTING_GO_S = 5.0
"""How long a supervisor that could not begin may take to go."""


@dataclass(frozen=True, slots=True)
class StartedRun:
    """A run that goes on: its id in the ledger, its folder, and the processes above it.

    `warning` says what could end it unasked on this machine, and is empty almost everywhere.
    """

    id: int
    ordinal: int
    folder: Path
    launched: Launched
    warning: str


def start_run(
    study: Study,
    experiment: ExperimentRecord,
    *,
    command: Sequence[str] | None = None,
    seed: int = 0,
    gpus: tuple[int, ...] | None = None,
    limit: Reservation | None = None,
    environment: Mapping[str, str] | None = None,
    origin: Origin | None = None,
) -> StartedRun:
    """Start one run of an experiment, detached; return once its command runs.

    Args:
        study: the study.
        experiment: what is run; its folder is the working folder.
        command: program and arguments; by default grd.toml's [run] command. A leading
            `python` stands for the study's interpreter. Any command may run; what becomes of
            it is judged only if it runs a file of the experiment (`command.script_of`).
        seed: given to the script as GRD_SEED; not negative.
        gpus: indices of the devices the run gets, and no others; None leaves them as they are.
        limit: the most it may spend; by default what grd.toml's [run] says.
        environment: what the run inherits; by default what this process has.
        origin: the request it comes from, where it comes from one.

    Raises:
        RefusedError: no locked objective, no hypothesis, an experiment that is closed or
            whose files are gone, a spent budget of hours or of trials, or a read-only study.
        LaunchError: the command cannot be started; the run is recorded as failed.
    """
    refuse(study, experiment, seed)
    # Runs that ended unseen give back their leases before this one asks for its own.
    if isinstance(ingest(study), NotWritable):
        raise RefusedError(
            "the study is read-only",
            where=str(study.root),
            fix="copy it to a folder you may write, or use reading verbs only",
        )
    config = study.config.run
    interpreter = _interpreter(study, config.python)
    asked_for = tuple(command or config.command)
    words = (interpreter, *asked_for[1:]) if asked_for[0] in PYTHONS else asked_for
    draft = RunSpec(
        run_id=0,
        run_dir=experiment.folder / "runs",
        cwd=experiment.folder,
        command=words,
        environment=_contract(study, experiment) | (NO_DEVICES if gpus == () else {}),
        token=secrets.token_hex(16),
        seed=seed,
        lease=Lease(),
        grace_s=config.grace_s,
        gpus=gpus or (),
    )
    inherited = dict(os.environ if environment is None else environment)
    asked = limit or Reservation(config.gpu_hours, config.cpu_hours, config.wall_hours)
    try:
        with shared(study.ledger_path.parent / LAUNCHING_LOCK):
            return _start(
                study, experiment, draft, interpreter, asked_for, asked, inherited, origin
            )
    except LaunchError:
        ingest(study)  # the failure has its record, so that its lease is free at once
        raise


def _start(
    study: Study,
    experiment: ExperimentRecord,
    draft: RunSpec,
    interpreter: str,
    asked_for: tuple[str, ...],
    asked: Reservation,
    inherited: dict[str, str],
    origin: Origin | None,
) -> StartedRun:
    """Record the run with its lease, lay out its folder, launch it."""
    from grd_core.launch.capture import capture_environment
    from grd_core.launch.child import child_environment
    from grd_core.launch.launcher import launch
    from grd_core.launch.logout import logout_warning
    from grd_core.rendering import write_atomically
    from grd_core.runs.circumstances import study_circumstances
    from grd_core.runs.kept_files import keep_files

    environment = canonical_json(
        capture_environment(interpreter, experiment.folder, child_environment(draft, inherited))
        | study_circumstances(study, experiment.folder, asked_for)
    ).encode()
    inputs = _inputs(study, experiment, asked_for) | {
        "environment": sha256_bytes(environment),
        "gpus": list(draft.gpus),
    }
    if origin is not None:
        inputs |= {"request": origin.request, "again": origin.again}
    keep_files(study, experiment.folder, inputs["files"])
    spec, ordinal = _record(study, draft, experiment, inputs, asked, origin)
    try:
        write_atomically(spec.run_dir / "env.json", environment)
        write_atomically(spec.run_dir / ANCHOR_FILE, _anchor(study))
        launched = launch(spec, environment=inherited)
    except LaunchError:
        _until_unsupervised(spec.run_dir)
        raise
    except OSError as error:
        raise _folder_fault(spec.run_dir, error) from error
    return StartedRun(spec.run_id, ordinal, spec.run_dir, launched, logout_warning())


def _until_unsupervised(run_dir: Path) -> None:
    """A supervisor that could not begin has said so and is going; its end can be recorded then."""
    deadline = time.monotonic() + _LETTING_GO_S
    while is_supervised(run_dir) and time.monotonic() < deadline:
        time.sleep(0.01)


def _interpreter(study: Study, configured: str) -> str:
    """The Python for a leading `python`: the study's, else the one grd runs on."""
    if not configured:
        return sys.executable
    inside = study.root / configured
    found = str(inside) if inside.is_file() else shutil.which(configured)
    if found is None:
        raise ConfigError(
            f"the interpreter {configured!r} is not there",
            where="grd.toml",
            fix="correct [run] python, or leave it out",
        )
    return found


def _contract(study: Study, experiment: ExperimentRecord) -> dict[str, str]:
    """Where a script finds its config and the data."""
    config = config_path(experiment.folder) or experiment.folder / CONFIG_NAMES[0]
    return {"GRD_CONFIG": str(config), "GRD_DATA": str(study.frozen_dir)}


def _inputs(
    study: Study, experiment: ExperimentRecord, asked_for: tuple[str, ...]
) -> dict[str, Any]:
    """What the run starts from: its command, and hashes of files, hypothesis, objective, data."""
    with study.read() as ledger:
        objective = ledger.value("SELECT sha256 FROM objective_lock ORDER BY id DESC LIMIT 1")
        frozen = read_freeze(ledger)
        source = read_source(ledger, study.root)
    files = hashes_of(experiment.folder)
    return {
        "files": files,
        "command": list(asked_for),
        "script": script_of(asked_for, study.config.run.command, experiment.folder, files),
        "hypothesis": sha256_file(experiment.hypothesis_path),
        "objective": objective,
        "freeze": frozen.id if frozen else 0,
        "data": [asdict(part) for part in frozen.files] if frozen else [],
        "data_version": source.version_id if source else 0,
        "source_sha256": source.sha256 if source else "",
    }


def _record(
    study: Study,
    draft: RunSpec,
    experiment: ExperimentRecord,
    inputs: dict[str, Any],
    asked: Reservation,
    origin: Origin | None,
) -> tuple[RunSpec, int]:
    """One transaction: the run, its first state and its lease; its folder is made within."""
    from grd_core.ledger.tables import Run, RunState

    with study.write(f"run of {experiment.name} started") as tx:
        refuse_now(tx, experiment)
        refuse_other_data(tx, inputs["freeze"])
        if origin is not None:
            refuse_twice(tx, origin, draft.seed)
        ordinal = 1 + int(
            tx.value(
                "SELECT coalesce(max(ordinal), 0) FROM run WHERE experiment_id = ?", experiment.id
            )
        )
        # Numbers only grow, even past folders that somebody made by hand.
        while (draft.run_dir / f"{ordinal:02d}").exists():
            ordinal += 1
        run_dir = draft.run_dir / f"{ordinal:02d}"
        run_id = tx.insert(
            Run(
                experiment_id=experiment.id,
                ordinal=ordinal,
                folder=study.relative(run_dir),
                command_json=canonical_json(draft.command),
                seed=draft.seed,
                inputs_json=canonical_json(inputs),
                objective_version=int(tx.value("SELECT max(version) FROM objective_lock")),
            )
        )
        tx.insert(RunState(run_id=run_id, state="started", detail_json=canonical_json({})))
        lease = reserve(tx, run_id, asked, devices=len(draft.gpus))
        try:
            # Not the experiment's own folder: it was there, and whoever moved it meant it.
            draft.run_dir.mkdir(exist_ok=True)
            run_dir.mkdir()
            (run_dir / JOURNAL_FOLDER).mkdir()
        except OSError as error:
            raise _folder_fault(run_dir, error) from error
    granted = Lease(lease.wall_hours, lease.cpu_hours, lease.gpu_hours)
    what_follows = runner_command(study, str(run_id))
    return replace(
        draft, run_id=run_id, run_dir=run_dir, lease=granted, afterwards=what_follows
    ), ordinal


def _anchor(study: Study) -> bytes:
    """The ledger's head at the start: cutting off the ledger's tail later shows here."""
    with study.read() as ledger:
        event_id, digest = head(ledger)
    return canonical_json({"event_id": event_id, "hash": digest}).encode()


def _folder_fault(folder: Path, error: OSError) -> LaunchError:
    return LaunchError(
        f"the run's folder cannot be written: {error.strerror}",
        where=str(error.filename or folder),
        fix="check the folder's permissions and free space",
    )
