"""A run from `start_run` to its recorded end, and everything that refuses it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from pathlib import Path

import pytest

from grd_core.budget.account import Reservation, account
from grd_core.budget.process_tree import ProcessIdentity
from grd_core.errors import LaunchError, RefusedError, UsageError
from grd_core.identity import sha256_file
from grd_core.launch.locks import exclusive_if_free, shared
from grd_core.launch.reap import is_supervised, reap_leftovers
from grd_core.ledger.tables import ExperimentState
from grd_core.ledger.verify import verify_ledger
from grd_core.runs.endings import GIVEN_UP, LAUNCHING_LOCK
from grd_core.runs.experiments import new_experiment
from grd_core.runs.ingest import INGEST_LOCK, Busy, Ingested, NotWritable, ingest
from grd_core.runs.points import read_points
from grd_core.runs.progress import progress_of
from grd_core.runs.records import find_run
from grd_core.runs.snapshot import experiment_snapshot, loop_snapshot, watch_snapshot
from grd_core.runs.start import start_run
from grd_core.runs.stop import give_up, stop_all, stop_run
from grd_core.study import create_study

TRAIN = """
import os, tomllib
from grd_log import log, predict
config = tomllib.load(open(os.environ["GRD_CONFIG"], "rb"))
for step in range(40):
    log(step, loss=1 / (step + 1), rate=config["rate"])
