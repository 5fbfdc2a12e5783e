"""The child: the researcher's command, with the environment of a supervised run."""

from __future__ import annotations

import math
import os
import resource
import signal
import subprocess
from pathlib import Path

from grd_core.launch.kernel import die_with_parent
from grd_core.launch.killing import TOKEN_VARIABLE
from grd_core.launch.lease import SECONDS_PER_HOUR
from grd_core.launch.spec import STDOUT_LOG, RunSpec

TRAINING_DIR = Path(__file__).resolve().parent.parent / "training"
"""Holds only `grd_log.py`, so that putting it on PYTHONPATH shadows nothing else."""

_CPU_MARGIN_S = 60
"""CPU seconds past the lease at which the kernel itself ends a process, nobody else having."""


def child_environment(spec: RunSpec, base: dict[str, str]) -> dict[str, str]:
    """The child's environment: the launching one, the run's contract, and determinism.

    PYTHONHASHSEED and CUBLAS_WORKSPACE_CONFIG only count when they stand before the process
    starts; values a researcher has set for the latter stay.
    """
    path = [str(TRAINING_DIR), *filter(None, [base.get("PYTHONPATH", "")])]
    environment = {
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        **base,
        "PYTHONUNBUFFERED": "1",
        "PYTHONHASHSEED": str(spec.seed % 2**32),
        "PYTHONPATH": os.pathsep.join(path),
        "GRD_RUN_DIR": str(spec.run_dir),
        "GRD_JOURNAL": str(spec.journal_dir),
        "GRD_SEED": str(spec.seed),
        TOKEN_VARIABLE: spec.token,
    }
    if spec.gpus:
        environment["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
        environment["CUDA_VISIBLE_DEVICES"] = ",".join(map(str, spec.gpus))
    return environment | spec.environment


def start_child(spec: RunSpec) -> int:
    """Start the command in its own session, dying with this process; return its pid.

    Raises:
        OSError: the command or the folder is not there or may not be used.
    """
    parent = os.getpid()
    hours = spec.lease.cpu_hours

    def before_exec() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        if hours is not None:
            limit = math.ceil(hours * SECONDS_PER_HOUR + spec.grace_s) + _CPU_MARGIN_S
            _, hardest = resource.getrlimit(resource.RLIMIT_CPU)
            if hardest == resource.RLIM_INFINITY or limit < hardest:
                resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        die_with_parent(parent)

    environment = child_environment(spec, dict(os.environ))
    with (spec.run_dir / STDOUT_LOG).open("ab") as log:
        child = subprocess.Popen(
            _resolved(spec, environment),
            cwd=spec.cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=before_exec,  # noqa: PLW1509 - the supervisor has one thread
        )
    # The supervisor itself waits for all of its children; Popen must not do so as well.
    child.returncode = 0
    return child.pid


def _resolved(spec: RunSpec, environment: dict[str, str]) -> list[str]:
    """The command with its program looked up along the child's own PATH and folder."""
    import shutil

    program = spec.command[0]
    if os.sep in program:
        return [str(spec.cwd / program), *spec.command[1:]]
    found = shutil.which(program, path=environment.get("PATH"))
    if found is None:
        raise FileNotFoundError(2, "command not found", program)
    return [found, *spec.command[1:]]
