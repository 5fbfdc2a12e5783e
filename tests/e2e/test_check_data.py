"""`grd check data` on two bare files and what may be said beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.shell import answer, grd, refusal
from tests.small_study import tides

WORDS = ("check", "data", "--train", "train.csv", "--test", "test.csv", "--target", "level")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    frame = tides(600)
    frame[:400].to_csv(tmp_path / "train.csv", index=False)
    frame[400:].to_csv(tmp_path / "test.csv", index=False)
    return tmp_path


def test_a_minimum_effect_is_held_against_the_test_table(folder: Path) -> None:
    found = answer(folder, *WORDS, "--effect", "mae=0.0001")
    power = next(f for f in found["findings"] if f["check"] == "D214")
    assert power["severity"] == "warning"
    assert power["evidence"]["threshold"] == 0.0001


def test_what_is_said_beside_the_files_is_checked(folder: Path) -> None:
    assert "write METRIC=VALUE" in refusal(folder, *WORDS, "--effect", "mae")[1]
    assert "no metric is called" in refusal(folder, *WORDS, "--effect", "maee=1")[1]
    assert "not above 0" in refusal(folder, *WORDS, "--effect", "mae=0")[1]
    assert "'forecast' is no task" in refusal(folder, *WORDS, "--task", "forecast")[1]
    assert "does not exist" in refusal(folder, *WORDS, "--validation", "none.csv")[1]
    assert grd(folder, *WORDS, "--task", "regression").returncode in (0, 1)
