"""The researcher's own editor, over the cockpit: for a long text, or for a file of the study."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported

EDITORS_WITH_LINES = frozenset({"vi", "vim", "nvim", "nano", "emacs", "micro", "kak", "joe"})
"""Editors that go to a line by `+N`."""


@dataclass(frozen=True, slots=True)
class Written:
    """The text as it was left; `fault` says why the editor could not be used."""

    text: str
    fault: str = ""


def editor_command(environment: Mapping[str, str]) -> list[str]:
    """VISUAL, else EDITOR, else vi; as words."""
    named = environment.get("VISUAL") or environment.get("EDITOR") or "vi"
    return shlex.split(named)


def edit_file(app: App[Any], path: Path, line: int = 0) -> str:
    """Open a file in the editor until it is closed; what went wrong, or nothing."""
    try:
        command = editor_command(os.environ)
    except ValueError as error:
        return f"EDITOR cannot be read as a command ({error})"
    if line and Path(command[0]).name in EDITORS_WITH_LINES:
        command.append(f"+{line}")
    try:
        with app.suspend():
            ended = subprocess.run([*command, str(path)], check=False)
    except SuspendNotSupported:
        return "this terminal cannot be lent to an editor"
    except OSError as error:
        return f"{command[0]} cannot be started ({error.strerror}): set EDITOR"
    return f"{command[0]} ended with {ended.returncode}" if ended.returncode else ""


def edit_text(app: App[Any], text: str) -> Written:
    """Let a text be edited in a file of its own."""
    handle, name = tempfile.mkstemp(prefix="grd-", suffix=".md")
    path = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        fault = edit_file(app, path)
        return Written(path.read_text(encoding="utf-8", errors="replace"), fault)
    finally:
        path.unlink(missing_ok=True)
