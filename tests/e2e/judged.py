"""What the tests of the cockpit on a terminal share: pages, workers, what was received."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil

from tests.e2e.conftest import LIMIT_S, Terminal

ESC = "\x1b"
TAB = "\t"
SUBMIT = "\x1bOQ"
"""F2, which does what a form is about."""
FORM = "f2 do it"
REVIEW_S = 120.0
"""A review or a run, on a busy machine."""

PAGES = {
    "0": "last verdicts",
    "1": "BASELINE",
    "2": "VERSIONS",
    "3": "hypothesis  ",
    "4": "EXPERIMENTS  ",
    "5": "WAITING FOR A DECISION",
    "6": "EXPLORATION  3",
    "7": "as they follow",
}
"""The key of each page, and words that stand on it alone of a judged study."""


class Heard:
    """Keeps every byte that a terminal receives, beside showing it."""

    def __init__(self, terminal: Terminal) -> None:
        self.bytes = bytearray()
        self._stream = terminal._stream
        terminal._stream = self  # type: ignore[assignment]

    def feed(self, data: bytes) -> None:
        """Keep and pass on."""
        self.bytes += data
        self._stream.feed(data)


def wait_until(
    terminal: Terminal, holds: Callable[[], bool], limit_s: float = LIMIT_S, told: str = ""
) -> None:
    """Read until something holds; `told` is said beside the screen when it never does."""
    end = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < end, f"{terminal.text()}\n{told}"
        terminal.read(0.05)


def settle(terminal: Terminal) -> str:
    """Read until what is shown, but for the meter, stays; what that is."""
    shown = body(terminal)
    end = time.monotonic() + LIMIT_S
    same = 0
    while same < 3:
        assert time.monotonic() < end, terminal.text()
        quiet = time.monotonic() + 0.1
        while (left := quiet - time.monotonic()) > 0:
            terminal.read(left)
        same = same + 1 if body(terminal) == shown else 0
        shown = body(terminal)
    return shown


def body(terminal: Terminal) -> str:
    """What is shown, but for the meter and the notices below it."""
    return "\n".join(line.rstrip() for line in terminal.lines()[:-3])


def children(process: psutil.Process | int) -> list[psutil.Process]:
    """The processes that one started and that live, however deep."""
    parent = psutil.Process(process) if isinstance(process, int) else process
    return [child for child in parent.children(recursive=True) if not is_gone(child)]


def servers(terminal: Terminal) -> list[psutil.Process]:
    """What the workers of the cockpit are forked from."""
    return [
        child
        for child in psutil.Process(terminal.pid).children()
        if not is_gone(child) and any("forkserver" in word for word in child.cmdline())
    ]


def workers(terminal: Terminal) -> list[psutil.Process]:
    """The workers of the cockpit."""
    return [worker for server in servers(terminal) for worker in children(server)]


def is_gone(process: psutil.Process) -> bool:
    """Whether nothing of a process runs any more."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
