"""Stopping a run: a request its supervisor obeys, wherever and whenever it was started."""

from __future__ import annotations

from dataclasses import dataclass

from grd_core.budget.process_tree import ProcessIdentity
from grd_core.errors import RefusedError
from grd_core.runs.ingest import ingest
from grd_core.runs.progress import progress_of
from grd_core.runs.queue_files import Waiting, drop_all
from grd_core.runs.records import RunRecord, find_run, runs_going_on
from grd_core.study import Study


@dataclass(frozen=True, slots=True)
class StopRequested:
    """The supervisor was asked: SIGTERM to every process now, SIGKILL after the grace time."""

    run_id: int
    grace_s: float


@dataclass(frozen=True, slots=True)
class StoppedAll:
    """What was taken out of the queue, and the runs that were asked to stop."""

    dropped: tuple[Waiting, ...]
    asked: tuple[StopRequested, ...]


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
    return StoppedAll(dropped, tuple(_ask_to_stop(study, run) for run in going_on))


def stop_run(study: Study, reference: str) -> StopRequested:
    """Ask for a run to be stopped; it ends as `stopped_by_user`.

    Raises:
        UsageError: there is no such run.
        RefusedError: it has ended already.
        LaunchError: the request cannot be written into its folder.
    """
    ingest(study)
    run = find_run(study, reference)
    if not run.is_going_on:
        raise RefusedError(
            f"run {run.id} has ended: {run.state}", fix=f"`grd watch {run.id} --once` shows it"
        )
    return _ask_to_stop(study, run)


def _ask_to_stop(study: Study, run: RunRecord) -> StopRequested:
    from grd_core.launch.launcher import request_stop

    with study.read() as ledger:
        known = progress_of(ledger.driver, run.id).supervisor
    request_stop(
        run.folder,
        ProcessIdentity(known["pid"], known["start_ticks"], known["boot_id"]) if known else None,
    )
    return StopRequested(run.id, study.config.run.grace_s)
