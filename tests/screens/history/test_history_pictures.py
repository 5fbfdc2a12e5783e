"""The History as it looks: an empty record, a tree with its decisions, a record that is unsound."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from grd_core.budget.meter import HostSample
from grd_core.gate.integrity import Integrity
from grd_core.history.chapters import Chapter
from grd_core.history.decisions import DecisionLine
from grd_core.history.events import Happening
from grd_core.history.searching import Hit
from grd_core.history.snapshot import HistorySnapshot
from grd_core.history.tree import TreeLine
from grd_core.history.turns import Turn
from grd_core.ledger.verify import Fault
from grd_core.overview import OverviewSnapshot
from grd_screens.desk import Ending, Succeeded
from grd_screens.feed import PageRead
from grd_screens.pages.history.query import CheckLine, HistoryContent
from tests.screens.driving import at_rest
from tests.screens.given import SIZES, THEMES, Given, shown

Compare = Callable[..., bool]

EMPTY = HistoryContent(HistorySnapshot("flight-delays", "", (), ()))


def tree(
    number: int, name: str, place: tuple[int, int, bool], state: str, verdict: str
) -> TreeLine:
    """A line of the tree; `place` is its parent, its depth, and whether it is the last."""
    parent, depth, is_last = place
    lesson = "lag features need an embargo" if state == "archived" else ""
    outcome = {"sealed": "confirmed", "archived": "refuted"}.get(state, "")
    return TreeLine(
        number,
        f"{number:03d}-{name}",
        name.replace("-", " "),
        "refinement" if place[0] else "baseline",
        state,
        verdict,
        outcome,
        lesson,
        "2026-11-02T09:12:00Z",
        parent,
        "refines" if parent else "",
        depth,
        is_last,
    )


SNAPSHOT = HistorySnapshot(
    study="flight-delays",
    question="Does yesterday's weather predict arrival delay better than carrier and schedule?",
    events=tuple(
        Happening(number, f"2026-11-02T09:1{number}:00Z", "ada", what)
        for number, what in enumerate(
            ("study created", "source declared", "data frozen", "objective locked"), start=1
        )
    ),
    chapters=(
        Chapter(
            "001-linear",
            "baseline",
            "Schedule alone tells half of it",
            "linear on schedule; runs: 1 done",
            ("the Critic said PROCEED (high): nothing blocks",),
            (),
            at="2026-11-02T09:15:00Z",
            because="Carriers publish what they can keep",
        ),
        Chapter(
            "002-rolling-means",
            "refinement",
            "Last week's mean of the route lowers the error by a minute",
            "rolling means; runs: 1 crashed with exit 1, 2 done",
            (
                "mae 13.4 [12.9, 13.9] on validation; the Critic said ESCALATE (medium): disproved",
                "D209 was waived until 2026-12-01, because the drift is of one carrier",
            ),
            ("we archived it (refuted), because no gain. Learned: lag features need an embargo.",),
            at="2026-11-02T10:00:00Z",
            related="refines 001-linear",
            disproof="A gain below a minute",
            differed="config: window 1 → 7; code: train.py ±12",
            ended="It failed, because the gain of mae is -0.3",
        ),
    ),
    turns=(
        Turn(
            "2026-11-02T14:00:00Z",
            "the objective was amended to v2, after 3 runs had been seen",
            "the threshold was for another season",
            ("metrics.mae.threshold loosened, post hoc: 1.0 → 2.0",),
        ),
    ),
    tree=(
        tree(1, "linear", (0, 0, True), "open", "PROCEED"),
        tree(2, "rolling-means", (1, 1, False), "archived", "ESCALATE"),
        tree(5, "lagged-weather", (1, 1, True), "sealed", "PROCEED"),
        tree(6, "weather-at-destination", (5, 2, True), "open", "REVISE_DATA"),
    ),
    decisions=(
        DecisionLine(
            "2026-11-02T09:14:00Z", "ada", "lock", "objective v1", "Does yesterday's weather…"
        ),
        DecisionLine(
            "2026-11-02T13:40:09Z",
            "ada",
            "archive",
            "002-rolling-means",
            "refuted, the original question: \x1b[31mno gain\x1b[0m · lesson: embargo",
            2,
        ),
    ),
)
CONTENT = HistoryContent(SNAPSHOT)
HITS = HistoryContent(
    SNAPSHOT,
    "embargo",
    hits=(
        Hit(
            "lesson",
            "decision 1",
            "2026-11-02T13:40:09Z",
            "lag features need an embargo",
            2,
            marks=((21, 28),),
            fate="refuted, archived",
        ),
        Hit(
            "title",
            "009-embargo",
            "2026-11-01T08:00:00Z",
            "An embargo of a day",
            9,
            marks=((3, 10),),
            fate="not judged",
        ),
    ),
)
CHECKS = HistoryContent(
    SNAPSHOT,
    checks=(
        CheckLine(
            "C101",
            "A statistic is fitted before the split",
            "code",
            "blocking",
            "fast",
            "A statistic is fitted before the split.\n\n## What it finds\n\nA scaler that saw"
            " every row.\n\n## How to fix it\n\n- fit inside the fold\n- or in a pipeline",
        ),
        CheckLine("D201", "Rows are duplicated", "data", "warning", "fast", "Rows twice."),
    ),
)
SOUND: dict[str, Ending] = {"history verify": Succeeded(Integrity((), (), 4, 2, "9f2c" * 16))}
UNSOUND: dict[str, Ending] = {
    "history verify": Succeeded(
        Integrity(
            (Fault("data/frozen/test_labels.parquet", "frozen bytes changed"),),
            (Fault("DECISION_LOG.md", "was edited by hand"),),
            3,
            2,
            "9f2c" * 16,
        )
    )
}


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("state", "content", "endings", "keys"),
    [
        ("begun", EMPTY, {}, ()),
        ("going", CONTENT, SOUND, ("V",)),
        ("alarmed", CONTENT, UNSOUND, ("V",)),
        ("going", CONTENT, {}, ("n",)),
    ],
    ids=["empty", "sound", "unsound", "narrative"],
)
def test_the_history(
    snap_compare: Compare,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    on_cpu: HostSample,
    state: str,
    content: HistoryContent,
    endings: dict[str, Ending],
    keys: tuple[str, ...],
    theme: str,
    size: tuple[int, int],
) -> None:
    monkeypatch.setenv("GRD_THEME", theme)
    overview: OverviewSnapshot = request.getfixturevalue(state)
    run = shown(7, content, overview, on_cpu, *keys)
    assert snap_compare(Given(endings), terminal_size=size, run_before=run)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize(
    ("content", "about"), [(HITS, "search:embargo"), (CHECKS, "check:C101")], ids=["hits", "check"]
)
def test_another_view(
    snap_compare: Compare,
    going: OverviewSnapshot,
    on_cpu: HostSample,
    content: HistoryContent,
    about: str,
    size: tuple[int, int],
) -> None:
    app = Given({})
    first = shown(7, CONTENT, going, on_cpu)

    async def run(pilot: Pilot[int]) -> None:
        await first(pilot)
        app.go(7, about)
        await at_rest(pilot)
        app.post_message(PageRead(7, content))
        await at_rest(pilot)

    assert snap_compare(app, terminal_size=size, run_before=run)


def test_in_ascii(snap_compare: Compare, alarmed: OverviewSnapshot, on_cpu: HostSample) -> None:
    run = shown(7, CONTENT, alarmed, on_cpu, "V")
    assert snap_compare(Given(UNSOUND, ascii=True), terminal_size=(80, 24), run_before=run)