log(40, loss=float("nan"))
predict([1, 2], [0.5, 0.25], part="validation", y_true=[0, 1])
print("seed", os.environ["GRD_SEED"], "data", os.environ["GRD_DATA"])
"""
WAIT = "import time; print('begun', flush=True); time.sleep(600)"


def python(code: str) -> list[str]:
    return ["python", "-c", code]


def test_a_run_is_recorded_from_its_inputs_to_its_end(study, experiment, ended):
    (experiment.folder / "train.py").write_text(TRAIN)
    started = start_run(study, experiment, seed=3)
    assert started.folder == experiment.folder / "runs" / "01"
    record = ended(started.id)
    assert (record.state, record.seed, record.name) == ("done", 3, "001-first-try/01")
    assert record.detail["exit_code"] == 0
    assert record.detail["totals"]["wall_s"] > 0
    files = record.detail["files"]
    assert files["predictions.csv"] == sha256_file(started.folder / "predictions.csv")
    for name, digest in files.items():
        assert sha256_file(started.folder / name) == digest
    with study.read() as ledger:
        row = ledger.one("SELECT * FROM run")
        inputs = json.loads(row["inputs_json"])
        assert verify_ledger(ledger, ()) == ()
    assert inputs["files"]["train.py"] == sha256_file(experiment.folder / "train.py")
    assert inputs["environment"] == sha256_file(started.folder / "env.json")
    assert row["folder"] == "experiments/exploration/001-first-try/runs/01"
    environment = json.loads((started.folder / "env.json").read_text())
    assert "grd" in environment["python"]["packages"]
    assert environment["determinism"]["PYTHONHASHSEED"] == "3"

    snapshot = watch_snapshot(study, str(started.id))
    assert snapshot.liveness == "ended"
    assert snapshot.stdout == (f"seed 3 data {study.frozen_dir}",)
    loss, rate = snapshot.metrics
    assert (loss.count, loss.nonfinite, loss.last, loss.last_text) == (41, 1, None, "nan")
    assert (loss.low, loss.high) == (1 / 40, 1.0)
    assert (rate.count, rate.last) == (40, 0.1)
    with study.read() as ledger:
        points = read_points(ledger, started.id, "loss")
    assert list(points.steps) == list(range(41))
    assert list(points.values)[:40] == [1 / (step + 1) for step in range(40)]


def test_the_ledgers_head_is_anchored_in_the_runs_folder(study, experiment, ended):
    started = start_run(study, experiment)
    anchor = json.loads((started.folder / "ledger.json").read_text())
    with study.read() as ledger:
        event = ledger.one("SELECT kind, hash FROM event WHERE id = ?", anchor["event_id"])
    assert event["hash"] == anchor["hash"]
    assert event["kind"] == "run of 001-first-try started"
    ended(started.id)


def test_the_snapshots_follow_a_run(study, experiment, ended):
    started = start_run(study, experiment, command=python(WAIT))
    deadline = time.monotonic() + 20
    while not watch_snapshot(study, "1/1").stdout and time.monotonic() < deadline:
        time.sleep(0.02)
    ingest(study)
    snapshot = watch_snapshot(study, "1/1")
    assert (snapshot.run.state, snapshot.liveness) == ("started", "running")
    assert snapshot.stdout == ("begun",)
    assert {line.unit: line.lease for line in snapshot.leases} == {
        "gpu_hours": 0.0,
        "cpu_hours": 1.0,
        "wall_hours": None,
    }
    loop = loop_snapshot(study)
    assert [(e.name, e.runs, e.going_on) for e in loop.experiments] == [("001-first-try", 1, 1)]
    assert loop.budget[1].leased == pytest.approx(1.0, abs=0.01)
    assert stop_run(study, str(started.id)).grace_s == 0.5
    assert ended(started.id).state == "stopped_by_user"
    assert account(study).unit("cpu_hours").leased == 0.0
    assert experiment_snapshot(study, experiment).runs[0].state == "stopped_by_user"
    assert experiment_snapshot(study, experiment).belief == "That it works."
    with pytest.raises(RefusedError, match="has ended: stopped_by_user"):
        stop_run(study, str(started.id))


def test_runs_of_an_experiment_are_numbered_past_folders_made_by_hand(study, experiment, ended):
    (experiment.folder / "runs" / "01").mkdir()
    first = start_run(study, experiment)
    second = start_run(study, experiment)
    assert (first.ordinal, second.ordinal) == (2, 3)
    assert ended(first.id).state == ended(second.id).state == "done"


def test_a_command_that_is_not_there_is_a_recorded_failure_and_frees_its_lease(study, experiment):
    with pytest.raises(LaunchError, match="command not found: nothing-here"):
        start_run(study, experiment, command=["nothing-here"])
    record = find_run(study, "1")
    assert (record.state, record.detail["detail"]) == ("failed", "command not found: nothing-here")
    assert account(study).unit("cpu_hours").leased == 0.0


def test_a_run_is_stopped_by_what_grd_toml_allows(study, experiment, ended):
    started = start_run(
        study, experiment, command=python(WAIT), limit=Reservation(None, None, 0.5 / 3600)
    )
    record = ended(started.id)
    assert record.state == "stopped_by_budget"
    assert 0.4 <= record.detail["totals"]["wall_s"] < 30


def test_two_runs_on_one_budget_share_it(study, experiment, lock, ended):
    lock(study, version=2, wall_hours=1 / 3600)
    share = Reservation(None, None, 0.6 / 3600)
    first = start_run(study, experiment, command=python(WAIT), limit=share)
    with pytest.raises(RefusedError, match="set aside for run 1"):
        start_run(study, experiment, command=python(WAIT), limit=share)
    assert ended(first.id).state == "stopped_by_budget"
    unit = account(study).unit("wall_hours")
    assert unit.leased == 0.0
    assert unit.spent == pytest.approx(0.6 / 3600, rel=0.5)


def test_nothing_runs_before_the_objective_is_locked(tmp_path, study, experiment):
    bare = create_study(tmp_path / "bare")
    with pytest.raises(RefusedError, match="the objective is not locked"):
        start_run(bare, experiment)


def test_nothing_runs_without_a_hypothesis(study):
    made = new_experiment(study, "no idea", kind="baseline")
    with pytest.raises(RefusedError, match="001-no-idea has no hypothesis"):
        start_run(study, made)
    made.hypothesis_path.unlink()
    with pytest.raises(RefusedError, match="before the run"):
        start_run(study, made)
    assert loop_snapshot(study).runs == ()


def test_nothing_runs_where_the_files_are_gone(study, experiment):
    shutil.rmtree(experiment.folder)
    with pytest.raises(RefusedError, match="files of 001-first-try are gone"):
        start_run(study, experiment)


def test_a_negative_seed_is_a_wrong_request(study, experiment):
    with pytest.raises(UsageError, match="the seed is -1"):
        start_run(study, experiment, seed=-1)


def test_only_one_ingests_at_a_time(study):
    with exclusive_if_free(study.ledger_path.parent / INGEST_LOCK):
        assert isinstance(ingest(study), Busy)
    assert isinstance(ingest(study), Ingested)


def test_a_read_only_study_is_read_as_it_stands(study, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    assert isinstance(ingest(study), NotWritable)


def test_a_run_with_nobody_above_it_is_interrupted_never_finished(study, experiment):
    code = "import os, time\nif os.fork() == 0: os.setsid()\nprint('up', flush=True)\n" + WAIT
    started = start_run(study, experiment, command=python(code))
    ingest(study)
    supervisor = started.launched.supervisor.pid
    status = Path(f"/proc/{supervisor}/status").read_text()
    guard = int(status.split("PPid:")[1].split()[0])
    os.kill(guard, signal.SIGSTOP)
    os.kill(supervisor, signal.SIGKILL)
    assert ingest(study).ended == ()  # the stopped guard still holds its lock
    os.kill(guard, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while not (done := ingest(study)).ended and time.monotonic() < deadline:
        time.sleep(0.02)
    assert done.ended == (started.id,)
    record = find_run(study, str(started.id))
    assert record.state == "interrupted"
    assert record.detail["detail"] == "its supervisor and guard were killed"


def test_a_run_whose_launcher_died_before_the_supervisor_is_interrupted(study, experiment):
    """Everything up to the launch, in a process that dies there."""
    pid = os.fork()
    if pid == 0:
        import grd_core.launch.launcher as launcher

        launcher.launch = lambda _spec, **_options: os._exit(0)
        start_run(study, experiment)
    os.waitpid(pid, 0)
    assert loop_snapshot(study).runs[0].state == "started"
    with shared(study.ledger_path.parent / LAUNCHING_LOCK):
        assert ingest(study).ended == ()  # some launcher is at work; it may be this run's
    assert ingest(study).ended == (1,)
    record = find_run(study, "1")
    assert (record.state, record.detail["detail"]) == ("interrupted", "it never started")
    assert account(study).unit("cpu_hours").spent == 0.0


FORGED = """
import json, os, time
journal = os.environ["GRD_JOURNAL"] + "/supervisor.jsonl"
said = {"kind": "exit", "time": time.time(), "reason": "done", "exit_code": 0, "detail": "",
        "wall_s": 0.0, "cpu_s": 0.0, "gpu_s": 0.0, "peak_rss_bytes": 1, "tables": {}}
