"""`grd config` and `grd diff`, as a shell sees them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grd_core.ledger.tables import Run, RunState
from grd_core.runs.experiment_files import hashes_of
from grd_core.runs.experiments import ExperimentRecord, new_experiment
from grd_core.runs.kept_files import keep_files
from grd_core.study import Study
from grd_tui.cli.root import run
from tests.small_study import copy_of

CONFIG = 'rate = 0.1\nname = "\\u001b[2J"\n'


@pytest.fixture
def study(locked_once: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    """A locked study with a baseline and a child, each with one run that is on record."""
    made = copy_of(locked_once, tmp_path / "tides")
    monkeypatch.chdir(made.root)
    baseline = new_experiment(made, "The mean", kind="baseline")
    (baseline.folder / "config.toml").write_text(CONFIG)
    (baseline.folder / "train.py").write_text("a = 1\nb = 2\n")
    on_record(made, baseline)
    child = new_experiment(made, "The moon", kind="refinement", template=baseline.folder)
    (child.folder / "config.toml").write_text(CONFIG.replace("0.1", "0.2"))
    (child.folder / "train.py").write_text("a = 1\nb = 3\n")
    on_record(made, child)
    return made


def on_record(study: Study, experiment: ExperimentRecord) -> None:
    files = hashes_of(experiment.folder)
    keep_files(study, experiment.folder, files)
    with study.write("run started") as tx:
        run_id = tx.insert(
            Run(
                experiment_id=experiment.id,
                ordinal=1,
                folder=study.relative(experiment.folder / "runs" / "01"),
                command_json='["python","train.py"]',
                seed=0,
                inputs_json=json.dumps({"files": files}),
                objective_version=1,
            )
        )
        tx.insert(RunState(run_id=run_id, state="started", detail_json="{}"))


def test_a_schema_is_drafted_checked_and_refuses(
    study: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["config", "draft", "1"]) == 0
    (study.root / "config.schema.json").write_text(capsys.readouterr().out)
    assert run(["config", "check"]) == 0
    assert "no schema" in capsys.readouterr().err
    with (study.root / "grd.toml").open("a") as stream:
        stream.write('\n[config]\nschema = "config.schema.json"\n')
    assert run(["config", "check"]) == 0
    assert "2 checked by config.schema.json" in capsys.readouterr().out
    (study.experiments_dir / "exploration/002-the-moon/config.toml").write_text("raet = 1\n")
    assert run(["config", "check", "2", "--json"]) == 2
    said = json.loads(capsys.readouterr().out)
    assert [fault["key"] for fault in said["faults"]] == ["raet", "rate", "name"]
    assert said["faults"][0]["where"].endswith("002-the-moon/config.toml:1")


def test_show_says_what_is_set_and_steers_no_terminal(
    study: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["config", "show", "1"]) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert ["rate", "0.1", "–", "–"] in [line.split() for line in shown.splitlines()]


def test_diff_says_what_changed_and_all_says_the_rest(
    study: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["diff", "2"]) == 0
    shown = capsys.readouterr().out
    assert "run 1 001-the-mean/01  →  run 2 002-the-moon/01" in shown
    assert ["~", "rate", "0.1", "0.2"] in [line.split() for line in shown.splitlines()]
    assert "~ train.py  +1 -1" in shown
    assert "    +b = 3" in shown
    assert "name" not in shown
    assert "environment: the same" in shown
    assert run(["diff", "1", "2", "--all"]) == 0
    everything = capsys.readouterr().out
    assert "name" in everything
    assert "\x1b" not in everything
    assert run(["diff", "1/1", "2/1", "--json"]) == 0
    assert [one["key"] for one in json.loads(capsys.readouterr().out)["config"]] == ["rate"]
    assert run(["diff", "9"]) == 2
