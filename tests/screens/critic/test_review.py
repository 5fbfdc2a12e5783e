"""The Critic by keys on a real study: what it finds, and what a person does with it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import TextArea

from grd_core.checks.registry import all_checks
from grd_core.critic.review import record, review
from grd_core.critic.waivers import waivers_in_force
from grd_core.runs.experiments import find_experiment
from grd_core.study import Study
from grd_screens.critic.modal import CriticScreen
from grd_screens.critic.session import ReviewSession
from grd_screens.critic.state import Stage
from grd_screens.forms.screen import FormScreen
from grd_tui.app import CockpitApp

GENEROUS_S = 120.0
BECAUSE = "the means hold the levels they foretell"

LIGHT = """
import asyncio, sys
from pathlib import Path

async def main(root):
    from grd_screens.critic.modal import CriticScreen
    from grd_tui.app import CockpitApp

    app = CockpitApp(root)
    async with app.run_test(size=(80, 24)) as pilot:
        async def until(true):
            while not true():
                await pilot.pause(0.05)
        app.perform("critic", {"experiment": "2"})
        await until(lambda: isinstance(app.screen, CriticScreen))
        session = app.screen.session
        await until(lambda: session.state.passed is not None)
        await pilot.press("enter", "f")
        await until(lambda: not app.desk.running)
        await pilot.press("x")
        await until(lambda: not app.desk.running)
        ended = []
        session.record("the means hold the levels they foretell", ended.append)
        await until(lambda: ended)
        print(session.state.stage, sorted(HEAVY & set(sys.modules)))

