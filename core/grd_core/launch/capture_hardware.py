"""The machine a run starts on: processor, memory, devices with their driver. No names of it."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

from grd_core.budget.gpu_reader import ANSWERS_WITHIN_S, answer_within
from grd_core.budget.gpus import Silent

_MEMORY_LIMITS = (
    "/sys/fs/cgroup/memory.max",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
)
_UNLIMITED = 2**60
"""A control group without a limit says `max` or a number near 2^63."""


def hardware() -> dict[str, Any]:
    """Processor, memory and devices, as JSON values; what does not answer, with its reason."""
    return {
        "cpu": _cpu_model(),
        "cpu_count": os.cpu_count() or 1,
        "cpus_usable": len(os.sched_getaffinity(0)),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "memory_limit_bytes": _memory_limit(),
        "kernel": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
        **_gpus_if_they_answer(),
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


def _memory_limit() -> int | str:
    """What the control group allows in bytes, such as a container's limit; else "none"."""
    for place in _MEMORY_LIMITS:
        try:
            said = int(Path(place).read_text(encoding="ascii"))
        except (OSError, ValueError):
            continue
        if said < _UNLIMITED:
            return said
    return "none"


def _gpus_if_they_answer() -> dict[str, Any]:
    """The devices; a driver that hangs keeps no run from beginning."""
    found = answer_within(ANSWERS_WITHIN_S, _gpus)
    if isinstance(found, Silent):
        return {"gpus": "unmeasured", "gpus_reason": found.reason}
    return found


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
        count = int(pynvml.nvmlDeviceGetCount())
        return {
            "driver": _asked(lambda: str(pynvml.nvmlSystemGetDriverVersion())),
            "cuda": _asked(lambda: int(pynvml.nvmlSystemGetCudaDriverVersion())),
            "gpus": [_gpu(index) for index in range(count)],
        }
    except pynvml.NVMLError as error:
        return {"gpus": "unmeasured", "gpus_reason": str(error)}
    finally:
        pynvml.nvmlShutdown()


def _gpu(index: int) -> dict[str, Any]:
    """One device; a query it does not support leaves the others standing."""
    import pynvml

    try:
        handle = pynvml.nvmlDeviceGetHandleByIndex(index)
    except pynvml.NVMLError as error:
        return {"name": f"unmeasured: {error}"}
    return {
        "name": _asked(lambda: str(pynvml.nvmlDeviceGetName(handle))),
        "memory_bytes": _asked(lambda: int(pynvml.nvmlDeviceGetMemoryInfo(handle).total)),
        "compute_capability": _asked(
            lambda: list(pynvml.nvmlDeviceGetCudaComputeCapability(handle))
        ),
    }


def _asked(question: Callable[[], Any]) -> Any:
    import pynvml

    try:
        return question()
    except pynvml.NVMLError as error:
        return f"unmeasured: {error}"
