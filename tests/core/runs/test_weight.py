"""What the cockpit loads for a snapshot stays light."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = "{'numpy', 'pandas', 'scipy', 'sklearn', 'pyarrow', 'sqlmodel', 'sqlalchemy', 'pydantic'}"


@pytest.mark.parametrize(
    "module", ["snapshot", "series", "live", "ingest", "points", "records", "start", "stop"]
)
def test_a_module_the_cockpit_imports_loads_nothing_heavy(module):
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys, grd_core.runs.{module}; print(*sorted({HEAVY} & set(sys.modules)))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == ""


def test_the_supervisor_loads_little():
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, grd_core.launch.supervisor;"
            f"print(*sorted(({HEAVY} | {{'psutil', 'pynvml', 'sqlite3'}}) & set(sys.modules)))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == ""