HEAVY = {"numpy", "pandas", "scipy", "sklearn", "pyarrow", "torch"}
if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
"""


class Cockpit:
    """A cockpit on a study, and the Critic it has open."""

    def __init__(self, app: CockpitApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def session(self) -> ReviewSession:
        reviews = self.app._reviews
        assert reviews is not None
        session = reviews.session(2)
        assert session is not None
        return session

    async def until(self, true: Callable[[], object]) -> None:
        end = time.monotonic() + GENEROUS_S
        while not true():
            assert time.monotonic() < end, self.text()
            await self.pilot.pause(0.02)
        await self.pilot.pause()

    async def ask_critic(self) -> None:
        self.app.perform("critic", {"experiment": "2"})
        await self.until(lambda: isinstance(self.app.screen, CriticScreen))

    async def ruled(self) -> None:
        await self.ask_critic()
        await self.until(lambda: self.session.state.stage is Stage.RULED)

    async def typed(self, words: str) -> None:
        await self.until(lambda: isinstance(self.app.screen, FormScreen))
        self.app.screen.query_one(TextArea).text = words

    async def says(self, words: str) -> None:
        """Wait until the screen says it; words may be broken over lines."""
        await self.until(lambda: "".join(words.split()) in "".join(self.text().split()))

    def text(self) -> str:
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.strip("│ ") for strip in strips)

    def workers(self) -> list[int]:
        task = self.app.desk.task("critic 2")
        jobs = task.scope._jobs if task is not None and task.scope is not None else ()
        return [job.pid for job in list(jobs)]  # type: ignore[attr-defined]

    async def hung(self) -> list[int]:
        """Stop workers until the review waits for two that never answer."""
        held: set[int] = set()

        def waits() -> bool:
            for pid in set(self.workers()) - held:
                try:
                    os.kill(pid, signal.SIGSTOP)
                    held.add(pid)
                except ProcessLookupError:
                    continue
            return len([pid for pid in self.workers() if _state(pid) == "T"]) == 2

        await self.until(waits)
        return self.workers()


@asynccontextmanager
async def cockpit(study: Study, *, readonly: bool = False) -> AsyncIterator[Cockpit]:
    app = CockpitApp(study.root, readonly=readonly)
    async with app.run_test(size=(100, 40)) as pilot:
        yield Cockpit(app, pilot)


async def test_failures_stand_open_at_the_top_and_the_rest_is_folded(leaking: Study) -> None:
    async with cockpit(leaking) as at:
        await at.ruled()
        await at.says("Critic · 002-the-moon · loop 1 of 3")
        await at.says(f"{len(all_checks())}/{len(all_checks())}")
        lines = [line for line in at.text().splitlines() if line]
        assert "✖ C101" in lines[1]
        await at.says("cause train.py:15 → train train.py:17 → evaluate train.py:18")
        await at.says("VERDICT would be ✖ REVISE_METHOD")
        await at.pilot.press("G")
        assert at.app.screen.query_one("#critic-list").key == "group:process"  # type: ignore[attr-defined]
        await at.pilot.press("enter")
        await at.says("P404 The objective drifted from its lock")


async def test_a_finding_opens_to_its_code_and_escape_comes_back(leaking: Study) -> None:
    async with cockpit(leaking) as at:
        await at.ruled()
        await at.pilot.press("enter")
        await at.says('cause 15 │ both["usual"] = both.groupby')
        await at.pilot.press("f")
        await at.says("+++ b/experiments/exploration/002-the-moon/train.py")
        await at.pilot.press("escape", "x")
        await at.says("Why it matters")
        await at.pilot.press("escape", "escape")
        await at.says("VERDICT would be")
        assert isinstance(at.app.screen, CriticScreen)


async def test_a_verdict_is_recorded_with_its_reason_and_leads_on(leaking: Study) -> None:
    async with cockpit(leaking) as at:
        await at.ruled()
        await at.pilot.press("v")
        await at.typed("short")
        await at.pilot.press("f2")
        await at.says("10 characters more")
        await at.typed(BECAUSE)
        await at.pilot.press("f2")
        await at.until(lambda: at.app.screen is at.app.cockpit)
        assert at.app.cockpit.shown == 3
        with leaking.read() as ledger:
            row = ledger.one("SELECT * FROM review ORDER BY id DESC LIMIT 1")
        assert row is not None
        assert (row["verdict"], row["justification"]) == ("REVISE_METHOD", BECAUSE)
        experiment = find_experiment(leaking, "2")
        assert BECAUSE in (experiment.folder / "CRITIC_LOG.md").read_text()
        assert "REVISE_METHOD" in (leaking.root / "DECISION_LOG.md").read_text()


async def test_left_running_it_is_the_same_review_that_is_come_back_to(leaking: Study) -> None:
    async with cockpit(leaking) as at:
        await at.ask_critic()
        workers = await at.hung()
        session = at.session
        await at.pilot.press("escape")
        assert at.app.screen is at.app.cockpit
        await at.until(lambda: f"Critic {session.state.count}" in at.text())
        for pid in workers:
            os.kill(pid, signal.SIGCONT)
        await at.ask_critic()
        assert at.session is session
        await at.until(lambda: session.state.stage is Stage.RULED)


@pytest.mark.parametrize("key", ["K", "ctrl+k"])
async def test_cancelling_kills_every_worker_though_it_hangs(leaking: Study, key: str) -> None:
    async with cockpit(leaking) as at:
        await at.ask_critic()
        workers = await at.hung()
        await at.pilot.press(key)
        await at.until(lambda: all(_state(pid) in "ZX" for pid in workers))
        await at.says("cancelled after")
        assert at.session.state.stage is Stage.CANCELLED
        assert "errored" not in {r.status for r in at.session.state.results.values()}
        await at.pilot.press("v")
        await at.says("there is nothing to decide on")
        await at.pilot.press("escape", "R")
        await at.until(lambda: at.session.state.stage is Stage.RULED)


async def test_a_worker_that_is_killed_is_an_errored_check_and_loud(leaking: Study) -> None:
    async with cockpit(leaking) as at:
        await at.ask_critic()
        workers = await at.hung()
        codes = {one.code for one in at.session.state.doing}
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        await at.until(lambda: at.session.state.stage is Stage.RULED)
        errored = {code for code, r in at.session.state.results.items() if r.status == "errored"}
        assert errored and errored <= codes
        await at.says("was killed by SIGKILL")
        first = [line for line in at.text().splitlines() if line][1]
        assert "✖" in first
        # One check can be run again alone.
        code = min(errored)
        at.app.screen.query_one("#critic-list").go_to(f"check:{code}")  # type: ignore[attr-defined]
        await at.pilot.press("r")
        await at.until(lambda: at.session.state.results[code].status != "errored")


async def test_files_that_change_are_named_and_no_verdict_is_recorded_on_them(
    leaking: Study,
) -> None:
    async with cockpit(leaking) as at:
        await at.ruled()
        script = find_experiment(leaking, "2").folder / "train.py"
        before = script.read_text()
        script.write_text(before + "\n# later\n")
        await at.says("train.py changed since these checks ran: R runs them again")
        await at.pilot.press("v")
        await at.typed(BECAUSE)
        await at.pilot.press("f2")
        await at.says("something changed while the checks ran")
        await at.pilot.press("escape")
        script.write_text(before)
        await at.until(lambda: not at.session.state.overtaken)
        await at.pilot.press("v")
        assert isinstance(at.app.screen, FormScreen)
        assert at.app.screen.values["because"] == BECAUSE


async def test_a_waiver_is_asked_for_and_taken_up(leaking: Study) -> None:
    async with cockpit(leaking) as at:
        await at.ruled()
        await at.pilot.press("w")
        await at.typed("the usual level is published by the harbour beforehand")
        await at.pilot.press("f2")
        await at.until(lambda: at.session.state.results["C101"].status == "waived")
        await at.says("~ 1 waived")
        with leaking.read() as ledger:
            (waiver,) = waivers_in_force(ledger, find_experiment(leaking, "2"))
        assert waiver.code == "C101"


@pytest.mark.soak
async def test_what_cannot_be_waived_says_so_in_the_modal(leaking: Study) -> None:
    async with cockpit(leaking) as at:
        await at.ruled()
        await at.pilot.press("G", "enter")
        at.app.screen.query_one("#critic-list").go_to("listed:P404")  # type: ignore[attr-defined]
        await at.pilot.press("enter", "w")
        await at.says("P404 cannot be waived")
        await at.pilot.press("escape")
        await at.until(lambda: "cannot be waived" not in at.text())
        await at.says("Critic · 002-the-moon · P404")
        assert isinstance(at.app.screen, CriticScreen)


@pytest.mark.soak
async def test_a_verdict_recorded_elsewhere_meanwhile_is_told_in_place(leaking: Study) -> None:
    async with cockpit(leaking) as at:
        await at.ruled()
        await at.pilot.press("v")
        await at.typed(BECAUSE)
        record(leaking, review(leaking, find_experiment(leaking, "2")), BECAUSE)
        await at.pilot.press("f2")
        await at.says("another verdict on 002-the-moon was recorded while the checks ran")
        await at.pilot.press("escape")
        await at.says("the recorded verdict changed since this pass")


async def test_read_only_reviews_and_records_nothing(leaking: Study) -> None:
    async with cockpit(leaking, readonly=True) as at:
        await at.ruled()
        await at.pilot.press("v")
        await at.says("this cockpit is read-only")
        await at.pilot.press("escape", "w")
        await at.says("`waive` writes, and this cockpit is read-only")


async def test_an_experiment_without_files_is_refused_in_the_modal(leaking: Study) -> None:
    shutil.rmtree(find_experiment(leaking, "2").folder)
    async with cockpit(leaking) as at:
        await at.ask_critic()
        await at.says("refused: the files of 002-the-moon are gone")
        assert isinstance(at.app.screen, CriticScreen)
        await at.pilot.press("escape")
        assert at.app.screen is at.app.cockpit


@pytest.mark.soak
async def test_the_palette_asks_which_experiment_and_explains_a_check(leaking: Study) -> None:
    async with cockpit(leaking) as at:
        at.app.perform("critic")
        await at.until(lambda: isinstance(at.app.screen, FormScreen))
        await at.says("002-the-moon")
        await at.pilot.press("escape")
        at.app.perform("explain", {"check": "c101"})
        await at.says("A statistic of the whole set is computed before the split.")
        await at.pilot.press("escape")
        assert at.app.screen is at.app.cockpit


@pytest.mark.soak
async def test_a_filter_opens_what_is_folded(leaking: Study) -> None:
    async with cockpit(leaking) as at:
        await at.ruled()
        await at.pilot.press("slash", *"seeds")
        await at.says("C111 Seeds unset")
        assert "P404" not in at.text()
        await at.pilot.press("escape")
        await at.says("process")


@pytest.mark.soak
async def test_recorded_reviews_begin_anew(leaking: Study) -> None:
    record(leaking, review(leaking, find_experiment(leaking, "2")), BECAUSE)
    async with cockpit(leaking) as at:
        await at.ruled()
        await at.says("loop 2 of 3")
        await at.says("VERDICT would be ! ESCALATE")
        await at.says("nothing new")


def test_the_cockpits_process_stays_light(leaking: Study, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(LIGHT)
    done = subprocess.run(
        [sys.executable, str(program), str(leaking.root)],
        capture_output=True,
        text=True,
        timeout=4 * GENEROUS_S,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("recorded []\n", 0), done.stderr


def _state(pid: int) -> str:
    """A process's state as the kernel names it; X where it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"
