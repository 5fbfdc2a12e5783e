"""What changed in a study: a cheap fingerprint of its files, taken again and again.

It polls. inotify hears nothing on NFS, GPFS and CIFS, where studies on shared machines live;
reading a file on a watched folder emits events too; and a stat of a thousand files takes
about a millisecond. A face takes a fingerprint twice a second and reads its snapshot again
when it differs.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from grd_core.identity import sha256_bytes

DOCUMENTS = ("OBJECTIVE.md", "grd.toml", "DECISION_LOG.md")
"""Files at the root of a study that a person or another process may change."""

EXPERIMENT_FILES = ("HYPOTHESIS.md",)
"""Files of an experiment that a snapshot tells of."""

SCAN_S = 5.0
"""Seconds at most between two looks for new runs and changed experiments."""

SCAN_SHARE = 0.02
"""Share of the time that looking for them may take: a small study is searched each time, one
of ten thousand runs every few seconds."""

WARM_S = 900.0
"""Journals written within this many seconds are looked at each time, older ones at each scan."""

_STAGES = ("exploration", "validated", "negative_results")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Three digests that differ when what they cover differs.

    documents: the files a person edits, the frozen parts and the experiments' folders.
    ledger: the database and its log. journals: the sizes of the runs' journals.
    """

    documents: str
    ledger: str
    journals: str


@dataclass(slots=True)
class _Folder:
    """A folder listed once, and again only when its own time of change moves."""

    changed_ns: int
    names: tuple[str, ...]


class Watch:
    """Takes fingerprints of one study; remembers folders so that a fingerprint stays cheap."""

    def __init__(self, root: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._root = root
        self._clock = clock
        self._folders: dict[str, _Folder] = {}
        self._warm: tuple[str, ...] = ()
        self._cold = ""
        self._experiments: tuple[str, ...] = ()
        self._next_scan = float("-inf")

    def look(self) -> Fingerprint:
        """The fingerprint now. Never raises: what cannot be read counts as absent."""
        started = time.monotonic()
        if started >= self._next_scan:
            self._scan(self._clock())
            took = time.monotonic() - started
            self._next_scan = started + min(SCAN_S, took / SCAN_SHARE)
        return Fingerprint(
            documents=_digest(self._document_marks()),
            ledger=_digest(_ledger_marks(self._root / ".grd")),
            journals=_digest((self._cold, *(_size_mark(path) for path in self._warm))),
        )

    def _document_marks(self) -> Iterator[str]:
        root = str(self._root)
        for name in DOCUMENTS:
            yield _mark(f"{root}/{name}")
        for name in self._names(f"{root}/data/frozen"):
            yield _mark(f"{root}/data/frozen/{name}")
        for stage in _STAGES:
            yield _mark(f"{root}/experiments/{stage}")
        for folder in self._experiments:
            yield _mark(folder)
            for name in EXPERIMENT_FILES:
                yield _mark(f"{folder}/{name}")

    def _scan(self, now: float) -> None:
        experiments: list[str] = []
        warm: list[str] = []
        cold: list[str] = []
        for stage in _STAGES:
            base = f"{self._root}/experiments/{stage}"
            for experiment in self._names(base):
                experiments.append(f"{base}/{experiment}")
                runs = f"{base}/{experiment}/runs"
                for run in self._names(runs):
                    journal = f"{runs}/{run}/journal"
                    for name in self._names(journal):
                        path = f"{journal}/{name}"
                        found = _stat(path)
                        if found is None:
                            continue
                        if abs(now - found.st_mtime) < WARM_S:
                            warm.append(path)
                        else:
                            cold.append(f"{path}:{found.st_size}")
        self._experiments = tuple(experiments)
        self._warm = tuple(warm)
        self._cold = _digest(cold)

    def _names(self, folder: str) -> tuple[str, ...]:
        found = _stat(folder)
        if found is None:
            self._folders.pop(folder, None)
            return ()
        known = self._folders.get(folder)
        if known is not None and known.changed_ns == found.st_mtime_ns:
            return known.names
        try:
            names = tuple(sorted(os.listdir(folder)))  # noqa: PTH208 - strings, and often
        except OSError:
            return ()
        # Two changes within one tick of the file system's clock share a time: a folder
        # changed just now is listed again next time.
        settled = time.time_ns() - found.st_mtime_ns > 2_000_000_000
        self._folders[folder] = _Folder(found.st_mtime_ns if settled else -1, names)
        return names


def _ledger_marks(folder: Path) -> Iterator[str]:
    yield _mark(f"{folder}/ledger.db")
    # Opening a connection creates an empty log and closing it may remove it: neither is news.
    log = _stat(f"{folder}/ledger.db-wal")
    yield "" if log is None or not log.st_size else f"{log.st_size}:{log.st_mtime_ns}"


def _stat(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116 - a Path object for each of thousands costs more
    except OSError:
        return None


def _mark(path: str) -> str:
    found = _stat(path)
    if found is None:
        return f"{path}:absent"
    return f"{path}:{found.st_ino}:{found.st_size}:{found.st_mtime_ns}"


def _size_mark(path: str) -> str:
    found = _stat(path)
    return f"{path}:{-1 if found is None else found.st_size}"


def _digest(marks: Iterator[str] | tuple[str, ...] | list[str]) -> str:
    return sha256_bytes("\n".join(marks).encode("utf-8", "surrogateescape"))
