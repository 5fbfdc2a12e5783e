"""Tables that can be rebuilt from the runs' journals: not chained, written by the driver.

A point is 24 bytes: step (int64), time (float64, Unix seconds), value (float64). Recent
points are rows of `point_tail`; full chunks move to `point_blob`, with their extremes
beside them in `point_chunk`, so that an overview never touches a blob. SQLite stores NaN
as NULL, so a NULL value of a point is NaN.
"""

from __future__ import annotations

DERIVED_DDL: tuple[str, ...] = (
    # How far each journal file was read. `tail` holds the last bytes before `offset`: where
    # they no longer stand in the file, it was rewritten, and reading it stops for good.
    """CREATE TABLE journal_offset (
        run_id INTEGER NOT NULL, file TEXT NOT NULL, status TEXT NOT NULL,
        offset INTEGER NOT NULL, tail BLOB NOT NULL,
        lines INTEGER NOT NULL, malformed INTEGER NOT NULL, lost INTEGER NOT NULL,
        PRIMARY KEY (run_id, file)) STRICT""",
    # One row a metric of a run: what lists, tables and sparklines show.
    """CREATE TABLE metric_summary (
        id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL, name TEXT NOT NULL,
        count INTEGER NOT NULL, nonfinite INTEGER NOT NULL, in_tail INTEGER NOT NULL,
        first_step INTEGER NOT NULL, last_step INTEGER NOT NULL, last_time REAL NOT NULL,
        last_value REAL, min_value REAL, max_value REAL,
        UNIQUE (run_id, name)) STRICT""",
    "CREATE INDEX metric_summary_by_name ON metric_summary (name, last_value)",
    """CREATE TABLE point_tail (
        metric_id INTEGER NOT NULL, seq INTEGER NOT NULL,
        step INTEGER NOT NULL, time REAL NOT NULL, value REAL,
        PRIMARY KEY (metric_id, seq)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE point_chunk (
        id INTEGER PRIMARY KEY, metric_id INTEGER NOT NULL, seq INTEGER NOT NULL,
        count INTEGER NOT NULL, nonfinite INTEGER NOT NULL,
        first_step INTEGER NOT NULL, last_step INTEGER NOT NULL,
        first_time REAL NOT NULL, last_time REAL NOT NULL,
        min_value REAL, max_value REAL, last_value REAL,
        UNIQUE (metric_id, seq)) STRICT""",
    "CREATE TABLE point_blob (chunk_id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT",
    # The last word of a run's supervisor: what it has spent, and how it ended.
    """CREATE TABLE run_progress (
        run_id INTEGER PRIMARY KEY, started REAL, heartbeat REAL,
        wall_s REAL NOT NULL, cpu_s REAL NOT NULL, gpu_s REAL NOT NULL,
        rss_bytes INTEGER NOT NULL, peak_rss_bytes INTEGER NOT NULL,
        gpus_json TEXT NOT NULL, supervisor_json TEXT NOT NULL, exit_json TEXT NOT NULL) STRICT""",
)
"""One statement each, run inside the first migration."""
