"""Between reviews: what a save changes is told at once, and taken back when it is mended."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from grd_core.checks.code_checks import apply_code_checks
from grd_core.checks.contract import Group
from grd_core.critic.inputs import context_for
from grd_core.critic.live import Here, InWorkers, Live, LiveState, ReadingOnly, Writing
from grd_core.critic.live_hands import Deliver, Errand
from grd_core.critic.live_lines import live_lines
from grd_core.critic.waivers import waive
from grd_core.errors import LedgerError
from grd_core.jobs import Done
from grd_core.next_step import Standing
from grd_core.overview import overview_snapshot
from grd_core.recon.freeze import verify_frozen
from grd_core.recon.sources import declare_from_file
from grd_core.recon.unfreezing import unfreeze
from grd_core.runs.experiments import find_experiment
from grd_core.study import Study
from tests.small_study import copy_of

GENEROUS_S = 60.0

LEAK = """import pandas as pd
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

d = pd.read_csv("tides.csv")
X, y = d.drop(columns="level"), d["level"]
X = SelectKBest(k=2).fit_transform(X, y)
a, b, c, e = train_test_split(X, y, random_state=0)
print(LogisticRegression().fit(a, c).score(b, e))
"""


@pytest.fixture
def judged(begun_once: Study, tmp_path: Path) -> Study:
    return copy_of(begun_once, tmp_path / "tides")


@pytest.fixture
def here(judged: Study) -> Live:
    live = Live(Here(), Writing())
    live.refresh(judged)
    return live


class Beside:
    """A look with workers, refreshed whenever they bring news."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._news = threading.Event()
        self._hands = InWorkers(self._news.set)
        self.live = Live(self._hands, Writing())

    def until(self, true: Callable[[LiveState], object]) -> LiveState:
        deadline = time.monotonic() + GENEROUS_S
        while time.monotonic() < deadline:
            self._news.clear()
            state = self.live.refresh(self._study)
            if true(state):
                return state
            self._news.wait(0.5)
        raise AssertionError(f"not within {GENEROUS_S} s: {state}")

    def code_worker(self) -> int:
        """The process that reads code, as soon as there is one."""
        deadline = time.monotonic() + GENEROUS_S
        while time.monotonic() < deadline:
            if pid := self._hands._resident.pid:
                return pid
            time.sleep(0.001)
        raise AssertionError("no worker reads code")


@pytest.fixture
def beside(judged: Study) -> Iterator[Beside]:
    found = Beside(judged)
    yield found
    found.live.close()


def script(study: Study) -> Path:
    return find_experiment(study, "1").folder / "train.py"


def frozen_part(study: Study) -> Path:
    part = study.frozen_dir / "validation.parquet"
    part.chmod(0o644)
    return part


def flip_a_byte(part: Path) -> None:
    """Another byte, the same size, in place."""
    with part.open("r+b") as stream:
        stream.seek(-40, os.SEEK_END)
        (byte,) = stream.read(1)
        stream.seek(-40, os.SEEK_END)
        stream.write(bytes([byte ^ 1]))


def touches(study: Study) -> list[str]:
    with study.read() as ledger:
        return [row["what"] for row in ledger.rows("SELECT what FROM touch ORDER BY id")]


def alarms(study: Study, state: LiveState) -> list[tuple[Standing, str]]:
    return [(a.standing, a.text) for a in overview_snapshot(study, state).alarms]


def test_a_study_as_it_was_judged_raises_nothing(judged: Study, here: Live) -> None:
    state = here.refresh(judged)
    assert [(file.name, file.findings, file.note) for file in state.code] == [
        ("001-the-mean", (), "")
    ]
    assert (state.stale, state.frozen, state.verifying, state.notes) == ((), (), False, ())
    assert list(live_lines(state)) == []


