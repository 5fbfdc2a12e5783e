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
"""How far a worker stands back where the processors are short; 0 to 19."""

_PR_SET_PDEATHSIG = 1


def work(name: str, arguments: str, sender: Connection, output: str) -> None:
    """The worker's whole life: a process boundary, so every exception becomes a result."""
    os.setpgid(0, 0)
    # Checks give way to the keys of whoever asked for them, and to training on the same cores.
    os.nice(NICENESS)
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        handle = os.open(output, os.O_WRONLY | os.O_APPEND)
    except FileNotFoundError:
        return  # the caller ended meanwhile and took its files with it; nobody listens
    os.dup2(handle, 1)
    os.dup2(handle, 2)

    def send(**message: Any) -> None:
        sender.send_bytes(json.dumps(message).encode())

    def progress(fraction: float, message: str) -> None:
        send(type="progress", fraction=fraction, message=message)

    try:
        module, _, function = name.partition(":")
        job: JobFunction = getattr(importlib.import_module(module), function)
        send(type="done", value=job(json.loads(arguments), progress))
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
