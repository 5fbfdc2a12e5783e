"""A study whose one experiment is hard to kill."""

from __future__ import annotations

import sys

import pytest

from grd_core.identity import canonical_json
from grd_core.ledger.tables import ObjectiveLock
from grd_core.runs.experiments import new_experiment
from grd_core.study import create_study

CONFIG = f"""
[run]
command = ["python", "train.py"]
python = "{sys.executable}"
grace_s = 0.5
"""

# Three processes in three sessions, deaf to SIGTERM; each logs a metric of its own and writes
# down which lines were acknowledged.
TRAIN = """
import os, signal, time
from grd_log import log

signal.signal(signal.SIGTERM, signal.SIG_IGN)
folder = os.environ["GRD_RUN_DIR"]
name = "main"
for rank in ("child", "grandchild"):
    if os.fork():
        break
    os.setsid()
    name = rank
open(f"{folder}/{name}.pid", "w").write(str(os.getpid()))
acknowledged = os.open(f"{folder}/{name}.acknowledged", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
step = 0
while True:
    if log(step, **{name: float(step)}):
        os.write(acknowledged, b"%d\\n" % step)
    step += 1
    time.sleep(0.0005)
"""


@pytest.fixture
def make_study(tmp_path):
    """Make a study with a locked wall budget, in hours, and its experiment."""

    def make(**budget: float):
        study = create_study(tmp_path / "study")
        (study.root / "grd.toml").write_text(CONFIG)
        with study.write("objective locked") as tx:
            tx.insert(
                ObjectiveLock(
                    version=1,
                    sha256="0" * 64,
                    content_base64="",
                    rule_json=canonical_json(
                        {
                            "title": "Can it be killed?",
                            "metrics": [],
                            "falsification": [],
                            "budget": budget,
                        }
                    ),
                    reason="",
                    changes_json="[]",
                    results_seen_json='{"reviews":[],"runs":[],"scorecards":[]}',
                )
            )
        experiment = new_experiment(study, "stubborn", kind="baseline")
        experiment.hypothesis_path.write_text("## What we believe\n\nIt cannot be killed.\n")
        (experiment.folder / "train.py").write_text(TRAIN)
        return study, experiment

    return make
