"""Asking for runs: several seeds are one request, begun as places, GPUs and hours allow.

What does not fit waits in the study and says why. Nothing of ours needs to stay alive for it:
the guard of a run that ends starts `queue_runner`, and where that was killed too, the next
`grd` does.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from grd_core.clock import utc_now
from grd_core.errors import LaunchError, RefusedError, UsageError
from grd_core.runs.config_file import CONFIG_NAMES
from grd_core.runs.experiment_files import hashes_of
from grd_core.runs.experiments import ExperimentRecord, list_experiments
from grd_core.runs.queue_devices import VISIBLE, NotNow, Unknown, devices_of
from grd_core.runs.queue_files import (
    Request,
    Waiting,
    drop,
    drop_all,
    put,
    rewrite,
    the_turn,
    waiting_of,
    waiting_text,
)
from grd_core.runs.queue_turn import (
    Begun,
    Faulty,
    may_fit_later,
    runs_of_requests,
    take_turn,
)
from grd_core.runs.records import find_run
from grd_core.runs.refusals import refuse
from grd_core.runs.start import StartedRun
from grd_core.study import Study

__all__ = ["Waiting", "drop", "drop_all", "waiting_of", "waiting_text"]
"""Named here too, since they are part of what a face shows of the queue."""

MOST_SEEDS = 64
"""Runs one request asks for at most."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a request: the runs that began, the seeds that wait and why.

    `begun` holds runs of this request alone; `notes` are asides for a person.
    """

    request: int
    begun: tuple[StartedRun, ...]
    waiting: tuple[int, ...]
    why: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repeat:
    """A run that is to be repeated: its experiment, and what it was asked with.

    `command` is empty where it was the study's own; `changed` are the files that differ from
    those it began with.
    """

    run: int
    experiment: ExperimentRecord
    seed: int
    command: tuple[str, ...]
    gpus: int | None
    changed: tuple[str, ...]


def ask(
    study: Study,
    experiment: ExperimentRecord,
    seeds: Sequence[int],
    *,
    command: Sequence[str] | None = None,
    gpus: int | None = None,
    again: int = 0,
    environment: Mapping[str, str] | None = None,
) -> Asked:
    """Ask for a run of each seed; begin what fits now, leave the rest waiting.

    Args:
        study: the study.
        experiment: what is run.
        seeds: whole numbers from 0 on; each once, at most `MOST_SEEDS`.
        command: program and arguments; by default grd.toml's, as it stands when a run begins.
        gpus: devices for each run; by default one where there are any. Without any, it sees
            none.
        again: the run it repeats, or 0.
        environment: what the runs inherit; by default what this process has.

    Raises:
        RefusedError, LaunchError: the first run cannot be begun, and waiting would not help;
            nothing of the request is left then.
        UsageError: no seed, too many, or more devices than there are.
    """
    wanted = tuple(dict.fromkeys(seeds))
    if not 0 < len(wanted) <= MOST_SEEDS:
        raise UsageError(f"{len(wanted)} seeds", fix=f"ask for 1 to {MOST_SEEDS} at once")
    refuse(study, experiment, min(wanted))
    inherited = dict(os.environ if environment is None else environment)
    if gpus:
        _refuse_gpus(study, gpus, inherited.get(VISIBLE))
    with study.read() as ledger:
        newest = int(ledger.value("SELECT coalesce(max(id), 0) FROM run"))
    draft = Request(
        id=0,
        at=utc_now(),
        experiment_id=experiment.id,
        experiment=experiment.name,
        seeds=wanted,
        command=tuple(command or ()),
        gpus=gpus,
        again=again,
        after=newest,
        environment=inherited,
    )
    with the_turn(study):
        request = put(study, draft)
    return _settle(study, request)


def _settle(study: Study, request: Request) -> Asked:
    """Begin what fits. A first run that fails for good takes its request with it."""
    begun: list[StartedRun] = []
    notes: list[str] = []
    for turn in turns(study):
        if isinstance(turn, Begun) and turn.request == request.id:
            begun.append(turn.run)
            if turn.run.warning and turn.run.warning not in notes:
                notes.append(turn.run.warning)
        elif isinstance(turn, Faulty) and turn.request == request.id:
            may_wait = not isinstance(turn.fault, LaunchError) and may_fit_later(study)
            if not begun and not may_wait:
                _withdraw(study, request)
                raise turn.fault
            if isinstance(turn.fault, LaunchError):
                notes.append(turn.fault.sentence())
    left = next((one for one in waiting_of(study) if one.request == request.id), None)
    return Asked(
        request.id,
        tuple(begun),
        left.seeds if left else (),
        left.why if left else "",
        tuple(notes),
    )


def _withdraw(study: Study, request: Request) -> None:
    with the_turn(study):
        rewrite(study, replace(request, seeds=()))


def turns(study: Study) -> Iterator[Begun | Faulty]:
    """Take turns until nothing more fits; what each of them did.

    Raises:
        RefusedError, LaunchError, ConfigError: as `take_turn` does.
    """
    faulty: frozenset[int] = frozenset()
    while isinstance(turn := take_turn(study, faulty=faulty), Begun | Faulty):
        yield turn
        if isinstance(turn, Faulty) and not isinstance(turn.fault, LaunchError):
            faulty |= {turn.request}


def _refuse_gpus(study: Study, gpus: int, visible: str | None) -> None:
    with study.read() as ledger:
        devices = devices_of(study, ledger, visible)
    if isinstance(devices, NotNow):
        return
    if isinstance(devices, Unknown):
        raise UsageError(f"no GPU can be given: {devices.reason}", fix="ask without --gpus")
    if gpus > len(devices.allowed):
        raise UsageError(
            f"{gpus} GPUs are wanted and runs may have {len(devices.allowed)}",
            where="grd.toml, [run] gpus",
            fix="ask for fewer",
        )


def repeat_of(study: Study, reference: str) -> Repeat:
    """What would be asked to repeat a run: same experiment, seed, command and devices.

    Raises:
        UsageError: there is no such run.
        RefusedError: its config is not what it was: that is another run, not this one again.
    """
    run = find_run(study, reference)
    with study.read() as ledger:
        inputs = json.loads(ledger.value("SELECT inputs_json FROM run WHERE id = ?", run.id))
        experiment = next(
            one for one in list_experiments(study, ledger) if one.id == run.experiment_id
        )
    began_with: dict[str, str] = inputs.get("files", {})
    now = {} if experiment.files_gone else hashes_of(experiment.folder)
    changed = tuple(
        sorted(
            name for name in began_with.keys() | now.keys() if began_with.get(name) != now.get(name)
        )
    )
    configs = [name for name in changed if name in CONFIG_NAMES]
    if configs and not experiment.files_gone:
        raise RefusedError(
            f"{configs[0]} differs from what run {run.id} began with: this would be another run",
            where=study.relative(experiment.folder),
            fix=f"`grd run {experiment.number} --seed {run.seed}` starts it, or restore the file",
        )
    asked = tuple(inputs.get("command", run.command))
    return Repeat(
        run=run.id,
        experiment=experiment,
        seed=run.seed,
        command=() if asked == tuple(study.config.run.command) else asked,
        gpus=len(inputs.get("gpus", ())) or None,
        changed=changed,
    )


def ask_again(study: Study, repeat: Repeat) -> Asked:
    """Ask for a run again; its record names the run it repeats.

    Raises:
        GrdError: as `ask` does.
    """
    return ask(
        study,
        repeat.experiment,
        (repeat.seed,),
        command=repeat.command,
        gpus=repeat.gpus,
        again=repeat.run,
    )


def runs_of(study: Study, request: int) -> tuple[int, ...]:
    """The runs a request has begun, in their order."""
    return tuple(run_id for _, run_id, _ in runs_of_requests(study, {request: 0}))


def work_off(study: Study) -> None:
    """Begin what fits; what went wrong stands in the queue. For a process nobody reads.

    Raises:
        GrdError: the queue itself cannot be worked on.
    """
    for _ in turns(study):
        pass
