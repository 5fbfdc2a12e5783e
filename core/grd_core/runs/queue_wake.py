"""Having the queue looked at by a process of its own, from wherever somebody looks at a study."""

from __future__ import annotations

import os
import subprocess
import sys

from grd_core.runs.queue_files import queue_dir, read_requests
from grd_core.study import Study

QUEUE_RUNNER = "grd_core.runs.queue_runner"
"""Begins what waits, and goes: `python -m … ROOT [RUN]`."""


def runner_command(study: Study, *run: str) -> tuple[str, ...]:
    """The command that begins what waits, after a run has ended where one is named."""
    return (sys.executable, "-P", "-m", QUEUE_RUNNER, str(study.root), *run)


def nudge(study: Study) -> None:
    """Where something waits, start the process that begins it; returns at once."""
    if not read_requests(study) or not os.access(queue_dir(study), os.W_OK):
        return
    try:
        subprocess.Popen(
            runner_command(study),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
    except OSError:
        return
