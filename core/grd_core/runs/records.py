"""Runs as the ledger knows them, and where their files are."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grd_core.errors import UsageError
from grd_core.ledger.read import Reader
from grd_core.study import Study

FINISHED_STATES = (
    "done",
    "failed",
    "stopped_by_budget",
    "stopped_by_user",
    "interrupted",
    "out_of_memory",
)
"""How a run may have ended; the only other state is `started`."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run. `folder` follows its experiment when that is moved.

    `detail` holds exit code, totals and the journals' hashes once it has ended; `ended` is
    the time (UTC, ISO 8601) of its last state or empty.
    """

    id: int
    experiment_id: int
    experiment: str
    ordinal: int
    folder: Path
    command: tuple[str, ...]
    seed: int
    started: str
    state: str
    ended: str
    detail: dict[str, Any]

    @property
    def name(self) -> str:
        """How it is called on a line: `003-lagged-weather/02`."""
        return f"{self.experiment}/{self.ordinal:02d}"

    @property
    def is_going_on(self) -> bool:
        """Whether no end of it is recorded."""
        return self.state == "started"


_SELECT = """
SELECT r.id, r.experiment_id, r.ordinal, r.folder, r.command_json, r.seed, r.at,
       s.state, s.at AS state_at, s.detail_json, e.number, e.slug, x.folder AS experiment_folder
FROM run r
JOIN run_state s ON s.id = (SELECT max(id) FROM run_state WHERE run_id = r.id)
JOIN experiment e ON e.id = r.experiment_id
JOIN experiment_state x ON x.id =
     (SELECT max(id) FROM experiment_state WHERE experiment_id = r.experiment_id)
"""


def list_runs(study: Study, ledger: Reader, *, experiment_id: int | None = None) -> list[RunRecord]:
    """Runs in the order of their ids: all of them, or one experiment's."""
    if experiment_id is None:
        rows = ledger.rows(f"{_SELECT} ORDER BY r.id")
    else:
        rows = ledger.rows(f"{_SELECT} WHERE r.experiment_id = ? ORDER BY r.id", experiment_id)
    return [_record(study, row) for row in rows]


def runs_going_on(study: Study, ledger: Reader) -> list[RunRecord]:
    """Runs whose end is not recorded."""
    return [
        _record(study, row)
        for row in ledger.rows(f"{_SELECT} WHERE s.state = 'started' ORDER BY r.id")
    ]


def find_run(study: Study, reference: str) -> RunRecord:
    """The run a researcher means by its id (`12`) or by experiment and ordinal (`3/1`).

    Raises:
        UsageError: there is none.
    """
    wanted = re.fullmatch(r"(?:0*(\d+)[^/]*/)?0*(\d+)", reference.strip())
    with study.read() as ledger:
        row = None
        if wanted and wanted.group(1):
            row = ledger.one(
                f"{_SELECT} WHERE e.number = ? AND r.ordinal = ?", *map(int, wanted.groups())
            )
        elif wanted:
            row = ledger.one(f"{_SELECT} WHERE r.id = ?", int(wanted.group(2)))
        last = ledger.value("SELECT max(id) FROM run")
    if row is None:
        raise UsageError(
            f"no run is called {reference!r}",
            fix=f"runs are 1 to {last}" if last else "`grd run EXPERIMENT` starts the first",
        )
    return _record(study, row)


def _record(study: Study, row: sqlite3.Row) -> RunRecord:
    folder = study.root / row["experiment_folder"] / "runs" / f"{row['ordinal']:02d}"
    return RunRecord(
        id=row["id"],
        experiment_id=row["experiment_id"],
        experiment=f"{row['number']:03d}-{row['slug']}",
        ordinal=row["ordinal"],
        folder=folder,
        command=tuple(json.loads(row["command_json"])),
        seed=row["seed"],
        started=row["at"],
        state=row["state"],
        ended="" if row["state"] == "started" else row["state_at"],
        detail=json.loads(row["detail_json"]),
    )
