"""Calls that grd.toml declares are known to the checks of code, before those of the tables."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from grd_core.checks.bare_files import check_code
from grd_core.checks.code.c101_preprocessing import PreprocessingBeforeSplit
from grd_core.checks.contract import CodeContext, KnownCall, Measurement, SourceFile
from grd_core.checks.dataflow.functions import FUNCTION_EFFECTS
from grd_core.checks.dataflow.library import Effect
from grd_core.checks.dataflow.methods import METHOD_EFFECTS
from grd_core.checks.known_calls import known_calls_around
from grd_core.config import FunctionEffect, MethodEffect

PROGRAM = """\
from lab import {imports}
rows = load_wards("north")
{change}
inside, outside = deal(rows)
model = Forest()
model.{train}(inside[["a", "b"]], inside["y"])
print(model.judge(outside[["a", "b"]], outside["y"]))
"""
CALLS = (
    KnownCall("load_wards", "read", ("lab",)),
    KnownCall("deal", "split", ("lab",)),
    KnownCall("typical", "statistic", ("lab",), data=1),
    KnownCall(".learn", "fit"),
    KnownCall(".judge", "predict"),
)


def found(change: str, calls: tuple[KnownCall, ...], train: str = "learn") -> list[str]:
    text = PROGRAM.format(imports="Forest, deal, load_wards, typical", change=change, train=train)
    context = CodeContext((SourceFile("train.py", text),), calls=calls)
    measured = PreprocessingBeforeSplit().measure(context)
    assert isinstance(measured, Measurement)
    return [item.why for item in measured.evidence]


def test_a_leak_through_own_calls_is_found_where_they_are_declared() -> None:
    change = "rows = rows - typical('mean', rows)"
    (why,) = found(change, CALLS)
    assert "taken over `rows`, from which `inside` and `outside` both come (line 4)" in why
    assert found(change, ()) == []
    assert found("level = typical('mean', rows)", CALLS) == []


def test_an_own_row_goes_before_the_tables() -> None:
    change = "rows['a'] = rows['a'].fillna(rows['a'].mean())"
    assert len(found(change, CALLS)) == 1
    assert found(change, (*CALLS, KnownCall(".mean", "count"))) == []


def test_every_effect_that_can_be_declared_is_one_the_engine_has() -> None:
    assert all(Effect[effect.upper()] in FUNCTION_EFFECTS for effect in get_args(FunctionEffect))
    assert all(Effect[effect.upper()] in METHOD_EFFECTS for effect in get_args(MethodEffect))


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "grd.toml").write_text(
        '[[dataflow.calls]]\nname = "load_wards"\neffect = "read"\npackages = ["lab"]\n\n'
        '[[dataflow.calls]]\nname = "typical"\neffect = "statistic"\ndata = 1\ntarget = 0\n'
    )
    (tmp_path / "deep" / "down").mkdir(parents=True)
    return tmp_path


def test_the_nearest_file_above_declares_them(study: Path) -> None:
    assert known_calls_around(study / "deep" / "down" / "train.py") == (
        KnownCall("load_wards", "read", ("lab",)),
        KnownCall("typical", "statistic", (), data=1, target=0),
    )
    (study / "deep" / "grd.toml").write_text("[study]\n")
    assert known_calls_around(study / "deep" / "down") == ()


def test_the_shell_reads_them(study: Path) -> None:
    path = study / "deep" / "train.py"
    path.write_text(
        "from sklearn.linear_model import Ridge\n"
        "from sklearn.model_selection import train_test_split\n"
        "from lab import load_wards\n"
        "rows = load_wards()\n"
        "rows['a'] = rows['a'] - rows['a'].mean()\n"
        "one, two = train_test_split(rows, random_state=1)\n"
        "print(Ridge().fit(one[['a']], one['y']).score(two[['a']], two['y']))\n"
    )
    results = {result.check: result for result in check_code([path])}
    assert [finding.line for finding in results["C101"].findings] == [5]
