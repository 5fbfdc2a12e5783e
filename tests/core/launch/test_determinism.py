"""What must stand before a process starts stands in the environment it was started with."""

from __future__ import annotations

# The kernel keeps the environment of the start here; what a program sets later is not in it.
STARTED_WITH = """
import os
pairs = open("/proc/self/environ", "rb").read().decode().split("\\0")
known = dict(pair.split("=", 1) for pair in pairs if pair)
for name in ("PYTHONHASHSEED", "CUBLAS_WORKSPACE_CONFIG", "GRD_SEED"):
    print(name, known.get(name), flush=True)
print("hash", hash("seed theatre"), flush=True)
"""


def test_the_variables_of_determinism_stand_before_the_process_starts(run_python, monkeypatch):
    monkeypatch.delenv("PYTHONHASHSEED", raising=False)
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    first, second = run_python(STARTED_WITH), run_python(STARTED_WITH)
    outputs = []
    for run in (first, second):
        assert run.exit()["reason"] == "done"
        outputs.append((run.folder / "stdout.log").read_text())
    assert "PYTHONHASHSEED 7\n" in outputs[0]
    assert "CUBLAS_WORKSPACE_CONFIG :4096:8\n" in outputs[0]
    assert "GRD_SEED 7\n" in outputs[0]
    # They are read: two processes hash alike.
    assert outputs[0] == outputs[1]


def test_what_a_researcher_has_set_for_cublas_stays(run_python, monkeypatch):
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8")
    run = run_python(STARTED_WITH)
    assert run.exit()["reason"] == "done"
    assert "CUBLAS_WORKSPACE_CONFIG :16:8\n" in (run.folder / "stdout.log").read_text()


def test_a_command_due_afterwards_starts_when_nothing_is_left(run_python, until, tmp_path):
    note = tmp_path / "afterwards"
    run = run_python("print('through')", afterwards=("touch", str(note)))
    assert run.exit()["reason"] == "done"
    until(note.exists)


def test_it_starts_when_the_supervisor_was_killed_too(run_python, until, tmp_path):
    import os
    import signal

    note = tmp_path / "afterwards"
    run = run_python("import time; time.sleep(600)", afterwards=("touch", str(note)))
    os.kill(run.launched.supervisor.pid, signal.SIGKILL)
    assert run.exit("guard.jsonl")["reason"] == "interrupted"
    until(note.exists)
