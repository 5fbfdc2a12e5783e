"""One line of the report: what was measured, beside what, and whether it keeps its bar."""

from __future__ import annotations

import os
from dataclasses import dataclass

SMALL = "GRD_BENCH_SMALL"
"""Set in the environment, every benchmark takes few counts: it proves that it runs."""


@dataclass(frozen=True, slots=True)
class Row:
    """A figure and what it is held against, both from this run.

    `ratio` is figure to reference, below 1 where the figure is the smaller. `bar` is the
    budget that ARCHITECTURE.md names, in its words, and `holds` whether the figure keeps it;
    None where none is named.
    """

    what: str
    figure: str
    reference: str
    ratio: float
    bar: str = "none set"
    holds: bool | None = None

    @property
    def verdict(self) -> str:
        """`pass` or `over`; nothing where there is no bar, or too few counts to judge by."""
        return "" if os.environ.get(SMALL) else {True: "pass", False: "over", None: ""}[self.holds]


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was not measured, and why."""

    what: str
    why: str


Line = Row | Skipped


def counted(full: int, small: int) -> int:
    """How many: `full`, or `small` where it only has to be shown that the benchmark runs."""
    return small if os.environ.get(SMALL) else full
