"""How data stand, in the words and signs of the screens, and which key does what about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grd_core.recon.risks import Risk
    from grd_core.recon.snapshot import ReconSnapshot

SEVERITY_STANDINGS: Mapping[str, str] = MappingProxyType(
    {"blocking": "blocked", "warning": "attention", "info": "not yet"}
)
"""The standing of a risk."""

_VERBS = MappingProxyType({"add": "a", "profile": "p", "split": "s", "freeze": "f"})
_COMMAND = re.compile(r"[:,]?\s*`?grd data (\w+)[^`]*`?$")

_BEFORE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "exclude": ("e", "exclude"),
        "role": ("e", "role"),
        "metric": ("2", "metric"),
        "rule": ("2", "rule"),
        "split": ("s", "split"),
        "clean": ("a", "correct, add again"),
        "look": ("enter", "look"),
    }
)
_AFTER: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "exclude": ("3", "leave out"),
        "role": ("2", "rule"),
        "metric": ("2", "metric"),
        "rule": ("2", "rule"),
        "split": ("2", "rule"),
        "clean": ("2", "rule"),
        "look": ("enter", "look"),
    }
)
"""Once the data is frozen its roles and parts stay: what can answer then is the objective, or
an experiment that leaves the column out."""


def answer(risk: Risk, snapshot: ReconSnapshot) -> tuple[str, str]:
    """The key that answers a risk as things are, and its word."""
    target = snapshot.source.roles.target if snapshot.source is not None else ""
    if snapshot.freeze is None and risk.action == "rule" and risk.column == target:
        return "s", "rule"
    return (_BEFORE if snapshot.freeze is None else _AFTER)[risk.action]


def next_key(snapshot: ReconSnapshot) -> tuple[str, str]:
    """The key of the next step and its sentence; two empty texts when the phase is done."""
    found = _COMMAND.search(snapshot.next_step)
    if found is None:
        return "", snapshot.next_step
    return _VERBS.get(found.group(1), ""), snapshot.next_step[: found.start()].strip()
