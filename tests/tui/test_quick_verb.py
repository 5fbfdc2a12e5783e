"""`grd data profile FILE --quick`: its text, its JSON, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from grd_tui.cli.root import run


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A table whose names and words are out to harm a terminal."""
    monkeypatch.chdir(tmp_path)
    words = ["calm", "\x1b[2J\x1b]0;mine\x07storm"] * 100
    gaps = [None if n % 2 else n / 7 for n in range(200)]
    table = pd.DataFrame({"\x1b[31mred": gaps, "a": [n % 13 for n in range(200)], "y": words})
    table.to_parquet(tmp_path / "t.parquet", index=False)
    return tmp_path / "t.parquet"


def test_it_prints_sentences_and_the_next_command(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["data", "profile", str(file), "--quick", "--target", "y"]) == 0
    out = capsys.readouterr().out
    assert "t.parquet  200 rows × 3 columns; looked at all 200 rows" in out
    assert "is missing, and its absence predicts `y` (AUC 1.00)" in out
    assert out.splitlines()[-1].startswith("next: grd new STUDY && cd STUDY && grd data add ")
    assert "\x1b" not in out
    assert "\x07" not in out


def test_json_holds_the_same(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "profile", str(file), "--quick", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["rows"], told["target"], told["task"]) == (200, "", "")
    assert {"severity", "text", "do", "columns"} == set(told["lines"][0])


def test_what_is_missing_is_asked_for(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "profile", "--quick"]) == 2
    assert "--quick needs a file" in capsys.readouterr().err
    assert run(["data", "profile", str(file)]) == 2
    assert "without --quick" in capsys.readouterr().err
    assert run(["data", "profile", "none.csv", "--quick"]) == 6
    assert "no such file" in capsys.readouterr().err
