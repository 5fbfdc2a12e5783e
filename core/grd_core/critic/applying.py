"""Applying checks to an experiment in worker processes, told to whoever watches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any, Protocol

from grd_core.checks.contract import CheckResult
from grd_core.checks.runner import errored, result_from_json
from grd_core.jobs import Cancelled, Done, Errored, JobResult, TimedOut, run_many
from grd_core.runs.experiments import ExperimentRecord
from grd_core.study import Study


class ReviewObserver(Protocol):
    """Told how a review fares. Every method is called on the thread that called the review,
    one at a time, and holds up the review while it runs; what it raises ends the review.
    """

    def started(self, code: str) -> None:
        """The check has a worker now."""

    def progress(self, code: str, fraction: float, message: str) -> None:
        """The check said how far it is, 0 to 1, and what it does."""

    def result(self, result: CheckResult) -> None:
        """The check ended; waivers are not applied yet."""


class Unobserved:
    """Nobody watches."""

    def started(self, code: str) -> None:
        """Say nothing."""

    def progress(self, code: str, fraction: float, message: str) -> None:
        """Say nothing."""

    def result(self, result: CheckResult) -> None:
        """Say nothing."""


class _ByCode:
    """Hands news of jobs on under the codes of their checks."""

    def __init__(self, codes: Sequence[str], observer: ReviewObserver) -> None:
        self._codes = codes
        self._observer = observer

    def started(self, index: int) -> None:
        self._observer.started(self._codes[index])

    def progress(self, index: int, fraction: float, message: str) -> None:
        self._observer.progress(self._codes[index], fraction, message)


def apply_checks(
    study: Study,
    experiment: ExperimentRecord,
    codes: Sequence[str],
    observer: ReviewObserver,
    known: Mapping[str, CheckResult] | None = None,
) -> tuple[CheckResult, ...]:
    """The results of these checks in the order of the codes; a crash or a hang is `errored`.

    Checks whose result is `known` are not run.

    Raises:
        CancelledError: a `cancel_scope` around it was cancelled.
    """
    results = {code: known[code] for code in codes if code in known} if known else {}
    for result in results.values():
        observer.result(result)
    codes_to_run = [code for code in codes if code not in results]
    jobs: list[tuple[str, dict[str, Any]]] = [
        (
            "grd_core.critic.worker:check_job",
            {"root": str(study.root), "code": code, "number": experiment.number},
        )
        for code in codes_to_run
    ]
    limit_s = study.config.critic.check_limit_s
    told = _ByCode(codes_to_run, observer)
    with closing(run_many(jobs, limit_s=limit_s, observer=told)) as ended:
        for index, outcome in ended:
            code = codes_to_run[index]
            results[code] = _result(code, outcome)
            observer.result(results[code])
    return tuple(results[code] for code in codes)


def _result(code: str, outcome: JobResult) -> CheckResult:
    match outcome:
        case Done(value):
            return result_from_json(value)
        case Errored(sentence):
            return errored(code, sentence, 0.0)
        case TimedOut(limit_s):
            return errored(code, f"killed after {limit_s:.0f} s without an answer", limit_s)
        case Cancelled():
            return errored(code, "cancelled", 0.0)
