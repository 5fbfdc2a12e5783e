"""The Objective's page fed with contents as a study would give them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from grd_core.objective.comparison import Comparable, ComparedChange, Comparison
from grd_core.objective.diff_lines import diff_rows
from grd_core.objective.drift import drift
from grd_core.objective.snapshot import (
    AmendmentLine,
    ChangeLine,
    ObjectiveSnapshot,
    ProblemLine,
)
from grd_core.overview import OverviewSnapshot
from grd_screens.feed import PageRead, StudyRead
from grd_screens.pages.objective.content import ObjectiveContent, Version
from grd_tui.app import CockpitApp
from tests.screens.driving import at_rest, opened
from tests.small_study import OBJECTIVE

LOCKED = OBJECTIVE.encode()
LOOSENED = (
    OBJECTIVE.replace("threshold: 1.0", "threshold: 1.5")
    .replace("trials: 3", "trials: 2")
    .replace("Ships draw water.", "Ships draw much \x1b[31mwater and tides are deep.")
    .encode()
)
EVERY = (
    OBJECTIVE.replace("threshold: 1.0", "threshold: 1.5")
    .replace("minimum_effect: 0.01", "minimum_effect: 0.02")
    .replace("cluster: day", "cluster: week")
    .replace("trials: 3", "trials: 4")
    .replace("Ships draw water.", "Ships draw more water than boats.")
    .encode()
)
"""Loosened twice, once by an amendment; tightened, changed, and words of the prose."""
AT = "2026-11-02T09:00:00.000000Z"
RULE = (
    "Does the moon tell the tide better than the hour?",
    "It is confirmed when, over the whole 95% interval, all of this holds:",
    "  · mae (mean absolute error) is at most 1",
    "It is refuted when, over the whole 95% interval, any of this holds:",
    "  · the gain in mae over the baseline is below 0.01: less than a hundredth of a metre.",
)


class Fed(CockpitApp):
    """A cockpit that is given its messages by the test; what it would open is kept."""

    def __init__(self, root: Path = Path("/studies/tides"), *, ascii: bool = False) -> None:
        super().__init__(root, ascii=ascii)
        self.edited: list[tuple[Path, int]] = []

    def start_feeds(self) -> None:
        """Nothing is read and no clock runs."""

    def lend(self, path: Path, line: int) -> str:
        """An editor would take the terminal."""
        self.edited.append((path, line))
        return ""


@pytest.fixture
def fed() -> Callable[..., Fed]:
    return Fed


Show = Callable[..., Callable[[Pilot[int]], Awaitable[None]]]


@pytest.fixture
def show(begun: OverviewSnapshot) -> Show:
    """Shows a content on the page and presses keys."""

    def of(content: ObjectiveContent, *keys: str) -> Callable[[Pilot[int]], Awaitable[None]]:
        async def run(pilot: Pilot[int]) -> None:
            await opened(pilot, 2)
            pilot.app.post_message(StudyRead(begun, ""))
            pilot.app.post_message(PageRead(2, content))
            await at_rest(pilot)
            await pilot.press(*keys)
            await at_rest(pilot)

        return run

    return of


@pytest.fixture
def none() -> ObjectiveContent:
    """Nothing is drafted."""
    return ObjectiveContent(ObjectiveSnapshot("none"))


@pytest.fixture
def draft() -> ObjectiveContent:
    """A draft with a problem that refuses and one that warns."""
    state = ObjectiveSnapshot(
        "draft",
        question=RULE[0],
        refuted_if=("mae gain < 0.01",),
        problems=(
            ProblemLine(
                11, "metrics[0].threshold", "a number is missing", "say how much", "refuse"
            ),
            ProblemLine(0, "", "no stratum is named", "name groups that matter", "warn"),
        ),
    )
    return ObjectiveContent(state, rule=RULE, frozen=True)


def version(number: int, reason: str = "", loosened: int = 0) -> Version:
    seen = 0 if number == 1 else 3
    return Version(number, AT, "ada", "9f" * 32, reason, seen, loosened, loosened if seen else 0)


@pytest.fixture
def locked() -> ObjectiveContent:
    """Locked once, and the file is the lock."""
    state = ObjectiveSnapshot(
        "locked",
        question=RULE[0],
        refuted_if=("mae gain < 0.01",),
        version=1,
        sha256="9f" * 32,
        locked_at=AT,
        locked_by="ada",
        drift_state="in sync",
        drift="in sync",
    )
    comparison = compared(LOCKED, LOCKED)
    return ObjectiveContent(state, RULE, (version(1),), comparison, results=0)


@pytest.fixture
def drifted(locked: ObjectiveContent) -> ObjectiveContent:
    """Loosened after results were seen; one change is amended."""
    amendment = AmendmentLine(2, AT, "ada", "fewer trials fit into the week", 3, 0, 0)
    comparison = compared(LOCKED, LOOSENED, amendment)
    state = replace(
        locked.state,
        version=2,
        drift_state="drifted",
        drift="1 loosened, 1 neutral",
        changes=tuple(c.line for c in comparison.changes if c.amendment is None),
    )
    versions = (version(1), version(2, amendment.reason))
    return ObjectiveContent(state, RULE, versions, comparison, results=8)


@pytest.fixture
def every(locked: ObjectiveContent) -> ObjectiveContent:
    """A change of every kind, two of them post hoc, one of these amended."""
    amendment = AmendmentLine(2, AT, "ada", "four trials are what the machine allows", 3, 1, 1)
    comparison = compared(LOCKED, EVERY, amendment)
    state = replace(
        locked.state,
        version=2,
        drift_state="drifted",
        drift="1 loosened, 1 changed, 1 tightened, 1 neutral",
        changes=tuple(c.line for c in comparison.changes if c.amendment is None),
    )
    versions = (version(1), version(2, amendment.reason, loosened=1))
    return ObjectiveContent(state, RULE, versions, comparison, results=8)


@pytest.fixture
def missing(locked: ObjectiveContent) -> ObjectiveContent:
    """The file is gone."""
    state = replace(locked.state, drift_state="file missing", drift="file missing")
    return replace(locked, state=state, comparison=None)


@pytest.fixture
def unreadable(locked: ObjectiveContent) -> ObjectiveContent:
    """A save that is no valid front matter."""
    broken = LOCKED.replace(b"metrics:", b"metrics: [")
    comparison = compared(LOCKED, broken)
    problem = ProblemLine(9, "", "this is no YAML", "correct that line", "refuse")
    state = replace(
        locked.state,
        drift_state="unreadable",
        drift="unreadable",
        fault=comparison.drift.fault,
        problems=(problem,),
    )
    return replace(locked, state=state, comparison=comparison)


def compared(left: bytes, right: bytes, amendment: AmendmentLine | None = None) -> Comparison:
    moved = drift(left, right)
    changes = []
    for change in moved.changes:
        amended = amendment if change.field.startswith("budget.") else None
        line = ChangeLine(
            change.field,
            change.classification.value,
            change.before,
            change.after,
            change.before_line,
            change.after_line,
            amended=amended is not None,
            post_hoc=change.classification.value == "loosened",
        )
        changes.append(ComparedChange(line, amended))
    return Comparison(
        left=Comparable("v1", 1, AT, "ada", left),
        right=Comparable("file", 0, "", "", right),
        drift=moved,
        changes=tuple(changes),
        rows=diff_rows(left, right),
        amendments=(amendment,) if amendment else (),
    )
