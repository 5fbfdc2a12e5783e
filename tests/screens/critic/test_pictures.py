"""The Critic as it looks: just begun, running, failing, decided; evidence and diff."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from grd_core.checks.contract import (
    CheckResult,
    Finding,
    Group,
    Kind,
    Measurement,
    Place,
    Severity,
    Status,
)
from grd_core.critic.review import Review
from grd_core.critic.verdict import Ruling, Verdict
from grd_core.runs.experiments import ExperimentRecord
from grd_screens.critic.documents import fix_lines
from grd_screens.critic.reviews import Reviews
from grd_screens.critic.session import ReviewSession
from grd_screens.critic.state import Card, Doing, ReviewState, Stage
from grd_screens.feed import Watching
from grd_tui.app import CockpitApp
from tests.screens.driving import at_rest, until

Compare = Callable[..., bool]
SIZES = ((80, 24), (120, 40))
NAME = "006-weather-at-destination"
FILE = f"experiments/exploration/{NAME}/train.py"

SOURCE = (
    "import pandas as pd\n"
    + "\n" * 37
    + "def prepare(X, y):\n"
    + "\tX = X.dropna()  # \x1b[31mnot red\x1b[0m, \u202enot turned round\n"
    + "\tscaler = StandardScaler().fit(X)\n"
    + '\tX_train, X_test = split(scaler.transform(X), when="2013-10-01", embargo="1 day", '
    + 'groups=["tailnum", "carrier"])\n'
    + "\n" * 15
    + "model.fit(X_train, y_train)\n\n\n"
    + "print(model.score(X_test, y_test))\n"
)

LEAK = Finding(
    check="C101",
    title="scaler fitted before the split",
    group=Group.CODE,
    kind=Kind.VALIDITY,
    family="preprocessing",
    severity=Severity.BLOCKING,
    path=FILE,
    line=41,
    places=(Place("cause", FILE, 41), Place("train", FILE, 58), Place("evaluate", FILE, 61)),
    value=1.0,
    threshold=0.0,
    ci=None,
    n=3,
    method="dataflow over the syntax tree",
    why="`scaler` saw `X` (41), from which `X_train` and `X_test` both come (47)",
    fix="fit `scaler` on `X_train` alone and apply it to `X_test`",
)
WIDE_INTERVAL = Finding(
    check="R301",
    title="The interval is too wide to decide",
    group=Group.RESULTS,
    kind=Kind.VALIDITY,
    family="statistics",
    severity=Severity.WARNING,
    path="",
    line=0,
    places=(),
    value=0.61,
    threshold=0.55,
    ci=None,
    n=84194,
    method="bootstrap of days, 2,000 resamples",
    why="the interval of the gain is wider than the smallest gain worth having",
    fix="take more days, or say so at the gate",
)

DIFF = f"""--- a/{FILE}
+++ b/{FILE}
@@ -41,7 +41,7 @@
 scaler = StandardScaler()
