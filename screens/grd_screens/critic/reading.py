"""What is read beside the screen for the Critic: source, a suggested fix, a check's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from grd_screens.critic.documents import Document, document_of
from grd_screens.desk import Desk, Ending, Progress, Refused, Succeeded, Work

if TYPE_CHECKING:
    from grd_core.checks.contract import Finding
    from grd_core.critic.evidence_source import Excerpt
    from grd_core.study import Study

DIFF_LIMIT_S = 30.0

Refuse = Callable[[Refused], None]


def begin_source(
    desk: Desk,
    experiment: int,
    finding: Finding,
    read: Callable[[tuple[Excerpt, ...]], None],
    refuse: Refuse,
) -> None:
    """Read the source around the places of a finding."""

    def work(study: Study, progress: Progress) -> object:
        from grd_core.critic.evidence_source import excerpts

        return excerpts(study.root, finding)

    key = f"ask source {experiment} {finding.check} {finding.path}:{finding.line}"
    _begin(desk, key, work, lambda value: read(cast("tuple[Excerpt, ...]", value)), refuse)


def begin_diff(
    desk: Desk, experiment: int, finding: Finding, read: Callable[[str], None], refuse: Refuse
) -> None:
    """Ask for the correction of a finding, empty where none is sure; it is tried in a worker."""

    def work(study: Study, progress: Progress) -> object:
        from grd_core.jobs import run_job, value_of

        arguments = {
            "check": finding.check,
            "path": str(study.root / finding.path),
            "shown": finding.path,
            "line": finding.line,
        }
        job = "grd_core.checks.code.suggested_diff:diff_job"
        return value_of(run_job(job, arguments, limit_s=DIFF_LIMIT_S))["diff"]

    key = f"ask fix {experiment} {finding.check} {finding.path}:{finding.line}"
    _begin(desk, key, work, lambda diff: read(str(diff)), refuse)


def begin_document(desk: Desk, code: str, read: Callable[[Document], None], refuse: Refuse) -> None:
    """Read the page of a check."""

    def work(study: Study, progress: Progress) -> object:
        from grd_core.checks.registry import find_check

        return document_of(find_check(code))

    _begin(desk, f"ask explain {code}", work, lambda page: read(cast("Document", page)), refuse)


def _begin(
    desk: Desk, key: str, work: Work, read: Callable[[object], None], refuse: Refuse
) -> None:
    def then(ending: Ending) -> None:
        if isinstance(ending, Succeeded):
            read(ending.value)
        elif isinstance(ending, Refused):
            refuse(ending)

    desk.begin(key, "reading", work, then)
