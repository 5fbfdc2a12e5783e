"""The circumstances of a run, recorded before it starts: `env.json`.

Packages are listed by the interpreter that will run the command, not by the one grd runs
on. Nothing names the host or the account.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from grd_core.clock import utc_now
from grd_core.launch.capture_files import container, pinning_files
from grd_core.launch.capture_git import DIFF_LIMIT_BYTES, git_state, repository_root
from grd_core.launch.capture_hardware import hardware

__all__ = ["DIFF_LIMIT_BYTES", "capture_environment"]

_TIMEOUT_S = 30.0

_LIST_PACKAGES = """
import importlib.metadata, json, platform, sys
found = {}
for one in importlib.metadata.distributions():
    name = one.metadata["Name"]
    if name:
        found.setdefault(name.lower().replace("_", "-"), one.version)
print(json.dumps({"version": platform.python_version(),
                  "implementation": platform.python_implementation(),
                  "packages": dict(sorted(found.items()))}))
"""


def capture_environment(interpreter: str, folder: Path, environment: dict[str, str]) -> Any:
    """Everything about the circumstances that can be known before the start, as JSON values.

    Args:
        interpreter: the Python the command will run on.
        folder: where it will run; git is asked there.
        environment: the child's environment.
    """
    here = folder.resolve()
    return {
        "at": utc_now(),
        "python": _python(interpreter, environment),
        "git": git_state(folder),
        "hardware": hardware(),
        "container": container(),
        **pinning_files(here, _project(here)),
        "determinism": {
            name: environment.get(name, "")
            for name in ("PYTHONHASHSEED", "CUBLAS_WORKSPACE_CONFIG", "CUDA_VISIBLE_DEVICES")
        },
    }


def _python(interpreter: str, environment: dict[str, str]) -> dict[str, Any]:
    quiet = {k: v for k, v in environment.items() if not k.startswith("GRD_")}
    try:
        done = subprocess.run(
            [interpreter, "-c", _LIST_PACKAGES],
            capture_output=True,
            text=True,
            env=quiet,
            timeout=_TIMEOUT_S,
            check=False,
        )
        content: dict[str, Any] = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return {"version": "unknown", "packages": "unmeasured"}
    return content


def _project(folder: Path) -> Path:
    """The top of the project around `folder`: its repository, else the study, else itself."""
    root = repository_root(folder)
    if root is not None and folder.is_relative_to(root.resolve()):
        return root.resolve()
    return next((p for p in (folder, *folder.parents) if (p / "grd.toml").is_file()), folder)
