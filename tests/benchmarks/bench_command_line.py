"""What the shell feels: `grd --help` against importing click, a status against --help."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.row import Row, counted

ROUNDS = counted(15, 1)


def seconds(command: list[str], cwd: Path) -> float:
    started = time.perf_counter()
    subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def rows() -> list[Row]:
    from grd_core.study import create_study

    with tempfile.TemporaryDirectory() as folder:
        study = create_study(Path(folder) / "study").root
        commands = {
            "help": [sys.executable, "-m", "grd_tui", "--help"],
            "click": [sys.executable, "-c", "import click"],
            "status": [sys.executable, "-m", "grd_tui", "status", "--json"],
        }
        taken: dict[str, list[float]] = {name: [] for name in commands}
        # In turn, so that a change of the machine's speed hits all of them.
        for _ in range(ROUNDS):
            for name, command in commands.items():
                taken[name].append(seconds(command, study))
    middle = {name: statistics.median(values) for name, values in taken.items()}
    return [
        Row(
            "grd --help",
            f"{middle['help'] * 1e3:.0f} ms",
            f"import click {middle['click'] * 1e3:.0f} ms",
            middle["help"] / middle["click"],
            "≤ 1.5×",
            middle["help"] <= 1.5 * middle["click"],
        ),
        Row(
            "grd status --json, empty study",
            f"{middle['status'] * 1e3:.0f} ms",
            f"import click {middle['click'] * 1e3:.0f} ms",
            middle["status"] / middle["click"],
        ),
    ]
