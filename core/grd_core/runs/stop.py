"""Stopping a run: a request its supervisor obeys, wherever and whenever it was started."""

from __future__ import annotations

from dataclasses import dataclass

from grd_core.budget.process_tree import ProcessIdentity
from grd_core.errors import RefusedError
from grd_core.runs.ingest import ingest
from grd_core.runs.progress import progress_of
from grd_core.runs.records import find_run
from grd_core.study import Study


@dataclass(frozen=True, slots=True)
class StopRequested:
    """The supervisor was asked: SIGTERM to every process now, SIGKILL after the grace time."""

    run_id: int
    grace_s: float


def stop_run(study: Study, reference: str) -> StopRequested:
    """Ask for a run to be stopped; it ends as `stopped_by_user`.

    Raises:
        UsageError: there is no such run.
        RefusedError: it has ended already.
        LaunchError: the request cannot be written into its folder.
    """
    from grd_core.launch.launcher import request_stop

    ingest(study)
    run = find_run(study, reference)
    if not run.is_going_on:
        raise RefusedError(
            f"run {run.id} has ended: {run.state}", fix=f"`grd watch {run.id} --once` shows it"
        )
    with study.read() as ledger:
        known = progress_of(ledger.driver, run.id).supervisor
    request_stop(
        run.folder,
        ProcessIdentity(known["pid"], known["start_ticks"], known["boot_id"]) if known else None,
    )
    return StopRequested(run.id, study.config.run.grace_s)
