"""Job functions of every kind of behaviour, run by name in workers."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from grd_core.errors import DataError


def add(arguments: dict[str, Any], progress: Any) -> dict[str, Any]:
    progress(0.5, "half")
    print("worker output stays in the worker")
    return {"sum": arguments["a"] + arguments["b"]}


_counted = itertools.count(1)


def count(arguments: dict[str, Any], progress: Any) -> dict[str, Any]:
    return {"times": next(_counted)}


def raise_value_error(arguments: dict[str, Any], progress: Any) -> dict[str, Any]:
    raise ValueError("no such thing")


def refuse(arguments: dict[str, Any], progress: Any) -> dict[str, Any]:
    raise DataError("the column is missing", where="a.csv", fix="name another")


def die(arguments: dict[str, Any], progress: Any) -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def leave(arguments: dict[str, Any], progress: Any) -> dict[str, Any]:
    os._exit(3)


def hang_with_child(arguments: dict[str, Any], progress: Any) -> dict[str, Any]:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path(arguments["pids"]).write_text(f"{os.getpid()} {child.pid}")
    time.sleep(600)
    return {}


def print_much(arguments: dict[str, Any], progress: Any) -> dict[str, Any]:
    for _ in range(4000):
        print("x" * 100)
    return {"threads": os.environ.get("OMP_NUM_THREADS", "")}


def die_with_child(arguments: dict[str, Any], progress: Any) -> dict[str, Any]:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path(arguments["pids"]).write_text(f"{os.getpid()} {child.pid}")
    os._exit(4)
