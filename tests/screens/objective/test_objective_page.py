"""The Objective's page by its keys, on contents and on a real small study."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from grd_core.objective.versions import all_versions
from grd_core.study import Study
from grd_screens.forms.screen import FormScreen
from grd_screens.glyphs import UNICODE
from grd_screens.pages.objective import ObjectivePage
from grd_screens.pages.objective.content import ObjectiveContent
from grd_screens.pages.objective.texts import head_lines
from grd_tui.app import CockpitApp
from tests.screens.driving import until
from tests.small_study import copy_of


def page_of(pilot: Pilot[int]) -> ObjectivePage:
    return pilot.app.query_one(ObjectivePage)


def lines_of(widget) -> list[str]:  # type: ignore[no-untyped-def]
    return [widget.render_line(y).text.rstrip() for y in range(widget.size.height)]


async def test_the_editor_of_ones_own_opens_at_the_line_of_the_problem(fed, show, draft) -> None:  # type: ignore[no-untyped-def]
    app = fed()
    async with app.run_test(size=(80, 24)) as pilot:
        await show(draft, "E")(pilot)
        assert app.edited == [(Path("/studies/tides/OBJECTIVE.md"), 11)]


async def test_the_keys_shown_are_those_of_the_state(fed, show, none, draft, drifted) -> None:  # type: ignore[no-untyped-def]
    app = fed()
    async with app.run_test(size=(80, 24)) as pilot:
        walks = ["next", "previous", "fold"]
        for content, ids in (
            (none, ["init", "edit"]),
            (draft, ["edit", "lock", "editor"]),
            (drifted, [*walks, "why", "amend", "restore", "compare", "edit", "editor"]),
        ):
            await show(content)(pilot)
            assert [key.id.partition(".")[2] for key in page_of(pilot).keys] == ids


async def test_list_and_document_stand_on_the_same_change(fed, show, drifted) -> None:  # type: ignore[no-untyped-def]
    app = fed()
    async with app.run_test(size=(80, 24)) as pilot:
        await show(drifted)(pilot)
        page = page_of(pilot)
        assert page.document.change.field == "metrics.mae.threshold"
        await pilot.press("right_square_bracket")
        assert page.listing.key == "change:budget.trials"
        await pilot.press("j")
        assert page.document.change.field == "prose: Question and why it matters"
        await pilot.press("N", "N", "N")
        assert page.listing.key == "change:metrics.mae.threshold"


async def test_enter_goes_into_the_document_and_escape_comes_back(fed, show, drifted) -> None:  # type: ignore[no-untyped-def]
    app = fed()
    async with app.run_test(size=(80, 24)) as pilot:
        await show(drifted, "j", "enter")(pilot)
        page = page_of(pilot)
        assert page.document.has_focus
        assert any("fewer trials fit into the week" in line for line in lines_of(page.document))
        await pilot.press("escape")
        assert page.listing.has_focus
        assert app.cockpit.shown == 2


async def test_from_a_change_to_its_amendment_and_back(fed, show, drifted) -> None:  # type: ignore[no-untyped-def]
    app = fed()
    async with app.run_test(size=(80, 24)) as pilot:
        await show(drifted, "w")(pilot)
        page = page_of(pilot)
        assert page.listing.key == "change:metrics.mae.threshold"
        await pilot.press("n", "enter", "w")
        assert page.listing.key == "version:2"
        assert any("fewer trials fit into the week" in line for line in lines_of(page.listing))
        await pilot.press("w")
        assert page.listing.key == "change:budget.trials"
        assert page.document.has_focus


async def test_fold_shows_what_is_the_same(fed, show, drifted) -> None:  # type: ignore[no-untyped-def]
    app = fed()
    async with app.run_test(size=(120, 40)) as pilot:
        await show(drifted)(pilot)
        page = page_of(pilot)
        folded = page.document.virtual_size.height
        await pilot.press("f")
        assert page.document.virtual_size.height > folded
        await pilot.press("f")
        assert page.document.virtual_size.height == folded


async def test_a_wide_terminal_shows_both_sides_and_a_resize_keeps_the_change(
    fed, show, drifted
) -> None:  # type: ignore[no-untyped-def]
    app = fed()
    async with app.run_test(size=(120, 40)) as pilot:
        await show(drifted, "n")(pilot)
        page = page_of(pilot)
        assert page.document.arrangement == "side by side"
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert page.document.arrangement == "unified"
        assert page.document.change.field == "budget.trials"


@pytest.fixture
def study(locked_once: Study, tmp_path: Path) -> Study:
    return copy_of(locked_once, tmp_path / "tides")


async def opened(pilot: Pilot[int]) -> ObjectivePage:
    await until(pilot, lambda: pilot.app.overview is not None)  # type: ignore[attr-defined]
    await pilot.press("2")
    await until(pilot, lambda: page_of(pilot).listing.count > 0)
    return page_of(pilot)


async def test_a_saved_change_shows_and_is_amended_with_a_reason(study: Study) -> None:
    app = CockpitApp(study.root)
    async with app.run_test(size=(80, 24)) as pilot:
        page = await opened(pilot)
        assert not page.has_class("-compared")
        text = study.objective_path.read_text()
        study.objective_path.write_text(text.replace("threshold: 1.0", "threshold: 1.5"))
        await until(pilot, lambda: page.listing.key == "change:metrics.mae.threshold")
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, FormScreen))
        await pilot.press(*"too short", "f2")
        assert isinstance(app.screen, FormScreen)
        await pilot.press(*" a reason: the gauge is coarse", "f2")
        await until(pilot, lambda: len(all_versions(study)) == 2)
        await until(pilot, lambda: any("amended by v2" in x for x in lines_of(page.listing)))


async def test_restore_puts_the_lock_back_and_keeps_the_edit(study: Study) -> None:
    locked = study.objective_path.read_bytes()
    study.objective_path.write_bytes(locked + b"\nmore\n")
    app = CockpitApp(study.root)
    async with app.run_test(size=(80, 24)) as pilot:
        page = await opened(pilot)
        await until(pilot, lambda: page.has_class("-compared"))
        await pilot.press("R")
        await until(pilot, lambda: isinstance(app.screen, FormScreen))
        await pilot.press("f2")
        await until(pilot, lambda: study.objective_path.read_bytes() == locked)
        await until(pilot, lambda: not page.has_class("-compared"))
    assert (study.root / "OBJECTIVE.edited-1.md").read_bytes() == locked + b"\nmore\n"


async def test_lock_is_refused_with_a_reason_where_it_is_locked(study: Study) -> None:
    app = CockpitApp(study.root)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("L")
        banner = app.cockpit.query_one("#banner")
        await until(pilot, lambda: banner.has_class("-shown"))
        assert "locked already, as v1" in str(banner.render())


async def test_versions_are_chosen_by_a_form(study: Study) -> None:
    text = study.objective_path.read_text()
    study.objective_path.write_text(text.replace("trials: 3", "trials: 2"))
    app = CockpitApp(study.root)
    async with app.run_test(size=(80, 24)) as pilot:
        page = await opened(pilot)
        await until(pilot, lambda: page.has_class("-compared"))
        await pilot.press("v")
        await until(pilot, lambda: isinstance(app.screen, FormScreen))
        await pilot.press("l", "tab", "h", "f2")
        await until(pilot, lambda: page.wanted().left == "file")
        assert page.wanted().right == "v1"
        await pilot.press("escape")
        assert (page.wanted().left, page.wanted().right) == ("v1", "file")


async def test_a_long_prose_is_set_in_type_only_where_it_is_seen(study: Study) -> None:
    added = "\n".join(f"line {number} of a long addition" for number in range(20_000))
    study.objective_path.write_text(study.objective_path.read_text() + added)
    app = CockpitApp(study.root)
    async with app.run_test(size=(120, 40)) as pilot:
        page = await opened(pilot)
        await until(pilot, lambda: page.document.virtual_size.height > 20_000)
        await pilot.press("enter", "G")
        assert any("line 19999" in line for line in lines_of(page.document))
        assert page.document.lines_in_type < 500


async def test_a_rule_stands_beside_its_bullet(fed, show, locked) -> None:  # type: ignore[no-untyped-def]
    app = fed()
    async with app.run_test(size=(80, 24)) as pilot:
        await show(locked)(pilot)
        listed = "\n".join(lines_of(page_of(pilot).listing))
        assert "\N{MIDDLE DOT} mae (mean absolute error) is at most 1" in listed
        assert "enter shows" not in listed


def test_an_amended_objective_says_what_its_amender_had_seen(drifted: ObjectiveContent) -> None:
    state = replace(drifted.state, drift_state="in sync", drift="in sync", changes=())
    first = head_lines(replace(drifted, state=state), UNICODE, 118)[0].plain
    assert "is v2, amended 2026-11-02 after 3 results" in first
    assert "before any result" not in first


async def test_the_change_under_the_cursor_is_in_sight_at_once(fed, show, drifted) -> None:  # type: ignore[no-untyped-def]
    app = fed()
    async with app.run_test(size=(80, 24)) as pilot:
        far = tuple(reversed(drifted.comparison.changes))
        content = replace(drifted, comparison=replace(drifted.comparison, changes=far))
        await show(content)(pilot)
        page = page_of(pilot)
        assert page.listing.key == "change:prose: Question and why it matters"
        assert any("tides are deep" in line for line in lines_of(page.document)), lines_of(
            page.document
        )
