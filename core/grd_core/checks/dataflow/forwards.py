"""Training loops written by hand: calls of a network, and which of them its weights learn from."""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterator
from dataclasses import dataclass

from grd_core.checks.dataflow.columns import NONE
from grd_core.checks.dataflow.rows import Site
from grd_core.checks.dataflow.taints import Taint
from grd_core.checks.dataflow.values import Fit, Value

MAX_FORWARDS = 400


@dataclass(frozen=True, slots=True)
class Forward:
    """A call of a network on rows; `network` is where its contents are kept."""

    network: int
    site: Site
    rows: frozenset[int]
    taints: frozenset[Taint]
    subject: ast.expr | None
    through: frozenset[int]
    stack: tuple[Hashable, ...]


class Forwards:
    """The calls of networks in one pass, in their order."""

    def __init__(self) -> None:
        self._learners: set[int] = set()
        self._made: list[Forward] = []
        self._since: list[Forward] = []
        self._learned: dict[Forward, Site] = {}

    def optimised(self, network: int) -> None:
        """Somebody asked for the weights, as an optimiser does."""
        if network:
            self._learners.add(network)

    def called(self, forward: Forward) -> None:
        """The network was called."""
        if forward.network and forward.rows and len(self._made) < MAX_FORWARDS:
            self._made.append(forward)
            self._since.append(forward)

    def backward(self, loss: Value, site: Site, stack: tuple[Hashable, ...]) -> None:
        """The weights learn from the calls that led to this loss."""
        near = [made for made in self._since if _related(made.stack, stack)]
        by_rows = [made for made in near if made.rows & loss.origin]
        for made in by_rows or near[-1:]:
            self._learned.setdefault(made, site)
        self._since = []

    def judged(self) -> Iterator[tuple[Fit, Forward]]:
        """Every training of a network with every other call of it."""
        trained = {(made.network, made.rows, made.site) for made in self._learned}
        for learned, site in self._learned.items():
            if learned.network not in self._learners:
                continue
            fit = Fit(
                site=site,
                rows=learned.rows,
                taints=learned.taints,
                target=NONE,
                subject=learned.subject,
                statistic=-1,
                through=learned.through,
            )
            for made in self._made:
                key = (made.network, made.rows, made.site)
                if made.network == learned.network and key not in trained:
                    yield fit, made


def _related(one: tuple[Hashable, ...], other: tuple[Hashable, ...]) -> bool:
    """True when one place is in a call made from the other, or in the same."""
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]
