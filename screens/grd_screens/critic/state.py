"""One review as it stands: which checks there are, which ran, which run, and what follows.

Values only: the desk's thread makes each from the one before, the screen paints the newest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grd_core.checks.contract import CheckResult
    from grd_core.critic.review import Review


class Stage(StrEnum):
    """How far a review is."""

    BEGINNING = "beginning"
    CHECKING = "checking"
    RULED = "ruled"
    RECORDED = "recorded"
    CANCELLED = "cancelled"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of a check before it ran."""

    code: str
    title: str
    group: str


@dataclass(frozen=True, slots=True)
class Doing:
    """A check that has a worker: how far it is, 0 to 1, and what it says it does."""

    code: str
    fraction: float = 0.0
    message: str = ""


@dataclass(frozen=True, slots=True)
class ReviewState:
    """A review of the experiment `name`.

    `results` holds what each check said last, by code; a check that is run again keeps its old
    result until it has a new one. `passed` is the pass they make, once all have ended.
    `trouble` says in a sentence why there is no pass, or why none can be recorded now;
    `overtaken` why this one no longer is about what is there, and `changed` names the files.
    `seconds` is how long the checks took.
    """

    name: str
    stage: Stage = Stage.BEGINNING
    loop: int = 0
    loops: int = 0
    cards: tuple[Card, ...] = ()
    results: Mapping[str, CheckResult] = field(default_factory=lambda: MappingProxyType({}))
    doing: tuple[Doing, ...] = ()
    passed: Review | None = None
    trouble: str = ""
    overtaken: str = ""
    changed: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def is_running(self) -> bool:
        """Whether workers are at it."""
        return self.stage in (Stage.BEGINNING, Stage.CHECKING)

    @property
    def done(self) -> int:
        """How many checks have ended; one that is run again has not."""
        return sum(card.code in self.results for card in self.cards) - sum(
            one.code in self.results for one in self.doing
        )

    @property
    def count(self) -> str:
        """`31/44`."""
        return f"{self.done}/{len(self.cards)}" if self.cards else ""

    def started(self, code: str) -> ReviewState:
        """A check has a worker now."""
        return replace(self, stage=Stage.CHECKING, doing=(*self.doing, Doing(code)))

    def moved(self, code: str, fraction: float, message: str) -> ReviewState:
        """A check said how far it is."""
        said = Doing(code, fraction, message)
        return replace(self, doing=tuple(said if one.code == code else one for one in self.doing))

    def ended(self, result: CheckResult) -> ReviewState:
        """A check has its result."""
        return replace(
            self,
            results=MappingProxyType({**self.results, result.check: result}),
            doing=tuple(one for one in self.doing if one.code != result.check),
        )

    def ruled(self, passed: Review) -> ReviewState:
        """Every check has ended and this is what they lead to."""
        return replace(
            self,
            stage=Stage.RECORDED if passed.id else Stage.RULED,
            loop=passed.loop,
            loops=passed.loops_allowed,
            results=MappingProxyType({result.check: result for result in passed.results}),
            doing=(),
            passed=passed,
        )

    def stopped(self) -> ReviewState:
        """The workers were killed on request. A pass that was whole before stays."""
        if self.passed is not None:
            return self.ruled(self.passed)
        return replace(self, stage=Stage.CANCELLED, doing=())

    def refused(self, sentence: str) -> ReviewState:
        """It could not be done. A pass that was whole before stays, with the reason beside it."""
        if self.passed is not None:
            return replace(self.ruled(self.passed), trouble=sentence)
        return replace(self, stage=Stage.REFUSED, doing=(), trouble=sentence)
