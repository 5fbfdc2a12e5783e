"""One run from its start to its end, whoever ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from grd_core.budget.process_tree import ProcessIdentity
from grd_core.errors import LaunchError
from grd_core.identity import sha256_file
from grd_core.launch.killing import carriers
from grd_core.launch.launcher import request_stop
from grd_core.launch.lease import Lease
from grd_core.launch.locks import is_held
from grd_core.launch.reap import is_supervised, reap_run


def seconds(**units: float) -> Lease:
    return Lease(**{f"{unit}_hours": value / 3600 for unit, value in units.items()})


def guard_of(run) -> int:
    status = Path(f"/proc/{run.launched.supervisor.pid}/status").read_text()
    return int(status.split("PPid:")[1].split()[0])


def test_a_run_that_ends_by_itself_is_done(run_python):
    run = run_python("from grd_log import log; print(log(1, loss=0.5))")
    end = run.exit()
    assert (end["reason"], end["exit_code"]) == ("done", 0)
    assert run.said("True")
    start = run.records()[0]
    assert start["kind"] == "start"
    assert start["child_pid"] == run.launched.child_pid


def test_the_supervisor_says_which_predictions_the_run_left(run_python):
    run = run_python("from grd_log import predict; predict([1], [0.5], part='test')")
    assert run.exit()["tables"] == {
        "predictions.csv": sha256_file(run.folder / "predictions.csv"),
    }


def test_a_failing_run_has_failed_with_its_code(run_python):
    end = run_python("raise SystemExit(3)").exit()
    assert (end["reason"], end["exit_code"]) == ("failed", 3)


def test_a_child_killed_from_outside_has_failed(run_python):
    run = run_python("import time; time.sleep(600)")
    os.kill(run.launched.child_pid, signal.SIGKILL)
    end = run.exit()
    assert (end["reason"], end["exit_code"]) == ("failed", -9)


def test_a_program_that_finds_no_memory_is_out_of_memory(run_python):
    assert run_python("x = bytearray(2**62)").exit()["reason"] == "out_of_memory"


def test_a_command_that_is_not_there_is_one_sentence(run_python):
    with pytest.raises(LaunchError, match="command not found: no-such-program"):
        run_python("", command=["no-such-program"])


def test_the_environment_is_the_contract(run_python):
    run = run_python(
        "import os; print(*(os.environ[k] for k in "
        "('GRD_SEED', 'PYTHONHASHSEED', 'CUBLAS_WORKSPACE_CONFIG', 'GRD_JOURNAL')))",
    )
    run.exit()
    assert run.said(f"7 7 :4096:8 {run.folder}/journal")


def test_the_supervisor_belongs_to_nobody_and_to_no_terminal(run_python):
    run = run_python("import time; time.sleep(600)")
    supervisor = run.launched.supervisor.pid
    assert os.getsid(supervisor) == supervisor
    assert os.getsid(run.launched.child_pid) == run.launched.child_pid
    assert guard_of(run) != os.getpid()
    assert is_supervised(run.folder)


@pytest.mark.parametrize("unit", ["wall", "cpu", "gpu"])
def test_a_lease_ends_everything_below_the_run(run_python, stubborn, unit):
    busy = stubborn.rsplit("time.sleep", 1)[0] + "\nwhile True: pass"
    run = run_python(busy, lease=seconds(**{unit: 1.2}), gpus=(0, 1) if unit == "gpu" else ())
    end = run.exit()
    assert end["reason"] == "stopped_by_budget"
    assert end["exit_code"] == -signal.SIGKILL
    assert 1.2 <= end[f"{unit}_s"] < 1.2 + 30
    assert carriers(run.spec.token) == []
    kinds = [record["kind"] for record in run.records()]
    assert kinds.index("save_requested") < kinds.index("stopping") < kinds.index("exit")


def test_a_script_that_saves_when_asked_ends_by_budget_with_its_own_code(run_python):
    run = run_python(
        "import time\n"
        "from grd_log import save_requested\n"
        "while not save_requested(): time.sleep(0.005)\n"
        "print('saved')",
        lease=seconds(wall=2),
    )
    end = run.exit()
    assert (end["reason"], end["exit_code"]) == ("stopped_by_budget", 0)
    assert end["wall_s"] < 2
    assert run.said("saved")


def test_a_person_stops_a_run_that_ignores_it(run_python, stubborn, until):
    run = run_python(stubborn, grace_s=0.3)
    until((run.folder / "grandchild").exists)
    request_stop(run.folder, run.launched.supervisor)
    assert run.exit()["reason"] == "stopped_by_user"
    assert carriers(run.spec.token) == []


def test_a_stop_request_needs_no_signal(run_python):
    run = run_python("import time; time.sleep(600)")
    request_stop(run.folder, None)
    end = run.exit()
    assert (end["reason"], end["exit_code"]) == ("stopped_by_user", -signal.SIGTERM)


def test_a_shutdown_is_an_interruption_not_a_stop_by_the_user(run_python):
    run = run_python("import time; time.sleep(600)")
    os.kill(run.launched.supervisor.pid, signal.SIGTERM)
    assert run.exit()["reason"] == "interrupted"


def test_a_request_reaches_only_the_very_process_it_is_for(run_python):
    run = run_python("import time; time.sleep(600)")
    me = ProcessIdentity.of(os.getpid())
    stale = ProcessIdentity(me.pid, me.start_ticks - 1, me.boot_id)
    request_stop(run.folder, stale)  # a signal would end this test
    assert run.exit()["reason"] == "stopped_by_user"


def test_what_a_finished_script_leaves_running_is_ended(run_python):
    run = run_python(
        "import os, time\nif os.fork() == 0:\n    os.setsid(); time.sleep(600)", grace_s=0.2
    )
    end = run.exit()
    assert (end["reason"], end["exit_code"]) == ("done", 0)
    assert carriers(run.spec.token) == []


def test_cpu_time_counts_ended_and_unwaited_descendants(run_python):
    burn = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    run = run_python(
        "import os, subprocess, sys, signal, time\n"
        f"code = {burn!r}\n"
        "subprocess.run([sys.executable, '-c', code])\n"
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "one = subprocess.Popen([sys.executable, '-c', code + '\\ntime.sleep(0.5)'])\n"
        "time.sleep(1.5)\n"
    )
    assert run.exit()["cpu_s"] >= 0.55


def test_a_killed_supervisor_leaves_nothing_running(run_python, stubborn, until):
    run = run_python(stubborn)
    until((run.folder / "grandchild").exists)
    os.kill(run.launched.supervisor.pid, signal.SIGKILL)
    assert run.exit("guard.jsonl")["reason"] == "interrupted"
    assert carriers(run.spec.token) == []
    until(lambda: not is_supervised(run.folder))


def test_a_killed_guard_is_replaced_and_the_run_goes_on(run_python, stubborn, until):
    run = run_python(stubborn)
    until((run.folder / "grandchild").exists)
    os.kill(guard_of(run), signal.SIGKILL)
    until(lambda: any("stand-in" in r.get("text", "") for r in run.records()))
    until(lambda: is_held(run.folder / "guard.lock"))
    assert carriers(run.spec.token)
    os.kill(run.launched.supervisor.pid, signal.SIGKILL)
    assert run.exit("guard.jsonl")["reason"] == "interrupted"
    assert carriers(run.spec.token) == []


def test_a_stand_in_ends_with_its_run_and_is_not_its_expense(run_python, until):
    run = run_python("import time; time.sleep(0.8)")
    os.kill(guard_of(run), signal.SIGKILL)
    until(lambda: is_held(run.folder / "guard.lock"))
    assert run.exit()["reason"] == "done"
    until(lambda: not is_supervised(run.folder))
    assert run.records("guard.jsonl") == []


def test_leftovers_of_a_run_with_nobody_above_it_are_found(run_python, stubborn, until):
    run = run_python(stubborn)
    until((run.folder / "grandchild").exists)
    supervisor, guard = run.launched.supervisor.pid, guard_of(run)
    assert reap_run(run.folder).processes == 0  # it is supervised
    os.kill(guard, signal.SIGSTOP)
    os.kill(supervisor, signal.SIGKILL)
    os.kill(guard, signal.SIGKILL)
    until(lambda: not is_supervised(run.folder))
    assert reap_run(run.folder).processes >= 1
    assert carriers(run.spec.token) == []
    assert run.records("reaper.jsonl")[0]["kind"] == "reaped"


def test_output_is_bounded_and_keeps_both_ends(run_python):
    run = run_python(
        "import sys, time\n"
        "print('first line')\n"
        "for i in range(24):\n"
        "    sys.stdout.write('x' * 2**20 + '\\n'); sys.stdout.flush(); time.sleep(0.02)\n"
        "time.sleep(0.4)\n"
        "print('last line')",
        stdout_limit_bytes=4 * 2**20,
    )
    run.exit()
    log = run.folder / "stdout.log"
    status = log.stat()
    assert status.st_size > 24 * 2**20
    assert status.st_blocks * 512 < 10 * 2**20
    content = log.read_bytes()
    assert content.startswith(b"first line")
    assert content.endswith(b"last line\n")


def test_a_researchers_folder_shadows_nothing_of_the_supervisor(run_python, tmp_path):
    for name in ("json.py", "grd_core.py", "psutil.py"):
        (tmp_path / name).write_text("raise SystemExit('shadowed')")
    run = run_python("", command=[sys.executable, "-P", "-c", "print('fine')"])
    assert run.exit()["reason"] == "done"


def test_reaping_leaves_the_children_of_the_one_who_reaps_alone(run_python, tmp_path):
    """A cockpit has workers of its own; their exit codes are not for the reaper to take."""
    with subprocess.Popen([sys.executable, "-c", "raise SystemExit(5)"]) as worker:
        os.waitid(os.P_PID, worker.pid, os.WEXITED | os.WNOWAIT)
        assert reap_run(tmp_path).processes == 0
        assert worker.wait() == 5
