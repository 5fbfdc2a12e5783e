"""How a job can end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from grd_core.errors import GrdError, JobError
from grd_core.jobs.scope import CancelledError

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Done:
    """The job ended and this is what it returned."""

    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Errored:
    """The job raised or its process died. `sentence` is for the researcher, `detail` for
    --debug; `error` is set when the job refused its input by a GrdError."""

    sentence: str
    detail: str = ""
    error: GrdError | None = None


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The job was killed at its limit."""

    limit_s: float


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The job was killed on request."""


JobResult = Done | Errored | TimedOut | Cancelled


def value_of(result: JobResult) -> dict[str, Any]:
    """The value of a job that must have succeeded.

    Raises:
        GrdError: the job's own refusal, or a JobError that says how the worker ended.
        CancelledError: the job was killed on request.
    """
    match result:
        case Done(value):
            return value
        case Errored(_, _, error) if error is not None:
            raise error
        case Errored(sentence, detail):
            raise JobError(
                sentence,
                where=detail.strip().splitlines()[-1] if detail else "",
                fix="repeat with --debug to see where",
            )
        case TimedOut(limit_s):
            raise JobError(
                f"the job did not end within {limit_s:.0f} s and was killed",
                fix="raise the limit, or give it less data",
            )
        case Cancelled():
            raise CancelledError
