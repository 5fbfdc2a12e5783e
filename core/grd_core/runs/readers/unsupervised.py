"""Training that was started by hand: nobody supervises it, but its files appear.

A file of metrics in an experiment's folder, outside its runs, that was written when no run of
the experiment went on is of such a training. It costs no budget and is judged by nothing; it
is only told, so that nobody takes it for a run.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from grd_core.ledger.read import Reader
from grd_core.runs.experiments import ExperimentRecord, list_experiments
from grd_core.runs.journal_reader import Batch
from grd_core.runs.readers.sources import FORMATS, WHOLE, Source, of_experiment
from grd_core.runs.readers.trainer_state import LARGEST_STATE

if TYPE_CHECKING:
    from grd_core.study import Study

LIVE_S = 60.0
"""A training whose files were written within so many seconds is taken to go on."""

_SNIFF_BYTES = 2**16
_LEAST_GAP_S = 2.0
"""A run's last words may reach the disk so long after its end was recorded."""


@dataclass(frozen=True, slots=True)
class Unsupervised:
    """An experiment with files of a training that no run accounts for.

    `files` are their paths from the experiment's folder, the last written first;
    `last_written` is in Unix seconds.
    """

    experiment_id: int
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
        experiments = [e for e in list_experiments(study, ledger) if e.state == "open"]
        ended = _last_ends(ledger)
    found = []
    for experiment in experiments:
        since = max(_unix(experiment.at), ended.get(experiment.id, 0.0) + _LEAST_GAP_S)
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
            experiment_id=experiment.id,
            experiment=experiment.name,
            files=tuple(_from_experiment(source) for source in sources),
            last_written=sources[0].mtime_ns / 1e9,
        )
    ]


def _from_experiment(source: Source) -> str:
    return source.key.removeprefix("../../")


_LAST_ENDS = """
SELECT r.experiment_id, max(coalesce(s.at, '9999-01-01T00:00:00Z')) AS ended
FROM run r LEFT JOIN run_state s ON s.run_id = r.id AND s.state != 'started'
GROUP BY r.experiment_id
"""


def _last_ends(ledger: Reader) -> dict[int, float]:
    """When the last run of each experiment ended; in the far future where one goes on."""
    return {row["experiment_id"]: _unix(row["ended"]) for row in ledger.rows(_LAST_ENDS)}


def _unix(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()


@lru_cache(maxsize=1024)
def _says_metrics(kind: str, path: str, size: int, mtime_ns: int) -> bool:
    """Whether the beginning of a file holds a metric; asked once for each change of it."""
    del mtime_ns  # part of the key alone
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        most = LARGEST_STATE if kind == WHOLE else _SNIFF_BYTES
        data = os.pread(fd, min(size, most), 0)
    except OSError:
        return False
    finally:
        os.close(fd)
    batch = Batch(most_names=1)
    FORMATS[kind](data, {}, batch, 0.0)
    return bool(batch.points)
