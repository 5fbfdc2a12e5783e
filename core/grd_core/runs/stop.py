"""Stopping a run: a request its supervisor obeys, wherever and whenever it was started."""

from __future__ import annotations

from dataclasses import dataclass

from grd_core.budget.process_tree import ProcessIdentity
from grd_core.errors import RefusedError
from grd_core.runs.endings import record_given_up
from grd_core.runs.ingest import ingest
from grd_core.runs.progress import progress_of
from grd_core.runs.queue_files import Waiting, drop_all
from grd_core.runs.reach import OUT_OF_REACH, in_reach
from grd_core.runs.records import RunRecord, find_run, runs_going_on
from grd_core.study import Study


@dataclass(frozen=True, slots=True)
class StopRequested:
    """The supervisor was asked: SIGTERM to every process now, SIGKILL after the grace time."""

    run_id: int
    grace_s: float


@dataclass(frozen=True, slots=True)
class StoppedAll:
    """What was taken out of the queue, the runs that were asked to stop, and those by id that
    could not be asked: their folders are out of reach."""

    dropped: tuple[Waiting, ...]
    asked: tuple[StopRequested, ...]
    out_of_reach: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The run is recorded as stopped by a person, with what was taken up of it."""

    run_id: int


def stop_all(study: Study) -> StoppedAll:
    """Empty the queue, then ask every run that goes on to stop.

    Raises:
        RefusedError: the study is read-only.
        LaunchError: a request cannot be written into a run's folder.
    """
    # The queue first: else the end of a run would begin the next.
    dropped = drop_all(study)
    ingest(study)
    with study.read() as ledger:
        going_on = runs_going_on(study, ledger)
    there = {run.id: in_reach(run.folder) for run in going_on}
    return StoppedAll(
        dropped,
        tuple(_ask_to_stop(study, run) for run in going_on if there[run.id]),
        tuple(run.id for run in going_on if not there[run.id]),
    )


def stop_run(study: Study, reference: str) -> StopRequested:
    """Ask for a run to be stopped; it ends as `stopped_by_user`.

    Raises:
        UsageError: there is no such run.
        RefusedError: it has ended already, or its folder is out of reach.
        LaunchError: the request cannot be written into its folder.
    """
    run = _going_on(study, reference)
    if not in_reach(run.folder):
        raise RefusedError(
            f"run {run.id} is {OUT_OF_REACH}: it cannot be asked",
            where=str(run.folder),
            fix=f"bring the folder back; `grd stop {run.id} --give-up` if it is gone for good",
        )
    return _ask_to_stop(study, run)


def give_up(study: Study, reference: str) -> GivenUp:
    """Record the end of a run whose folder is gone for good, on a person's word.

    Raises:
        UsageError: there is no such run.
        RefusedError: it has ended already, its folder is there, or its supervisor lives.
    """
    run = _going_on(study, reference)
    record_given_up(study, run)
    return GivenUp(run.id)


def _going_on(study: Study, reference: str) -> RunRecord:
    ingest(study)
    run = find_run(study, reference)
    if not run.is_going_on:
        raise RefusedError(
            f"run {run.id} has ended: {run.state}", fix=f"`grd watch {run.id} --once` shows it"
        )
    return run


def _ask_to_stop(study: Study, run: RunRecord) -> StopRequested:
    from grd_core.launch.launcher import request_stop

    with study.read() as ledger:
        known = progress_of(ledger.driver, run.id).supervisor
    request_stop(
        run.folder,
        ProcessIdentity(known["pid"], known["start_ticks"], known["boot_id"]) if known else None,
    )
    return StopRequested(run.id, study.config.run.grace_s)
