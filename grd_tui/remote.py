"""Where the terminal is: over SSH nothing moves; when it is gone the cockpit ends."""

from __future__ import annotations

import os
import select
from collections.abc import Mapping
from typing import Literal


def is_remote(environment: Mapping[str, str]) -> bool:
    """Whether this session came over SSH. tmux and screen keep the variables of their start."""
    return any(environment.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"))


def animation(environment: Mapping[str, str]) -> Literal["none", "full"]:
    """How much may move: nothing over SSH, where each frame costs bytes and time."""
    return "none" if is_remote(environment) else "full"


def terminal_is_gone(descriptor: int) -> bool:
    """Whether nobody is at the other end of this terminal any more.

    A closed link sends SIGHUP to the foreground; a process that was told to ignore it (nohup)
    or lost its controlling terminal hears nothing, and would spin on an empty read.
    """
    poll = select.poll()
    try:
        poll.register(descriptor, 0)
        events = poll.poll(0)
    except (OSError, ValueError):
        return True
    return any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in events)


def standard_input() -> int | None:
    """The descriptor the keys come from when it is a terminal."""
    return 0 if os.isatty(0) else None
