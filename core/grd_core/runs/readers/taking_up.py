"""Bringing what other tools write about a run into the ledger, beside its journal.

A file in the run's folder is the run's. A file in the experiment's folder is taken for its
only if it was written since the run began and no other run of the experiment went on at any
time since then. Points and positions commit together.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from grd_core.ledger.read import Reader
from grd_core.runs.journal_reader import BLOCK_BYTES, Batch, Series
from grd_core.runs.points import append_points, read_points
from grd_core.runs.readers.following import Piece, read_piece
from grd_core.runs.readers.overlap import is_alone
from grd_core.runs.readers.owning import claim
from grd_core.runs.readers.sources import PRINTED, WHOLE, Source, of_experiment, of_run
from grd_core.runs.readers.state import FileState, save, state_before, states_of
from grd_core.runs.records import RunRecord

if TYPE_CHECKING:
    from grd_core.study import Study


@dataclass(frozen=True, slots=True)
class MetricFile:
    """A file metrics of a run are taken from: its path from the run's folder, its kind.

    `status` is reading, ignored (it holds no metrics) or damaged; `word` says why it is not
    read any more, or not wholly. `names` are the metrics that come from it.
    """

    path: str
    kind: str
    status: str
    word: str
    names: tuple[str, ...]


def metric_files(ledger: Reader, run_id: int) -> tuple[MetricFile, ...]:
    """The files beside a run's journal that were looked at, by path; reads only."""
    return tuple(
        MetricFile(state.key, state.kind, state.status, state.word, state.names)
        for _, state in sorted(states_of(ledger.driver, run_id).items())
    )


def take_up(study: Study, run: RunRecord) -> list[Batch]:
    """Take up what is new in the files of one run; for a caller that holds the ingest lock.

    What is written meanwhile is left for the next time.
    """
    began = datetime.fromisoformat(run.started).timestamp()
    with study.read() as ledger:
        states = states_of(ledger.driver, run.id)
        left = [source for source in of_run(run.folder) if _may_be_new(source, states)]
        shared = [
            source
            for source in of_experiment(run.folder.parent.parent, int(began * 1e9))
            if _may_be_new(source, states)
        ]
        if shared and is_alone(ledger.driver, run):
            # Printed lines stand back, so whatever may say the same comes first.
            left = sorted([*left, *shared], key=lambda source: source.kind == PRINTED)
    batches: list[Batch] = []
    while left:
        with study.read() as ledger:
            pieces, left = _round(ledger, run.id, states, left)
        if not pieces:
            continue
        with study.write_derived() as connection:
            if any(piece.source.is_shared for piece in pieces) and not is_alone(connection, run):
                pieces = [piece for piece in pieces if not piece.source.is_shared]
                left = [source for source in left if not source.is_shared]
            for piece in pieces:
                _commit(connection, run.id, states, piece, began)
        batches.extend(piece.batch for piece in pieces)
    return batches


def _may_be_new(source: Source, states: dict[str, FileState]) -> bool:
    """Whether a file must be opened to know if it says anything new."""
    state = states.get(source.key)
    if state is None:
        return source.size > 0
    return source.size != state.offset or source.mtime_ns != state.mtime_ns


def _round(
    ledger: Reader, run_id: int, states: dict[str, FileState], sources: Sequence[Source]
) -> tuple[list[Piece], list[Source]]:
    """One piece a file, a block of bytes in all; and the files that have more."""
    pieces: list[Piece] = []
    left: list[Source] = []
    room = BLOCK_BYTES
    for source in sources:
        if room <= 0:
            left.append(source)
            continue
        known = states.get(source.key)
        before = (
            state_before(ledger.driver, run_id, source.key)
            if source.is_shared and known is None
            else None
        )
        piece = read_piece(source, known, before)
        if piece is None:
            continue
        pieces.append(_without_known(ledger, run_id, states, piece))
        room -= piece.size
        is_open = piece.state.status == "reading" and source.kind != WHOLE
        if is_open and piece.state.offset < source.size:
            left.append(source)
    return pieces, left


def _without_known(
    ledger: Reader, run_id: int, states: dict[str, FileState], piece: Piece
) -> Piece:
    """After a file was begun anew: without the points it had said before, up to the first new."""
    fresh = piece.state.fresh
    if fresh is None:
        return piece
    told = _told(states, piece.state.group)
    points = piece.batch.points
    for name in sorted(points.keys() & told - set(fresh)):
        stored = read_points(ledger, run_id, name)
        known = set(zip(stored.steps, map(_comparable, stored.values), strict=True))
        series = points[name]
        first = next(
            (
                i
                for i, point in enumerate(
                    zip(series.steps, map(_comparable, series.values), strict=True)
                )
                if point not in known
            ),
            None,
        )
        if first is None:
            del points[name]
            continue
        points[name] = Series(series.steps[first:], series.times[first:], series.values[first:])
        fresh = (*fresh, name)
    new_names = points.keys() - told - set(fresh)
    return replace(piece, state=replace(piece.state, fresh=(*fresh, *sorted(new_names))))


def _comparable(value: float) -> float | None:
    return None if math.isnan(value) else value


def _commit(
    connection: sqlite3.Connection,
    run_id: int,
    states: dict[str, FileState],
    piece: Piece,
    began: float,
) -> None:
    """Write the points of a piece that are this run's and this file's, and the state after it."""
    points = piece.batch.points
    if piece.source.is_shared:
        for name in [name for name in points if min(points[name].times) < began]:
            _drop_before(points, name, began)
    state = piece.state
    if state.key in states:
        # Since it was read, another file of this round may have taken a name from it.
        state = replace(state, names=states[state.key].names)
    state, allowed = claim(connection, run_id, states, state, list(points))
    for name in list(points):
        if name in allowed:
            append_points(connection, run_id, name, points[name])
        else:
            del points[name]
    states[state.key] = state
    if state.fresh is not None:
        told = _told(states, state.group)
        state = replace(state, fresh=tuple(name for name in state.fresh if name in told))
        states[state.key] = state
    save(connection, run_id, state, piece.batch.lines)


def _told(states: dict[str, FileState], group: str) -> frozenset[str]:
    """The metrics that are taken from files of a group."""
    return frozenset(
        name for state in states.values() if state.group == group for name in state.names
    )


def _drop_before(points: dict[str, Series], name: str, began: float) -> None:
    """Leave out what was written before the run began: it is of another training."""
    kept = Series()
    series = points[name]
    for step, time, value in zip(series.steps, series.times, series.values, strict=True):
        if time >= began:
            kept.add(step, time, value)
    if kept.steps:
        points[name] = kept
    else:
        del points[name]
