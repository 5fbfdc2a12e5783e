"""The trackers people use today, each as its own documentation calls it, offline, by default.

None of them is a dependency. One that this interpreter can import is taken as it is; for any
other an environment of its own is made once, below the folder of temporary files (or
`GRD_BENCH_TRACKERS`), and kept for the next run. What cannot be installed is skipped by name.

How each is called, and what is set for it beside its defaults:
    trackio     quickstart: `init`, `log`, `finish`; local SQLite below TRACKIO_DIR.
    MLflow      tracking quickstart: `start_run`, `log_metrics`, `end_run`; SQLite in the working
                folder, its default since 3.7; MLFLOW_DISABLE_TELEMETRY, since there is no network.
    W&B         offline mode: `init(mode="offline")`, `run.log`, `run.finish`.
    tensorboardX  `SummaryWriter`, one `add_scalar` for each metric, `close`.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

INSTALL_LIMIT_S = 900


@dataclass(frozen=True, slots=True)
class Tracker:
    """A tracker and the code that logs with it: `i` is the step, `m` its five metrics.

    `steps` is how many it is asked to log in one round, fewer for one that takes milliseconds.
    """

    name: str
    package: str
    module: str
    begin: str
    step: str
    end: str
    steps: int
    environment: Mapping[str, str] = field(default_factory=dict)


TRACKIO = Tracker(
    name="trackio",
    package="trackio",
    module="trackio",
    begin="import trackio; trackio.init(project='bench'); log = trackio.log",
    step="log(m, step=i)",
    end="trackio.finish()",
    steps=5_000,
    environment={"TRACKIO_DIR": "trackio", "HF_HUB_OFFLINE": "1"},
)
MLFLOW = Tracker(
    name="MLflow",
    package="mlflow",
    module="mlflow",
    begin="import mlflow; mlflow.start_run(); log = mlflow.log_metrics",
    step="log(m, step=i)",
    end="mlflow.end_run()",
    steps=400,
    environment={"MLFLOW_DISABLE_TELEMETRY": "true"},
)
WANDB = Tracker(
    name="W&B offline",
    package="wandb",
    module="wandb",
    begin="import wandb; run = wandb.init(project='bench', mode='offline'); log = run.log",
    step="log(m, step=i)",
    end="run.finish()",
    steps=5_000,
    environment={"WANDB_SILENT": "true"},
)
TENSORBOARDX = Tracker(
    name="tensorboardX",
    package="tensorboardX",
    module="tensorboardX",
    begin="import tensorboardX; writer = tensorboardX.SummaryWriter('logs'); "
    "add = writer.add_scalar",
    step="for name, value in m.items(): add(name, value, i)",
    end="writer.close()",
    steps=5_000,
)
TRACKERS = (TRACKIO, MLFLOW, WANDB, TENSORBOARDX)


@dataclass(frozen=True, slots=True)
class Installed:
    """An interpreter that can import a package, and the package's version."""

    python: str
    version: str


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Why a package is not to be had here."""

    why: str


@cache
def installed(package: str, module: str) -> Installed | Unavailable:
    """An interpreter that can import `module`: this one, or one with an environment for it."""
    if importlib.util.find_spec(module) is not None:
        return _checked(sys.executable, package, module)
    try:
        python = _environment(_home(), package)
    except subprocess.CalledProcessError as error:
        return Unavailable(f"it does not install: {last_words(error.stderr)}")
    except subprocess.TimeoutExpired:
        return Unavailable(f"it was not installed within {INSTALL_LIMIT_S} s")
    except OSError as error:
        return Unavailable(f"there is no place for it: {error.strerror}")
    return _checked(str(python), package, module)


def _environment(home: Path, package: str) -> Path:
    """The interpreter of the environment that holds `package`, made if there is none."""
    folder = home / f"{package}-{sys.version_info.major}.{sys.version_info.minor}"
    python = folder / "bin" / "python"
    whole = folder / "whole"
    with (home / f"{package}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            # numpy too: what an import costs is measured after it, as in a real training.
            _run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(folder)])
            pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
            _run([*pip, "--prefer-binary", "--retries", "1", package, "numpy"])
            whole.touch()
    return python


def _checked(python: str, package: str, module: str) -> Installed | Unavailable:
    code = f"import importlib.metadata as m, {module}; print(m.version({package!r}))"
    try:
        words = _run([python, "-c", code]).split()
    except subprocess.CalledProcessError as error:
        return Unavailable(f"it installs and does not import: {last_words(error.stderr)}")
    return Installed(python, words[-1])


def _home() -> Path:
    """A folder that belongs to nobody else: code is run from it."""
    chosen = os.environ.get("GRD_BENCH_TRACKERS")
    home = Path(chosen or Path(tempfile.gettempdir()) / f"grd-bench-trackers-{os.getuid()}")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if home.stat().st_uid != os.getuid():
        raise PermissionError(1, f"{home} belongs to somebody else")
    return home


def _run(command: list[str]) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=INSTALL_LIMIT_S
    )
    return done.stdout


def last_words(stderr: str) -> str:
    """The line of a failure's output that says why."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines or ["no reason given"])[-1][:160]
