"""The next piece of a file that grows, is cut, replaced, or written anew."""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass, replace

from grd_core.runs.journal_reader import BLOCK_BYTES, TAIL_BYTES, Batch
from grd_core.runs.readers.contract import Memory
from grd_core.runs.readers.lines import begin_within_a_line
from grd_core.runs.readers.sources import FORMATS, PRINTED, WHOLE, Source
from grd_core.runs.readers.state import FileState, Status
from grd_core.runs.readers.trainer_state import LARGEST_STATE

SNIFF_BYTES = 2**20
"""A file of JSON lines that says no metric in so many bytes says none at all."""

NO_METRICS = "its first mebibyte holds no line with a step and numbers"
TOO_LARGE = "it is larger than 64 MiB"

_HEAD_BYTES = 256
_LEAST_HOLE = 2**16
_MOST_SERIES = 2000
_SAID = "said"


@dataclass(frozen=True, slots=True)
class Piece:
    """What was new in a file: its points, the state after it, and how many bytes were read."""

    source: Source
    state: FileState
    batch: Batch
    size: int


def read_piece(
    source: Source,
    known: FileState | None,
    before: FileState | None,
    *,
    limit: int = BLOCK_BYTES,
) -> Piece | None:
    """The next piece of a file, `limit` bytes at most; None where there is nothing to do.

    Args:
        source: the file, whose size was seen: nothing beyond it is read.
        known: its state in this run; None at first.
        before: its state in the last run that read it, for a file that runs share.
        limit: bytes of a piece, more than the longest line.
    """
    try:
        fd = os.open(source.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None  # gone, a link, or out of reach for now
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            return None
        if source.kind == WHOLE:
            return _whole(fd, found, source, known)
        state = _state(fd, found, source, known, before)
        return None if state is None else _next(fd, found, source, state, limit)
    except OSError:
        return None
    finally:
        os.close(fd)


def _state(
    fd: int,
    found: os.stat_result,
    source: Source,
    known: FileState | None,
    before: FileState | None,
) -> FileState | None:
    """Where to go on; None where there is nothing new."""
    if known is not None:
        is_same = found.st_size >= known.offset and _is_same(fd, known)
        if known.status != "reading":
            is_same = is_same and found.st_ino == known.inode
            return None if is_same else known.begun_anew()
        return known if is_same else known.begun_anew()
    new = FileState(key=source.key, group=source.group, kind=source.kind)
    if before is None or before.kind != source.kind or before.status != "reading":
        return new
    # What an earlier run was told is not told again; a file as long as before that was
    # written since is one of the same contents that this run wrote.
    if found.st_size > before.offset and _is_same(fd, before):
        return replace(before, key=source.key, group=source.group, names=(), fresh=None)
    return new


def _is_same(fd: int, state: FileState) -> bool:
    """Whether what was read still stands there, or was given back to the disk as zeros."""
    head = os.pread(fd, len(state.head), 0)
    tail = os.pread(fd, len(state.tail), state.offset - len(state.tail))
    return head == state.head and (tail == state.tail or (bool(tail) and not any(tail)))


def _next(
    fd: int, found: os.stat_result, source: Source, state: FileState, limit: int
) -> Piece | None:
    memory: Memory = dict(state.memory)
    offset = _after_hole(fd, state.offset, memory) if source.kind == PRINTED else state.offset
    is_unsure = source.kind == "jsonl" and not memory.get(_SAID)
    if is_unsure:
        limit = min(limit, SNIFF_BYTES - offset)
    data = os.pread(fd, max(0, min(limit, min(found.st_size, source.size) - offset)), offset)
    batch = Batch(most_names=_MOST_SERIES)
    taken = FORMATS[source.kind](data, memory, batch, min(time.time(), found.st_mtime))
    end = offset + taken.consumed
    state = replace(
        state,
        inode=found.st_ino,
        mtime_ns=found.st_mtime_ns,
        offset=end,
        tail=os.pread(fd, min(TAIL_BYTES, end), max(0, end - TAIL_BYTES)),
        head=state.head or os.pread(fd, min(_HEAD_BYTES, end or len(data)), 0),
        memory=memory,
    )
    if is_unsure and batch.points:
        memory[_SAID] = True
    elif is_unsure and offset + len(data) >= SNIFF_BYTES:
        return Piece(source, replace(state, status="ignored", word=NO_METRICS), batch, len(data))
    if taken.damage:
        status: Status = "damaged" if source.kind == "tensorboard" else "ignored"
        state = replace(state, status=status, word=taken.damage)
        return Piece(source, state, batch, len(data))
    # Only what is done with is new: a half-written end waits.
    if not taken.consumed:
        return None
    return Piece(source, state, batch, len(data))


def _after_hole(fd: int, offset: int, memory: Memory) -> int:
    """Where data goes on: the middle of a long log is given back to the disk."""
    try:
        data_at = os.lseek(fd, offset, os.SEEK_DATA)
    except OSError:
        return offset  # nothing but a hole up to the end, or no word from the file system
    if data_at - offset < _LEAST_HOLE:
        return offset
    begin_within_a_line(memory)
    return data_at


def _whole(fd: int, found: os.stat_result, source: Source, known: FileState | None) -> Piece | None:
    """A file that is written anew each time: all of it, if it is not the one that was read."""
    seen = (found.st_ino, found.st_size, found.st_mtime_ns)
    if known is not None and seen == (known.inode, known.offset, known.mtime_ns):
        return None
    state = replace(
        known or FileState(key=source.key, group=source.group, kind=source.kind),
        status="reading",
        inode=found.st_ino,
        offset=found.st_size,
        mtime_ns=found.st_mtime_ns,
        fresh=(),
        word="",
    )
    batch = Batch(most_names=_MOST_SERIES)
    if found.st_size > LARGEST_STATE:
        return Piece(source, replace(state, status="ignored", word=TOO_LARGE), batch, 0)
    data = os.pread(fd, found.st_size, 0)
    taken = FORMATS[source.kind](data, {}, batch, min(time.time(), found.st_mtime))
    if not taken.consumed:
        return None
    if taken.damage:
        state = replace(state, status="ignored", word=taken.damage)
    return Piece(source, state, batch, len(data))
