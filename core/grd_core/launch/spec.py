"""What a supervisor is told: one JSON file in the run's folder, and the names beside it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from grd_core.launch.lease import Lease

SPEC_FILE = "spec.json"
JOURNAL_FOLDER = "journal"
SUPERVISOR_JOURNAL = "supervisor.jsonl"
GUARD_JOURNAL = "guard.jsonl"
REAPER_JOURNAL = "reaper.jsonl"
SUPERVISOR_LOCK = "supervisor.lock"
GUARD_LOCK = "guard.lock"
STDOUT_LOG = "stdout.log"
SUPERVISOR_LOG = "supervisor.log"
STOP_REQUESTED = "stop-requested"
CALLED_OFF = "called-off"
SAVE_REQUESTED = "save-requested"


@dataclass(frozen=True, slots=True)
class RunSpec:
    """One run to start.

    Args:
        run_id: the ledger's id of the run.
        run_dir: its folder, which exists; absolute.
        cwd: where the command runs; absolute.
        command: program and arguments.
        environment: variables added to those of the launching process.
        token: carried by every descendant as GRD_RUN_TOKEN.
        seed: given to the child as GRD_SEED and PYTHONHASHSEED.
        lease: what the run may spend.
        grace_s: seconds between the request to save and the kill.
        gpus: indices of the devices allocated to the run.
        stdout_limit_bytes: disk that stdout.log may take; its middle is dropped beyond it.
        sample_s: seconds between two meter samples.
        afterwards: a command the guard starts, detached, once nothing is left of the run.
    """

    run_id: int
    run_dir: Path
    cwd: Path
    command: tuple[str, ...]
    environment: dict[str, str]
    token: str
    seed: int
    lease: Lease
    grace_s: float = 10.0
    gpus: tuple[int, ...] = ()
    stdout_limit_bytes: int = 256 * 2**20
    sample_s: float = 1.0
    afterwards: tuple[str, ...] = ()

    @property
    def journal_dir(self) -> Path:
        """The folder of journals, one file a writing process."""
        return self.run_dir / JOURNAL_FOLDER


def write_spec(spec: RunSpec) -> Path:
    """Write `spec.json` into the run's folder and return its path."""
    content = asdict(spec) | {"run_dir": str(spec.run_dir), "cwd": str(spec.cwd)}
    path = spec.run_dir / SPEC_FILE
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return path


def read_spec(path: Path) -> RunSpec:
    """Read what `write_spec` wrote.

    Raises:
        OSError, ValueError, KeyError, TypeError: the file is not a spec.
    """
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return RunSpec(
        **content
        | {
            "run_dir": Path(content["run_dir"]),
            "cwd": Path(content["cwd"]),
            "command": tuple(content["command"]),
            "lease": Lease(**content["lease"]),
            "gpus": tuple(content["gpus"]),
            "afterwards": tuple(content.get("afterwards", ())),
        }
    )