def test_a_leak_is_told_as_it_is_saved_and_gone_when_it_is_mended(
    judged: Study, here: Live
) -> None:
    good = script(judged).read_bytes()
    script(judged).write_text(LEAK)
    state = here.refresh(judged)
    (file,) = state.blocking
    assert [(f.check, f.line) for f in file.findings] == [("C101", 8)]
    assert (file.experiment, file.path) == (1, "experiments/exploration/001-the-mean/train.py")
    standing, text = alarms(judged, state)[0]
    assert standing is Standing.ATTENTION
    assert text.startswith("experiments/exploration/001-the-mean/train.py:8 C101 ")
    script(judged).write_bytes(good)
    assert here.refresh(judged).blocking == ()


def test_an_unchanged_file_is_not_read_again(judged: Study, here: Live) -> None:
    (before,) = here.refresh(judged).code
    (other,) = here.refresh(judged).code
    assert other.at == before.at
    script(judged).write_text(LEAK)
    (changed,) = here.refresh(judged).code
    assert changed.at > before.at


def test_code_in_a_file_of_its_own_and_in_a_notebook_is_read(judged: Study, here: Live) -> None:
    folder = script(judged).parent
    (folder / "src").mkdir()
    (folder / "src" / "model.py").write_text(LEAK)
    (folder / "try.ipynb").write_text(
        '{"cells": [{"cell_type": "code", "source": "x = (\\n"}], "metadata": {}}'
    )
    state = here.refresh(judged)
    (leaking,) = state.blocking
    assert leaking.path.endswith("src/model.py")
    notes = {file.path.rpartition("/")[2]: file.note for file in state.code}
    assert notes["try.ipynb"].startswith("cell 1 does not parse: line ")


def test_a_file_that_does_not_parse_is_a_note_and_no_pass(judged: Study, here: Live) -> None:
    script(judged).write_text("x = 1\ny = 2\ndef broken(:\n")
    (file,) = here.refresh(judged).code
    assert file.note.startswith("does not parse: line 3")


def test_a_waived_finding_alarms_nobody(judged: Study, here: Live) -> None:
    script(judged).write_text(LEAK)
    assert here.refresh(judged).blocking
    waive(judged, find_experiment(judged, "1"), "C101", reason="the selection is shown, never used")
    state = here.refresh(judged)
    assert state.blocking == ()
    assert [f.waived for file in state.code for f in file.findings if f.check == "C101"] == [True]


def test_a_verdict_is_stale_after_an_edit_and_fresh_after_undo(judged: Study, here: Live) -> None:
    good = script(judged).read_bytes()
    script(judged).write_bytes(good + b"\n# another thought\n")
    state = here.refresh(judged)
    (stale,) = state.stale
    assert (stale.name, stale.verdict, stale.changed) == ("001-the-mean", "PROCEED", ("code",))
    expected = "001-the-mean: its verdict PROCEED is stale, changed since: code"
    assert (Standing.ATTENTION, expected) in alarms(judged, state)
    script(judged).write_bytes(good)
    assert here.refresh(judged).stale == ()


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("config.toml", ("config",)),
        ("HYPOTHESIS.md", ("hypothesis",)),
        ("src/data.bin", ("code",)),
        ("../../../OBJECTIVE.md", ("objective_file",)),
        ("runs/01/predictions.parquet", ("predictions",)),
        ("CRITIC_LOG.md", ()),
    ],
)
def test_what_makes_a_verdict_stale(
    judged: Study, here: Live, name: str, changed: tuple[str, ...]
) -> None:
    path = script(judged).parent / name
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as stream:
        stream.write("\nmore = 1\n")
    assert [stale.changed for stale in here.refresh(judged).stale] == ([changed] if changed else [])


def test_a_frozen_byte_alarms_and_restoring_it_ends_the_alarm(judged: Study, here: Live) -> None:
    part = frozen_part(judged)
    flip_a_byte(part)
    state = here.refresh(judged)
    assert state.frozen == ("data/frozen/validation.parquet changed",)
    assert touches(judged)[-1].endswith("data/frozen/validation.parquet changed")
    told = alarms(judged, state)
    assert told[0] == (Standing.BLOCKED, "frozen data: data/frozen/validation.parquet changed")
    assert len([text for _, text in told if "frozen" in text]) == 1
    flip_a_byte(part)
    state = here.refresh(judged)
    assert (state.frozen, alarms(judged, state)) == ((), [])
    assert touches(judged)[-1].endswith("intact")


