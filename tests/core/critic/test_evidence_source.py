"""The source around a finding: numbered lines, their parts, and the names of the value's path."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from grd_core.checks.bare_files import check_code
from grd_core.checks.contract import Finding, Place
from grd_core.critic.evidence_source import Excerpt, SourceLine, excerpts

LEAK = """\
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

X, y = np.load("X.npy"), np.load("y.npy")
scaler = StandardScaler()
X = scaler.fit_transform(X)  # X is scaled here
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
print(X_train.shape)
#
#
#
#
#
#
#
model = LogisticRegression()
model.fit(X_train, y_train)
model.score(X_test, y_test)
"""


def found_in(path: Path, check: str = "C101") -> Finding:
    (finding,) = (
        f for result in check_code([path]) for f in result.findings if result.check == check
    )
    relative = tuple(
        dataclasses.replace(p, path=p.path.removeprefix(f"{path.parent}/")) for p in finding.places
    )
    return dataclasses.replace(finding, places=relative)


@pytest.fixture
def finding(tmp_path: Path) -> Finding:
    (tmp_path / "train.py").write_text(LEAK)
    return found_in(tmp_path / "train.py")


def lines_of(excerpt: Excerpt) -> dict[int, SourceLine]:
    return {line.number: line for block in excerpt.blocks for line in block}


def marked(line: SourceLine) -> list[str]:
    assert all(line.text[span.start : span.end] == span.name for span in line.spans)
    return [span.name for span in line.spans]


def test_three_lines_around_each_place_and_gaps_between(tmp_path: Path, finding: Finding) -> None:
    (excerpt,) = excerpts(tmp_path, finding)
    assert (excerpt.path, excerpt.cell, excerpt.trouble) == ("train.py", 0, "")
    first, second = excerpt.blocks
    assert [line.number for line in first] == list(range(5, 12))
    assert [line.number for line in second] == list(range(16, 22))
    assert {n: line.roles for n, line in lines_of(excerpt).items() if line.roles} == {
        8: ("cause",),
        19: ("train",),
        20: ("evaluate",),
    }


def test_names_light_up_whole_and_not_in_texts_or_comments(
    tmp_path: Path, finding: Finding
) -> None:
    (excerpt,) = excerpts(tmp_path, finding)
    lines = lines_of(excerpt)
    assert marked(lines[6]) == ["X"]
    assert marked(lines[8]) == ["X", "scaler", "X"]
    assert marked(lines[9]) == ["X_train", "X_test", "X"]
    assert marked(lines[19]) == ["X_train"]


def test_of_a_quoted_expression_its_variables_light_up(tmp_path: Path, finding: Finding) -> None:
    (tmp_path / "train.py").write_text(
        "import pandas as pd\nm = pd.concat([one, two])['one'].mean()\n"
    )
    why = "the mean in line 2 is taken over `pd.concat([one, two])['one']`, which holds `two`"
    about = dataclasses.replace(finding, why=why, places=(Place("cause", "train.py", 2),))
    (excerpt,) = excerpts(tmp_path, about)
    assert marked(excerpt.blocks[0][1]) == ["one", "two"]


def test_a_method_lights_up_behind_its_dot(tmp_path: Path, finding: Finding) -> None:
    (tmp_path / "train.py").write_text("x = np.random.rand(3)\n")
    about = dataclasses.replace(
        finding, why="`rand` (line 1) draws", places=(Place("cause", "train.py", 1),)
    )
    (excerpt,) = excerpts(tmp_path, about)
    assert marked(excerpt.blocks[0][0]) == ["rand"]


def test_places_in_two_files_are_two_excerpts(tmp_path: Path, finding: Finding) -> None:
    (tmp_path / "features.py").write_text("scaler.fit(X)\n")
    places = (Place("cause", "features.py", 1), *finding.places[1:])
    found = excerpts(tmp_path, dataclasses.replace(finding, places=places))
    assert [excerpt.path for excerpt in found] == ["features.py", "train.py"]


def test_of_a_notebook_it_shows_the_cell(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# A title"]},
        {"cell_type": "code", "source": LEAK.splitlines(keepends=True)},
    ]
    (tmp_path / "rows.ipynb").write_text(json.dumps({"cells": cells}))
    (excerpt,) = excerpts(tmp_path, found_in(tmp_path / "rows.ipynb"))
    assert (excerpt.path, excerpt.cell) == ("rows.ipynb", 2)
    assert lines_of(excerpt)[8].text == "X = scaler.fit_transform(X)  # X is scaled here"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("X = 1\n", "is not there any more"),
        (LEAK.replace("X = scaler.fit_transform(X)", "\n"), "holds no code now"),
        ("a = 1\n" * 30, "none of the names"),
    ],
)
def test_a_file_that_changed_since_is_told(
    tmp_path: Path, finding: Finding, text: str, said: str
) -> None:
    (tmp_path / "train.py").write_text(text)
    (excerpt,) = excerpts(tmp_path, finding)
    assert said in excerpt.trouble


def test_a_file_that_is_gone_is_told(tmp_path: Path, finding: Finding) -> None:
    (tmp_path / "train.py").unlink()
    (excerpt,) = excerpts(tmp_path, finding)
    assert (excerpt.blocks, excerpt.trouble) == ((), "the file is gone since the check ran")


def test_a_heading_of_prose_is_no_comment(tmp_path: Path, finding: Finding) -> None:
    (tmp_path / "HYPOTHESIS.md").write_text("# What we `believe`\n")
    about = dataclasses.replace(finding, path="HYPOTHESIS.md", line=1, places=())
    (excerpt,) = excerpts(tmp_path, about)
    assert (excerpt.trouble, excerpt.blocks[0][0].roles) == ("", ("cause",))


def test_a_finding_on_a_whole_file_has_no_lines(tmp_path: Path, finding: Finding) -> None:
    (tmp_path / "HYPOTHESIS.md").write_text("# Nothing\n")
    whole = dataclasses.replace(finding, path="HYPOTHESIS.md", line=0, places=())
    assert excerpts(tmp_path, whole) == (Excerpt("HYPOTHESIS.md", 0, ()),)
