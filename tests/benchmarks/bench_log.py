"""What one logged step costs the training loop, beside the cheapest thing it could be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.rounds import in_turns
from tests.benchmarks.row import Row, counted

GRD_LOG = Path(__file__).resolve().parents[2] / "core" / "grd_core" / "training" / "grd_log.py"
STEPS = counted(30_000, 500)
IMPORTS = counted(9, 1)

_STEP = f"""
import os, sys, time
from grd_log import log
fd = os.open(os.environ["GRD_JOURNAL"] + "/reference", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
line = b"x" * 160
now = time.perf_counter_ns
ours, bare = [], []
values = [[(i * k * 0.6180339887) % 1.0 for k in range(1, 6)] for i in range({STEPS})]
for i, (a, b, c, d, e) in enumerate(values):
    begin = now(); log(i, loss=a, accuracy=b, rate=c, norm=d, gain=e); middle = now()
    os.write(fd, line); end = now()
    ours.append(middle - begin); bare.append(end - middle)
for taken in (sorted(ours), sorted(bare)):
    print(taken[len(taken) // 2] / 1000, taken[len(taken) * 99 // 100] / 1000)
"""

_IMPORT = """
import time
import numpy
begin = time.perf_counter_ns()
import {module}
print((time.perf_counter_ns() - begin) / 1e6)
"""


def rows() -> list[Row]:
    """A step's median and 99th percentile against one bare write; the import against json's."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(GRD_LOG, folder)
        text = _python(_STEP, GRD_JOURNAL=folder, PYTHONPATH=folder)
        imports = in_turns(
            {
                "grd_log": lambda: float(
                    _python(_IMPORT.format(module="grd_log"), PYTHONPATH=folder)
                ),
                "json": lambda: float(_python(_IMPORT.format(module="json"), PYTHONPATH=folder)),
            },
            IMPORTS,
        )
    (median, high), (bare_median, bare_high) = (
        map(float, line.split()) for line in text.splitlines()
    )
    ours, json_ = imports["grd_log"], imports["json"]
    return [
        Row(
            "one logged step, 5 metrics, median",
            f"{median:.1f} µs",
            f"bare os.write {bare_median:.1f} µs",
            median / bare_median,
            "≤ 10 µs",
            median <= 10,
        ),
        Row(
            "one logged step, 5 metrics, p99",
            f"{high:.1f} µs",
            f"bare os.write {bare_high:.1f} µs",
            high / bare_high,
            "≤ 50 µs",
            high <= 50,
        ),
        Row(
            "import grd_log after numpy",
            f"{ours.median:.2f} ms",
            f"import json {json_.median:.2f} ms",
            ours.to(json_),
            "≤ 2 ms",
            ours.median <= 2,
        ),
    ]


def _python(code: str, **more: str) -> str:
    # Compiled once, as it is for everybody who runs a script twice.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment | more,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
