"""The Graduation by keys over a real study, and as it looks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from grd_core.budget.meter import HostSample
from grd_core.graduation.checklist import GraduationSnapshot, Item, Shown
from grd_core.graduation.overview import GraduationColumn, GraduationLine, GraduationOverview
from grd_core.overview import OverviewSnapshot
from grd_core.runs.experiments import new_experiment
from grd_core.study import Study
from grd_screens.pages.graduation.query import GraduationContent
from grd_tui.app import CockpitApp
from tests.screens.driving import shows
from tests.screens.given import SIZES, THEMES, Given, shown
from tests.small_study import copy_of

Compare = Callable[..., bool]


def line(number: int, name: str, state: str, shown_items: int, item: str) -> GraduationLine:
    return GraduationLine(
        f"{number:03d}-{name}",
        number,
        name,
        "refinement",
        state,
        files_gone=False,
        shown=shown_items,
        refuted=int(bool(item)),
        items=9,
        next_item=item,
        next_fix="",
    )


EMPTY = GraduationContent(
    GraduationOverview(
        tuple(GraduationColumn(stage, ()) for stage in ("exploration", "validated", "production")),
        0,
    ),
    0,
    None,
)
CONTENT = GraduationContent(
    GraduationOverview(
        (
            GraduationColumn(
                "exploration",
                (
                    line(6, "weather-at-destination", "open", 5, "sealed at the gate"),
                    line(7, "embargo", "sealed", 8, "unit tests of data processing"),
                ),
            ),
            GraduationColumn("validated", (line(5, "lagged-weather", "sealed", 9, ""),)),
            GraduationColumn("production", ()),
        ),
        2,
    ),
    5,
    GraduationSnapshot(
        "005-lagged-weather",
        "validated",
        (
            Item("sealed at the gate", Shown.YES, "the decision is in DECISION_LOG.md"),
            Item("no hard-coded absolute path", Shown.NO, "train.py:41", "take it from GRD_DATA"),
            Item(
                "two identical runs",
                Shown.NOT_YET,
                "no two finished runs with equal inputs and seed",
                "`grd run 5` again with the same seed, then compare",
            ),
        ),
    ),
)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("state", "content", "keys"),
    [("begun", EMPTY, ()), ("going", CONTENT, ()), ("alarmed", CONTENT, ("enter",))],
    ids=["empty", "columns", "checklist"],
)
def test_the_graduation(
    snap_compare: Compare,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    on_cpu: HostSample,
    state: str,
    content: GraduationContent,
    keys: tuple[str, ...],
    theme: str,
    size: tuple[int, int],
) -> None:
    monkeypatch.setenv("GRD_THEME", theme)
    overview: OverviewSnapshot = request.getfixturevalue(state)
    run = shown(6, content, overview, on_cpu, *keys)
    assert snap_compare(Given({}), terminal_size=size, run_before=run)


@pytest.fixture(scope="module")
def begun_study(locked_once: Study, tmp_path_factory: pytest.TempPathFactory) -> Study:
    study = copy_of(locked_once, tmp_path_factory.mktemp("begun") / "tides")
    new_experiment(study, "The mean", kind="baseline")
    new_experiment(study, "The moon", kind="refinement")
    return study


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_checklist_follows_the_cursor(begun_study: Study, size: tuple[int, int]) -> None:
    async with CockpitApp(begun_study.root).run_test(size=size) as pilot:
        await pilot.press("6")
        await shows(pilot, "EXPLORATION  2", "VALIDATED  0", "002-the-moon")
        await pilot.press("j", "enter")
        await shows(pilot, "002-the-moon  exploration", "sealed at the gate", "does not hold")
        await pilot.press("escape", "k", "enter")
        await shows(pilot, "001-the-mean  exploration")


async def test_it_opens_on_an_experiment(begun_study: Study) -> None:
    async with CockpitApp(begun_study.root).run_test(size=(120, 40)) as pilot:
        await pilot.press("6")
        await shows(pilot, "EXPLORATION  2")
        pilot.app.go(6, "2")  # type: ignore[attr-defined]
        await shows(pilot, "002-the-moon  exploration")
