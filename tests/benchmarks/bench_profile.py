"""The profile of a million rows of thirty columns, against reading them; and the quick look."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from grd_core.recon.roles import Roles
from grd_core.recon.structure import structure_job
from tests.benchmarks.rounds import in_turns, seconds
from tests.benchmarks.row import Row, counted

ROWS = counted(1_000_000, 20_000)
QUICK_ROWS = counted(100_000, 5_000)
ROUNDS = counted(3, 1)
ROLES = Roles("binary", "y", time="when", groups=("boat",), id="id").as_json()
_PEAK = """
import json, pandas, pyarrow.parquet, re, sys
from pathlib import Path
from grd_core.recon.structure import structure_job
if sys.argv[1] == "profile":
    structure_job(json.loads(sys.argv[2]), lambda share, what: None)
else:
    table = pyarrow.parquet.read_table(json.loads(sys.argv[2])["path"])
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""
"""The peak of a process from its own start on: ru_maxrss remembers the parent's."""


def rows() -> Iterator[Row]:
    """Time and memory of the profile; wall time of a quick look in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path, few = Path(folder) / "rows.parquet", Path(folder) / "few.parquet"
        table(ROWS).to_parquet(path, index=False)
        table(QUICK_ROWS).to_parquet(few, index=False)
        yield _time(path)
        yield _memory(path)
        yield _quick(few)


def table(count: int) -> pd.DataFrame:
    """Thirty columns: 19 floats, one of them mostly missing, 6 integers, an id, a time, words of
    few and of many values, a target."""
    chance = np.random.default_rng(0)
    made = {f"f{i}": chance.normal(size=count) for i in range(18)}
    made |= {f"i{i}": chance.integers(0, 10 ** (i + 1), count) for i in range(6)}
    made["sparse"] = np.where(chance.random(count) < 0.7, np.nan, chance.normal(size=count))
    made["id"] = np.arange(count)
    made["when"] = pd.date_range("2020-01-01", periods=count, freq="s")
    made["site"] = chance.choice(list("ABCDE"), count)
    made["boat"] = np.char.add("boat ", chance.integers(0, 5000, count).astype(str))
    made["y"] = chance.integers(0, 2, count)
    return pd.DataFrame(made)


def _time(path: Path) -> Row:
    arguments = {"path": str(path), "roles": ROLES}
    taken = in_turns(
        {
            "profile": seconds(lambda: structure_job(arguments, lambda share, what: None)),
            "read": seconds(lambda: pq.read_table(path)),
        },
        ROUNDS,
    )
    profile, read = taken["profile"], taken["read"]
    ratio = profile.to(read)
    return Row(
        f"structure profile, {ROWS:,} × 30 Parquet",
        f"{profile.median:.2f} s",
        f"reading it {read.median:.2f} s",
        ratio,
        "≤ 5 times reading it",
        ratio <= 5,
    )


def _memory(path: Path) -> Row:
    arguments = json.dumps({"path": str(path), "roles": ROLES})
    profile, read = _peak_mb("profile", arguments), _peak_mb("read", arguments)
    return Row(
        "its memory at most, in a process of its own",
        f"{profile:.0f} MB",
        f"reading it {read:.0f} MB",
        profile / read,
        "≤ 1 GB, at 10 GB of data too",
        profile <= 1024,
    )


def _peak_mb(what: str, arguments: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, what, arguments],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"},
    )
    return int(done.stdout) / 1024


def _quick(path: Path) -> Row:
    def look() -> None:
        subprocess.run(
            [sys.executable, "-m", "grd_tui", "data", "profile", str(path), "--quick"],
            capture_output=True,
            check=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )

    def imports() -> None:
        subprocess.run(
            [sys.executable, "-c", "import pandas, scipy.stats, sklearn.metrics, pyarrow.parquet"],
            capture_output=True,
            check=True,
        )

    taken = in_turns({"look": seconds(look), "imports": seconds(imports)}, ROUNDS)
    quick, bare = taken["look"], taken["imports"]
    return Row(
        f"quick look, {QUICK_ROWS:,} × 30, a cold process",
        f"{quick.median:.2f} s",
        f"importing pandas, scipy, sklearn {bare.median:.2f} s",
        quick.to(bare),
        "≤ 2 s",
        quick.median <= 2,
    )
