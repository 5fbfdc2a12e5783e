"""A TensorBoard event file of a million scalars: grd's reader against tensorboard's own.

The same file for both. tensorboard's loader is asked to keep every scalar, as by default it
keeps 10,000 of each; its imports are not counted. grd's is given the file in pieces, as the
ingester reads it, and goes on from where each piece was done with.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from grd_core.runs.journal_reader import BLOCK_BYTES, Batch
from grd_core.runs.readers.contract import Memory
from grd_core.runs.readers.tensorboard import take_events
from tests.benchmarks.event_file import write_scalars
from tests.benchmarks.rounds import Measured, in_turns, seconds
from tests.benchmarks.row import Line, Row, Skipped, counted
from tests.benchmarks.trackers import Unavailable, installed

SCALARS = counted(1_000_000, 10_000)
ROUNDS = counted(3, 1)
BAR_S = 4.0

_THEIRS = """
import json, sys, time
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
found = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
started = time.perf_counter()
found.Reload()
taken = time.perf_counter() - started
print(json.dumps([taken, sum(len(found.Scalars(tag)) for tag in found.Tags()["scalars"])]))
"""


def rows() -> Iterator[Line]:
    """The whole file, by both in turns; where theirs cannot be had, against its bare bytes."""
    found = installed("tensorboard", "tensorboard")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.out.tfevents.1000000000.bench"
        write_scalars(path, SCALARS)
        measures = {"ours": seconds(partial(_ours, path)), "bytes": seconds(path.read_bytes)}
        if not isinstance(found, Unavailable):
            measures["theirs"] = partial(_theirs, found.python, path)
        taken = in_turns(measures, ROUNDS)
    if isinstance(found, Unavailable):
        yield Skipped("tensorboard's own loader", found.why)
        yield _row(taken["ours"], taken["bytes"], "its bytes alone")
    else:
        yield _row(taken["ours"], taken["theirs"], f"tensorboard {found.version}")


def _row(ours: Measured, other: Measured, name: str) -> Row:
    return Row(
        f"an event file of {SCALARS:,} scalars",
        f"{ours.median * 1e3:,.0f} ms",
        f"{name} {other.median * 1e3:,.1f} ms",
        ours.to(other),
        f"≤ {BAR_S:.0f} s",
        ours.median <= BAR_S,
    )


def _ours(path: Path) -> None:
    batch, offset = Batch(), 0
    memory: Memory = {}
    with path.open("rb") as stream:
        while piece := stream.read(BLOCK_BYTES):
            taken = take_events(piece, memory, batch, 1e9)
            assert taken.consumed and not taken.damage
            offset += taken.consumed
            stream.seek(offset)
    assert sum(len(series.values) for series in batch.points.values()) == SCALARS


def _theirs(python: str, path: Path) -> float:
    done = subprocess.run(
        [python, "-c", _THEIRS, str(path)], capture_output=True, text=True, check=True
    )
    taken, count = json.loads(done.stdout)
    assert count == SCALARS
    return float(taken)
