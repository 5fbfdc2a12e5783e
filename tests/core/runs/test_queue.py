"""Requests for runs: begun as places, devices and hours allow, waiting otherwise."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time

import pytest

from grd_core.errors import LaunchError, RefusedError, UsageError
from grd_core.launch.killing import TOKEN_VARIABLE
from grd_core.overview import overview_snapshot
from grd_core.runs.queue import ask, ask_again, drop, repeat_of, runs_of, waiting_of
from grd_core.runs.queue_devices import held_by_processes
from grd_core.runs.queue_files import queue_dir, read_requests
from grd_core.runs.records import find_run, list_runs
from grd_core.runs.snapshot import loop_snapshot
from grd_core.runs.stop import stop_all

WAIT = ("python", "-c", "import time; time.sleep(600)")
UNTIL_TOLD = """
import os, pathlib, time
while not pathlib.Path("go").exists():
    time.sleep(0.02)
"""


def settings(study, **values) -> None:
    """Add keys to grd.toml's [run], the last section of the file."""
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())
    path = study.root / "grd.toml"
    path.write_text(path.read_text() + lines)


def until(condition, limit_s: float = 40.0) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.05)


def runs(study):
    with study.read() as ledger:
        return list_runs(study, ledger)


def inputs(study, run_id: int) -> dict:
    with study.read() as ledger:
        return json.loads(ledger.value("SELECT inputs_json FROM run WHERE id = ?", run_id))


def test_several_seeds_are_one_request_and_follow_each_other_without_us(study, experiment):
    (experiment.folder / "train.py").write_text(UNTIL_TOLD)
    asked = ask(study, experiment, (3, 1, 2, 3))
    assert [run.ordinal for run in asked.begun] == [1]
    assert asked.waiting == (1, 2)
    assert asked.why == "1 of 1 at once go on"
    (line,) = loop_snapshot(study).experiments
    assert (line.waiting, line.going_on) == (2, 1)
    assert line.note.endswith(", 2 wait")
    assert [one.seeds for one in overview_snapshot(study).waiting] == [(1, 2)]
    (experiment.folder / "go").touch()
    # Nobody looks: the guard of each run begins the next.
    until(lambda: not waiting_of(study) and len(runs(study)) == 3)
    assert [run.seed for run in runs(study)] == [3, 1, 2]
    assert {inputs(study, run.id)["request"] for run in runs(study)} == {asked.request}
    assert runs_of(study, asked.request) == (1, 2, 3)


def test_as_many_at_once_as_the_study_says(study, experiment):
    settings(study, at_once=2)
    asked = ask(study, experiment, range(3), command=WAIT)
    assert (len(asked.begun), asked.waiting) == (2, (2,))
    assert asked.why == "2 of 2 at once go on"
    # Each seed of a request gets its equal part of what is left; grd.toml says 1 hour at most.
    with study.read() as ledger:
        hours = [row["cpu_hours"] for row in ledger.rows("SELECT cpu_hours FROM lease")]
    assert hours == [1.0, 1.0]


def test_hours_that_are_set_aside_are_waited_for(study, experiment, lock):
    lock(study, version=2, cpu_hours=1.0)
    settings(study, at_once=4)
    (experiment.folder / "train.py").write_text(UNTIL_TOLD)
    ask(study, experiment, (0,))
    asked = ask(study, experiment, (1,))
    assert asked.begun == ()
    assert "1 are set aside for run 1" in asked.why
    (experiment.folder / "go").touch()
    until(lambda: not waiting_of(study) and len(runs(study)) == 2)


def test_what_waiting_cannot_help_is_refused_and_leaves_nothing(study, experiment, lock):
    lock(study, version=2, cpu_hours=0.0)
    with pytest.raises(RefusedError, match="the budget is spent"):
        ask(study, experiment, (0, 1))
    lock(study, version=3, cpu_hours=1.0)
    with pytest.raises(LaunchError, match="nothing-here"):
        ask(study, experiment, (0, 1), command=["nothing-here"])
    assert [run.state for run in runs(study)] == ["failed"]
    with pytest.raises(UsageError, match="seed is -1"):
        ask(study, experiment, (-1,))
    with pytest.raises(UsageError, match="65 seeds"):
        ask(study, experiment, range(65))
    assert waiting_of(study) == ()


def test_a_request_is_dropped_by_its_number_which_is_never_given_again(study, experiment):
    first = ask(study, experiment, (0, 1), command=WAIT)
    second = ask(study, experiment, (5,), command=WAIT)
    with pytest.raises(UsageError, match=f"no request 77.*{first.request}, {second.request}"):
        drop(study, (77,))
    (gone,) = drop(study, (second.request,))
    assert (gone.request, gone.seeds) == (second.request, (5,))
    assert [one.request for one in waiting_of(study)] == [first.request]
    third = ask(study, experiment, (6,), command=WAIT)
    assert third.request == second.request + 1


