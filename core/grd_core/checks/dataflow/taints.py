"""Statistics over rows, and the marks they leave in what is made with them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from grd_core.checks.dataflow.columns import ALL, NONE, Columns
from grd_core.checks.dataflow.rows import Site


class Nature(Enum):
    """What kind of knowledge about other rows a statistic is."""

    AGGREGATE = auto()  # about all of its rows
    EARLIER = auto()  # each row holds something of earlier rows
    LATER = auto()  # each row holds something of later rows
    FILLED_BACK = auto()  # gaps are filled from later rows
    CUTOFF = auto()  # a threshold that its rows' labels suggest


class Taint(NamedTuple):
    """A statistic in a value: in which of its columns, and about which columns it was.

    `by_choice` says that the statistic only chose columns, it is not a number in them.
    """

    statistic: int
    where: Columns = ALL
    about: Columns = NONE
    by_choice: bool = False


@dataclass(frozen=True, slots=True)
class Statistic:
    """A number or a fitted transformer computed over row sets.

    `what` is the statistic's name, or the transformer's class when it is `fitted`;
    `supervised` says that it was given the target explicitly.
    """

    site: Site
    what: str
    rows: frozenset[int]
    supervised: bool
    subject: ast.expr | None
    holder: ast.expr | None
    nature: Nature = Nature.AGGREGATE

    @property
    def fitted(self) -> bool:
        """True for a fitted transformer or model."""
        return self.holder is not None


def restricted(taints: frozenset[Taint], columns: Columns) -> frozenset[Taint]:
    """The taints that remain when only these columns are kept."""
    return frozenset(taint for taint in taints if taint.where.meets(columns))


def moved(taints: frozenset[Taint], where: Columns) -> frozenset[Taint]:
    """The taints of a value once it is stored in these columns."""
    return frozenset(taint._replace(where=where) for taint in taints)
