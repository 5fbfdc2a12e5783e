"""Which file system a folder lies on, and whether it tells of changes made elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

MOUNTS = Path("/proc/mounts")

_SILENT = re.compile(r"nfs.*|cifs|smb.*|gpfs|lustre|fuse(\..*)?|9p|afs|beegfs|ceph|virtiofs")
"""inotify hears only what this machine's kernel does: not what another client of these wrote."""

_ESCAPED = re.compile(r"\\([0-7]{3})")


def silent_file_system(path: Path, mounts: Path = MOUNTS) -> str:
    """The type of the file system of `path` where it does not tell of all changes, else empty.

    Args:
        path: a folder; links are followed.
        mounts: the kernel's table of mounts; one that cannot be read names nothing.
    """
    try:
        table = mounts.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""
    here = path.resolve()
    best, kind = -1, ""
    for line in table.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        at = Path(_ESCAPED.sub(lambda found: chr(int(found[1], 8)), fields[1]))
        # What was mounted last over a folder is what lies there.
        if here.is_relative_to(at) and len(at.parts) >= best:
            best, kind = len(at.parts), fields[2]
    return kind if _SILENT.fullmatch(kind) else ""
