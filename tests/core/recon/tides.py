"""A small study for the tests of Recon: tides of a year, with a time, two stations and tails."""

from __future__ import annotations

import atexit
import dataclasses
import shutil
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from grd_core.recon.freeze import freeze
from grd_core.recon.profile import profile
from grd_core.recon.roles import Roles
from grd_core.recon.sources import declare
from grd_core.recon.splits import plan_split
from grd_core.study import Study, create_study

PROVENANCE = {
    "origin": "harbour office",
    "collected_how": "tide gauges, one reading an hour",
    "licence": "CC0",
    "unit_of_observation": "one hour at one gauge",
}
ROLES = Roles(task="regression", target="surge", time="at", id="reading")


def tides(rows: int = 600, seed: int = 5) -> pd.DataFrame:
    """Readings in time order; `surge` follows `wind`, has tails and no round statistics."""
    random = np.random.default_rng(seed)
    wind = random.gamma(3, 4, rows)
    # The level drifts, so that no statistic of one part equals that of another.
    drift = np.linspace(0, 3, rows)
    return pd.DataFrame(
        {
            "reading": np.arange(1, rows + 1),
            "at": pd.date_range("2021-01-01", periods=rows, freq="h", tz="UTC"),
            "gauge": random.choice(["north", "south"], rows),
            "wind": wind.round(3),
            "pressure": np.where(random.random(rows) < 0.2, np.nan, random.normal(1013, 6, rows)),
            "surge": 0.31 * wind + drift + random.standard_t(2, rows),
        }
    )


def frozen_study(folder: Path) -> Study:
    """A study that has gone through Recon: profiled, split, frozen, profiled again."""
    root = folder / "study"
    shutil.copytree(_frozen(), root)
    return Study(root.resolve())


@cache
def _frozen() -> Path:
    root = Path(tempfile.mkdtemp(prefix="grd-tides-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    study = study_of(root)
    roles = dataclasses.replace(ROLES, excluded=(("pressure", "known only afterwards"),))
    declare(study, study.data_dir / "tides.parquet", PROVENANCE, roles)
    profile(study)
    plan_split(study, validation=0.2, test=0.1)
    freeze(study)
    return study.root


@cache
def _empty() -> Path:
    """One empty study to copy: making a ledger waits for the disk."""
    root = Path(tempfile.mkdtemp(prefix="grd-tides-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    return create_study(root).root


def study_of(folder: Path, table: pd.DataFrame | None = None, name: str = "tides.parquet") -> Study:
    """A new study with a table in data/."""
    root = folder / "study"
    shutil.copytree(_empty(), root)
    study = Study(root.resolve())
    table = tides() if table is None else table
    path = study.data_dir / name
    if name.endswith(".csv"):
        table.to_csv(path, index=False)
    else:
        table.to_parquet(path)
    return study
