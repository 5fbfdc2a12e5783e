"""Counting what differs among more values than memory holds, from 64-bit hashes of them.

All three counts are exact up to a stated number. Above it they keep the values whose hash is
below a threshold, which halves whenever there is no room: a fair share of the distinct values,
whatever their order and however often each stands. Hashes are taken as uniform.

Source: Flajolet, «On adaptive sampling», Computing 43, 1990 (after Wegman); the relative
standard error of a count from k kept values is about 1.2 / √k.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Hashes = np.ndarray[Any, np.dtype[np.uint64]]

MOST_DISTINCT = 1 << 17
MOST_ROWS = 1 << 26
"""Rows whose hashes are kept to find repeated ones: 8 bytes each, 512 MB."""
MOST_GROUPS = 1 << 19
_PENDING = 1 << 15
_ALL_BITS = 64


class DistinctCount:
    """How many different hashes were added; exact up to `most`."""

    def __init__(self, most: int = MOST_DISTINCT) -> None:
        import numpy as np

        self._most, self._level = most, 0
        self._kept: Hashes = np.empty(0, dtype=np.uint64)
        self._pending: list[Hashes] = []
        self._waiting = 0

    def add(self, hashes: Hashes) -> None:
        """Count these as well, (n,) uint64."""
        import numpy as np

        if self._level:
            hashes = hashes[hashes < _threshold(self._level)]
        found = _unique(np.sort(hashes))
        self._pending.append(found)
        self._waiting += found.size
        if self._waiting > max(self._kept.size, _PENDING):
            self._merge()

    def count(self) -> tuple[int, bool]:
        """The count, and whether it is exact."""
        self._merge()
        return int(self._kept.size) << self._level, self._level == 0

    def _merge(self) -> None:
        import numpy as np

        self._kept = _unique(np.sort(np.concatenate([self._kept, *self._pending])))
        self._pending, self._waiting = [], 0
        while self._kept.size > self._most:
            self._level += 1
            fitting = np.searchsorted(self._kept, _threshold(self._level))
            self._kept = self._kept[:fitting].copy()


class RepeatCount:
    """How many hashes were added that had been added before; exact up to `most` different ones.

    Takes 8 bytes for each of `rows`, or of `most` where there are more rows.
    """

    def __init__(self, rows: int, most: int = MOST_ROWS) -> None:
        import numpy as np

        self._kept: Hashes = np.empty(min(rows, most), dtype=np.uint64)
        self._size, self._level, self._repeated = 0, 0, 0.0

    def add(self, hashes: Hashes) -> None:
        """Count these as well, (n,) uint64."""
        while hashes.size:
            if self._level:
                hashes = hashes[hashes < _threshold(self._level)]
            fitting = min(hashes.size, self._kept.size - self._size)
            self._kept[self._size : self._size + fitting] = hashes[:fitting]
            self._size += fitting
            hashes = hashes[fitting:]
            if hashes.size:
                self._make_room()

    def count(self) -> tuple[int, bool]:
        """The count, and whether it is exact."""
        self._dedupe()
        return round(self._repeated * 2**self._level), self._level == 0

    def _dedupe(self) -> None:
        used = self._kept[: self._size]
        used.sort()
        repeats = int((used[1:] == used[:-1]).sum())
        if repeats:
            found = _unique(used)
            self._kept[: found.size] = found
            self._size, self._repeated = found.size, self._repeated + repeats

    def _make_room(self) -> None:
        import numpy as np

        self._dedupe()
        while self._size > self._kept.size // 2:
            self._level += 1
            self._size = int(np.searchsorted(self._kept[: self._size], _threshold(self._level)))
            # Of the repeats found so far, those above the threshold go too: half, on average.
            self._repeated /= 2


class GroupSizes:
    """How many rows each group has; of all groups up to `most`, of a fair share beyond."""

    def __init__(self, most: int = MOST_GROUPS) -> None:
        import numpy as np

        self._most, self._level = most, 0
        self._names: Hashes = np.empty(0, dtype=np.uint64)
        self._rows: np.ndarray[Any, np.dtype[np.int64]] = np.empty(0, dtype=np.int64)
        self._pending: list[tuple[Any, Any]] = []
        self._waiting = 0

    def add(self, hashes: Hashes) -> None:
        """Count the groups of these rows, (n,) uint64."""
        import numpy as np

        if self._level:
            hashes = hashes[hashes < _threshold(self._level)]
        ordered = np.sort(hashes)
        starts = np.flatnonzero(_first(ordered))
        names, rows = ordered[starts], np.diff(starts, append=ordered.size)
        self._pending.append((names, rows))
        self._waiting += names.size
        if self._waiting > max(self._names.size, _PENDING):
            self._merge()

    def sizes(self) -> tuple[np.ndarray[Any, np.dtype[np.int64]], int]:
        """Rows of each kept group, ascending, and of how many groups each of them stands for."""
        import numpy as np

        self._merge()
        return np.sort(self._rows), 2**self._level

    def _merge(self) -> None:
        import numpy as np

        names = np.concatenate([self._names, *(names for names, _ in self._pending)])
        rows = np.concatenate([self._rows, *(rows for _, rows in self._pending)])
        self._names, self._rows = _summed(names, rows)
        self._pending, self._waiting = [], 0
        while self._names.size > self._most:
            self._level += 1
            fitting = np.searchsorted(self._names, _threshold(self._level))
            self._names, self._rows = self._names[:fitting].copy(), self._rows[:fitting].copy()


def _threshold(level: int) -> Any:
    import numpy as np

    return np.uint64(1 << (_ALL_BITS - level))


def _unique(ordered: Hashes) -> Hashes:
    """The different ones of sorted hashes; `np.unique` takes an order of magnitude longer."""
    different: Hashes = ordered[_first(ordered)]
    return different


def _first(ordered: Hashes) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Where another value begins."""
    import numpy as np

    first = np.ones(ordered.size, dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first


def _summed(names: Any, rows: Any) -> tuple[Any, Any]:
    import numpy as np

    if not names.size:
        return names, rows
    order = np.argsort(names)
    names, rows = names[order], rows[order]
    starts = np.flatnonzero(_first(names))
    return names[starts], np.add.reduceat(rows, starts)