-X_train, X_test = split(scaler.fit_transform(X))
+X_train, X_test = split(X)
+X_train, X_test = scaler.fit_transform(X_train), scaler.transform(X_test)
"""


def cards() -> tuple[Card, ...]:
    named = (
        ("C101", "A statistic of the whole set, computed before the split", "code"),
        ("C111", "Seeds unset, partial, or the best of several kept", "code"),
        ("D201", "Exact duplicates across splits", "data"),
        ("D215", "Frozen data changed", "data"),
        ("P401", "No hypothesis, or one that cannot be disproved", "process"),
        ("R301", "An interval is missing or too wide", "results"),
        ("R306", "label shuffle", "results"),
        ("R314", "A falsification criterion is met", "results"),
    )
    return tuple(Card(*one) for one in named)


def results(*findings: Finding) -> dict[str, CheckResult]:
    found = {
        card.code: CheckResult(
            card.code, Status.PASSED, 0.12, "", Measurement(0.0, "counted", n=84194)
        )
        for card in cards()
    }
    for finding in findings:
        blocks = finding.severity is Severity.BLOCKING
        status = Status.FAILED if blocks else Status.WARNED
        # A width is no interval of its own: what was measured has one.
        wide = finding is WIDE_INTERVAL
        value, ci = (11.9, (11.4, 12.5)) if wide else (finding.value, None)
        measured = Measurement(value, finding.method, finding.n, ci)
        found[finding.check] = CheckResult(finding.check, status, 0.4, "", measured, (finding,))
    return found


def having(found: Iterable[CheckResult]) -> MappingProxyType[str, CheckResult]:
    return MappingProxyType({result.check: result for result in found})


BEGUN = ReviewState(NAME, Stage.CHECKING, 2, 3, cards(), doing=(Doing("C101"), Doing("C111")))


def running() -> ReviewState:
    done = [one for one in results(LEAK).values() if one.check not in ("R306", "R314")]
    doing = (Doing("R306", 0.4, "2 of 5"), Doing("R314"))
    return replace(BEGUN, results=having(done), doing=doing)


def review(ruling: Ruling, found: dict[str, CheckResult], id_: int = 0) -> Review:
    record = ExperimentRecord(
        6, 6, "weather-at-destination", "", "refinement", 5, "open", Path("/gone"), ""
    )
    everything = tuple(found.values())
    return Review(record, 2, 3, 4, everything, everything, (), ruling, {}, "", id_)


def failing() -> ReviewState:
    ruling = Ruling(
        Verdict.REVISE_METHOD,
        "an unwaived blocking finding of group code, results or process",
        "high",
        (f"C101 {LEAK.title}: {LEAK.why}",),
    )
    found = results(LEAK, WIDE_INTERVAL)
    found["D215"] = CheckResult(
        "D215", Status.ERRORED, 10.0, "the worker of check_job was killed by SIGKILL"
    )
    found["P401"] = CheckResult("P401", Status.WAIVED, 0.1)
    found["R314"] = CheckResult("R314", Status.NOT_APPLICABLE, 0.1, "there is no baseline")
    state = replace(BEGUN.ruled(review(ruling, found)), seconds=4.1)
    sentence = "code changed since this pass"
    return replace(state, overtaken=sentence, changed=("train.py", "config.toml"))


def proceeds(id_: int = 0) -> ReviewState:
    reason = "8 of 8 checks applied, 1 open warnings"
    ruling = Ruling(Verdict.PROCEED, "no unwaived blocking finding", "medium", (reason,))
    passed = review(ruling, results(WIDE_INTERVAL), id_)
    return replace(BEGUN.ruled(passed), seconds=12.3)


STATES: dict[str, Callable[[], ReviewState]] = {
    "begun": lambda: BEGUN,
    "running": running,
    "failing": failing,
    "proceeds": proceeds,
    "recorded": lambda: proceeds(7),
    "cancelled": lambda: replace(running().stopped(), seconds=2.0),
    "refused": lambda: ReviewState(NAME).refused("nothing is locked: `grd objective lock`"),
}


class Fed(CockpitApp):
    """A cockpit that reads nothing."""

    def start_feeds(self) -> None:
        """Nothing is read and no clock runs."""


def shown(app: Fed, state: ReviewState, *keys: str) -> Callable[[Pilot[int]], object]:
    async def run(pilot: Pilot[int]) -> None:
        await at_rest(pilot)
        reviews = Reviews(app, app.desk, Watching(), app.glyphs, app.tell, app.go)
        session = ReviewSession(6, NAME, app.desk, lambda _: None, clock=lambda: 0.0)
        session.state = state
        reviews.show(session)
        await at_rest(pilot)
        for key in keys:
            await pilot.press(key)
            await until(pilot, lambda: not app.desk.running, "an idle desk")
            await at_rest(pilot)
            for field in (*app.screen.query(TextArea), *app.screen.query(Input)):
                field.cursor_blink = False
        await at_rest(pilot)

    return run


@pytest.fixture
def study(tmp_path: Path) -> Path:
    root = tmp_path / "flight-delays"
    script = root / FILE
    script.parent.mkdir(parents=True)
    script.write_text(SOURCE)
    return root


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("state", STATES)
def test_a_review(
    snap_compare: Compare,
    monkeypatch: pytest.MonkeyPatch,
    study: Path,
    state: str,
    theme: str,
    size: tuple[int, int],
) -> None:
    monkeypatch.setenv("GRD_THEME", theme)
    app = Fed(study)
    assert snap_compare(app, terminal_size=size, run_before=shown(app, STATES[state]()))


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_evidence(
    snap_compare: Compare,
    monkeypatch: pytest.MonkeyPatch,
    study: Path,
    theme: str,
    size: tuple[int, int],
) -> None:
    monkeypatch.setenv("GRD_THEME", theme)
    app = Fed(study)
    assert snap_compare(app, terminal_size=size, run_before=shown(app, failing(), "enter"))


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_fix(
    snap_compare: Compare,
    monkeypatch: pytest.MonkeyPatch,
    study: Path,
    theme: str,
    size: tuple[int, int],
) -> None:
    monkeypatch.setenv("GRD_THEME", theme)
    app = Fed(study)
    before = shown(app, failing())

    async def run(pilot: Pilot[int]) -> None:
        await before(pilot)  # type: ignore[misc]
        app.screen._open("fix C101", lambda width: fix_lines(LEAK, DIFF, width))  # type: ignore[attr-defined]
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=run)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize(
    "keys", [("v",), ("G", "enter"), ("j", "enter"), ("f2", "x"), ("slash", "s", "e", "e", "d")]
)
def test_over_a_failing_review(
    snap_compare: Compare, study: Path, keys: tuple[str, ...], size: tuple[int, int]
) -> None:
    app = Fed(study)
    assert snap_compare(app, terminal_size=size, run_before=shown(app, failing(), *keys))


def test_in_ascii_and_without_colour(
    snap_compare: Compare, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = Fed(study, ascii=True)
    assert snap_compare(app, terminal_size=(80, 24), run_before=shown(app, failing()))
