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

LEAKY = """\
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

rows = pd.read_csv("rows.csv")
X, y = rows.drop(columns="y"), rows["y"]
X = StandardScaler().fit_transform(X)
a, b, c, d = train_test_split(X, y, random_state=0)
print(Ridge().fit(a, c).score(b, d))
"""


def test_each_place_stands_with_its_line_of_code(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text(LEAKY)
    lines = said(str(path)).splitlines()
    assert lines[0] == f"! {path}:8  C101 StandardScaler before the split  warning"
    assert f"    cause    {path}:8   X = StandardScaler().fit_transform(X)" in lines
    assert f"    train    {path}:10  print(Ridge().fit(a, c).score(b, d))" in lines
    assert lines[-1] == "1 finding in 1 file: 1 warning"


def test_places_in_a_notebook_are_lines_of_its_cells(tmp_path: Path) -> None:
    path = tmp_path / "look.ipynb"
    cells = [{"cell_type": "code", "source": text} for text in ("import random", "random.random()")]
    path.write_text(json.dumps({"cells": cells}))
    assert f"    cause    {path}#cell-2:1  random.random()" in said(str(path)).splitlines()


def test_what_is_no_python_is_told_once_and_the_rest_is_judged(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text('print "hello\n')
    (tmp_path / "binary.py").write_bytes(bytes(range(256)))
    (tmp_path / "train.py").write_text(LEAKY)
    text = said(str(tmp_path))
    assert text.count("old.py: not read") == 1
    assert text.count("binary.py: not read") == 1
    assert "! C101 warned" in text.splitlines()
    assert len([line for line in text.splitlines() if " passed" in line]) == 1
    content = json.loads(said(str(tmp_path), "--json"))
    assert len(content["notes"]) == 2
    assert not any(check["reason"].startswith("binary") for check in content["checks"])


def test_a_file_with_much_to_tell_tells_the_first_in_full_and_of_the_rest_the_places(
    tmp_path: Path,
) -> None:
    path = tmp_path / "many.py"
    head, _, _ = LEAKY.partition("X = Standard")
    functions = "".join(
        f"def once{n}():\n" + "".join(f"    {line}\n" for line in again(n)) for n in range(5)
    )
    path.write_text(head + functions + "".join(f"once{n}()\n" for n in range(5)))
    lines = said(str(path)).splitlines()
    assert len([line for line in lines if "  C101 " in line]) == 5
    assert len([line for line in lines if "fit_transform(X)" in line]) == 3
    assert "of one check in one file 3 findings are told in full; --json tells all" in lines


def again(n: int) -> tuple[str, ...]:
    return (
        f"Q{n} = StandardScaler().fit_transform(X)",
        f"a, b, c, d = train_test_split(Q{n}, y, random_state=0)",
        "print(Ridge().fit(a, c).score(b, d))",
    )


UNSEEDED_TRAINING = """\
from sklearn.ensemble import RandomForestClassifier

RandomForestClassifier().fit(rows, labels)
"""


def test_what_one_script_seeds_says_nothing_on_another_beside_it(tmp_path: Path) -> None:
    (tmp_path / "seeded.py").write_text(
        f"import numpy\n\nnumpy.random.seed(1)\n{UNSEEDED_TRAINING}"
    )
    train = tmp_path / "train.py"
    train.write_text(UNSEEDED_TRAINING)
    assert f"! {train}:3  C111 no seed set  warning" in said(str(tmp_path)).splitlines()
    train.write_text(f"import seeded\n{UNSEEDED_TRAINING}")
    assert "C111 no seed set" not in said(str(tmp_path))
