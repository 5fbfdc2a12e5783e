"""Runs without a study: a folder, a command, a lease."""

from __future__ import annotations

import json
import secrets
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grd_core.launch.killing import carriers, send
from grd_core.launch.launcher import Launched, launch
from grd_core.launch.lease import Lease
from grd_core.launch.spec import RunSpec


class LaunchedRun:
    """One run started by a test, and what it left in its folder."""

    def __init__(self, spec: RunSpec) -> None:
        self.spec = spec
        self.folder = spec.run_dir
        self.launched: Launched | None = None

    def records(self, name: str = "supervisor.jsonl") -> list[dict[str, Any]]:
        path = self.folder / "journal" / name
        if not path.exists():
            return []
        return [json.loads(line) for line in path.read_text().splitlines() if line]

    def exit(self, name: str = "supervisor.jsonl") -> dict[str, Any]:
        """Its exit record, waited for."""
        wait_until(lambda: any(r["kind"] == "exit" for r in self.records(name)))
        return next(r for r in self.records(name) if r["kind"] == "exit")

    def said(self, word: str) -> bool:
        """Whether its output holds a word."""
        path = self.folder / "stdout.log"
        return path.exists() and word in path.read_text(errors="replace")


def wait_until(condition: Callable[[], Any], *, limit_s: float = 30.0) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)


@pytest.fixture
def until():
    return wait_until


@pytest.fixture
def run_python(tmp_path):
    """Launch a Python text as a run; everything of it is ended after the test."""
    started: list[LaunchedRun] = []

    def run(code: str, *, lease: Lease | None = None, **options: Any) -> LaunchedRun:
        folder = tmp_path / f"run{len(started)}"
        folder.mkdir()
        command = options.pop("command", (sys.executable, "-c", code))
        spec = RunSpec(
            run_id=1,
            run_dir=folder,
            cwd=tmp_path,
            command=tuple(command),
            environment={},
            token=secrets.token_hex(8),
            seed=7,
            lease=lease or Lease(),
            **{"grace_s": 1.0, "sample_s": 0.1} | options,
        )
        begun = LaunchedRun(spec)
        started.append(begun)
        begun.launched = launch(spec)
        return begun

    yield run
    for begun in started:
        if begun.launched is not None:
            send([begun.launched.supervisor.pid], signal.SIGKILL)
        wait_until(lambda token=begun.spec.token: not send_all(token))


def send_all(token: str) -> list[int]:
    found = [pid for pid in carriers(token) if Path(f"/proc/{pid}/exe").exists()]
    send(found, signal.SIGKILL)
    return [pid for pid in found if Path(f"/proc/{pid}").exists()]


STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.setsid()
        open(os.environ["GRD_RUN_DIR"] + "/grandchild", "w").write(str(os.getpid()))
    time.sleep(600)
time.sleep(600)
"""


@pytest.fixture
def stubborn() -> str:
    """A program whose descendants leave its session and ignore SIGTERM."""
    return STUBBORN
