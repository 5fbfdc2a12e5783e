"""`grd check code --diff`: a correction under each finding, and no other output without it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from grd_tui.cli.check import check

UNSEEDED = "import random\n\nprint(random.random())\n"


@pytest.fixture
def script(tmp_path: Path) -> str:
    path = tmp_path / "train.py"
    path.write_text(UNSEEDED)
    return str(path)


def said(*arguments: str) -> str:
    return CliRunner().invoke(check, ["code", *arguments], standalone_mode=False).output


def test_the_diff_stands_under_its_finding_and_nothing_is_written(script: str) -> None:
    lines = said(script, "--diff").splitlines()
    assert lines.index("    +random.seed(SEED)") > lines.index("    do: " + UNSEEDED_FIX)
    assert Path(script).read_text() == UNSEEDED
    assert "random.seed(SEED)" not in said(script)


def test_in_json_it_is_there_when_asked_for(script: str) -> None:
    (with_diff,) = json.loads(said(script, "--diff", "--json"))["findings"]
    (without,) = json.loads(said(script, "--json"))["findings"]
    assert with_diff.pop("diff").startswith("--- a/")
    assert with_diff == without


UNSEEDED_FIX = "call `random.seed(seed)` before it"
