"""The cockpit and the processes around it: workers that die, runs that go on, none left behind."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from grd_core.checks.registry import own_checks
from grd_core.runs.experiments import new_experiment
from grd_core.runs.ingest import ingest
from grd_core.runs.points import read_points
from grd_core.runs.records import find_run
from grd_core.study import Study
from tests.e2e.conftest import LIMIT_S, Open, Terminal
from tests.e2e.judged import (
    ESC,
    FORM,
    PAGES,
    REVIEW_S,
    SUBMIT,
    children,
    is_gone,
    servers,
    wait_until,
    workers,
)
from tests.small_study import HYPOTHESIS, copy_of

UNTIL_TOLD = """
import time
from pathlib import Path
from grd_log import log

step = 0
while not Path("enough").exists():
    log(step, loss=1.0 / (step + 1))
    print("said at step", step, flush=True)
    step += 1
    time.sleep(0.02)
"""


OWN = len(own_checks())
"""Checks beside those that are plugged in here."""


@pytest.fixture
def judged(judged_once: Study, tmp_path: Path) -> Study:
    """Three experiments, run and reviewed."""
    return copy_of(judged_once, tmp_path / "tides")


PLUG_IN = """
import time
from typing import ClassVar

from grd_core.checks.contract import Group, Kind, Severity


class Endless:
    \"\"\"It never ends.\"\"\"

    code: ClassVar[str] = "X001"
    title: ClassVar[str] = "Endless"
    group: ClassVar[Group] = Group.PROCESS
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.WARNING
    cost: ClassVar[str] = "slow"
    since: ClassVar[str] = "1"
    references: ClassVar[tuple[str, ...]] = ()
    family: ClassVar[str] = ""
    thresholds: ClassVar[dict[str, float]] = {}

    def measure(self, context):
        time.sleep(3600)

    def judge(self, measurement, thresholds):
        raise AssertionError("it was never measured")


class EndlessToo(Endless):
    \"\"\"Nor does this.\"\"\"

    code: ClassVar[str] = "X002"
    title: ClassVar[str] = "Endless too"
