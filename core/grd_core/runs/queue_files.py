"""Requests that wait: one file each in the study's `.grd/queue`, changed under one lock.

A request says what is to be run with which seeds; its file is there exactly as long as some of
its seeds were not begun. Whether a seed was begun is told by the ledger, where each run names
its request: a file that is behind, since its writer was killed, is put right by the next turn.
A file is replaced whole, so a kill at any moment leaves the request before or after.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from grd_core.errors import LaunchError, RefusedError, UsageError
from grd_core.launch.locks import try_lock
from grd_core.study import Study

QUEUE_FOLDER = "queue"
LOCK = "lock"
LAST = "last"
WHY = "why.json"
PATIENCE_S = 60.0
"""How long to wait for whoever is starting a run: a start takes a second, 20 s at most."""

_LOOK_AGAIN_S = 0.02


@dataclass(frozen=True, slots=True)
class Request:
    """Runs that were asked for and not begun.

    Args:
        id: its number, never used again.
        at: when it was asked for (UTC, ISO 8601).
        experiment_id: the ledger's id of what is to be run.
        experiment: its name.
        seeds: those that wait, in the order they will be begun.
        command: program and arguments; empty for grd.toml's.
        gpus: how many devices each run gets; None for one where there are any.
        again: the run it repeats, or 0.
        after: the newest run when it was asked for; its own are newer.
        environment: what the asking process had, which its runs inherit.
    """

    id: int
    at: str
    experiment_id: int
    experiment: str
    seeds: tuple[int, ...]
    command: tuple[str, ...]
    gpus: int | None
    again: int
    after: int
    environment: dict[str, str]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that waits, on one line, and why it does."""

    request: int
    at: str
    experiment_id: int
    experiment: str
    seeds: tuple[int, ...]
    command: tuple[str, ...]
    gpus: int | None
    again: int
    why: str


def queue_dir(study: Study) -> Path:
    """The folder of requests; it need not be there."""
    return study.ledger_path.parent / QUEUE_FOLDER


def waiting_of(study: Study) -> tuple[Waiting, ...]:
    """What waits, in its order; reads files alone."""
    requests = read_requests(study)
    why = read_why(study) if requests else {}
    return tuple(
        Waiting(
            request=one.id,
            at=one.at,
            experiment_id=one.experiment_id,
            experiment=one.experiment,
            seeds=one.seeds,
            command=one.command,
            gpus=one.gpus,
            again=one.again,
            why=why.get(one.id, "its turn comes"),
        )
        for one in requests
    )


def waiting_text(waiting: Sequence[Waiting]) -> str:
    """How many runs of these wait and what the first of them waits for, or nothing."""
    if not waiting:
        return ""
    count = sum(len(one.seeds) for one in waiting)
    return f"{count} {'waits' if count == 1 else 'wait'}: {waiting[0].why}"


def read_requests(study: Study) -> tuple[Request, ...]:
    """The requests that wait, oldest first; a file nobody can read is passed over."""
    try:
        names = sorted(name for name in os.listdir(queue_dir(study)) if _is_request(name))  # noqa: PTH208
    except OSError:
        return ()
    found = (_read(queue_dir(study) / name) for name in names)
    return tuple(request for request in found if request is not None)


def put(study: Study, draft: Request) -> Request:
    """Write a new request under the next number; for a caller that holds `the_turn`.

    Raises:
        RefusedError: it cannot be written.
    """
    folder = queue_dir(study)
    last = folder / LAST
    number = 1 + max((_last(last), *(one.id for one in read_requests(study))))
    # The number first: one that was given out is never given again.
    _replace(last, str(number).encode())
    return rewrite(study, replace(draft, id=number))


def rewrite(study: Study, request: Request) -> Request:
    """Replace a request's file; without seeds it goes. For a caller that holds `the_turn`."""
    path = queue_dir(study) / f"{request.id:08d}.json"
    if request.seeds:
        _replace(path, json.dumps(asdict(request)).encode())
    else:
        path.unlink(missing_ok=True)
    return request


