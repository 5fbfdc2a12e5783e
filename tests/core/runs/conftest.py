"""A study with a locked objective and one experiment that may be run."""

from __future__ import annotations

import json
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from grd_core.errors import RefusedError
from grd_core.identity import canonical_json, sha256_file
from grd_core.launch.killing import TOKEN_VARIABLE, environment_of, send
from grd_core.launch.locks import shared, try_lock
from grd_core.launch.spec import SUPERVISOR_LOCK
from grd_core.ledger.tables import ObjectiveLock, Run, RunState
from grd_core.runs.experiments import new_experiment
from grd_core.runs.ingest import ingest
from grd_core.runs.queue import drop_all
from grd_core.runs.records import find_run
from grd_core.study import Study, create_study

CONFIG = f"""
[run]
command = ["python", "train.py"]
python = "{sys.executable}"
grace_s = 0.5
cpu_hours = 1.0
"""


def lock_objective(study: Study, version: int = 1, **budget: float) -> None:
    with study.write("objective locked") as tx:
        tx.insert(
            ObjectiveLock(
                version=version,
                sha256="0" * 64,
                content_base64="",
                rule_json=canonical_json(
                    {
                        "title": "Does it work?",
                        "metrics": [],
                        "falsification": [],
                        "budget": budget or {"cpu_hours": 10.0},
                    }
                ),
                reason="",
                changes_json="[]",
                results_seen_json='{"reviews":[],"runs":[],"scorecards":[]}',
            )
        )


@pytest.fixture
def study(tmp_path):
    made = create_study(tmp_path / "study")
    (made.root / "grd.toml").write_text(CONFIG)
    lock_objective(made)
    yield made
    # First what waits: the end of a run begins the next.
    with suppress(RefusedError):
        drop_all(made)
    leftovers = [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit()
        and TOKEN_VARIABLE in (environment := environment_of(int(entry.name)))
        and environment.get("GRD_RUN_DIR", "").startswith(str(made.root))
    ]
    send(leftovers, signal.SIGKILL)


@pytest.fixture
def lock():
    return lock_objective


@pytest.fixture
def experiment(study):
    made = new_experiment(study, "first try", kind="baseline")
    made.hypothesis_path.write_text("# t\n\n## What we believe\n\nThat it works.\n")
    (made.folder / "train.py").write_text("print('nothing')\n")
    (made.folder / "config.toml").write_text("rate = 0.1\n")
    return made


@pytest.fixture
def ended(study):
    """Follow a run to its recorded end and return its record."""

    def follow(run_id: int, limit_s: float = 30.0):
        deadline = time.monotonic() + limit_s
        while (record := find_run(study, str(run_id))).is_going_on:
            assert time.monotonic() < deadline, "the run did not end"
            ingest(study)
            time.sleep(0.02)
        return record

    return follow


@pytest.fixture
def logged(study, experiment):
    """The study, and a function that logs steps of run 1, which something supervises.

    Each call writes one line a step, `every_s` apart up to now, and takes them up.
    """
    folder = experiment.folder / "runs" / "01"
    (folder / "journal").mkdir(parents=True)
    with study.write("run started") as tx:
        run_id = tx.insert(
            Run(
                experiment_id=experiment.id,
                ordinal=1,
                folder=study.relative(folder),
                command_json='["python","train.py"]',
                seed=0,
                inputs_json=canonical_json(
                    {"files": {"config.toml": sha256_file(experiment.folder / "config.toml")}}
                ),
                objective_version=1,
            )
        )
        tx.insert(RunState(run_id=run_id, state="started", detail_json="{}"))

    def log(*steps: dict, first: int = 0, every_s: float = 1.0, age_s: float = 0.0) -> None:
        begin = time.time() - age_s - every_s * (len(steps) - 1)
        lines = [
            json.dumps({"step": first + i, "time": begin + i * every_s, "metrics": values})
            for i, values in enumerate(steps)
        ]
        with (folder / "journal" / "10-10.jsonl").open("a") as stream:
            stream.write("".join(f"{line}\n" for line in lines))
        ingest(study)

    with shared(study.ledger_path.parent / "launching.lock"):
        held = try_lock(folder / SUPERVISOR_LOCK)
        yield study, log
        assert held is not None
