"""Whether this machine ends a user's processes at logout, which no supervisor survives."""

from __future__ import annotations

import os
import re
from pathlib import Path

_SETTING = re.compile(r"^\s*KillUserProcesses\s*=\s*(\w+)\s*$", re.MULTILINE)


def logout_warning(configuration: Path = Path("/etc/systemd")) -> str:
    """A sentence where logind kills user processes at logout, else empty.

    Read from `logind.conf` and its drop-ins, the last setting counts. Nothing is said outside
    a login session or inside a scope of the user's own manager, which outlives the session.
    """
    if "XDG_SESSION_ID" not in os.environ or "user@" in _own_cgroup():
        return ""
    setting = "no"
    files = [configuration / "logind.conf", *sorted(configuration.glob("logind.conf.d/*.conf"))]
    for path in files:
        try:
            found = _SETTING.findall(path.read_text(encoding="utf-8", errors="replace"))
        except OSError:
            continue
        if found:
            setting = found[-1].lower()
    if setting not in {"yes", "true", "on", "1"}:
        return ""
    return (
        "this machine ends your processes at logout (KillUserProcesses=yes in logind.conf), "
        "this run too: start it with `systemd-run --user --scope grd run …`"
    )


def _own_cgroup() -> str:
    try:
        return Path("/proc/self/cgroup").read_text(encoding="utf-8")
    except OSError:
        return ""
