"""The Gate as it looks: nothing waits, evidence read and decided on, a seal that is blocked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from grd_core.budget.meter import HostSample
from grd_core.gate.blockers import Blocker
from grd_core.gate.evidence import GateSnapshot, RecordedChange
from grd_core.gate.lines import GateLine
from grd_core.gate.standing import Standing
from grd_core.history.decisions import DecisionLine
from grd_core.overview import OverviewSnapshot
from grd_screens.desk import Succeeded
from grd_screens.pages.gate.query import GateContent, Gathered, Ruling
from tests.screens.given import SIZES, THEMES, Given, shown

Compare = Callable[..., bool]

STANDS = Standing("open", 3, 3, 4, 1, 0, 0, 1, 1, 0)
WAITING = GateLine(
    experiment="005-lagged-weather",
    number=5,
    title="Weather three hours before departure",
    kind="refinement",
    verdict="PROCEED",
    confidence="medium",
    outcome="confirmed",
    readiness="sealable",
    missing="",
    decided_before=0,
    standing=STANDS,
)
REFUTED = replace(
    WAITING,
    experiment="004-rolling-means",
    number=4,
    title="Rolling means of the carrier",
    verdict="ESCALATE",
    confidence="high",
    outcome="refuted",
    readiness="refuted",
    missing="the last verdict is ESCALATE",
)
RULING = Ruling(
    DecisionLine(
        "2026-11-02T13:40:09Z",
        "ada",
        "archive",
        "002-weather-at-destination",
        "refuted, the original question: it adds nothing · lesson: look at the origin",
        2,
    ),
    "experiments/negative_results/002-weather-at-destination",
    files_gone=False,
)
CONTENT = GateContent((WAITING, REFUTED), (RULING,), 0, "")
EVIDENCE = GateSnapshot(
    study="flight-delays",
    experiment="005-lagged-weather",
    experiment_id=5,
    number=5,
    state="open",
    files_gone=False,
    question="Does yesterday's weather predict arrival delay better than carrier and schedule?",
    first_locked_at="2026-11-02T09:12:00Z",
    first_sha256="9f2c" * 16,
    changes=(),
    failures=("002-weather-at-destination archived (refuted): \x1b[31mit adds nothing\x1b[0m",),
    runs=("run 12 of this experiment ended done, judged by the last verdict",),
    findings=("R301 the gain in mae is known to ±0.5 only, the least worth having is 0.25",),
    wrong=("worst stratum origin=EWR, n 2,114: mae 19.8 [18.6, 21.1], overall 11.9",),
    numbers=("mae (primary) 11.9 [11.4, 12.5], threshold 13: pass",),
    verdict="PROCEED",
    confidence="medium",
    rule="no unwaived blocking finding",
    outcome="confirmed",
    blockers=(),
    standing=STANDS,
    scorecard={},
)
ALARMED = replace(
    EVIDENCE,
    changes=(
        RecordedChange(
            2, "metrics.mae.minimum_effect", "loosened", "1.5", "1.0", True, "too strict"
        ),
    ),
    outcome="inconclusive",
    blockers=(
        Blocker(
            "OBJECTIVE.md differs from what is locked (2 loosened)",
            "restore it, or `grd objective amend --reason …`",
            2,
            "objective diff",
        ),
        Blocker(
            "the evidence is stale: code changed since the verdict",
            "`grd critic 5 --because …` judges what is there now",
            3,
            "critic",
        ),
    ),
)
ENDINGS = {"gate 5": Succeeded(Gathered(EVIDENCE, ""))}
BLOCKED = {"gate 5": Succeeded(Gathered(ALARMED, ""))}
READ = ("enter", *["space"] * 6)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("state", "content", "endings", "keys"),
    [
        ("begun", GateContent((), (), 0, ""), {}, ()),
        ("going", CONTENT, ENDINGS, ()),
        ("going", CONTENT, ENDINGS, READ[:4]),
        ("going", CONTENT, ENDINGS, READ),
        ("alarmed", CONTENT, BLOCKED, (*READ, "S")),
        ("going", CONTENT, ENDINGS, ("G", "enter")),
    ],
    ids=["empty", "list", "reading", "question", "blocked", "decided"],
)
def test_the_gate(
    snap_compare: Compare,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    on_cpu: HostSample,
    state: str,
    content: GateContent,
    endings: dict[str, Succeeded],
    keys: tuple[str, ...],
    theme: str,
    size: tuple[int, int],
) -> None:
    monkeypatch.setenv("GRD_THEME", theme)
    overview: OverviewSnapshot = request.getfixturevalue(state)
    run = shown(5, content, overview, on_cpu, *keys)
    assert snap_compare(Given(endings), terminal_size=size, run_before=run)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_in_ascii(
    snap_compare: Compare,
    alarmed: OverviewSnapshot,
    on_cpu: HostSample,
    size: tuple[int, int],
) -> None:
    run = shown(5, CONTENT, alarmed, on_cpu, *READ, "S")
    assert snap_compare(Given(BLOCKED, ascii=True), terminal_size=size, run_before=run)
