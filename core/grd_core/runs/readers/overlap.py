"""Whether a run had its experiment to itself: only then are files beside its folder its own."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime

from grd_core.runs.records import RunRecord

_STILL_ON = """
SELECT 1 FROM run r WHERE r.experiment_id = :experiment AND r.id < :run AND NOT EXISTS
    (SELECT 1 FROM run_state s WHERE s.run_id = r.id AND s.state != 'started')
LIMIT 1
"""

_SEEN_SINCE = """
SELECT r.id, p.exit_json FROM run_state s JOIN run r ON r.id = s.run_id
LEFT JOIN run_progress p ON p.run_id = r.id
WHERE s.id > (SELECT min(id) FROM run_state WHERE run_id = :run)
  AND r.experiment_id = :experiment AND r.id != :run
"""


def is_alone(connection: sqlite3.Connection, run: RunRecord) -> bool:
    """Whether no other run of the experiment went on at any time since this one began."""
    named = {"experiment": run.experiment_id, "run": run.id}
    if connection.execute(_STILL_ON, named).fetchone() is not None:
        return False
    began = datetime.fromisoformat(run.started).timestamp()
    for other, exit_json in connection.execute(_SEEN_SINCE, named):
        # The end of an earlier run may have been recorded late; its supervisor knows better.
        ended = json.loads(exit_json or "{}").get("time")
        if other > run.id or not isinstance(ended, float) or ended > began:
            return False
    return True