def test_a_time_that_is_set_back_hides_nothing(judged: Study, here: Live) -> None:
    part = frozen_part(judged)
    times = part.stat()
    flip_a_byte(part)
    os.utime(part, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert here.refresh(judged).frozen


def test_a_part_that_is_gone_or_longer_alarms_unread(judged: Study, here: Live) -> None:
    before = touches(judged)
    (judged.frozen_dir / "train.parquet").unlink()
    with frozen_part(judged).open("ab") as stream:
        stream.write(b"x")
    assert here.refresh(judged).frozen == (
        "data/frozen/train.parquet gone",
        "data/frozen/validation.parquet changed",
    )
    assert touches(judged) == before


def test_reading_only_finds_the_same_and_writes_nothing(judged: Study) -> None:
    before = touches(judged)
    flip_a_byte(frozen_part(judged))
    assert Live(Here(), ReadingOnly()).refresh(judged).frozen
    assert touches(judged) == before


def test_what_was_verified_since_it_was_touched_is_not_read_again(judged: Study) -> None:
    verify_frozen(judged)
    deadline = time.monotonic() + GENEROUS_S
    before = touches(judged)
    # A record counts from its margin on: files touched just before it are read once more.
    while time.monotonic() < deadline:
        Live(Here(), Writing()).refresh(judged)
        if touches(judged) == before:
            return
        before = touches(judged)
        time.sleep(0.5)
    raise AssertionError("every process reads the frozen data again")


def test_large_parts_are_left_to_their_own_verb_on_a_shell(judged: Study) -> None:
    hands = Here()
    hands.most_bytes = 100
    before = touches(judged)
    state = Live(hands, Writing()).refresh(judged)
    assert "`grd data verify` reads it" in state.notes[0]
    assert (state.frozen, touches(judged)) == ((), before)


def test_a_study_without_a_freeze_or_an_experiment(tmp_path: Path) -> None:
    from grd_core.study import create_study

    state = Live(Here(), Writing()).refresh(create_study(tmp_path / "empty"))
    assert state == LiveState()


def test_folders_that_are_gone_are_no_fault_of_the_look(judged: Study, here: Live) -> None:
    shutil.rmtree(script(judged).parent)
    state = here.refresh(judged)
    assert (state.code, state.stale) == ((), ())
    shutil.rmtree(judged.root)
    with pytest.raises(LedgerError):
        here.refresh(judged)


OWN_STATISTIC = LEAK.replace("SelectKBest(k=2).fit_transform(X, y)", "X - house.typical(X)")
DECLARED = """
[[dataflow.calls]]
name = "typical"
effect = "statistic"
packages = ["house"]
"""


def codes_found(state: LiveState) -> set[str]:
    return {finding.check for file in state.code for finding in file.findings}


def test_a_call_that_is_declared_later_is_known_at_once(judged: Study, here: Live) -> None:
    script(judged).write_text(f"import house\n{OWN_STATISTIC}")
    assert "C101" not in codes_found(here.refresh(judged))
    with (judged.root / "grd.toml").open("a") as config:
        config.write(DECLARED)
    assert "C101" in codes_found(here.refresh(judged))


BY_DAY = """import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

d = pd.read_csv("visits.csv")
X, y = d[["age", "dose", "day"]], d["ill"]
a, b, c, e = train_test_split(X, y, random_state=0)
print(LogisticRegression().fit(a, c).score(b, e))
"""


def test_groups_that_the_study_declares_are_kept_apart_live_as_in_a_review(
    judged: Study, here: Live
) -> None:
    script(judged).write_text(BY_DAY)
    before = codes_found(here.refresh(judged))
    unfreeze(judged, "days were forgotten")
    provenance = judged.root / "provenance.toml"
    provenance.write_text(provenance.read_text().replace("[roles]", '[roles]\ngroups = ["day"]'))
    declare_from_file(judged, provenance)
    live = codes_found(here.refresh(judged))
    context = context_for(judged, find_experiment(judged, "1"), Group.CODE)
    reviewed = {f.check for result in apply_code_checks(context) for f in result.findings}
    assert "C109" not in before
    assert "C109" in live
    assert live == reviewed


def test_workers_find_the_same_beside_the_screen(judged: Study, beside: Beside) -> None:
    beside.until(lambda state: state.code and not state.verifying)
    good = script(judged).read_bytes()
    script(judged).write_text(LEAK)
    state = beside.until(lambda state: state.blocking and state.stale)
    assert state.stale[0].changed == ("code",)
    script(judged).write_bytes(good)
    beside.until(lambda state: not state.blocking and not state.stale)
    flip_a_byte(frozen_part(judged))
    state = beside.until(lambda state: state.frozen)
    assert state.frozen == ("data/frozen/validation.parquet changed",)
    beside.until(lambda state: touches(judged)[-1].endswith("validation.parquet changed"))


def test_a_worker_that_hangs_is_a_note(
    judged: Study, beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside.until(lambda state: state.code)
    good = script(judged).read_bytes()
    monkeypatch.setattr("grd_core.critic.live_code.LIMIT_S", 1.0)

    os.kill(beside.code_worker(), signal.SIGSTOP)
    script(judged).write_text("pass\n")
    state = beside.until(lambda state: state.code[0].note)
    assert state.code[0].note == "could not be checked: killed after 1 s without an answer"
    monkeypatch.undo()
    script(judged).write_bytes(good)
    beside.until(lambda state: not state.code[0].note and not state.stale)


def test_one_worker_reads_every_save_until_it_dies(judged: Study, beside: Beside) -> None:
    def read(text: str) -> int:
        script(judged).write_text(text)
        leaks = [LEAK] if text == LEAK else []
        beside.until(lambda state: state.code and len(state.blocking) == len(leaks))
        return beside.code_worker()

    beside.until(lambda state: state.code)
    first = read(LEAK)
    assert read("pass\n") == first
    os.kill(first, signal.SIGKILL)
    assert read(LEAK) != first


def test_closing_ends_its_workers(judged: Study, beside: Beside) -> None:
    script(judged).write_text(LEAK)
    beside.live.refresh(judged)
    worker = beside.code_worker()
    beside.live.close()
    while psutil.pid_exists(worker):
        time.sleep(0.01)
    assert isinstance(beside.live.refresh(judged), LiveState)


def test_a_screens_process_stays_light(judged: Study, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        """
import sys, threading
from pathlib import Path

def main():
    from grd_core.critic.live import InWorkers, Live, Writing
    from grd_core.overview import overview_snapshot
    from grd_core.study import Study
    news = threading.Event()
    live = Live(InWorkers(news.set), Writing())
    study = Study(Path(sys.argv[1]))
    while not (state := live.refresh(study)).code or state.verifying:
        news.wait(1); news.clear()
    overview_snapshot(study, state)
    heavy = ("numpy", "pandas", "scipy", "sklearn", "torch", "pyarrow", "polars", "sqlmodel")
    print([name for name in heavy if name in sys.modules])
    live.close()

if __name__ == "__main__":
    main()
"""
    )
    said = subprocess.run(
        [sys.executable, str(program), str(judged.root)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.stdout.strip() == "[]", said.stderr


def test_a_result_that_a_look_waited_for_is_no_news() -> None:
    told: list[bool] = []
    errand = Errand(lambda job, arguments, limit_s, deliver: told.append(deliver(Done({}))))
    errand.send("job", {}, 1.0)
    assert (told, errand.fetch(), errand.is_out) == ([True], Done({}), False)

    def later(job: str, arguments: dict[str, object], limit_s: float, deliver: Deliver) -> None:
        threading.Timer(0.05, lambda: told.append(deliver(Done({"late": True})))).start()

    errand = Errand(later)
    errand.send("job", {}, 1.0)
    assert errand.fetch() is None
    errand.wait(GENEROUS_S)
    assert errand.fetch() == Done({"late": True})
    errand.wait(0)
    assert (told, errand.fetch()) == ([True, False], None)
