"""Whoever begins runs is killed again and again: each seed is begun once, and none is lost."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from grd_core.ledger.verify import verify_ledger
from grd_core.runs.ingest import ingest
from grd_core.runs.queue import work_off
from grd_core.runs.queue_files import Request, put, the_turn, waiting_of
from grd_core.runs.records import list_runs

fork = multiprocessing.get_context("fork")

MARK = """
import os
fd = os.open("marks", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
os.write(fd, os.environ["GRD_SEED"].encode() + b"\\n")
"""


def request(study, experiment, *seeds: int) -> None:
    """Written as `ask` writes it, with nothing begun."""
    draft = Request(
        id=0,
        at="",
        experiment_id=experiment.id,
        experiment=experiment.name,
        seeds=seeds,
        command=(),
        gpus=None,
        again=0,
        after=0,
        environment=dict(os.environ),
    )
    with the_turn(study):
        put(study, draft)


def kill_runners(root: Path) -> None:
    """Those that the guards of this study's runs have started."""
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"grd_core.runs.queue_runner" in words and os.fsencode(root) in words:
            os.kill(int(entry.name), signal.SIGKILL)


def begin_forever(study) -> None:
    """A runner that is quick to be there, as an open cockpit is."""
    while True:
        work_off(study)
        time.sleep(0.01)


def check_one(seed: int, study, experiment) -> None:
    chance = random.Random(seed)
    (experiment.folder / "train.py").write_text(MARK)
    config = study.root / "grd.toml"
    config.write_text(config.read_text() + f"at_once = {chance.choice((1, 2, 3))}\n")
    request(study, experiment, 1)
    request(study, experiment, 2, 3)
    for _ in range(chance.randint(2, 5)):
        known = folders(experiment)
        runner = fork.Process(target=begin_forever, args=(study,))
        runner.start()
        if chance.random() < 0.5:
            time.sleep(chance.uniform(0.0, 0.5))
        else:  # between the record of a run and its first word
            deadline = time.monotonic() + 4
            while folders(experiment) == known and time.monotonic() < deadline:
                time.sleep(0.0005)
            time.sleep(chance.uniform(0.0, 0.05))
        runner.kill()
        runner.join()
        if chance.random() < 0.5:
            kill_runners(study.root)
    check_what_came_of_it(study, experiment)


def folders(experiment) -> int:
    return len(list(experiment.folder.glob("runs/*")))


def check_what_came_of_it(study, experiment) -> None:
    deadline = time.monotonic() + 60
    while waiting_of(study) or any(run.is_going_on for run in runs(study)):
        assert time.monotonic() < deadline, f"{waiting_of(study)} {runs(study)}"
        work_off(study)
        ingest(study)
        time.sleep(0.02)
    marks = Counter((experiment.folder / "marks").read_text().split())
    assert marks == {"1": 1, "2": 1, "3": 1}, f"{runs(study)}"
    with study.read() as ledger:
        assert verify_ledger(ledger, ()) == ()
    done = [run.seed for run in runs(study) if run.state == "done"]
    assert sorted(done) == [1, 2, 3]
    for run in runs(study):
        assert run.state == "done" or run.detail["detail"] == "it never started"


def runs(study):
    with study.read() as ledger:
        return list_runs(study, ledger)


def die_at_the_launch(study) -> None:
    """Everything up to the launch, in a process that dies there."""
    pid = os.fork()
    if pid == 0:
        import grd_core.launch.launcher as launcher

        launcher.launch = lambda _spec, **_options: os._exit(0)
        work_off(study)
    os.waitpid(pid, 0)


def test_a_seed_whose_run_never_started_is_begun_again(study, experiment):
    (experiment.folder / "train.py").write_text(MARK)
    request(study, experiment, 1, 2, 3)
    die_at_the_launch(study)
    check_what_came_of_it(study, experiment)
    states = [(run.seed, run.state) for run in runs(study)]
    assert states == [(1, "interrupted"), (1, "done"), (2, "done"), (3, "done")]


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_runner_loses_and_doubles_nothing(seed, study, experiment):
    check_one(seed, study, experiment)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 300))
def test_runners_killed_many_times(seed, study, experiment):
    check_one(seed, study, experiment)
