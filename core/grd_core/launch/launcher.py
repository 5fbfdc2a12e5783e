"""Starting a supervisor, and hearing from it that the run has begun."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grd_core.budget.process_tree import ProcessIdentity
from grd_core.errors import LaunchError
from grd_core.launch.spec import JOURNAL_FOLDER, STOP_REQUESTED, SUPERVISOR_LOG, RunSpec, write_spec

HANDSHAKE_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Launched:
    """A run that has begun: its supervisor, and the child's pid."""

    supervisor: ProcessIdentity
    child_pid: int


def launch(
    spec: RunSpec,
    *,
    environment: Mapping[str, str] | None = None,
    timeout_s: float = HANDSHAKE_TIMEOUT_S,
) -> Launched:
    """Start a run detached from this process and return once its command runs.

    Args:
        spec: the run.
        environment: what the run inherits; by default what this process has.
        timeout_s: how long the supervisor may take to report.

    Raises:
        LaunchError: the command cannot be started, or the supervisor did not report in
            time; in that case it finds a stop request and runs nothing.
    """
    (spec.run_dir / JOURNAL_FOLDER).mkdir(parents=True, exist_ok=True)
    path = write_spec(spec)
    ear, mouth = os.pipe()
    try:
        with (spec.run_dir / SUPERVISOR_LOG).open("ab") as log:
            first = subprocess.Popen(
                [sys.executable, "-P", "-m", "grd_core.launch.supervisor", str(path), str(mouth)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=environment,
                start_new_session=True,
                pass_fds=(mouth,),
            )
        os.close(mouth)
        first.wait(timeout=timeout_s)
        answer = _listen(ear, timeout_s)
    except subprocess.TimeoutExpired:
        answer = None
    finally:
        os.close(ear)
    log_path = str(spec.run_dir / SUPERVISOR_LOG)
    if answer is None:
        (spec.run_dir / STOP_REQUESTED).touch()
        raise LaunchError(
            f"the supervisor did not report within {timeout_s:.0f} s",
            where=log_path,
            fix="the run was called off; look at the load of this machine and start again",
        )
    if not answer:
        raise LaunchError(
            "the supervisor ended before the run began",
            where=log_path,
            fix="its last words stand in that file",
        )
    content = json.loads(answer)
    if "error" in content:
        raise LaunchError(
            f"the run could not be started: {content['error']}",
            where=str(spec.cwd),
            fix="correct the command in grd.toml ([run] command) or after `--`",
        )
    return Launched(
        supervisor=ProcessIdentity(content["pid"], content["start_ticks"], content["boot_id"]),
        child_pid=content["child_pid"],
    )


def _listen(ear: int, timeout_s: float) -> bytes | None:
    """The supervisor's one line; empty if it went without one, None if it stayed silent."""
    deadline = time.monotonic() + timeout_s
    heard = b""
    while not heard.endswith(b"\n"):
        ready, _, _ = select.select([ear], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return None
        piece = os.read(ear, 4096)
        if not piece:
            return heard
        heard += piece
    return heard


def request_stop(run_dir: Path, supervisor: ProcessIdentity | None) -> None:
    """Ask a run's supervisor to stop it; the file alone is enough, the signal only hastens.

    Raises:
        LaunchError: the request cannot be written.
    """
    import signal

    try:
        (run_dir / STOP_REQUESTED).touch()
    except OSError as error:
        raise LaunchError(
            f"the stop request cannot be written: {error.strerror}",
            where=str(run_dir),
            fix="check that folder's permissions",
        ) from error
    if supervisor is not None and supervisor.is_alive():
        try:
            os.kill(supervisor.pid, signal.SIGTERM)
        except (ProcessLookupError, PermissionError):
            return
