"""Which rows: the row sets of a program and what each is known to contain.

A row set is read (a source), cut out of another (a part) or stacked from several (a
union). Nothing is known about its size; what matters is whether the rows of one lie
inside another, which follows from how they were made.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

_SPLITS = ("split", "fold")


@dataclass(frozen=True, slots=True)
class Site:
    """A place in the code: a file and a line counted from 1."""

    path: str
    line: int


@dataclass(slots=True)
class RowSet:
    """How one row set came to be: `cut` says by what, at the place `by` where a splitter made
    it, and `name` is the first variable it had."""

    site: Site
    parent: int | None = None
    members: frozenset[int] = frozenset()
    cut: str = ""
    name: str = ""
    by: Site | None = None


class RowSets:
    """The row sets of one program, made once per key so that revisiting code is stable."""

    def __init__(self) -> None:
        self._sets: list[RowSet] = []
        self._by_key: dict[Hashable, int] = {}
        self._ancestors: dict[int, frozenset[int]] = {}
        self._contents: dict[int, frozenset[int]] = {}

    def __getitem__(self, number: int) -> RowSet:
        return self._sets[number]

    def source(self, key: Hashable, site: Site) -> int:
        """Rows that come from outside the program."""
        return self._make(("source", key), RowSet(site))

    def sources_at(self, site: Site) -> frozenset[int]:
        """The sources that were read at a place."""
        return frozenset(
            number
            for number, made in enumerate(self._sets)
            if made.parent is None and not made.members and made.site == site
        )

    def part(self, parent: int, key: Hashable, site: Site) -> int:
        """Some rows of `parent`: the same key cuts out the same rows."""
        cut = str(key[0]) if isinstance(key, tuple) and key else ""
        return self._make(("part", parent, key), RowSet(site, parent=parent, cut=cut, by=_by(key)))

    def parts(self, parents: Iterable[int], key: Hashable, site: Site) -> frozenset[int]:
        """The same cut out of each of several possible row sets."""
        return frozenset(self.part(parent, key, site) for parent in parents)

    def union(self, members: frozenset[int], site: Site) -> int:
        """Rows of several sets, one below the other."""
        if len(members) == 1:
            return next(iter(members))
        return self._make(("union", members, site), RowSet(site, members=members))

    def called(self, numbers: Iterable[int], name: str) -> None:
        """Remember the variable a row set was first bound to, for sentences."""
        for number in numbers:
            self._sets[number].name = self._sets[number].name or name

    def ancestors(self, number: int) -> frozenset[int]:
        """The set itself and every set it was cut out of."""
        known = self._ancestors.get(number)
        if known is None:
            parent = self._sets[number].parent
            known = frozenset((number,)) | (
                frozenset() if parent is None else self.ancestors(parent)
            )
            self._ancestors[number] = known
        return known

    def contents(self, number: int) -> frozenset[int]:
        """The set itself and every set stacked into it."""
        known = self._contents.get(number)
        if known is None:
            known = frozenset((number,)).union(
                *(self.contents(member) for member in self._sets[number].members)
            )
            self._contents[number] = known
        return known

    def inside(self, number: int, over: frozenset[int]) -> bool:
        """True when the rows of `number` are known to lie inside one of `over`."""
        above = self.ancestors(number)
        return any(above & self.contents(whole) for whole in over)

    def whole_of(self, number: int, over: frozenset[int]) -> int | None:
        """The union among `over` that `number` was stacked into, if it was not cut out of one."""
        above = self.ancestors(number)
        if above & over:
            return None
        return next((whole for whole in sorted(over) if above & self.contents(whole)), None)

    def apart(self, one: int, other: int) -> bool:
        """True when neither set was cut out of the other."""
        return one not in self.ancestors(other) and other not in self.ancestors(one)

    def is_side_of_split(self, number: int) -> bool:
        """True when a splitter cut the set, or one above it, out of another."""
        return any(self._sets[above].cut in _SPLITS for above in self.ancestors(number))

    def _make(self, key: Hashable, made: RowSet) -> int:
        known = self._by_key.get(key)
        if known is None:
            known = len(self._sets)
            self._sets.append(made)
            self._by_key[key] = known
        return known


def _by(key: Hashable) -> Site | None:
    """The splitter's place in `("fold", (path, line, …), side)`."""
    if not (isinstance(key, tuple) and len(key) == 3 and key[0] in _SPLITS):
        return None
    where = key[1]
    return Site(where[0], where[1]) if isinstance(where, tuple) else None
