"""Which rows: the row sets of a program and what each is known to contain.

A row set is read (a source), cut out of another (a part) or stacked from several (a
union). Nothing is known about its size; what matters is whether the rows of one lie
inside another, or are copies of them, which follows from how they were made.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

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


class Site(NamedTuple):
    """A place in the code: a file and a line counted from 1."""

    path: str
    line: int


@dataclass(slots=True)
class RowSet:
    """How one row set came to be: `cut` says by what, at the place `by` where a splitter made
    it, and `name` is the first variable it had.

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
    key: Hashable = None
    by: Site | None = None


class RowSets:
    """The row sets of one program, made once per key so that revisiting code is stable."""

    def __init__(self) -> None:
        self._sets: list[RowSet] = []
        self._by_key: dict[Hashable, int] = {}
        self._ancestors: dict[int, frozenset[int]] = {}
        self._contents: dict[int, frozenset[int]] = {}
        self._copies: dict[int, int | None] = {}
        self._splitters: dict[Hashable, Site] = {}
        self.loops = 0

    def __getitem__(self, number: int) -> RowSet:
        return self._sets[number]

    def source(self, key: Hashable, site: Site) -> int:
        """Rows that come from outside the program."""
        read = isinstance(key, tuple) and key[:1] == ("read",)
        return self._make(("source", key), RowSet(site, read=read))

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
        by = self._splitters.get(key[1]) if isinstance(key, tuple) and cut in _SPLITS else None
        return self._make(("part", parent, key), RowSet(site, parent=parent, cut=cut, by=by))

    def split_at(self, key: Hashable, site: Site) -> None:
        """Remember where the splitter stands that cuts with this key."""
        self._splitters.setdefault(key, site)

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
        """True when the rows of `number` are known to lie inside one of `over`.

        What was stacked of pieces that all lie inside lies inside, too.
        """
        above = self.ancestors(number)
        if any(above & self.contents(whole) for whole in over):
            return True
        stacks = (self._sets[one].members for one in above)
        return any(
            members and all(self.inside(member, over) for member in members) for members in stacks
        )

    def whole_of(self, number: int, over: frozenset[int]) -> int | None:
        """The union among `over` that `number` was stacked into, if it was not cut out of one."""
        above = self.ancestors(number)
        if above & over:
            return None
        return next((whole for whole in sorted(over) if above & self.contents(whole)), None)

    def apart(self, one: int, other: int) -> bool:
        """True when neither set was cut out of the other."""
        return one not in self.ancestors(other) and other not in self.ancestors(one)

    def narrowest(self, numbers: frozenset[int]) -> frozenset[int]:
        """Of the sets a value may be, those that no other of them was cut out of."""
        if len(numbers) < 2:
            return numbers
        above = {link for number in numbers for link in self.ancestors(number) if link != number}
        return numbers - above

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
            if found is None or common in (one, other):
                continue
            at_random = any(self._cut_at_random(side, common) for side in (one, other))
            if at_random or found in self.ancestors(common):
                return found
        for side, chain, rest in ((one, mine, theirs), (other, theirs, mine)):
            for link in sorted(chain, reverse=True):
                made = self._sets[link]
                keeps = made.cut == RESAMPLED and made.parent in rest
                if keeps and link not in rest:
                    return link
                all_of_it = link == side or self._cut_at_random(side, link) or made.repeats
                if all_of_it and self.copied_in(link) is not None and link not in rest:
                    held = self.contents(link) - {link}
                    if rest & held:
                        return self.copied_in(link)
        return None

    def _cut_at_random(self, number: int, whole: int) -> bool:
        """True where a splitter cut a set out of a stack, not a slice that may undo the stack."""
        cuts = (self._sets[above] for above in self.ancestors(number))
        return any(made.parent == whole and made.cut in _SPLITS for made in cuts)

    def relation(self, one: int, other: int) -> Relation:
        """How the rows of two sets relate, as far as it follows from how they were made."""
        if not self.apart(one, other):
            return Relation.SHARED
        if self.whole_of_copies(one, other) is not None:
            return Relation.COPIED
        some = self._holds_some_of(one, other) or not self.disjoint(one, other)
        return Relation.SHARED if some else Relation.APART

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

    def place(self, number: int) -> Hashable:
        """The same for cuts of the same rows that are written at the same place.

        A split in a function is another row set in each call, but one place.
        """
        row = self._sets[number]
        if row.parent is None:
            return number
        cut = row.key[2] if isinstance(row.key, tuple) else row.key
        return (self.place(row.parent), _without_calls(cut))

    def related(self, one: int, other: int) -> bool:
        """True when rows of one may be rows of the other: cut out of it, or stacked with it.

        Two slices of the same rows from their first row on share it, and so for the last.
        """
        if not self.apart(one, other) or self._share_an_end(one, other):
            return True
        return bool(self.contents(one) & self.ancestors(other)) or bool(
            self.contents(other) & self.ancestors(one)
        )

    def disjoint(self, one: int, other: int) -> bool:
        """True when no row is known or likely to be in both.

        Two random splits of the same rows overlap, the sides of one split do not.
        """
        if self.related(one, other):
            return False
        parted = self._parted(one, other)
        if parted is None or self._cut(parted[0]) == self._cut(parted[1]):
            return True
        return all(self._sets[number].cut != "split" for number in parted)

    def opposite(self, one: int, other: int) -> bool:
        """True when one cut put the two sets, or what they were cut out of, on different sides."""
        parted = self._parted(one, other)
        return parted is not None and self._cut(parted[0]) == self._cut(parted[1])

    def _parted(self, one: int, other: int) -> tuple[int, int] | None:
        """Where two sets that were cut out of the same rows part, None where nothing is shared."""
        first, second = self._lineage(one), self._lineage(other)
        pairs = list(zip(first, second, strict=False))
        if pairs[0][0] != pairs[0][1]:
            return None
        return next((pair for pair in pairs if pair[0] != pair[1]), None)

    def _share_an_end(self, one: int, other: int) -> bool:
        parent = self._sets[one].parent
        cuts = [self._sets[number].key for number in (one, other)]
        if parent is None or parent != self._sets[other].parent:
            return False
        texts = [str(key[2][1]) for key in cuts if isinstance(key, tuple) and _is_slice(key[2])]
        ends = [(text[:1] == ":", text[-1:] == ":") for text in texts if text.count(":") == 1]
        return len(ends) == 2 and any(both == (True, True) for both in zip(*ends, strict=True))

    def _lineage(self, number: int) -> list[int]:
        """The sets a set was cut out of, from the first to itself."""
        parent = self._sets[number].parent
        return [number] if parent is None else [*self._lineage(parent), number]

    def _cut(self, number: int) -> Hashable:
        """The cut a part comes from, whichever side it is."""
        key = self._sets[number].key
        cut = key[2] if isinstance(key, tuple) and len(key) == 3 else key
        return cut[:-1] if isinstance(cut, tuple) else cut

    def folded(self, number: int) -> int | None:
        """The rows whose folds these are part of, None where no splitter made folds of them."""
        for above in sorted(self.ancestors(number), reverse=True):
            if self._sets[above].cut == "fold":
                return self._sets[above].parent
        return None

    def root(self, number: int) -> int:
        """The row set at the start of its cuts."""
        parent = self._sets[number].parent
        return number if parent is None else self.root(parent)

    def _make(self, key: Hashable, made: RowSet) -> int:
        known = self._by_key.get(key)
        if known is None:
            known = len(self._sets)
            made.varying = self.loops > 0
            made.key = key
            self._sets.append(made)
            self._by_key[key] = known
        return known


def _is_slice(cut: object) -> bool:
    return isinstance(cut, tuple) and cut[:1] == ("slice",)


def _without_calls(key: Hashable) -> Hashable:
    """A key without the call stacks in it: tuples of (path, line, column)."""
    if not isinstance(key, tuple):
        return key
    return tuple(_without_calls(part) for part in key if not _is_stack(part))


def _is_stack(part: object) -> bool:
    return isinstance(part, tuple) and all(
        isinstance(frame, tuple) and len(frame) == 3 and isinstance(frame[0], str) for frame in part
    )
