"""The state of the repository a run starts from: commit, uncommitted diff, untracked names."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path
from typing import Any

DIFF_LIMIT_BYTES = 2**20
"""How much of an uncommitted diff is kept; its hash is of the whole."""

_UNTRACKED_LIMIT = 200
_TIMEOUT_S = 30.0


def git_state(folder: Path) -> dict[str, Any]:
    """What git says in this folder, as JSON values; the commit is "none" without one."""
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return {"commit": "none"}
    names = (_git(folder, "ls-files", "--others", "--exclude-standard", "-z") or b"").split(b"\0")
    untracked = sorted(name.decode(errors="replace") for name in names if name)
    diff = _git(folder, "diff", "--no-ext-diff", "--no-textconv", "--binary", "HEAD") or b""
    return {
        "commit": commit.decode().strip(),
        "is_dirty": bool(diff),
        "diff_sha256": hashlib.sha256(diff).hexdigest(),
        "diff_bytes": len(diff),
        "diff": diff[:DIFF_LIMIT_BYTES].decode(errors="replace"),
        "untracked": untracked[:_UNTRACKED_LIMIT],
        "untracked_count": len(untracked),
    }


def _git(folder: Path, *arguments: str) -> bytes | None:
    """What git says, or None where it is absent, fails, or this is no repository."""
    try:
        done = subprocess.run(
            ["git", "-c", "core.fsmonitor=", "-C", str(folder), *arguments],
            capture_output=True,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def repository_root(folder: Path) -> Path | None:
    """The top folder of the repository around `folder`; None outside of any."""
    said = _git(folder, "rev-parse", "--show-toplevel")
    return None if said is None else Path(os.fsdecode(said.rstrip(b"\n")))
