"""Which rows: the row sets of a program and what each is known to contain.

A row set is read (a source), cut out of another (a part) or stacked from several (a
union). Nothing is known about its size; what matters is whether the rows of one lie
inside another, or are copies of them, which follows from how they were made.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

_SPLITS = ("split", "fold")
RESAMPLED = "resampled"
"""The cut that keeps every row of its parent and adds copies, or rows made of them."""
DRAWN = "drawn"
"""The cut that draws rows of its parent with replacement."""


class Relation(Enum):
    """How the rows of two sets relate."""

    APART = auto()  # cut away from each other, or read apart
    SHARED = auto()  # rows of one are rows of the other
    COPIED = auto()  # copies of the same rows, or rows made of them, are in both


@dataclass(frozen=True, slots=True)
class Site:
    """A place in the code: a file and a line counted from 1."""

    path: str
    line: int


@dataclass(slots=True)
class RowSet:
    """How one row set came to be: `cut` says by what, `name` is the first variable it had.

    `repeats` says that it was stacked from pieces with rows in common; `varying` that it was
    made inside a loop, where it may be other rows each time; `read` that it came from a
    known reader, not from a call or a name nothing is known about.
    """

    site: Site
    parent: int | None = None
    members: frozenset[int] = frozenset()
    cut: str = ""
    name: str = ""
    repeats: bool = False
    varying: bool = False
    read: bool = False


class RowSets:
    """The row sets of one program, made once per key so that revisiting code is stable."""

    def __init__(self) -> None:
        self._sets: list[RowSet] = []
        self._by_key: dict[Hashable, int] = {}
        self._ancestors: dict[int, frozenset[int]] = {}
        self._contents: dict[int, frozenset[int]] = {}
        self._copies: dict[int, int | None] = {}
        self.loops = 0

    def __getitem__(self, number: int) -> RowSet:
        return self._sets[number]

    def source(self, key: Hashable, site: Site) -> int:
        """Rows that come from outside the program."""
        read = isinstance(key, tuple) and key[:1] == ("read",)
        return self._make(("source", key), RowSet(site, read=read))

    def part(self, parent: int, key: Hashable, site: Site) -> int:
        """Some rows of `parent`: the same key cuts out the same rows."""
        cut = str(key[0]) if isinstance(key, tuple) and key else ""
        return self._make(("part", parent, key), RowSet(site, parent=parent, cut=cut))

    def parts(self, parents: Iterable[int], key: Hashable, site: Site) -> frozenset[int]:
        """The same cut out of each of several possible row sets."""
        return frozenset(self.part(parent, key, site) for parent in parents)

    def union(self, members: frozenset[int], site: Site) -> int:
        """Rows of several sets, one below the other."""
        if len(members) == 1:
            return next(iter(members))
        return self._make(("union", members, site), RowSet(site, members=members))

    def stack(self, pieces: Sequence[frozenset[int]], site: Site) -> int:
        """Rows of several values, one below the other; `pieces` are the possible rows of each.

        Pieces with rows in common make a set that holds these more than once.
        """
        members = frozenset().union(*pieces)
        if not self._in_common(pieces):
            return self.union(members, site)
        made = RowSet(site, members=members, repeats=True)
        return self._make(("stack", members, site), made)

    def _in_common(self, pieces: Sequence[frozenset[int]]) -> bool:
        """True when all that one piece may be lies inside another, the same rows each time."""
        for number, piece in enumerate(pieces):
            if not piece or any(self._sets[one].varying for one in piece):
                continue
            for other, whole in enumerate(pieces):
                if other != number and whole and all(self.inside(one, whole) for one in piece):
                    return True
        return False

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

    def copied_in(self, number: int) -> int | None:
        """The set, at or above or stacked into this one, in which rows are repeated."""
        if number not in self._copies:
            self._copies[number] = None  # a set is made of earlier ones, but stay safe
            self._copies[number] = self._find_copies(number)
        return self._copies[number]

    def _find_copies(self, number: int) -> int | None:
        one = self._sets[number]
        if one.repeats or one.cut in (RESAMPLED, DRAWN):
            inner = [self.copied_in(member) for member in sorted(one.members)]
            return next((found for found in inner if found is not None), number)
        above = [*sorted(one.members), *(() if one.parent is None else (one.parent,))]
        return next((c for c in map(self.copied_in, above) if c is not None), None)

    def whole_of_copies(self, one: int, other: int) -> int | None:
        """The set with repeated rows that both were cut out of, or that holds the other."""
        mine, theirs = self.ancestors(one), self.ancestors(other)
        for common in sorted(mine & theirs, reverse=True):
            found = self.copied_in(common)
            if found is not None and common not in (one, other):
                return found
        for chain, rest in ((mine, theirs), (theirs, mine)):
            for link in sorted(chain, reverse=True):
                made = self._sets[link]
                keeps = made.cut == RESAMPLED and made.parent in rest
                if keeps and link not in rest:
                    return link
                if made.members and self.copied_in(link) is not None and link not in rest:
                    held = self.contents(link) - {link}
                    if rest & held:
                        return self.copied_in(link)
        return None

    def relation(self, one: int, other: int) -> Relation:
        """How the rows of two sets relate, as far as it follows from how they were made."""
        if not self.apart(one, other):
            return Relation.SHARED
        if self.whole_of_copies(one, other) is not None:
            return Relation.COPIED
        return Relation.SHARED if self._holds_some_of(one, other) else Relation.APART

    def _holds_some_of(self, one: int, other: int) -> bool:
        """True when something stacked into one of them is, holds or lies inside the other."""
        for stack, rest in ((one, other), (other, one)):
            above = self.ancestors(rest)
            for member in self.contents(stack) - {stack}:
                if member in above or rest in self.ancestors(member):
                    return True
        return False

    def is_read(self, number: int) -> bool:
        """True when a known reader brought the rows."""
        roots = (self.contents(above) for above in self.ancestors(number))
        return any(self._sets[one].read for contents in roots for one in contents)

    def is_side_of_split(self, number: int) -> bool:
        """True when a splitter cut the set, or one above it, out of another."""
        return any(self._sets[above].cut in _SPLITS for above in self.ancestors(number))

    def _make(self, key: Hashable, made: RowSet) -> int:
        known = self._by_key.get(key)
        if known is None:
            known = len(self._sets)
            made.varying = self.loops > 0
            self._sets.append(made)
            self._by_key[key] = known
        return known
