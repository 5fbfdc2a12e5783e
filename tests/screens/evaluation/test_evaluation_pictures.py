"""The Evaluation as it looks: nothing to score, a scorecard with its errors first, details."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grd_core.budget.meter import HostSample
from grd_core.evaluation.example import Example
from grd_core.evaluation.lines import described
from grd_core.evaluation.listing import EvaluationLine
from grd_core.evaluation.snapshot import EvaluationSnapshot
from grd_core.overview import OverviewSnapshot
from grd_screens.desk import Succeeded
from grd_screens.pages.evaluation.query import EvaluationContent
from tests.screens.given import SIZES, THEMES, Given, shown

Compare = Callable[..., bool]

CARD: dict[str, Any] = json.loads((Path(__file__).parent / "scorecard.json").read_text())


def line(number: int, name: str, **fields: Any) -> EvaluationLine:
    """A line of the list, not scored unless it says so."""
    said = {
        "experiment": f"{number:03d}-{name}",
        "number": number,
        "title": name.replace("-", " "),
        "kind": "refinement",
        "experiment_state": "open",
        "state": "not_scored",
        "outcome": "",
        "at": "",
        "metric": "",
        "estimate": None,
        "low": None,
        "high": None,
        "not_yet": "",
        "accept": False,
    }
    return EvaluationLine(**{**said, **fields})


SCORED = line(
    3,
    "weather-three-hours-before",
    state="scored",
    outcome="inconclusive",
    at="2026-11-02T13:40:09Z",
    metric="mae",
    estimate=21.29,
    low=19.8,
    high=22.95,
)
LINES = (
    line(5, "embargo-of-a-day"),
    line(4, "rolling-means", state="interrupted"),
    SCORED,
    line(2, "target-means", not_yet="the last verdict is REVISE_METHOD, not PROCEED"),
)
SNAPSHOT = EvaluationSnapshot(
    experiment=SCORED.experiment,
    number=3,
    state="scored",
    outcome="inconclusive",
    peeks_used=1,
    peeks_declared=3,
    scorecard_id=1,
    at=SCORED.at,
    content=CARD,
    file_edited=True,
    **described(CARD),
)
CONTENT = EvaluationContent(LINES, SNAPSHOT)
ROW = SNAPSHOT.hardest[0]
EXAMPLE = Example(
    ROW.id, ROW.said, ROW.was, ROW.error, (("carrier", "HA"), ("dest", ""), ("distance", "4983"))
)
ENDINGS = {f"example {ROW.id}": Succeeded(EXAMPLE)}
TO_CARD = ("j", "j", "enter")


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("state", "content", "keys"),
    [
        ("begun", EvaluationContent((), None), ()),
        ("going", CONTENT, ("j", "j")),
        ("going", CONTENT, TO_CARD),
        ("going", CONTENT, (*TO_CARD, "j", "j", "j", "enter")),
        ("alarmed", CONTENT, (*TO_CARD, "G", "k", "k", "enter")),
    ],
    ids=["empty", "list", "scorecard", "example", "criterion"],
)
def test_the_evaluation(
    snap_compare: Compare,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    on_cpu: HostSample,
    state: str,
    content: EvaluationContent,
    keys: tuple[str, ...],
    theme: str,
    size: tuple[int, int],
) -> None:
    monkeypatch.setenv("GRD_THEME", theme)
    overview: OverviewSnapshot = request.getfixturevalue(state)
    run = shown(4, content, overview, on_cpu, *keys)
    assert snap_compare(Given(ENDINGS), terminal_size=size, run_before=run)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_in_ascii(
    snap_compare: Compare,
    going: OverviewSnapshot,
    on_cpu: HostSample,
    size: tuple[int, int],
) -> None:
    run = shown(4, CONTENT, going, on_cpu, *TO_CARD)
    assert snap_compare(Given(ENDINGS, ascii=True), terminal_size=size, run_before=run)
