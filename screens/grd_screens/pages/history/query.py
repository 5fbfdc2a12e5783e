"""What the History's page has read: the record, what a search finds, the checks' own pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from grd_core.history.searching import Hit
    from grd_core.history.snapshot import HistorySnapshot
    from grd_core.study import Study

View = Literal["record", "hits", "checks"]
"""What the list holds: the record itself, what a search found, the catalogue of checks."""


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A check and its own page."""

    code: str
    title: str
    group: str
    severity: str
    cost: str
    page: str


@dataclass(frozen=True, slots=True)
class HistoryContent:
    """The record; `hits` for `words`, and the checks where they are shown."""

    snapshot: HistorySnapshot
    words: str = ""
    hits: tuple[Hit, ...] = ()
    checks: tuple[CheckLine, ...] = ()


def read_history(study: Study, view: View, words: str) -> HistoryContent:
    """The record, and what the view needs beside it."""
    from grd_core.history.searching import search
    from grd_core.history.snapshot import history_snapshot

    return HistoryContent(
        history_snapshot(study),
        words,
        search(study, words) if view == "hits" else (),
        _checks() if view == "checks" else (),
    )


def _checks() -> tuple[CheckLine, ...]:
    from grd_core.checks.registry import all_checks, documentation

    return tuple(
        CheckLine(
            check.code,
            check.title,
            str(check.group),
            str(check.severity),
            str(check.cost),
            documentation(check),
        )
        for check in all_checks().values()
    )