def without(request: Request, seed: int) -> Request:
    """The request when one of its seeds was begun or given up."""
    return replace(request, seeds=tuple(one for one in request.seeds if one != seed))


def find_request(study: Study, number: int) -> Request:
    """The request of this number.

    Raises:
        UsageError: it does not wait.
    """
    requests = read_requests(study)
    for request in requests:
        if request.id == number:
            return request
    known = ", ".join(str(request.id) for request in requests)
    raise UsageError(
        f"no request {number} waits",
        fix=f"those that wait: {known}"
        if known
        else "nothing waits; `grd stop` ends runs that go on",
    )


def drop(study: Study, numbers: Sequence[int]) -> tuple[Waiting, ...]:
    """Take requests out of the queue; what they had begun goes on. Returns what was dropped.

    Raises:
        UsageError: one of them does not wait; then none is dropped.
        RefusedError: the study is read-only.
    """
    with the_turn(study):
        requests = [find_request(study, number) for number in dict.fromkeys(numbers)]
        known = {one.request: one for one in waiting_of(study)}
        for request in requests:
            rewrite(study, replace(request, seeds=()))
    return tuple(known[request.id] for request in requests)


def drop_all(study: Study) -> tuple[Waiting, ...]:
    """Empty the queue; returns what was dropped.

    Raises:
        RefusedError: the study is read-only.
    """
    with the_turn(study):
        dropped = waiting_of(study)
        for request in read_requests(study):
            rewrite(study, replace(request, seeds=()))
    return dropped


def read_why(study: Study) -> dict[int, str]:
    """Why each request waits, as the last turn found it."""
    try:
        content = json.loads((queue_dir(study) / WHY).read_text(encoding="utf-8"))
        return {int(number): str(text) for number, text in content.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def write_why(study: Study, why: dict[int, str]) -> None:
    """Keep why each request waits; for a caller that holds `the_turn`."""
    if why != read_why(study):
        with suppress(RefusedError):  # a full disk costs the reason, not the turn
            _replace(queue_dir(study) / WHY, json.dumps(why).encode())


@contextmanager
def the_turn(study: Study, *, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Be the one process that changes requests and begins their runs.

    Raises:
        RefusedError: the study is read-only, or its disk takes nothing.
        LaunchError: somebody else did not end their turn in time.
    """
    folder = queue_dir(study)
    if not os.access(folder.parent, os.W_OK):
        raise RefusedError(
            "the study is read-only",
            where=str(study.root),
            fix="copy it to a folder you may write, or use reading verbs only",
        )
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        deadline = time.monotonic() + patience_s
        while (lock := try_lock(folder / LOCK)) is None:
            if time.monotonic() > deadline:
                raise LaunchError(
                    f"another process has been starting runs for {patience_s:.0f} s",
                    where=str(folder / LOCK),
                    fix="look which grd hangs, end it, and ask again",
                )
            time.sleep(_LOOK_AGAIN_S)
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        yield
    finally:
        fcntl.flock(lock, fcntl.LOCK_UN)
        os.close(lock)


def _is_request(name: str) -> bool:
    return name.endswith(".json") and name[:-5].isdigit()


def _last(path: Path) -> int:
    try:
        return int(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0


def _read(path: Path) -> Request | None:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Request(
            **content | {"seeds": tuple(content["seeds"]), "command": tuple(content["command"])}
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _replace(path: Path, content: bytes) -> None:
    """Private to the account: a request holds the environment it was asked in."""
    beside = path.with_name(f".{path.name}.new")
    try:
        fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(fd)
        beside.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> RefusedError:
    return RefusedError(
        f"the queue of runs cannot be written: {error.strerror}",
        where=str(path),
        fix="check that folder's permissions and free space",
    )