"""


@pytest.fixture
def plugged_in(tmp_path: Path) -> Path:
    """A folder with an installed distribution of two checks that never end."""
    folder = tmp_path / "installed"
    about = folder / "endless-1.dist-info"
    about.mkdir(parents=True)
    (folder / "endless.py").write_text(PLUG_IN)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: endless\nVersion: 1\n")
    points = "[grd.checks]\nX001 = endless:Endless\nX002 = endless:EndlessToo\n"
    (about / "entry_points.txt").write_text(points)
    return folder


def test_workers_that_die_and_hang(judged: Study, cockpit: Open, plugged_in: Path) -> None:
    terminal = cockpit(judged.root, PYTHONPATH=str(plugged_in))
    terminal.wait_for("NEXT")
    terminal.press("3")
    terminal.wait_for(PAGES["3"])
    reader = _reader_of_code(terminal)
    terminal.press("c")
    terminal.wait_for("Critic", f"{OWN}/{OWN + 2}", limit_s=REVIEW_S)
    killed, hanging = _workers_that_stay(terminal, reader)
    hanging.suspend()
    killed.kill()
    terminal.wait_for("errored 1", f"{OWN + 1}/{OWN + 2}", limit_s=REVIEW_S)
    terminal.press("K")
    terminal.wait_for("cancelled")
    wait_until(terminal, lambda: is_gone(hanging))
    terminal.press("R")
    terminal.wait_for(f"{OWN}/{OWN + 2}", limit_s=REVIEW_S)
    terminal.press("K")
    terminal.wait_for("cancelled")


def _reader_of_code(terminal: Terminal) -> psutil.Process:
    """The worker that stays, once all else that is looked at beside the screen was looked at."""
    wait_until(terminal, lambda: bool(servers(terminal)))
    quiet, end = 0, time.monotonic() + REVIEW_S
    while quiet < 10:
        assert time.monotonic() < end, f"{terminal.text()}\n{len(workers(terminal))} workers"
        terminal.read(0.1)
        time.sleep(0.05)
        quiet = quiet + 1 if len(workers(terminal)) == 1 else 0
    (reader,) = workers(terminal)
    return reader


def _workers_that_stay(
    terminal: Terminal, reader: psutil.Process
) -> tuple[psutil.Process, psutil.Process]:
    """The two of the checks that never end."""

    def of_checks() -> list[psutil.Process]:
        return [worker for worker in workers(terminal) if worker.pid != reader.pid]

    wait_until(terminal, lambda: len(of_checks()) == 2)
    first, second = of_checks()
    return first, second


def test_nobody_reads_and_the_link_drops_while_a_run_goes_on(judged: Study, cockpit: Open) -> None:
    """The run is the cockpit's own child's child; it belongs to its supervisor all the same."""
    made = new_experiment(judged, "Without end", kind="pivot")
    made.hypothesis_path.write_text(HYPOTHESIS)
    (made.folder / "train.py").write_text(UNTIL_TOLD)
    terminal = cockpit(judged.root)
    terminal.wait_for("NEXT")
    terminal.press("3")
    terminal.wait_for("without-end"[:3], "004")
    terminal.press("r")
    terminal.wait_for("seed", FORM)
    terminal.press(SUBMIT)
    # In the strip: what the command says of it stands there before the list knows the run.
    terminal.wait_for("▶ run 4", absent=FORM)
    terminal.press("w")
    terminal.wait_for("said at step", "loss")
    ahead = _steps(judged)
    time.sleep(3)  # nobody reads what is drawn meanwhile
    wait_until(terminal, lambda: _steps(judged) > ahead)
    shown = settle_on_newer(terminal, _steps(judged))
    assert "Traceback" not in shown
    terminal.press(ESC)
    terminal.wait_for(PAGES["3"])
    terminal.press("k" * 5 + "jc")
    terminal.wait_for("Critic")
    own = [*servers(terminal), *workers(terminal)]
    terminal.hang_up()
    assert terminal.wait_for_exit() == 128 + signal.SIGHUP
    _all_gone(own)
    steps = _steps(judged)
    _wait(lambda: _steps(judged) > steps)
    (made.folder / "enough").touch()
    _wait(lambda: not _is_going_on(judged))
    assert find_run(judged, "4").state == "done"


def settle_on_newer(terminal: Terminal, step: int) -> str:
    """Read until the screen has caught up with a step; what it shows."""

    def newest() -> int:
        said = [line.rsplit("said at step ", 1) for line in terminal.text().splitlines()]
        return max((int(part[1].split()[0]) for part in said if len(part) == 2), default=-1)

    wait_until(terminal, lambda: newest() >= step)
    return terminal.text()


def _steps(study: Study) -> int:
    ingest(study)
    with study.read() as ledger:
        return len(read_points(ledger, 4, "loss").steps)


def _is_going_on(study: Study) -> bool:
    ingest(study)
    return find_run(study, "4").is_going_on


def _wait(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def _all_gone(processes: list[psutil.Process]) -> None:
    assert processes
    _wait(lambda: all(is_gone(process) for process in processes))


def _hung_up(terminal: Terminal) -> None:
    terminal.hang_up()


def _told(terminal: Terminal) -> None:
    os.kill(terminal.pid, signal.SIGHUP)


@pytest.mark.parametrize(("over", "end"), [("n", _hung_up), ("n", _told), ("c", _told)])
def test_it_leaves_no_process_behind(
    judged: Study, cockpit: Open, end: Callable[[Terminal], None], over: str
) -> None:
    terminal = cockpit(judged.root)
    terminal.wait_for("NEXT")
    terminal.press("3")
    terminal.wait_for(PAGES["3"])
    terminal.press(over)
    if over == "n":
        terminal.wait_for("New experiment", FORM)
        wait_until(terminal, lambda: bool(children(terminal.pid)))
    else:
        terminal.wait_for("Critic")
        wait_until(terminal, lambda: bool(workers(terminal)))
    left = children(terminal.pid)
    end(terminal)
    assert terminal.wait_for_exit() == 128 + signal.SIGHUP
    _all_gone(left)
