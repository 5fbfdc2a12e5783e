"""Verbs that read, by keys: budget, configs, and those that open their page."""

from __future__ import annotations

from pathlib import Path

import pytest

from grd_core.study import Study
from grd_screens.commands.catalogue import COMMANDS
from grd_screens.feed import PageRead
from grd_screens.forms.screen import FormScreen
from grd_tui.app import CockpitApp
from tests.screens.driving import at_rest, screen_text, until
from tests.small_study import copy_of


@pytest.fixture
def study(begun_once: Study, tmp_path: Path) -> Study:
    """A locked study with a baseline that ran, and a config beside it."""
    made = copy_of(begun_once, tmp_path / "tides")
    (folder,) = (made.experiments_dir / "exploration").glob("001-*")
    (folder / "config.toml").write_text("rate = 0.1\n")
    return made


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_budget_is_read_as_a_document(study: Study, size: tuple[int, int]) -> None:
    async with CockpitApp(study.root).run_test(size=size) as pilot:
        await at_rest(pilot)
        pilot.app.perform("budget")  # type: ignore[attr-defined]
        await until(pilot, lambda: " Budget ─" in screen_text(pilot))
        assert "of 1 spent" in screen_text(pilot)


async def test_a_schema_is_drafted_written_once_and_checked_by(study: Study) -> None:
    async with CockpitApp(study.root).run_test(size=(100, 30)) as pilot:
        app = pilot.app
        assert isinstance(app, CockpitApp)
        await at_rest(pilot)
        app.perform("config draft", {"experiment": "1"})
        await until(pilot, lambda: isinstance(app.screen, FormScreen))
        await pilot.press("f2")
        await until(pilot, lambda: '"additionalProperties": false' in screen_text(pilot))
        assert '"rate"' in (study.root / "config.schema.json").read_text()
        await pilot.press("escape")

        app.perform("config draft", {"experiment": "1"})
        await until(pilot, lambda: isinstance(app.screen, FormScreen))
        await pilot.press("f2")
        await until(pilot, lambda: "the file is there already" in screen_text(pilot))
        await pilot.press("escape")

        with (study.root / "grd.toml").open("a") as stream:
            stream.write('\n[config]\nschema = "config.schema.json"\n')
        app.perform("config show", {"experiment": "1"})
        await until(pilot, lambda: "rate = 0.1" in screen_text(pilot))
        assert "schema: config.schema.json" in screen_text(pilot)
        await pilot.press("escape")
        (folder,) = (study.experiments_dir / "exploration").glob("001-*")
        (folder / "config.toml").write_text("raet = 1\n")
        app.perform("config check", {"experiment": "1"})
        await until(pilot, lambda: "2 faults by config.schema.json" in screen_text(pilot))


@pytest.mark.parametrize(("verb", "page"), [("experiment list", 3), ("graduate", 6), ("status", 0)])
async def test_a_verb_that_only_reads_opens_its_page(study: Study, verb: str, page: int) -> None:
    async with CockpitApp(study.root).run_test() as pilot:
        app = pilot.app
        assert isinstance(app, CockpitApp)
        await at_rest(pilot)
        app.go(5)
        app.perform(verb)
        await until(pilot, lambda: app.cockpit.shown == page)
        assert COMMANDS[verb].page == page


async def test_an_answer_that_comes_when_the_cockpit_is_left_is_passed_over(study: Study) -> None:
    app = CockpitApp(study.root)
    async with app.run_test() as pilot:
        await at_rest(pilot)
        app.go(6)
        wanted = app.cockpit.wanted
        assert wanted is not None
        await app.cockpit.page.remove()
        app.cockpit.show_answer(PageRead(6, wanted(study)))
