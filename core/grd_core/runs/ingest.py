"""Bringing journals, and files of other tools, into the ledger: `ingest`.

Whoever needs fresh data calls it.

New lines, and the offset behind them, commit in one transaction, so that a kill at any
moment loses and doubles nothing. One process ingests at a time; another that finds the
lock taken goes on with what is there. Journals of a run that nobody follows simply wait.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grd_core.launch.locks import exclusive_if_free
from grd_core.launch.spec import JOURNAL_FOLDER
from grd_core.runs.journal_reader import (
    SUPERVISING,
    Batch,
    Position,
    Rewritten,
    parse_points,
    parse_records,
    read_new,
)
from grd_core.runs.points import append_points
from grd_core.runs.progress import follow, progress_of, save_progress
from grd_core.runs.readers.owning import give_to_journal
from grd_core.runs.readers.taking_up import take_up
from grd_core.runs.records import RunRecord, runs_going_on

if TYPE_CHECKING:
    import sqlite3

    from grd_core.study import Study

INGEST_LOCK = "ingest.lock"

_READING = "reading"
_REWRITTEN = "rewritten"


@dataclass(frozen=True, slots=True)
class Ingested:
    """What was new: points, lines, lines nobody could read; runs whose end was recorded."""

    points: int
    lines: int
    malformed: int
    ended: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Busy:
    """Another process is ingesting; its result will be there in a moment."""


@dataclass(frozen=True, slots=True)
class NotWritable:
    """The study is read-only: what is shown is what was ingested before."""


def ingest(study: Study) -> Ingested | Busy | NotWritable:
    """Take up everything new of all runs that are going on, and record ends.

    Raises:
        LedgerError: the ledger cannot be written.
    """
    folder = study.ledger_path.parent
    if not os.access(folder, os.W_OK):
        return NotWritable()
    with exclusive_if_free(folder / INGEST_LOCK) as taken:
        if not taken:
            return Busy()
        from grd_core.runs.endings import record_end

        with study.read() as ledger:
            going_on = runs_going_on(study, ledger)
        passes: list[Batch] = []
        ended = []
        for run in going_on:
            passes.extend(ingest_run(study, run))
            end = record_end(study, run)
            passes.extend(end.batches)
            if end.is_recorded:
                ended.append(run.id)
    return Ingested(
        points=sum(batch.point_count for batch in passes),
        lines=sum(batch.lines for batch in passes),
        malformed=sum(batch.malformed for batch in passes),
        ended=tuple(ended),
    )


def ingest_run(study: Study, run: RunRecord) -> list[Batch]:
    """Take up what is new in one run's journals, then in files that other tools wrote.

    For a caller that holds the ingest lock.

    What is written meanwhile is left for the next time: chasing a busy run could go on for
    as long as it does.
    """
    return [*_ingest_journals(study, run), *take_up(study, run)]


def _ingest_journals(study: Study, run: RunRecord) -> list[Batch]:
    batches: list[Batch] = []
    sizes = _sizes(run.folder)
    while sizes:
        with study.read() as ledger:
            blocks = [
                block
                for path, size in sizes.items()
                if (block := _read_block(ledger.driver, run.id, path, size)) is not None
            ]
        if not blocks:
            break
        with study.write_derived() as connection:
            for block in blocks:
                _take_up(connection, run.id, block)
        batches.extend(block.batch for block in blocks)
        sizes = {
            block.path: sizes[block.path]
            for block in blocks
            if block.status == _READING and block.position.offset < sizes[block.path]
        }
    return batches


def _sizes(run_dir: Path) -> dict[Path, int]:
    """A run's journal files and their sizes; none where they are out of reach for now."""
    try:
        return {
            path: path.stat().st_size
            for path in sorted((run_dir / JOURNAL_FOLDER).iterdir())
            if path.suffix == ".jsonl"
        }
    except OSError:
        return {}


@dataclass(frozen=True, slots=True)
class _Block:
    """New lines of one file, parsed, and where they end."""

    path: Path
    status: str
    position: Position
    batch: Batch


def _read_block(
    connection: sqlite3.Connection, run_id: int, path: Path, size: int
) -> _Block | None:
    """The next lines of a file that is `size` bytes long; None when there is nothing to do."""
    position = _position(connection, run_id, path.name)
    if position is None or position.offset == size:
        return None
    try:
        found = read_new(path, position)
    except OSError:
        return None  # a mount that is away; the journal waits
    batch = Batch()
    if isinstance(found, Rewritten):
        return _Block(path, _REWRITTEN, position, batch)
    if found.position == position:
        return None
    (parse_records if path.name in SUPERVISING else parse_points)(found.lines, batch)
    return _Block(path, _READING, found.position, batch)


def _take_up(connection: sqlite3.Connection, run_id: int, block: _Block) -> None:
    """Write a block's rows and the offset behind them."""
    batch = block.batch
    if block.path.name in SUPERVISING:
        save_progress(connection, run_id, follow(progress_of(connection, run_id), batch))
    else:
        give_to_journal(connection, run_id, batch.points)
    for name, series in batch.points.items():
        append_points(connection, run_id, name, series)
    _save(connection, run_id, block)


def _position(connection: sqlite3.Connection, run_id: int, file: str) -> Position | None:
    """How far a file was read; None when it must not be read any more."""
    row = connection.execute(
        "SELECT status, offset, tail FROM journal_offset WHERE run_id = ? AND file = ?",
        (run_id, file),
    ).fetchone()
    if row is None:
        return Position()
    return Position(row[1], row[2]) if row[0] == _READING else None


def _save(connection: sqlite3.Connection, run_id: int, block: _Block) -> None:
    connection.execute(
        "INSERT INTO journal_offset VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (run_id, file) DO UPDATE SET status = excluded.status,"
        " offset = excluded.offset, tail = excluded.tail, lines = lines + excluded.lines,"
        " malformed = malformed + excluded.malformed, lost = lost + excluded.lost",
        (
            run_id,
            block.path.name,
            block.status,
            block.position.offset,
            block.position.tail,
            block.batch.lines,
            block.batch.malformed,
            block.batch.lost,
        ),
    )
