"""A cheap fingerprint of a study's files: stat, and listings of folders that changed."""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from grd_core.watch.folders import Folders, digest, guarded_mark, mark, size_mark, stat_of
from grd_core.watch.places import DOCUMENTS, EXPERIMENT_FILES, Place, is_code, is_searched
from grd_core.watch.source import source_folders, source_mark

SCAN_S = 15.0
"""Seconds at most between two searches for new runs and experiments."""

SCAN_SHARE = 0.003
"""Share of the time that searching may take: a small study is searched twice a second, one of
ten thousand runs every quarter of a minute."""

FRESH_S = 5.0
FRESH_SHARE = 0.05
"""The share for as many seconds after a run was begun: its journals appear in these."""

WARM_S = 900.0
LATEST = 64
"""Journals written within WARM_S seconds, and the LATEST of all, are looked at each time; the
others at each scan."""

MOST_JOURNALS = 256
"""How many folders of journals are listened to at most: those written to last."""

MOST_FOLDERS = 100
"""How many folders of one experiment are searched for code, and how many of a declared source are
listened to: a data set unpacked among the code must not slow every look."""

_OPEN = "exploration"
_STAGES = (_OPEN, "validated", "negative_results")
_RUNS = "runs"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Six digests that differ when what they cover differs.

    documents: the files a person edits and the experiments' folders. ledger: the database and
    its log. journals: the sizes of the runs' journals. code: code and config at the root and
    in the experiments' folders. frozen: the frozen parts. source: the declared source, wherever
    it lies.
    """

    documents: str
    ledger: str
    journals: str
    code: str
    frozen: str
    source: str = ""


class Fingerprints:
    """Takes fingerprints of one study; remembers folders so that each stays cheap."""

    def __init__(self, root: Path, clock: Callable[[], float]) -> None:
        self._root = str(root)
        self._clock = clock
        self._folders = Folders()
        self._warm: tuple[str, ...] = ()
        self._journals: tuple[str, ...] = ()
        self._cold = ""
        self._experiments: tuple[str, ...] = ()
        self._code: dict[str, tuple[str, ...]] = {}
        self._last_scan = float("-inf")
        self._scan_took = 0.0
        self._asked = False
        self._source = ""

    def guard(self, source: str) -> None:
        """From now on look at this file or folder too; at none, where it is empty."""
        self._source = source

    def scan_now(self) -> None:
        """Let the next search leave nothing out: a folder came or went, or events were lost.

        May be called from any thread.
        """
        self._asked = True

    def search(self) -> None:
        """Find what is to be looked at: experiments and code each time, runs when due."""
        started, now = time.monotonic(), self._clock()
        share = FRESH_SHARE if self._has_fresh_runs(now) else SCAN_SHARE
        if self._asked or started - self._last_scan >= min(SCAN_S, self._scan_took / share):
            self._asked = False
            self._scan(now)
            self._last_scan, self._scan_took = started, time.monotonic() - started
        self._code = {
            folder: names
            for experiment in self._experiments
            for folder, names in self._code_below(experiment)
        }

    def places(self) -> dict[str, Place]:
        """The folders to listen to, of those found: no run's own, and no closed experiment's."""
        root = self._root
        found = {root: Place.ROOT}
        passages = ["data", "experiments", *(f"experiments/{stage}" for stage in _STAGES)]
        found |= {f"{root}/{folder}": Place.PASSAGE for folder in passages}
        found[f"{root}/data/frozen"] = Place.FROZEN
        still_open = f"{root}/experiments/{_OPEN}/"
        for experiment in self._experiments:
            if experiment.startswith(still_open):
                found[f"{experiment}/runs"] = Place.PASSAGE
        found |= {
            folder: Place.EXPERIMENT for folder in self._code if folder.startswith(still_open)
        }
        return self._with_source(found | dict.fromkeys(self._journals, Place.JOURNAL))

    def asked_for(self) -> dict[str, str]:
        """A name that counts in a folder, whatever the folder is, by folder."""
        folder, _, name = self._source.rpartition("/")
        return {folder: name} if folder else {}

    def take(self) -> Fingerprint:
        """The fingerprint of what was found. Never raises: what cannot be read is absent."""
        root = self._root
        return Fingerprint(
            documents=digest(self._document_marks()),
            ledger=digest(_ledger_marks(f"{root}/.grd")),
            journals=digest((self._cold, *map(size_mark, self._warm))),
            code=digest(self._code_marks()),
            frozen=digest(self._frozen_marks()),
            source=self._source_mark(),
        )

    def _has_fresh_runs(self, now: float) -> bool:
        found = (stat_of(f"{experiment}/runs") for experiment in self._experiments)
        return any(runs is not None and abs(now - runs.st_mtime) < FRESH_S for runs in found)

    def _document_marks(self) -> Iterator[str]:
        root = self._root
        for name in DOCUMENTS:
            yield mark(f"{root}/{name}")
        for stage in _STAGES:
            yield mark(f"{root}/experiments/{stage}")
        for folder in self._experiments:
            yield mark(folder)
            for name in EXPERIMENT_FILES:
                yield mark(f"{folder}/{name}")

    def _code_marks(self) -> Iterator[str]:
        for name in filter(is_code, self._folders.list(self._root).files):
            yield mark(f"{self._root}/{name}")
        for folder, names in self._code.items():
            for name in names:
                yield mark(f"{folder}/{name}")

    def _frozen_marks(self) -> Iterator[str]:
        folder = f"{self._root}/data/frozen"
        for name in self._folders.list(folder).files:
            yield guarded_mark(f"{folder}/{name}")

    def _source_mark(self) -> str:
        if not self._source:
            return ""
        found = source_mark(self._source, self._folders)
        return "absent" if found is None else found.mark

    def _with_source(self, places: dict[str, Place]) -> dict[str, Place]:
        if not self._source:
            return places
        heard = itertools.islice(source_folders(self._source, self._folders), MOST_FOLDERS)
        places |= dict.fromkeys((folder for folder, _ in heard), Place.SOURCE)
        places.setdefault(self._source.rpartition("/")[0], Place.BESIDE)
        return places

    def _code_below(self, experiment: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        def enters(folder: str, name: str) -> bool:
            return is_searched(name) and not (folder == experiment and name == _RUNS)

        for folder, listing in self._folders.walk(experiment, enters, most=MOST_FOLDERS):
            yield folder, tuple(filter(is_code, listing.files))

    def _scan(self, now: float) -> None:
        list_ = self._folders.list
        experiments: list[str] = []
        journals: list[tuple[float, int, str, str]] = []
        for stage in _STAGES:
            base = f"{self._root}/experiments/{stage}"
            for experiment in list_(base).folders:
                experiments.append(f"{base}/{experiment}")
                runs = f"{base}/{experiment}/runs"
                for run in list_(runs).folders:
                    journal = f"{runs}/{run}/journal"
                    for name in list_(journal).files:
                        path = f"{journal}/{name}"
                        found = stat_of(path)
                        if found is not None:
                            journals.append((found.st_mtime, found.st_size, path, journal))
        latest = heapq.nlargest(LATEST, journals)
        since = min(now - WARM_S, latest[-1][0] if latest else now)
        warm = [found for found in journals if found[0] >= since]
        self._experiments = tuple(experiments)
        self._warm = tuple(path for _, _, path, _ in warm)
        folders = dict.fromkeys(found[3] for found in heapq.nlargest(MOST_JOURNALS, warm))
        self._journals = tuple(folders)
        self._cold = digest(f"{path}:{size}" for at, size, path, _ in journals if at < since)


def _ledger_marks(folder: str) -> Iterator[str]:
    yield mark(f"{folder}/ledger.db")
    # Opening a connection creates an empty log and closing it may remove it: neither is news.
    log = stat_of(f"{folder}/ledger.db-wal")
    yield "" if log is None or not log.st_size else f"{log.st_size}:{log.st_mtime_ns}"
