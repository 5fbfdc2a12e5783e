"""Given a job that ends in any way, the caller gets a typed result and no process is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from grd_core.errors import DataError, JobError
from grd_core.jobs import (
    Cancelled,
    Done,
    Errored,
    Job,
    Resident,
    TimedOut,
    run_job,
    run_many,
    value_of,
)

NAME = "tests.core.jobs_for_tests"


def run(function: str, limit_s: float = 30.0, **arguments: object):
    return run_job(f"{NAME}:{function}", arguments, limit_s=limit_s)


def wait_for(path: Path) -> list[int]:
    while not (path.exists() and path.read_text()):
        time.sleep(0.01)
    return [int(pid) for pid in path.read_text().split()]


def gone(pid: int) -> bool:
    for _ in range(500):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.01)
    return False


def test_a_job_returns_its_value_and_its_progress() -> None:
    seen: list[tuple[float, str]] = []
    done = run_job(
        f"{NAME}:add",
        {"a": 1, "b": 2},
        limit_s=30,
        on_progress=lambda fraction, message: seen.append((fraction, message)),
    )
    assert done == Done({"sum": 3})
    assert seen == [(0.5, "half")]


def test_an_exception_is_a_result_with_its_sentence() -> None:
    result = run("raise_value_error")
    assert isinstance(result, Errored)
    assert result.sentence == "ValueError: no such thing"
    with pytest.raises(JobError):
        value_of(result)


def test_a_refusal_of_the_method_comes_back_as_itself() -> None:
    with pytest.raises(DataError, match="the column is missing"):
        value_of(run("refuse"))


def test_what_a_crashed_worker_started_does_not_outlive_it(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    assert isinstance(run("die_with_child", pids=str(pids)), Errored)
    assert all(gone(pid) for pid in wait_for(pids))


@pytest.mark.parametrize(("function", "how"), [("die", "SIGKILL"), ("leave", "exited 3")])
def test_a_dead_worker_is_errored_not_silent(function: str, how: str) -> None:
    result = run(function)
    assert isinstance(result, Errored)
    assert how in result.sentence


def test_a_hanging_job_is_killed_at_its_limit_with_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    assert run("hang_with_child", limit_s=3.0, pids=str(pids)) == TimedOut(3.0)
    assert all(gone(pid) for pid in wait_for(pids))


def test_a_cancelled_job_is_gone_with_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    job = Job(f"{NAME}:hang_with_child", {"pids": str(pids)}, limit_s=60)
    threading.Thread(target=lambda: (wait_for(pids), job.cancel())).start()
    assert job.result() == Cancelled()
    assert all(gone(pid) for pid in wait_for(pids))


def test_what_a_worker_prints_neither_stops_it_nor_reaches_the_caller(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert isinstance(run("print_much"), Done)
    assert capfd.readouterr().out == ""


def test_a_worker_has_one_thread_and_its_caller_keeps_its_own() -> None:
    program = (
        "import os\nfrom grd_core.jobs import run_job\n"
        f"print(run_job('{NAME}:print_much', {{}}, limit_s=60), os.environ['OMP_NUM_THREADS'])"
    )
    told = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "OMP_NUM_THREADS": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == f"{Done({'threads': '1'})} 7\n"


def test_many_jobs_come_back_as_they_end() -> None:
    jobs = [(f"{NAME}:add", {"a": n, "b": 0}) for n in range(5)]
    jobs.append((f"{NAME}:die", {}))
    results = dict(run_many(jobs, limit_s=30))
    assert [results[n] for n in range(5)] == [Done({"sum": n}) for n in range(5)]
    assert isinstance(results[5], Errored)


def test_closing_the_iterator_kills_what_runs(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    jobs = [
        (f"{NAME}:hang_with_child", {"pids": str(pids)}),
        (f"{NAME}:add", {"a": 1, "b": 1}),
    ]
    running = run_many(jobs, limit_s=60)
    assert next(running)[1] == Done({"sum": 2})
    left = wait_for(pids)
    running.close()
    assert all(gone(pid) for pid in left)


def test_the_callers_environment_is_its_own() -> None:
    before = dict(os.environ)
    run("add", a=1, b=1)
    assert dict(os.environ) == before


def test_a_file_named_like_a_library_does_not_reach_the_workers(tmp_path: Path) -> None:
    (tmp_path / "scipy.py").write_text("raise SystemExit('imported from the working folder')\n")
    script = (
        "from grd_core.jobs import run_job\n"
        "if __name__ == '__main__':\n"
        "    print(run_job('grd_core.checks.bare_files:check_files_job', {'train': 'a',"
        " 'test': 'b', 'target': 'c', 'groups': [], 'time': '', 'id_column': ''}, limit_s=60))\n"
    )
    (tmp_path / "caller.py").write_text(script)
    done = subprocess.run(
        [sys.executable, "-P", "caller.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "the train table does not exist" in done.stdout
    assert "imported from the working folder" not in done.stdout + done.stderr


def test_output_of_callers_that_were_killed_is_removed() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = Path(tempfile.gettempdir()) / f"grd-job-{gone.pid}-left"
    left.write_text("")
    run("add", a=1, b=1)
    assert not left.exists()


def test_a_script_without_a_guard_may_run_jobs(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from grd_core.jobs import run_job\n"
        "print('begun')\n"
        "print(run_job('no.such.module:job', {}, limit_s=60).sentence)\n"
    )
    told = subprocess.run(
        [sys.executable, str(script)], check=True, capture_output=True, text=True
    ).stdout
    assert told.splitlines() == ["begun", "ModuleNotFoundError: No module named 'no'"]


@pytest.fixture
def resident() -> Iterator[Resident]:
    found = Resident()
    yield found
    found.close()


def ask(resident: Resident, function: str, limit_s: float = 30.0, **arguments: object):
    return resident.run(f"{NAME}:{function}", arguments, limit_s=limit_s)


def test_a_resident_keeps_what_it_learned_and_survives_what_a_job_raises(
    resident: Resident,
) -> None:
    assert ask(resident, "count") == Done({"times": 1})
    assert isinstance(ask(resident, "raise_value_error"), Errored)
    assert isinstance(ask(resident, "refuse").error, DataError)
    assert ask(resident, "count") == Done({"times": 2})


def test_a_resident_that_dies_is_replaced_and_its_death_told_when_the_job_is_to_blame(
    resident: Resident,
) -> None:
    assert "SIGKILL" in ask(resident, "die").sentence
    assert ask(resident, "count") == Done({"times": 1})
    assert "SIGKILL" in ask(resident, "die").sentence
    assert ask(resident, "count") == Done({"times": 1})
    os.kill(resident.pid, signal.SIGKILL)
    assert ask(resident, "count") == Done({"times": 1})


def test_a_resident_that_hangs_is_killed_with_its_children_and_replaced(
    resident: Resident, tmp_path: Path
) -> None:
    pids = tmp_path / "pids"
    assert ask(resident, "hang_with_child", limit_s=2.0, pids=str(pids)) == TimedOut(2.0)
    assert all(map(gone, wait_for(pids)))
    assert ask(resident, "count") == Done({"times": 1})


def test_closing_a_resident_cancels_what_it_does_and_starts_no_other(
    resident: Resident, tmp_path: Path
) -> None:
    pids = tmp_path / "pids"
    results: list[object] = []
    asking = threading.Thread(
        target=lambda: results.append(ask(resident, "hang_with_child", pids=str(pids)))
    )
    asking.start()
    running = wait_for(pids)
    resident.close()
    asking.join()
    assert results == [Cancelled()]
    assert all(map(gone, running))
    assert ask(resident, "count") == Cancelled()
    assert not list(Path(tempfile.gettempdir()).glob(f"grd-job-{os.getpid()}-*"))
