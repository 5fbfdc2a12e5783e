"""Training that a person starts in an experiment's folder, past the program: a real process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WRITES = """
import csv, os, sys, time
os.makedirs("logs", exist_ok=True)
with open("logs/" + sys.argv[1], "w", newline="") as stream:
    rows = csv.writer(stream)
    rows.writerow(["step", "loss"])
    for step in range(1_000_000):
        rows.writerow([step, 1 / (step + 1)])
        stream.flush()
        time.sleep(0.05)
"""


@contextmanager
def trained_by_hand(folder: Path, name: str = "metrics.csv") -> Iterator[Path]:
    """A process that writes logs/NAME in a folder until the end of the block; that file."""
    process = subprocess.Popen([sys.executable, "-c", WRITES, name], cwd=folder)
    try:
        yield folder / "logs" / name
    finally:
        process.kill()
        process.wait()
