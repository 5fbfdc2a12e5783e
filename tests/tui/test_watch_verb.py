"""`grd watch`: what the cockpit's watch shows, in words and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from grd_core.ledger.tables import ObjectiveLock, Run, RunState
from grd_core.runs.experiments import find_experiment, new_experiment
from grd_core.runs.ingest import ingest_run
from grd_core.runs.records import find_run
from grd_core.runs.snapshot import loop_snapshot
from grd_core.study import Study, create_study
from grd_tui.cli.root import run

PRINTED = """INFO loading
epoch 0 step 0 loss=2.0
epoch 0 step 1 loss=1.5
epoch 0 step 2 loss=1.0
WARNING: \x1b[31mclipped
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Two seeds of one experiment, the second one crashed with a garbled journal."""
    made = create_study(tmp_path_factory.mktemp("watch") / "study")
    with made.write("objective locked") as tx:
        tx.insert(
            ObjectiveLock(
                version=1,
                sha256="0" * 64,
                content_base64="",
                rule_json='{"budget":{},"falsification":[],"metrics":[],"title":"Does it work?"}',
                reason="",
                changes_json="[]",
                results_seen_json="{}",
            )
        )
    experiment = new_experiment(made, "First try", kind="baseline")
    for seed in (1, 2):
        folder = experiment.folder / "runs" / f"{seed:02d}"
        (folder / "journal").mkdir(parents=True)
        with made.write("run started") as tx:
            run_id = tx.insert(
                Run(
                    experiment_id=experiment.id,
                    ordinal=seed,
                    folder=made.relative(folder),
                    command_json='["python","train.py"]',
                    seed=seed,
                    inputs_json='{"files":{}}',
                    objective_version=1,
                )
            )
            tx.insert(RunState(run_id=run_id, state="started", detail_json="{}"))
        lines = [
            json.dumps(
                {"step": i, "time": 1000.0 + i, "metrics": {"loss": 3.0 * seed - i, "lr": 1}}
            )
            for i in range(3)
        ]
        journal = folder / "journal" / "10-10.jsonl"
        journal.write_text("\n".join([*lines, *(["garbled"] if seed == 2 else []), ""]))
        (folder / "stdout.log").write_text(PRINTED)
        ingest_run(made, find_run(made, str(run_id)))
        with made.write("run ended") as tx:
            state = "done" if seed == 1 else "failed"
            detail = json.dumps(
                {"exit_code": seed - 1, "detail": "" if seed == 1 else "OSError: no"}
            )
            tx.insert(RunState(run_id=run_id, state=state, detail_json=detail))
    return made


ROWS = "name,size\na,1\n"
TABLE = "epoch,csv_loss\n" + "".join(f"{n},{n}\n" for n in range(3))
HOSTILE = "\x1b[31mred.csv"


@pytest.fixture
def beside(study: Study) -> Iterator[int]:
    """A third run, beside whose journal two tables lie, one of them no metrics."""
    (experiment,) = loop_snapshot(study).experiments
    folder = find_experiment(study, str(experiment.number)).folder / "runs" / "03"
    folder.mkdir()
    with study.write("run started") as tx:
        run_id = tx.insert(
            Run(
                experiment_id=experiment.id,
                ordinal=3,
                folder=study.relative(folder),
                command_json='["python","train.py"]',
                seed=3,
                inputs_json='{"files":{"train.py":"another"}}',
                objective_version=1,
            )
        )
        tx.insert(RunState(run_id=run_id, state="started", detail_json="{}"))
    (folder / "metrics.csv").write_text(TABLE)
    (folder / HOSTILE).write_text(ROWS)
    ingest_run(study, find_run(study, str(run_id)))
    with study.write("run ended") as tx:
        tx.insert(RunState(run_id=run_id, state="done", detail_json='{"exit_code":0,"detail":""}'))
    yield run_id


def watch(study: Study, *arguments: str) -> int:
    return run(["-C", str(study.root), "watch", *arguments])


def test_a_run_is_told_with_alarms_rules_seeds_and_folded_steps(
    study: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    assert watch(study, "2", "--once") == 0
    said = capsys.readouterr().out
    assert "! crashed, exit 1: OSError: no\n      crashed: the run ended by an error" in said
    assert "! 1 unreadable line in its journal" in said
    assert "loss  █▅▁  4.0 at step 2  from 4 to 6" in said
    assert "2 seeds, at the last step median 2.5 in [1, 4] of 2" in said
    assert "| epoch 0  steps 0-2  n 3  loss mean 1.5 min 1 max 2 last 1" in said
    assert "| WARNING: <1B>[31mclipped" in said


def test_metrics_and_output_are_narrowed(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    assert watch(study, "1", "--once", "--metric", "lr", "--level", "warning") == 0
    said = capsys.readouterr().out
    assert "lr" in said and "loss" not in said and "clipped" in said
    assert watch(study, "1", "--once", "--find", "STEP 1.5") == 0
    said = capsys.readouterr().out
    assert "| epoch 0 step 1 loss=1.5" in said and "step 2" not in said.partition("|")[2]


def test_the_same_as_one_json_object(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    assert watch(study, "2", "--once", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["run"]["malformed"] == 1
    assert {alarm["kind"] for alarm in told["alarms"]} == {"crashed", "unreadable"}
    assert all(alarm["rule"] for alarm in told["alarms"])
    assert told["curves"]["loss"]["lowest"]["value"] == 4.0
    assert told["seeds"]["loss"]["runs"] == [1, 2]
    assert set(told["machine"]) == {"devices", "reason"}
    assert [entry.get("lines") or entry["text"] for entry in told["output"]][:2] == [
        "INFO loading",
        3,
    ]


def test_an_ended_run_is_followed_to_its_exit_code(
    study: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    assert watch(study, "1") == 0
    assert watch(study, "2", "--json") == 1
    shown = capsys.readouterr()
    assert "run 2 ! crashed, exit 1: OSError: no" in shown.err


def test_no_such_run_is_a_usage_error(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    assert watch(study, "9", "--once") == 2
    assert "runs are 1 to 2" in capsys.readouterr().err


def test_files_say_what_comes_from_them_or_why_they_are_not_read(
    study: Study, beside: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert watch(study, str(beside)) == 0
    shown = capsys.readouterr()
    taken = "from metrics.csv (csv, reading): csv_loss"
    refused = "not read: <1B>[31mred.csv (csv, ignored); no column of this table counts steps"
    for said in (taken, refused):
        assert f"  {said}\n" in shown.out
        assert f"run {beside}: {said}\n" in shown.err
    assert watch(study, str(beside), "--once", "--json") == 0
    files = json.loads(capsys.readouterr().out)["files"]
    assert {file["path"]: file["status"] for file in files} == {
        "./metrics.csv": "reading",
        f"./{HOSTILE}": "ignored",
    }
    assert run(["-C", str(study.root), "experiment", "show", "1"]) == 0
    told = capsys.readouterr().out
    assert f"run {beside}       {taken}\n" in told and refused in told