with open(journal, "MODE") as stream:
    stream.write(json.dumps(said) + chr(10))
print("forged", flush=True)
time.sleep(600)
"""


def test_a_run_that_says_itself_that_it_is_over_goes_on(study, experiment, ended):
    started = start_run(study, experiment, command=python(FORGED.replace("MODE", "a")))
    deadline = time.monotonic() + 20
    while "forged" not in (started.folder / "stdout.log").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert ingest(study).ended == ()
    assert find_run(study, str(started.id)).is_going_on
    assert account(study).unit("cpu_hours").leased > 0.0
    stop_run(study, str(started.id))
    assert ended(started.id).state == "stopped_by_user"


def test_a_supervisors_journal_that_was_rewritten_is_not_believed(study, experiment, ended):
    started = start_run(study, experiment, command=python(FORGED.replace("MODE", "w")))
    ingest(study)
    deadline = time.monotonic() + 20
    while "forged" not in (started.folder / "stdout.log").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    ingest(study)
    stop_run(study, str(started.id))
    record = ended(started.id)
    assert record.state in ("interrupted", "stopped_by_user")


def test_tables_are_recorded_as_they_were_when_the_run_ended(study, experiment):
    (experiment.folder / "train.py").write_text(TRAIN)
    started = start_run(study, experiment)
    deadline = time.monotonic() + 20
    while is_supervised(started.folder) and time.monotonic() < deadline:
        time.sleep(0.01)
    table = started.folder / "predictions.csv"
    written = sha256_file(table)
    table.write_text("id,part\n")
    (started.folder / "predictions.parquet").write_bytes(b"of another run")
    ingest(study)
    record = find_run(study, str(started.id))
    assert record.detail["files"]["predictions.csv"] == written
    assert record.detail["changed_since_exit"] == ["predictions.csv", "predictions.parquet"]


def test_trials_end_with_the_locked_budget_and_baselines_cost_none(study, experiment, lock, ended):
    lock(study, version=2, cpu_hours=10.0, trials=1)
    for _ in range(2):
        ended(start_run(study, experiment).id)
    other = new_experiment(study, "second try", kind="refinement")
    other.hypothesis_path.write_text(experiment.hypothesis_path.read_text())
    (other.folder / "train.py").write_text("print('nothing')\n")
    ended(start_run(study, other).id)
    with pytest.raises(RefusedError, match="no trial is left: 1 of 1 runs were started"):
        start_run(study, other)
    lock(study, version=3, cpu_hours=10.0, trials=2)
    ended(start_run(study, other).id)


def test_an_experiment_archived_meanwhile_is_not_run_and_its_folder_not_made_again(
    study, experiment
):
    moved = study.experiments_dir / "negative_results" / experiment.folder.name
    with study.write("archived") as tx:
        tx.insert(
            ExperimentState(
                experiment_id=experiment.id,
                state="archived",
                folder=study.relative(moved),
                detail_json="{}",
            )
        )
    with pytest.raises(RefusedError, match="001-first-try is archived"):
        start_run(study, experiment)
    with study.read() as ledger:
        assert ledger.value("SELECT count(*) FROM run") == 0


def test_a_run_that_ended_out_of_reach_has_its_true_end_when_its_folder_is_back(
    study, experiment, tmp_path
):
    wait_for = tmp_path / "go"
    code = f"import os, time\nwhile not os.path.exists({str(wait_for)!r}): time.sleep(0.01)"
    started = start_run(study, experiment, command=python(code))
    ingest(study)
    away = started.folder.rename(tmp_path / "away")
    wait_for.touch()
    until_dead(started.launched.supervisor)
    for _ in range(3):
        assert ingest(study).ended == ()
    snapshot = watch_snapshot(study, str(started.id))
    assert (snapshot.run.state, snapshot.liveness) == ("started", "out of reach")
    assert [alarm.kind for alarm in snapshot.alarms] == ["out of reach"]
    with pytest.raises(RefusedError, match="is out of reach: it cannot be asked"):
        stop_run(study, str(started.id))
    assert stop_all(study).out_of_reach == (started.id,)

    # A mount point stays where its mount is gone; what lies below it does not.
    started.folder.mkdir()
    assert ingest(study).ended == ()
    assert list(started.folder.iterdir()) == []
    started.folder.rmdir()

    away.rename(started.folder)
    assert ingest(study).ended == (started.id,)
    record = find_run(study, str(started.id))
    assert (record.state, record.detail["exit_code"]) == ("done", 0)
    assert record.detail["rewritten"] == []


def test_a_run_whose_folder_was_removed_is_given_up_by_a_person(study, experiment):
    started = start_run(study, experiment, command=python(WAIT))
    ingest(study)
    with pytest.raises(RefusedError, match="the folder of run 1 is there"):
        give_up(study, "1")
    shutil.rmtree(started.folder)
    assert ingest(study).ended == ()
    assert watch_snapshot(study, "1").files_gone
    with pytest.raises(RefusedError, match="the supervisor of run 1 lives"):
        give_up(study, "1")
    os.kill(started.launched.supervisor.pid, signal.SIGKILL)
    until_dead(started.launched.supervisor)
    assert ingest(study).ended == ()
    assert account(study).holders == (1,)
    assert give_up(study, "1").run_id == 1
    record = find_run(study, "1")
    assert (record.state, record.detail["detail"]) == ("stopped_by_user", GIVEN_UP)
    assert account(study).holders == ()
    with pytest.raises(RefusedError, match="has ended"):
        give_up(study, "1")


def until_dead(supervisor: ProcessIdentity) -> None:
    deadline = time.monotonic() + 20
    while supervisor.is_alive():
        assert time.monotonic() < deadline, "the supervisor did not end"
        time.sleep(0.01)


def test_a_run_is_found_by_id_and_by_experiment_and_ordinal(study, experiment, ended):
    ended(start_run(study, experiment).id)
    assert (
        find_run(study, "1").id
        == find_run(study, "1/1").id
        == find_run(study, "001-first-try/01").id
    )
    for unknown in ("7", "2/1", "first", ""):
        with pytest.raises(UsageError, match="no run is called"):
            find_run(study, unknown)


def test_the_meter_becomes_series_and_progress(study, experiment, ended):
    started = start_run(study, experiment)
    ended(started.id)
    names = {line.name for line in watch_snapshot(study, str(started.id)).meter}
    assert {"sys/cpu_cores", "sys/rss_mb"} <= names
    with study.read() as ledger:
        progress = progress_of(ledger.driver, started.id)
    assert progress.exit["reason"] == "done"
    assert progress.gpus == "unmeasured" or isinstance(progress.gpus, list)
    assert progress.peak_rss_bytes > 0


def test_any_later_verb_can_end_what_is_left_of_a_study(study, experiment):
    code = "import os, time\nif os.fork() == 0: os.setsid()\nprint('up', flush=True)\n" + WAIT
    started = start_run(study, experiment, command=python(code))
    supervisor = started.launched.supervisor.pid
    status = Path(f"/proc/{supervisor}/status").read_text()
    guard = int(status.split("PPid:")[1].split()[0])
    deadline = time.monotonic() + 10
    while (started.folder / "stdout.log").read_text().count("up") < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert reap_leftovers(study) == ()
    os.kill(guard, signal.SIGSTOP)
    os.kill(supervisor, signal.SIGKILL)
    os.kill(guard, signal.SIGKILL)
    while is_supervised(started.folder):
        time.sleep(0.01)
    (reaped,) = reap_leftovers(study)
    assert reaped.run_dir == started.folder
    assert reaped.processes >= 1
    assert reap_leftovers(study) == ()
    assert ingest(study).ended == (started.id,)


def test_a_run_that_ended_unseen_holds_no_lease_back(study, experiment, ended):
    everything = Reservation(None, 100.0, None)
    first = start_run(study, experiment, limit=everything)
    deadline = time.monotonic() + 20
    while is_supervised(first.folder) and time.monotonic() < deadline:
        time.sleep(0.01)
    second = start_run(study, experiment, limit=everything)
    assert ended(second.id).state == "done"
    assert find_run(study, str(first.id)).state == "done"


def test_a_read_only_study_starts_nothing(study, experiment, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    with pytest.raises(RefusedError, match="the study is read-only"):
        start_run(study, experiment)
