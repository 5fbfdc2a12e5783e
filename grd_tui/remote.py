"""Where the terminal is: over SSH nothing moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal


def is_remote(environment: Mapping[str, str]) -> bool:
    """Whether this session came over SSH. tmux and screen keep the variables of their start."""
    return any(environment.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"))


def animation(environment: Mapping[str, str]) -> Literal["none", "full"]:
    """How much may move: nothing over SSH, where each frame costs bytes and time."""
    return "none" if is_remote(environment) else "full"
