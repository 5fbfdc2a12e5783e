"""What one logged step costs the training loop, beside the cheapest thing it could be.

Run alone: `python tests/benchmarks/bench_log.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TRAINING = Path(__file__).resolve().parents[2] / "core" / "grd_core" / "training"
STEPS = 30_000

_STEP = f"""
import os, sys, time
sys.path.insert(0, {str(TRAINING)!r})
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
import sys, time
sys.path.insert(0, {training!r})
import numpy
begin = time.perf_counter_ns()
import {module}
print((time.perf_counter_ns() - begin) / 1e6)
"""


def rows() -> list[tuple[str, str, str, float, str]]:
    """Name, figure, reference, ratio and budget of each measurement."""
    with tempfile.TemporaryDirectory() as folder:
        text = _python(_STEP, GRD_JOURNAL=folder)
    (median, high), (bare_median, bare_high) = (
        map(float, line.split()) for line in text.splitlines()
    )
    ours, json_ = (
        min(float(_python(_IMPORT.format(training=str(TRAINING), module=module))) for _ in range(5))
        for module in ("grd_log", "json")
    )
    return [
        (
            "one logged step, 5 metrics, median",
            f"{median:.1f} µs",
            f"bare os.write {bare_median:.1f} µs",
            median / bare_median,
            "≤ 10 µs",
        ),
        (
            "one logged step, 5 metrics, p99",
            f"{high:.1f} µs",
            f"bare os.write {bare_high:.1f} µs",
            high / bare_high,
            "≤ 50 µs",
        ),
        (
            "import grd_log after numpy",
            f"{ours:.2f} ms",
            f"import json {json_:.2f} ms",
            ours / json_,
            "≤ 2 ms",
        ),
    ]


def _python(code: str, **more: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **more},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


if __name__ == "__main__":
    begin = time.perf_counter()
    for row in rows():
        print(
            "  ".join(str(part) if not isinstance(part, float) else f"{part:.1f}×" for part in row)
        )
    print(f"took {time.perf_counter() - begin:.1f} s")