def test_stop_all_empties_the_queue_before_it_ends_what_goes_on(study, experiment, ended):
    asked = ask(study, experiment, (0, 1), command=WAIT)
    done = stop_all(study)
    assert [one.request for one in done.dropped] == [asked.request]
    assert [one.run_id for one in done.asked] == [asked.begun[0].id]
    assert ended(asked.begun[0].id).state == "stopped_by_user"
    assert len(runs(study)) == 1


def test_a_run_is_repeated_as_it_was_and_its_record_names_the_first(study, experiment, ended):
    command = ("python", "train.py", "--fast")
    (first,) = ask(study, experiment, (7,), command=command).begun
    ended(first.id)
    repeat = repeat_of(study, str(first.id))
    assert (repeat.seed, repeat.command, repeat.changed) == (7, command, ())
    (second,) = ask_again(study, repeat).begun
    assert ended(second.id).seed == 7
    assert inputs(study, second.id)["again"] == first.id
    assert inputs(study, second.id)["command"] == list(command)
    (experiment.folder / "train.py").write_text("print('mended')\n")
    assert repeat_of(study, str(first.id)).changed == ("train.py",)
    (experiment.folder / "config.toml").write_text("rate = 0.2\n")
    with pytest.raises(RefusedError, match=r"config\.toml differs.*another run"):
        repeat_of(study, str(first.id))


def test_a_run_inherits_from_who_asked_and_the_file_is_private(study, experiment, ended):
    (experiment.folder / "train.py").write_text(UNTIL_TOLD)
    ask(study, experiment, (0,))
    code = "import os; print('heard', os.environ['MINE'], os.environ.get('OTHER'))"
    ask(
        study,
        experiment,
        (1,),
        command=("python", "-c", code),
        environment=dict(os.environ) | {"MINE": "this"},
    )
    (path,) = [path for path in queue_dir(study).iterdir() if path.name[0].isdigit()]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (experiment.folder / "go").touch()
    until(lambda: len(runs(study)) == 2)
    assert "heard this None" in (ended(2).folder / "stdout.log").read_text()
    assert not path.exists()


def test_a_device_belongs_to_one_run(study, experiment, ended):
    # Of no other test: what any run on this machine holds is held.
    settings(study, gpus=[50, 51])
    asked = ask(study, experiment, (0, 1, 2), command=WAIT)
    assert [inputs(study, run.id)["gpus"] for run in asked.begun] == [[50], [51]]
    assert asked.waiting == (2,)
    drop(study, (asked.request,))
    settings(study, at_once=4)
    both = ask(study, experiment, (3,), command=WAIT, gpus=2)
    assert both.why == (
        "2 GPU wanted, 0 of 2 free: GPU 50 is held by run 1, GPU 51 is held by run 2"
    )
    # Nobody who wants devices overtakes it; who wants none goes past and sees none.
    behind = ask(study, experiment, (4,), command=WAIT)
    assert behind.why == f"request {both.request} is ahead and waits for GPUs"
    code = "import os; print('sees', repr(os.environ['CUDA_VISIBLE_DEVICES']))"
    (past,) = ask(study, experiment, (5,), command=("python", "-c", code), gpus=0).begun
    assert "sees ''" in (ended(past.id).folder / "stdout.log").read_text()
    with pytest.raises(UsageError, match="3 GPUs are wanted and runs may have 2"):
        ask(study, experiment, (6,), gpus=3)


def test_a_bound_that_stood_when_it_was_asked_for_is_kept(study, experiment):
    settings(study, gpus=[52, 53, 54], at_once=9)
    environment = dict(os.environ) | {"CUDA_VISIBLE_DEVICES": "54,57"}
    asked = ask(study, experiment, (0, 1), command=WAIT, environment=environment)
    assert [inputs(study, run.id)["gpus"] for run in asked.begun] == [[54]]
    assert asked.why == "1 GPU wanted, 0 of 1 free: GPU 54 is held by run 1"


def test_a_device_held_by_a_run_of_another_study_is_held(tmp_path):
    other = subprocess.Popen(
        [sys.executable, "-c", "input()"],
        stdin=subprocess.PIPE,
        env={TOKEN_VARIABLE: "other", "CUDA_VISIBLE_DEVICES": "41,42"},
    )
    try:
        until(lambda: {41, 42} <= held_by_processes().keys())
    finally:
        other.communicate(b"\n")


def test_a_request_of_a_closed_experiment_waits_and_says_so(study, experiment):
    first = ask(study, experiment, (0, 1), command=WAIT)
    (experiment.hypothesis_path).unlink()
    stopped = first.begun[0].id
    from grd_core.runs.stop import stop_run

    stop_run(study, str(stopped))
    until(lambda: not find_run(study, str(stopped)).is_going_on)
    until(lambda: "no hypothesis" in waiting_of(study)[0].why)
    assert [one.seeds for one in read_requests(study)] == [(1,)]
