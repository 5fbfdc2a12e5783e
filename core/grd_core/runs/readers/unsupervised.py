"""Training that was started by hand: nobody supervises it, but its files appear.

A file of metrics in an experiment's folder, outside its runs, that was written when no run of
the experiment went on is of such a training. It costs no budget and is judged by nothing; it
is only told, so that nobody takes it for a run.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from grd_core.runs.experiments import ExperimentRecord
from grd_core.runs.journal_reader import Batch
from grd_core.runs.readers.sources import FORMATS, WHOLE, Source, of_experiment
from grd_core.runs.readers.trainer_state import LARGEST_STATE
from grd_core.runs.recorded import Recorded, recorded_of

if TYPE_CHECKING:
    from grd_core.study import Study

LIVE_S = 60.0
"""A training whose files were written within so many seconds is taken to go on."""

_SNIFFS = (2**12, 2**16)
"""How much of a file is looked at: almost all say a metric at once."""
_FILES_REMEMBERED = 2**14
_LEAST_GAP_S = 2.0
"""A run's last words may reach the disk so long after its end was recorded."""


@dataclass(frozen=True, slots=True)
class Unsupervised:
    """An experiment with files of a training that no run accounts for.

    `number` and `experiment` are its number and its name; `files` are their paths from the
    experiment's folder, the last written first; `last_written` is in Unix seconds.
    """

    number: int
    experiment: str
    files: tuple[str, ...]
    last_written: float

    def is_live(self, now: float) -> bool:
        """Whether something was written within the last `LIVE_S` seconds."""
        return now - self.last_written < LIVE_S


def unsupervised(study: Study) -> tuple[Unsupervised, ...]:
    """Open experiments in which training was started by hand, by number; reads only.

    Only files with a metric in their first 64 KiB count, written after the experiment was made
    and after the last of its runs ended; while a run goes on, what is written is taken for its.
    """
    with study.read() as ledger:
        recorded = recorded_of(study, ledger)
    return unsupervised_among(recorded, recorded.experiments)


def unsupervised_among(
    recorded: Recorded, experiments: Iterable[ExperimentRecord]
) -> tuple[Unsupervised, ...]:
    """The same for some experiments only; looks at their files, not at the ledger."""
    found = []
    for experiment in experiments:
        if experiment.state != "open":
            continue
        ended = recorded.last_ends.get(experiment.id)
        since = max(_unix(experiment.at), _unix(ended) + _LEAST_GAP_S if ended else 0.0)
        if since <= time.time():
            found.extend(_of(experiment, since))
    return tuple(found)


def _of(experiment: ExperimentRecord, since: float) -> list[Unsupervised]:
    sources = [
        source
        for source in of_experiment(experiment.folder, int(since * 1e9))
        if _says_metrics(source.kind, str(source.path), source.size, source.mtime_ns)
    ]
    if not sources:
        return []
    sources.sort(key=lambda source: (-source.mtime_ns, source.key))
    return [
        Unsupervised(
            number=experiment.number,
            experiment=experiment.name,
            files=tuple(_from_experiment(source) for source in sources),
            last_written=sources[0].mtime_ns / 1e9,
        )
    ]


def _from_experiment(source: Source) -> str:
    return source.key.removeprefix("../../")


def _unix(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()


@lru_cache(maxsize=_FILES_REMEMBERED)
def _says_metrics(kind: str, path: str, size: int, mtime_ns: int) -> bool:
    """Whether the beginning of a file holds a metric; asked once for each change of it."""
    del mtime_ns  # part of the key alone
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        for most in (LARGEST_STATE,) if kind == WHOLE else _SNIFFS:
            batch = Batch(most_names=1)
            FORMATS[kind](os.pread(fd, min(size, most), 0), {}, batch, 0.0)
            if batch.points or size <= most:
                break
    except OSError:
        return False
    finally:
        os.close(fd)
    return bool(batch.points)
