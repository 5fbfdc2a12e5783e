"""The circumstances of a run, recorded before it starts: `env.json`.

Packages are listed by the interpreter that will run the command, not by the one grd runs
on. Nothing names the host or the account.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

from grd_core.clock import utc_now

DIFF_LIMIT_BYTES = 2**20
"""How much of an uncommitted diff is kept; its hash is of the whole."""

_UNTRACKED_LIMIT = 200
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
    return {
        "at": utc_now(),
        "python": _python(interpreter, environment),
        "git": _git_state(folder),
        "hardware": _hardware(),
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


def _git_state(folder: Path) -> dict[str, Any]:
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


def _hardware() -> dict[str, Any]:
    return {
        "cpu": _cpu_model(),
        "cpu_count": os.cpu_count() or 1,
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "kernel": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
        **_gpus(),
    }


def _cpu_model() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "unknown"
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name.strip() in {"model name", "Model", "cpu model"}:
            return value.strip()
    return platform.processor() or "unknown"


def _gpus() -> dict[str, Any]:
    """Devices with driver, CUDA version and compute capability; "none" with the reason."""
    try:
        import pynvml
    except ImportError:
        return {"gpus": "none", "gpus_reason": "nvidia-ml-py is not installed"}
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        return {"gpus": "none", "gpus_reason": str(error)}
    try:
        handles = [
            pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())
        ]
        return {
            "driver": str(pynvml.nvmlSystemGetDriverVersion()),
            "cuda": int(pynvml.nvmlSystemGetCudaDriverVersion()),
            "gpus": [
                {
                    "name": str(pynvml.nvmlDeviceGetName(handle)),
                    "memory_bytes": int(pynvml.nvmlDeviceGetMemoryInfo(handle).total),
                    "compute_capability": list(pynvml.nvmlDeviceGetCudaComputeCapability(handle)),
                }
                for handle in handles
            ],
        }
    except pynvml.NVMLError as error:
        return {"gpus": "unmeasured", "gpus_reason": str(error)}
    finally:
        pynvml.nvmlShutdown()
