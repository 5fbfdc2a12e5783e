"""Imported by the forkserver alone: loads what the workers share, and keeps it as it is.

Nothing that is loaded here is ever garbage. Collected meanwhile, it takes a fifth longer to load;
searched by a worker's collector, every page of it is copied for that worker.
"""

from __future__ import annotations

import contextlib
import gc
import importlib

MODULES = [
    "numpy",
    "pandas",
    "scipy.stats",
    "sklearn.metrics",
    "pyarrow.parquet",
    # By name, as jobs are: importing these costs a worker up to 0.3 s.
    "grd_core.checks.loaded",
    "grd_core.critic.worker",
    "grd_core.critic.live_code_job",
    "grd_core.critic.live_verdicts_job",
]
"""What a worker finds loaded; one that is not installed is not missed here."""

gc.disable()
for name in MODULES:
    with contextlib.suppress(ImportError):
        importlib.import_module(name)
gc.freeze()
gc.enable()
