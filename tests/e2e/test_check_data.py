"""`grd check data` on two bare files, with a minimum effect said beside them."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.shell import answer, refusal
from tests.small_study import tides


def test_a_minimum_effect_is_held_against_the_test_table(tmp_path: Path) -> None:
    frame = tides(600)
    frame[:400].to_csv(tmp_path / "train.csv", index=False)
    frame[400:].to_csv(tmp_path / "test.csv", index=False)
    files = ("--train", "train.csv", "--test", "test.csv", "--target", "level")
    words = ("check", "data", *files, "--effect")
    found = answer(tmp_path, *words, "mae=0.0001")
    power = next(f for f in found["findings"] if f["check"] == "D214")
    assert power["severity"] == "warning"
    assert power["evidence"]["threshold"] == 0.0001
    assert "write METRIC=VALUE" in refusal(tmp_path, *words, "mae")[1]
