"""The form that declares data: what is wrong is said as it is typed, and names go on in grey."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from textual.widgets import Input, TextArea

from grd_core.recon.records import current_source
from grd_core.study import Study, create_study
from grd_screens.commands.data_add import add_form, consequence
from grd_screens.forms.completion import Completion
from grd_screens.forms.form import Field, Form
from grd_tui.app import CockpitApp
from tests.screens.driving import at_rest, until
from tests.screens.recon.test_recon_page import asked, opened
from tests.small_study import tides


@pytest.fixture
def study(tmp_path: Path) -> Study:
    study = create_study(tmp_path / "tides")
    tides(60).to_csv(study.root / "tides.csv", index=False)
    pd.DataFrame({"level_now": [1.0, 2.0], "boat": ["a", "b"]}).to_parquet(
        study.data_dir / "boats.parquet"
    )
    return study


@pytest.fixture
def form(study: Study) -> Form:
    return add_form(study, {})


def said(form: Form, **values: str) -> dict[str, str]:
    return {field.name: field.value for field in form.fields} | {"file": "tides.csv"} | values


def field_of(form: Form, name: str) -> Field:
    return next(field for field in form.fields if field.name == name)


def test_it_asks_for_all_that_a_declaration_may_say(form: Form) -> None:
    assert [field.name for field in form.fields] == [
        "file",
        "origin",
        "collected_how",
        "collected_when",
        "licence",
        "unit_of_observation",
        "task",
        "target",
        "time",
        "groups",
        "id",
        "excluded",
        "known_problems",
        "reading",
    ]


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"target": "Lev"}, "target", "no column Lev: level?"),
        ({"groups": "day, wnid"}, "groups", "no column wnid: wind?"),
        ({"excluded": "moo = late"}, "excluded", "no column moo: moon?"),
        ({"excluded": "moon"}, "excluded", "`moon` has no reason: write column = why"),
        ({"target": "level", "time": "level"}, "time", "level is the target"),
        ({"target": "level", "id": "level"}, "id", "level is the target"),
        ({"target": "level", "groups": "day, level"}, "groups", "level is the target"),
        ({"time": "hour", "excluded": "hour = late"}, "excluded", "hour is the time"),
        ({"groups": "day", "excluded": "day = late"}, "excluded", "day is a group"),
        (
            {"reading": "table = tides"},
            "reading",
            "table: of this format encoding, separator can be said",
        ),
        ({"reading": "encoding ="}, "reading", "write encoding = what it is"),
    ],
)
def test_what_does_not_fit_is_said(
    form: Form, values: dict[str, str], field: str, sentence: str
) -> None:
    assert form.problems(said(form, **values))[field].startswith(sentence)


def test_what_fits_has_no_problem(form: Form) -> None:
    stated = dict.fromkeys(("origin", "collected_how", "licence", "unit_of_observation"), "x")
    roles = {"task": "regression", "target": "level", "time": "hour", "groups": "day"}
    assert form.problems(said(form, **stated, **roles, excluded="moon = late")) == {}


def test_the_features_that_are_left_are_told_in_two_lines(form: Form) -> None:
    values = said(form, target="level", excluded="moon = late")
    assert form.consequence(values) == "3 of 5 columns are features: hour, day, wind"
    many = {"wide.csv": tuple(f"column_{number}" for number in range(60))}
    told = consequence({**values, "file": "wide.csv"}, many)
    assert told.endswith("column_9 and 50 more")
    assert len(told) < 152


async def test_names_go_on_by_the_columns_of_the_file_that_is_named(form: Form) -> None:
    for file, typed, goes_on in (
        ("tides.csv", "LE", "level"),
        ("data/boats.parquet", "le", "level_now"),
        ("elsewhere.csv", "boa", "boat"),
        ("tides.csv", "boa", None),
        ("tides.csv", "", None),
    ):
        known = Completion(field_of(form, "target"), lambda file=file: said(form, file=file))
        assert await known.get_suggestion(typed) == goes_on
    groups = Completion(field_of(form, "groups"), lambda: said(form))
    assert await groups.get_suggestion("day, mo") == "day, moon"
    assert await groups.get_suggestion("hour,d") == "hour,day"
    assert await groups.get_suggestion("day, da") is None


async def test_by_keys_with_completion_and_several_known_problems(study: Study) -> None:
    app = CockpitApp(study.root)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        screen = await asked(pilot, "a")
        screen.query_one("#field-file", Input).value = "tides.csv"
        screen.query_one("#field-origin", Input).focus()
        for text in ("a gauge", "drawn", "", "CC0", "one hour"):
            await pilot.press(*text, "tab")
        await pilot.press("right", "tab", *"lev")
        await at_rest(pilot)
        await pilot.press("right", "tab", *"hour", "tab", "tab", "tab", *"moo")
        excluded = screen.query_one("#field-excluded", TextArea)
        assert excluded.suggestion == "n"
        await pilot.press("right")
        assert "`moon` has no reason" in screen.form.problems(screen.values)["excluded"]
        await pilot.press(*" = late", "tab", *"drifts", "enter", *"gaps", "f2")
        await until(pilot, lambda: current_source(study))
    source = current_source(study)
    assert source is not None
    assert (source.roles.target, source.roles.excluded) == ("level", (("moon", "late"),))
    assert source.provenance["known_problems"] == ["drifts", "gaps"]
