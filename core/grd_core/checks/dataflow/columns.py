"""Which columns: a finite set of names, or everything except one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Columns(NamedTuple):
    """A set of column names; with `complement`, all columns except those names."""

    names: frozenset[str] = frozenset()
    complement: bool = False

    @property
    def explicit(self) -> bool:
        """True when the columns are known by name."""
        return not self.complement and bool(self.names)

    def union(self, other: Columns) -> Columns:
        """Columns in either."""
        if self is other or not (other.names or other.complement):
            return self
        if not (self.names or self.complement):
            return other
        if self.complement and other.complement:
            return Columns(self.names & other.names, complement=True)
        if self.complement:
            return Columns(self.names - other.names, complement=True)
        if other.complement:
            return Columns(other.names - self.names, complement=True)
        return Columns(self.names | other.names)

    def intersection(self, other: Columns) -> Columns:
        """Columns in both."""
        if self.complement and other.complement:
            return Columns(self.names | other.names, complement=True)
        if self.complement:
            return Columns(other.names - self.names)
        if other.complement:
            return Columns(self.names - other.names)
        return Columns((self.names & other.names) - _NOT_ALL.names)

    def without(self, other: Columns) -> Columns:
        """Columns here that are not there."""
        return self.intersection(Columns(other.names, not other.complement))

    def meets(self, other: Columns) -> bool:
        """True when some column may be in both."""
        both = self.intersection(other)
        return both.complement or bool(both.names)


ALL = Columns(complement=True)
NONE = Columns()
# Marks in a set of names that some of the columns it would hold are gone, nobody knows which.
_SOME = Columns(frozenset(("<some>",)), complement=True)
_NOT_ALL = Columns(frozenset(("<not all>",)))


def narrowed(columns: Columns) -> Columns:
    """These columns, of which nobody knows which are gone."""
    if columns.complement:
        return columns.intersection(_SOME)
    return columns.union(_NOT_ALL) if columns.names else columns


def surely_holds(columns: Columns, name: str) -> bool:
    """True when the column is among them, and not only may be."""
    if columns.complement:
        return not columns.names & {name, *_SOME.names}
    return name in columns.names and not columns.names & _NOT_ALL.names


def named(names: Iterable[str]) -> Columns:
    """The columns with these names."""
    return Columns(frozenset(names))
