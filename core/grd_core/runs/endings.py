"""The end of a run, recorded once: by its supervisor's word, because nobody is left, or because
a person gave it up.

Nothing is decided while a supervisor or guard lives: the run itself can write to the journals,
so an exit record is believed only when nobody supervises any more. A run without one was
interrupted. That is decided while both of their locks are held here, so that neither can begin
meanwhile, and after what they left running was ended. While the run's folder cannot be read
nothing is decided: how it ended stands there.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grd_core.budget.process_tree import ProcessIdentity, boot_id
from grd_core.errors import RefusedError
from grd_core.identity import canonical_json, sha256_file
from grd_core.launch.ending import table_hashes
from grd_core.launch.locks import exclusive_if_free
from grd_core.launch.reap import end_leftovers, unsupervised
from grd_core.launch.spec import CALLED_OFF, SUPERVISOR_JOURNAL
from grd_core.runs.journal_reader import Batch
from grd_core.runs.progress import Progress, progress_of
from grd_core.runs.reach import in_reach
from grd_core.runs.records import FINISHED_STATES, RunRecord

if TYPE_CHECKING:
    from grd_core.study import Study

LAUNCHING_LOCK = "launching.lock"
"""Held, together with others, by every process that is starting a run."""

GIVEN_UP = "its folder is gone; it was given up"
NEVER_STARTED = "it never started"
"""The word on the end of a run whose command was never begun: its launcher was killed."""


@dataclass(frozen=True, slots=True)
class End:
    """Whether the end of a run was recorded now, and what was ingested on the way."""

    is_recorded: bool
    batches: tuple[Batch, ...] = ()


def record_end(study: Study, run: RunRecord) -> End:
    """Record the end of a run if it has ended; for a caller that holds the ingest lock."""
    from grd_core.runs.ingest import ingest_run

    progress = _progress(study, run.id)
    if not in_reach(run.folder):
        return End(False)
    with ExitStack() as held:
        try:
            if progress.started is None and not progress.exit:
                launching = study.ledger_path.parent / LAUNCHING_LOCK
                if not held.enter_context(exclusive_if_free(launching)):
                    return End(False)
            if not held.enter_context(unsupervised(run.folder)):
                return End(False)
            if not progress.exit:
                # A supervisor that is only now on its way finds this and runs nothing.
                (run.folder / CALLED_OFF).touch()
        except OSError:
            return End(False)  # a folder that cannot be written now decides nothing
        end_leftovers(run.folder)
        batches = tuple(ingest_run(study, run))
        if not in_reach(run.folder):
            return End(False, batches)  # it went away while it was read
        _write_end(study, run, _progress(study, run.id))
    return End(True, batches)


def record_given_up(study: Study, run: RunRecord) -> None:
    """Record that a person gave up a run whose folder is gone, with what was taken up of it.

    Raises:
        RefusedError: its folder is in reach, or its supervisor lives.
    """
    if in_reach(run.folder):
        raise RefusedError(
            f"the folder of run {run.id} is there", fix=f"`grd stop {run.id}` asks it to save"
        )
    progress = _progress(study, run.id)
    known = progress.supervisor
    if known:
        supervisor = ProcessIdentity(known["pid"], known["start_ticks"], known["boot_id"])
        if supervisor.is_alive():
            raise RefusedError(
                f"the supervisor of run {run.id} lives: it goes on",
                fix=f"`kill {supervisor.pid}` ends it and the run",
            )
    faults = _faults(study, run.id)
    detail = faults | {"exit_code": None, "detail": GIVEN_UP} | _totals(progress)
    _write_state(study, run, "stopped_by_user", detail)


def _progress(study: Study, run_id: int) -> Progress:
    with study.read() as ledger:
        return progress_of(ledger.driver, run_id)


def _write_end(study: Study, run: RunRecord, progress: Progress) -> None:
    faults = _faults(study, run.id)
    said = {} if SUPERVISOR_JOURNAL in faults["rewritten"] else progress.exit
    state = said["reason"] if said and said.get("reason") in FINISHED_STATES else "interrupted"
    if said:
        word = said["detail"]
    elif progress.exit:
        word = "its supervisor's journal was changed"
    elif progress.started is None:
        word = NEVER_STARTED
    elif progress.supervisor.get("boot_id") != boot_id():
        word = "the machine was restarted"
    else:
        word = "its supervisor and guard were killed"
    tables = table_hashes(run.folder)
    at_exit = said.get("tables")
    known_tables = at_exit if isinstance(at_exit, dict) else tables
    detail = faults | {
        **_totals(progress),
        "exit_code": said.get("exit_code"),
        "detail": word,
        "files": _journal_hashes(run.folder) | known_tables,
        "changed_since_exit": sorted(
            name
            for name in tables.keys() | known_tables.keys()
            if tables.get(name) != known_tables.get(name)
        ),
    }
    _write_state(study, run, state, detail)


def _totals(progress: Progress) -> dict[str, Any]:
    return {
        "totals": {
            "wall_s": progress.wall_s,
            "cpu_s": progress.cpu_s,
            "gpu_s": progress.gpu_s,
            "peak_rss_bytes": progress.peak_rss_bytes,
        },
        "gpus": {
            key: progress.supervisor[key]
            for key in ("energy", "lost_gpus")
            if key in progress.supervisor
        },
    }


def _write_state(study: Study, run: RunRecord, state: str, detail: dict[str, Any]) -> None:
    from grd_core.ledger.tables import RunState

    with study.write(f"run {run.id} ended: {state}") as tx:
        known = "SELECT count(*) FROM run_state WHERE run_id = ? AND state != 'started'"
        if tx.value(known, run.id) == 0:
            tx.insert(RunState(run_id=run.id, state=state, detail_json=canonical_json(detail)))


def _faults(study: Study, run_id: int) -> dict[str, Any]:
    """What the journals lack: how many lines nobody could read, how many the disk refused,
    and the names of files that were cut, replaced or removed."""
    with study.read() as ledger:
        rows = ledger.rows(
            "SELECT file, status, malformed, lost FROM journal_offset WHERE run_id = ?", run_id
        )
    return {
        "malformed": sum(row["malformed"] for row in rows),
        "lost": sum(row["lost"] for row in rows),
        "rewritten": sorted(row["file"] for row in rows if row["status"] == "rewritten"),
    }


def _journal_hashes(run_dir: Path) -> dict[str, str]:
    """sha256 of the journals, by name inside the run's folder."""
    found = {}
    for path in sorted(run_dir.glob("journal/*.jsonl")):
        try:
            found[str(path.relative_to(run_dir))] = sha256_file(path)
        except OSError:
            found[str(path.relative_to(run_dir))] = "unreadable"
    return found
