"""What differs between two runs, told from what they recorded."""

from __future__ import annotations

import json

import pytest

from grd_core.errors import UsageError
from grd_core.runs.experiments import new_experiment
from grd_core.runs.ingest import ingest
from grd_core.runs.run_difference import ABSENT, run_before, run_difference
from grd_core.runs.start import start_run

TRAIN = """
import os, tomllib
from grd_log import log
config = tomllib.load(open(os.environ["GRD_CONFIG"], "rb"))
log(0, loss=config["rate"])
"""


@pytest.fixture
def two_runs(study, experiment, ended):
    """Runs of a baseline and its child: other rate, a line of code more, another seed."""
    (experiment.folder / "train.py").write_text(TRAIN)
    (experiment.folder / "helper.py").write_text("x = 1\n")
    (experiment.folder / "table.csv").write_text("a\n1\n")
    ended(start_run(study, experiment).id)
    child = new_experiment(study, "slower", kind="refinement", template=experiment.folder)
    (child.folder / "config.toml").write_text("rate = 0.05\nembargo = 24\n")
    (child.folder / "train.py").write_text(TRAIN + 'log(1, extra=2.0)\nprint("x")\n')
    (child.folder / "helper.py").unlink()
    (child.folder / "table.csv").write_text("a\n2\n")
    ended(start_run(study, child, seed=3).id)
    ingest(study)
    return study, experiment, child


def changed(changes):
    return {one.key: (one.how, one.before, one.after) for one in changes if one.how != "same"}


def test_two_runs_differ_in_what_was_changed_and_in_nothing_else(two_runs):
    study, experiment, child = two_runs
    # The files go on changing after the runs: what is compared is what they started from.
    for folder in (experiment.folder, child.folder):
        (folder / "train.py").write_text("something else\n")
        (folder / "config.toml").write_text("rate = 7\n")
    found = run_difference(study, "1", "2/1")
    assert (found.left, found.right) == ("001-first-try/01", "002-slower/01")
    assert changed(found.config) == {
        "rate": ("changed", 0.1, 0.05),
        "embargo": ("added", ABSENT, 24),
    }
    code = {one.path: one for one in found.code}
    assert (code["train.py"].added, code["train.py"].removed) == (2, 0)
    assert '+print("x")' in code["train.py"].diff
    assert (code["helper.py"].how, code["helper.py"].removed) == ("removed", 1)
    assert code["table.csv"].note == "neither code nor config: compared by its hash"
    assert "config.toml" not in code
    environment = changed(found.environment)
    assert environment.pop("seed") == ("changed", 0, 3)
    # Somebody may install packages between the two.
    others = {key for key in environment if not key.startswith("python.packages.")}
    assert others <= {"determinism.PYTHONHASHSEED"}
    assert any(one.key.startswith("python.packages.") for one in found.environment)
    assert changed(found.data) == {}
    assert changed(found.metrics) == {
        "loss": ("changed", 0.1, 0.05),
        "extra": ("added", ABSENT, 2.0),
    }
    assert found.notes == ()
    assert not found.is_empty


def test_a_run_differs_from_itself_in_nothing_and_the_one_before_is_the_parents(two_runs):
    study, *_ = two_runs
    found = run_difference(study, "2", "2")
    assert found.is_empty
    assert found.config
    assert found.metrics
    assert run_before(study, "2") == "1"
    with pytest.raises(UsageError, match="no run comes before"):
        run_before(study, "1")


def test_what_is_gone_or_forged_is_said_and_not_compared(two_runs):
    study, experiment, child = two_runs
    env = child.folder / "runs" / "01" / "env.json"
    env.write_text(json.dumps(json.loads(env.read_text()) | {"seed": 9}))
    (experiment.folder / "runs" / "01" / "env.json").unlink()
    for path in (study.root / ".grd" / "files").rglob("*"):
        if path.is_file():
            path.unlink()
    for folder in (experiment.folder, child.folder):
        (folder / "train.py").write_text("something else\n")
        (folder / "config.toml").write_text("rate = 7\n")
    found = run_difference(study, "1", "2")
    assert [note.partition(":")[0] for note in found.notes] == [
        "001-first-try/01 has no env.json",
        "env.json of 002-slower/01 was changed since the run",
        "config.toml of 001-first-try/01 changed since and no copy was kept",
        "config.toml of 002-slower/01 changed since and no copy was kept",
    ]
    assert set(changed(found.config)) == {"sha256"}
    code = {one.path: one for one in found.code}
    assert code["train.py"].note == "no copy of 001-first-try/01's file was kept"
    assert not any(one.key.startswith("python.") for one in found.environment)
