"""Running `grd` as a researcher does: a process of its own, its words, its exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


def grd(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run one command line in `folder`, without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "grd_tui", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=300,
        check=False,
    )


def answer(folder: Path, *words: str) -> dict[str, Any]:
    """What the same command prints with --json."""
    done = grd(folder, *words, "--json")
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def refusal(folder: Path, *words: str) -> tuple[int, str]:
    """The exit code and the one sentence of a command that must not succeed."""
    done = grd(folder, *words)
    assert done.returncode != 0, done.stdout
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("grd: ")
    return done.returncode, lines[0]
