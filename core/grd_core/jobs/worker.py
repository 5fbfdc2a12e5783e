"""What runs inside a worker process, and what it says to the caller."""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import signal
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from grd_core.errors import GrdError
from grd_core.jobs.result import Errored, Progress

JobFunction = Callable[[dict[str, Any], Progress], dict[str, Any]]

NICENESS = 10
"""How far a worker stands back where the processors are short, 0 to 19: checks give way to the
keys of whoever asked for them, and to training on the same cores."""

RESIDENT_NICENESS = 0
"""One that stays is asked for what takes milliseconds, and somebody looks at the screen."""

_PR_SET_PDEATHSIG = 1


def work(name: str, arguments: str, pipe: Connection, output: str) -> None:
    """A worker's whole life: one job."""
    if _settled(NICENESS, output):
        _carry_out(name, json.loads(arguments), pipe)


def work_on(pipe: Connection, output: str) -> None:
    """The whole life of a worker that stays: a job whenever it is told one."""
    if not _settled(RESIDENT_NICENESS, output):
        return
    while True:
        try:
            told = json.loads(pipe.recv_bytes())
        except (EOFError, OSError):
            return  # nobody is left to tell it anything
        _carry_out(told["name"], told["arguments"], pipe)


def _settled(niceness: int, output: str) -> bool:
    """Begin: in a group of its own, ended with its server. False where nobody listens."""
    os.setpgid(0, 0)
    os.nice(niceness)
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        handle = os.open(output, os.O_WRONLY | os.O_APPEND)
    except FileNotFoundError:
        return False  # the caller ended meanwhile and took its files with it
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    return True


def _carry_out(name: str, arguments: dict[str, Any], pipe: Connection) -> None:
    """The process boundary: every exception becomes a result."""

    def send(**message: Any) -> None:
        pipe.send_bytes(json.dumps(message).encode())

    def progress(fraction: float, message: str) -> None:
        send(type="progress", fraction=fraction, message=message)

    try:
        module, _, function = name.partition(":")
        job: JobFunction = getattr(importlib.import_module(module), function)
        send(type="done", value=job(arguments, progress))
    except GrdError as error:
        send(
            type="errored",
            sentence=error.sentence(),
            detail=traceback.format_exc(),
            refusal={
                "type": type(error).__name__,
                "what": error.what,
                "where": error.where,
                "fix": error.fix,
            },
        )
    except BaseException as error:  # noqa: BLE001  the boundary: a typed result, not a traceback
        send(
            type="errored",
            sentence=f"{type(error).__name__}: {error}",
            detail=traceback.format_exc(),
        )


def errored_from(message: dict[str, Any]) -> Errored:
    """The result that a worker's last message tells of."""
    refusal = message.get("refusal")
    if refusal is None:
        return Errored(message["sentence"], message["detail"])
    from grd_core import errors

    kind = getattr(errors, refusal["type"], GrdError)
    return Errored(
        message["sentence"],
        message["detail"],
        kind(refusal["what"], where=refusal["where"], fix=refusal["fix"]),
    )
