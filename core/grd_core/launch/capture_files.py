"""What pins a run's software besides its packages: lock files, container files, the container.

Only relative names and hashes are kept: the files themselves can name the
host, the account and private indexes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grd_core.identity import sha256_file

LOCKS = re.compile(
    r"uv\.lock|poetry\.lock|pdm\.lock|Pipfile\.lock|pixi\.lock|conda-lock\.ya?ml"
    r"|pylock(\.[^.]+)?\.toml|requirements[\w.-]*\.txt|environment[\w.-]*\.ya?ml"
)
CONTAINERS = re.compile(
    r"(Dockerfile|Containerfile)(\.[\w.-]+)?|[\w.-]+\.(def|dockerfile)"
    r"|(docker-)?compose[\w.-]*\.ya?ml"
)
_DEEPEST = 32
"""Folders above that are looked into at most."""
_MOST = 50
_MARKS = {"/.dockerenv": "docker", "/run/.containerenv": "podman", "/.singularity.d": "apptainer"}
_GROUP = re.compile(r"docker|kubepods|libpod|lxc|containerd")


def pinning_files(folder: Path, top: Path) -> dict[str, Any]:
    """Lock files and container files from `folder` up to `top`: sha256 by path from `folder`.

    Such as `../../uv.lock`: nothing above is named. "none" where there is none; a file that
    cannot be read says so instead of its hash.
    """
    return {
        "locks": _hashes(folder, top, LOCKS),
        "container_files": _hashes(folder, top, CONTAINERS),
    }


def container(root: Path = Path("/")) -> str:
    """The kind of container this process runs in, as it shows; "none" where nothing does."""
    for mark, kind in _MARKS.items():
        if (root / mark[1:]).exists():
            return kind
    try:
        groups = (root / "proc/self/cgroup").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "unknown"
    found = _GROUP.search(groups)
    return found.group() if found else "none"


def _hashes(folder: Path, top: Path, names: re.Pattern[str]) -> Any:
    found: dict[str, str] = {}
    for place in _upwards(folder, top):
        try:
            there = sorted(path for path in place.iterdir() if names.fullmatch(path.name))
        except OSError:
            continue
        for path in there[:_MOST]:
            name = os.path.relpath(path, folder)
            try:
                if path.is_file():
                    found[name] = sha256_file(path)
            except OSError:
                found[name] = "unreadable"
    return found or "none"


def _upwards(folder: Path, top: Path) -> Iterator[Path]:
    """`folder` and those above it, `top` the last; `folder` alone where it is not below."""
    yield folder
    if folder.is_relative_to(top):
        for place in folder.parents[:_DEEPEST]:
            if not place.is_relative_to(top):
                return
            yield place
