"""One metric of a million points: all of it, its overview, a chart of it.

Beside it the plain design, in a database of its own: a row a point, and SQL that groups them.
"""

from __future__ import annotations

import math
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from grd_core.runs.journal_reader import Series as NewPoints
from grd_core.runs.points import append_points, overview, read_points
from grd_core.runs.series import series
from grd_core.study import Study
from tests.benchmarks.rounds import Measured, in_turns, seconds
from tests.benchmarks.row import Row, counted
from tests.benchmarks.studies import add_running, study_with_experiments

POINTS = counted(1_000_000, 20_000)
ROUNDS = counted(7, 1)
COLUMNS = 240
"""Buckets of a chart that is 120 cells wide."""

_WHOLE = "SELECT step, at, value FROM point WHERE run = 1 AND metric = 'loss' ORDER BY step"
_CHART = """
SELECT (step - :first) * :columns / (:last - :first + 1), min(value), max(value), count(*)
FROM point WHERE run = 1 AND metric = 'loss' AND step BETWEEN :first AND :last GROUP BY 1
"""


def rows() -> Iterator[Row]:
    """Reading, charting and storing a million points, each against a row a point."""
    with tempfile.TemporaryDirectory() as folder:
        study = study_with_experiments(Path(folder) / "study", 1)
        add_running(study)
        plain = Path(folder) / "plain.db"
        before = _size(study)
        _store(study)
        size = (_size(study) - before) / POINTS
        _store_plainly(plain)
        taken = _taken(study, plain)
        plain_size = plain.stat().st_size / POINTS
    whole, chart, zoomed = taken["whole"], taken["chart"], taken["zoomed"]
    points = f"{POINTS:,} points"
    yield _row(f"{points}, all of them", whole, taken["plain whole"], 0.100)
    yield _row(f"{points}, overview", taken["overview"], taken["plain chart"], 0.015)
    yield _row(f"{points}, a chart of all", chart, taken["plain chart"])
    yield _row(f"{points}, a chart of 5% of them", zoomed, taken["plain zoomed"])
    yield Row(
        "a point on disk",
        f"{size:.1f} bytes",
        f"a row a point {plain_size:.1f} bytes",
        size / plain_size,
        "≤ 27 bytes",
        size <= 27,
    )


def _row(what: str, ours: Measured, plain: Measured, most_s: float | None = None) -> Row:
    figure, reference = f"{ours.median * 1e3:.1f} ms", f"a row a point {plain.median * 1e3:.1f} ms"
    if most_s is None:
        return Row(what, figure, reference, ours.to(plain))
    bar, holds = f"≤ {most_s * 1e3:.0f} ms", ours.median <= most_s
    return Row(what, figure, reference, ours.to(plain), bar, holds)


def _taken(study: Study, plain: Path) -> dict[str, Measured]:
    """Every read through a connection of its own, as the screens make it."""
    first, last = POINTS * 90 // 100, POINTS * 95 // 100

    def all_points() -> None:
        with study.read() as ledger:
            assert len(read_points(ledger, 1, "loss").values) == POINTS

    def glance() -> None:
        with study.read() as ledger:
            assert sum(piece.count for piece in overview(ledger, 1, "loss", buckets=400)) == POINTS

    def query(sql: str, **named: int) -> None:
        with closing(sqlite3.connect(plain)) as connection:
            assert connection.execute(sql, named).fetchall()

    return in_turns(
        {
            "whole": seconds(all_points),
            "plain whole": seconds(lambda: query(_WHOLE)),
            "overview": seconds(glance),
            "chart": seconds(lambda: series(study, 1, "loss", buckets=COLUMNS)),
            "plain chart": seconds(
                lambda: query(_CHART, first=0, last=POINTS - 1, columns=COLUMNS)
            ),
            "zoomed": seconds(
                lambda: series(study, 1, "loss", buckets=COLUMNS, start=first, end=last)
            ),
            "plain zoomed": seconds(lambda: query(_CHART, first=first, last=last, columns=COLUMNS)),
        },
        ROUNDS,
    )


def _store(study: Study) -> None:
    new = NewPoints()
    for i in range(POINTS):
        new.add(i, 1e9 + i, math.sin(i))
    with study.write_derived() as connection:
        append_points(connection, 1, "loss", new)


def _store_plainly(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE TABLE point (run INTEGER, metric TEXT, step INTEGER, at REAL, value REAL,"
            " PRIMARY KEY (run, metric, step)) WITHOUT ROWID"
        )
        connection.executemany(
            "INSERT INTO point VALUES (1, 'loss', ?, ?, ?)",
            ((i, 1e9 + i, math.sin(i)) for i in range(POINTS)),
        )
        connection.commit()


def _size(study: Study) -> int:
    with study.read() as ledger:
        return int(ledger.value("PRAGMA page_count")) * int(ledger.value("PRAGMA page_size"))
