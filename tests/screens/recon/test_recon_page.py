"""Recon's page by its keys: from no data to frozen, and what is opened on the way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from grd_core.recon.records import current_freeze, current_source, current_split
from grd_core.recon.snapshot import recon_snapshot
from grd_core.recon.sources import declare_from_file
from grd_core.study import Study, create_study
from grd_screens.forms.screen import FormScreen
from grd_screens.glyphs import UNICODE
from grd_screens.pages.recon import ReconPage
from grd_screens.pages.recon.content import ReconContent
from grd_screens.pages.recon.rows import rows_of
from grd_tui.app import CockpitApp
from tests.screens.driving import until
from tests.small_study import PROVENANCE, copy_of, tides


def page_of(pilot: Pilot[int]) -> ReconPage:
    return pilot.app.query_one(ReconPage)


def detail_of(page: ReconPage) -> str:
    return "\n".join(line.plain for line in page.detail_lines(page.key, 76))


async def opened(pilot: Pilot[int]) -> ReconPage:
    await until(pilot, lambda: pilot.app.overview is not None)  # type: ignore[attr-defined]
    await pilot.press("1")
    await until(pilot, lambda: page_of(pilot).listing.count > 0)
    return page_of(pilot)


async def asked(pilot: Pilot[int], key: str) -> FormScreen:
    await pilot.press(key)
    await until(pilot, lambda: isinstance(pilot.app.screen, FormScreen))
    screen = pilot.app.screen
    assert isinstance(screen, FormScreen)
    await until(pilot, lambda: screen.focused is not None)
    return screen


@pytest.fixture
def frozen_study(locked_once: Study, tmp_path: Path) -> Study:
    return copy_of(locked_once, tmp_path / "tides")


@pytest.fixture
def bare_study(tmp_path: Path) -> Study:
    """A table lies in it, nothing is declared."""
    study = create_study(tmp_path / "tides")
    tides(400).to_csv(study.root / "tides.csv", index=False)
    return study


async def test_by_keys_alone_from_no_data_to_frozen(bare_study: Study) -> None:
    (bare_study.root / "provenance.toml").write_text(PROVENANCE)
    app = CockpitApp(bare_study.root)
    async with app.run_test(size=(80, 24)) as pilot:
        page = await opened(pilot)
        form = await asked(pilot, "a")
        assert form.values["file"] == "provenance.toml"
        await pilot.press("f2")
        await until(pilot, lambda: current_source(bare_study))
        await until(pilot, lambda: page.listing.key == "source")
        await pilot.press("p")
        await until(pilot, lambda: recon_snapshot(bare_study).profiled_at)
        form = await asked(pilot, "s")
        assert form.values["strategy"] == "temporal"
        await pilot.press("f2")
        await until(pilot, lambda: current_split(bare_study))
        form = await asked(pilot, "f")
        assert "taken back only with a reason" in " ".join(form.form.intro)
        await pilot.press("f2")
        await until(pilot, lambda: current_freeze(bare_study))
        await until(pilot, lambda: not isinstance(app.screen, FormScreen))
        assert recon_snapshot(bare_study).trained_at
        await pilot.press("V")
        await until(pilot, lambda: recon_snapshot(bare_study).freeze.touches > 1)  # type: ignore[union-attr]
    assert recon_snapshot(bare_study).complete


async def test_data_is_declared_by_hand_and_names_are_checked_as_they_are_typed(
    bare_study: Study,
) -> None:
    app = CockpitApp(bare_study.root)
    async with app.run_test(size=(80, 40)) as pilot:
        await opened(pilot)
        screen = await asked(pilot, "a")
        assert screen.values["file"] == "tides.csv"
        said = {**screen.values, "target": "levle", "task": "regression"}
        problems = screen.form.problems(said)
        assert problems["target"] == "no column levle: level?"
        assert problems["licence"] == "needed"
        assert "target" not in screen.form.problems({**said, "target": "level"})
        said["excluded"] = "wind"
        assert "column = why" in screen.form.problems(said)["excluded"]
        for text in ("a gauge", "drawn", "2026", "CC0", "one hour"):
            await pilot.press(*text, "tab")
        await pilot.press("right", "tab", *"level", "tab", *"hour", "f2")
        await until(pilot, lambda: current_source(bare_study))
    source = current_source(bare_study)
    assert source is not None
    assert (source.roles.target, source.roles.time, source.roles.task) == (
        "level",
        "hour",
        "regression",
    )


async def test_a_split_that_breaks_time_wants_a_reason_before_it_is_planned(
    bare_study: Study,
) -> None:
    (bare_study.root / "provenance.toml").write_text(PROVENANCE)
    app = CockpitApp(bare_study.root)
    async with app.run_test(size=(80, 40)) as pilot:
        page = await opened(pilot)
        await asked(pilot, "a")
        await pilot.press("f2")
        await until(pilot, lambda: page.listing.key == "source")
        screen = await asked(pilot, "s")
        values = {**screen.values, "strategy": "random"}
        assert "breaks the declared time" in screen.form.problems(values)["reason"]
        assert "the past is told from the future" in screen.form.consequence(values)
        assert "train 240, validation 80, test 80" in screen.form.consequence(values)
        assert screen.form.problems({**values, "reason": "hours are exchangeable here"}) == {}
        assert "test" in screen.form.problems({**screen.values, "test": "0.9"})
        assert "validation" in screen.form.problems({**values, "validation": "last week"})


async def test_a_split_is_previewed_and_the_form_comes_back_as_it_was(bare_study: Study) -> None:
    declare_from_file(bare_study, written(bare_study, PROVENANCE))
    app = CockpitApp(bare_study.root)
    async with app.run_test(size=(80, 40)) as pilot:
        await opened(pilot)
        screen = await asked(pilot, "s")
        assert screen.form.problems({**screen.values, "strategy": "blocked"})["block"] == "needed"
        for field, keys in (("strategy", ["right"] * 4), ("block", "2d"), ("then", ["right"])):
            screen.query_one(f"#field-{field}").focus()
            await pilot.press(*keys)
        await until(pilot, lambda: screen.values["then"] == "preview it")
        assert (screen.values["strategy"], screen.values["block"]) == ("blocked", "2d")
        await pilot.press("f2")
        await until(pilot, lambda: type(app.screen).__name__ == "DocumentScreen")
        assert current_split(bare_study) is None
        await pilot.press("escape")
        screen = await asked(pilot, "s")
        assert (screen.values["strategy"], screen.values["block"]) == ("blocked", "2d")
        assert screen.values["then"] == "record it"
        assert "breaks the declared time" in screen.form.problems(screen.values)["reason"]


def written(study: Study, provenance: str) -> Path:
    path = study.root / "provenance.toml"
    path.write_text(provenance)
    return path


async def test_a_freeze_is_taken_back_by_keys_for_a_reason(frozen_study: Study) -> None:
    app = CockpitApp(frozen_study.root)
    async with app.run_test(size=(80, 40)) as pilot:
        page = await opened(pilot)
        screen = await asked(pilot, "U")
        assert "Looks at the test labels so far: 0" in " ".join(screen.form.intro)
        assert screen.form.problems({"reason": "leak"}) == {"reason": "6 characters more"}
        await pilot.press(*"the gauge was moved", "f2")
        await until(pilot, lambda: current_freeze(frozen_study) is None)
        await until(pilot, lambda: not isinstance(app.screen, FormScreen))
        await until(pilot, lambda: page.keys[3].keys == "f")
        app.go(1, "unfrozen")
        await until(pilot, lambda: page.key == "unfrozen")
        assert "the gauge was moved" in detail_of(page)
        assert "data/frozen-01, read-only" in detail_of(page)


async def test_a_column_is_looked_at_closely_and_the_look_is_kept(frozen_study: Study) -> None:
    app = CockpitApp(frozen_study.root)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        app.go(1, "column:wind")
        await until(pilot, lambda: app.cockpit.shown == 1 and page_of(pilot).is_open)
        page = page_of(pilot)
        await until(pilot, lambda: "SAMPLE ROWS" in detail_of(page))
        assert page.is_open
        assert "rank correlation" in detail_of(page)
        await pilot.press("escape")
        assert not page.is_open
        assert page.key == "column:wind"
        await pilot.press("enter")
        assert "SAMPLE ROWS" in detail_of(page)


async def test_a_frozen_file_that_changed_stands_first_and_cannot_be_verified(
    frozen_study: Study,
) -> None:
    path = frozen_study.frozen_dir / "test_labels.parquet"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b"x")
    app = CockpitApp(frozen_study.root)
    async with app.run_test(size=(80, 24)) as pilot:
        page = await opened(pilot)
        assert "test_labels.parquet changed" in page.head_lines(78)[0].plain
        await pilot.press("V")
        banner = app.cockpit.query_one("#banner")
        await until(pilot, lambda: banner.has_class("-shown"))


async def test_what_is_settled_by_the_freeze_is_refused_before_anything_is_asked(
    frozen_study: Study,
) -> None:
    app = CockpitApp(frozen_study.root)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        banner = app.cockpit.query_one("#banner")
        for key in ("a", "s", "f"):
            await pilot.press(key)
            await until(pilot, lambda: banner.has_class("-shown"))
            assert not isinstance(app.screen, FormScreen)
            await pilot.press("escape")
            await until(pilot, lambda: not banner.has_class("-shown"))


async def test_two_bare_files_are_compared_and_nothing_is_recorded(bare_study: Study) -> None:
    table = tides(300)
    table.iloc[:200].to_csv(bare_study.root / "train.csv", index=False)
    table.iloc[150:].to_csv(bare_study.root / "test.csv", index=False)
    app = CockpitApp(bare_study.root)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await asked(pilot, "C")
        await pilot.press(*"train.csv", "tab", *"test.csv", "tab", *"level", "f2")
        await until(pilot, lambda: type(app.screen).__name__ == "DocumentScreen")
        await pilot.press("escape")
    assert current_source(bare_study) is None


async def test_the_keys_shown_are_those_that_do_something(fed, show, undeclared, frozen) -> None:  # type: ignore[no-untyped-def]
    app = fed()
    async with app.run_test(size=(80, 24)) as pilot:
        await show(undeclared)(pilot)
        assert page_of(pilot).keys[0].keys == "a"
        await show(frozen)(pilot)
        assert "f" not in [key.keys for key in page_of(pilot).keys]


def test_no_risk_of_structure_is_not_called_no_risk(declared: ReconContent) -> None:
    before = replace(declared.snapshot, risks=())
    heading = rows_of(before, UNICODE)[0].lines(100)[0].plain
    assert heading == "RISKS  none found of structure alone; those of the target come with f"
    after = replace(before, trained_at="2026-11-02T09:00:00Z")
    assert rows_of(after, UNICODE)[0].lines(100)[0].plain == "RISKS  none found"


@pytest.mark.parametrize("width", range(30, 110))
def test_a_column_is_on_one_line_at_every_width(declared: ReconContent, width: int) -> None:
    columns = [row for row in rows_of(declared.snapshot, UNICODE) if row.key.startswith("column:")]
    short = [row for row in columns if len(row.key) <= len("column:") + 18]
    assert short
    if width >= 42:
        assert {len(row.lines(width)) for row in short} == {1}


def test_what_the_freeze_found_shows_without_a_profile_of_all_rows(frozen: ReconContent) -> None:
    assert frozen.snapshot is not None
    keys = [row.key for row in rows_of(replace(frozen.snapshot, profiled_at=""), UNICODE)]
    assert [key for key in keys if key.startswith("risk:")]
