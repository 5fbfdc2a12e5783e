"""A suggested diff, applied: the finding is gone, none came, the rest stands as written."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from grd_core.checks.bare_files import check_code
from grd_core.checks.code.suggested_diff import corrected_text, diff_job, suggested_diff
from grd_core.errors import DataError
from tests.core.checks.fixtures_reader import FIXTURES, read_fixture

HEAD = """\
import numpy as np
import pandas as pd
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, cross_val_score, train_test_split
from sklearn.preprocessing import StandardScaler

df = pd.read_csv("rows.csv")  # größer als nötig
X = df.drop(columns="y")
y = df["y"]
"""
SPLIT = "X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)\n"
MODEL = "model = LogisticRegression().fit(X_train, y_train)\nprint(model.score(X_test, y_test))\n"
FRAME_HEAD = HEAD.replace('X = df.drop(columns="y")\ny = df["y"]\n', "")
FRAMES = """\
train, test = train_test_split(df, random_state=0)
model = LogisticRegression().fit(train[["a"]], train["y"])
print(model.score(test[["a"]], test["y"]))
"""
FOLDS = """\
for one, other in KFold(5).split(X):
    X_train, X_test = X[one], X[other]
    y_train, y_test = y[one], y[other]
    print(LogisticRegression().fit(X_train, y_train).score(X_test, y_test))
"""

LEAKS = {
    "fit_transform, then the split": (
        f"{HEAD}scaler = StandardScaler()\nX = scaler.fit_transform(X)\n{SPLIT}{MODEL}",
        ["X_train = scaler.fit_transform(X_train)", "X_test = scaler.transform(X_test)"],
    ),
    "under another name": (
        f"{HEAD}scaler = StandardScaler()\nZ = scaler.fit_transform(X)\n"
        f"{SPLIT.replace('(X,', '(Z,')}{MODEL}",
        ["X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)"],
    ),
    "characters of other widths and lines of other ends": (
        f"{HEAD}scaler = StandardScaler(); größe = 'ö\u2028ü'\nX = scaler.fit_transform(X)\n"
        f"{SPLIT}{MODEL}",
        ["X_train = scaler.fit_transform(X_train)"],
    ),
    "a transformer without a name": (
        f"{HEAD}X = pd.DataFrame(StandardScaler().fit_transform(X), columns=X.columns)\n"
        f"{SPLIT}{MODEL}",
        ["X_test = pd.DataFrame(transformer.transform(X_test), columns=X_test.columns)"],
    ),
    "selection with the target": (
        f"{HEAD}best = SelectKBest(k=1)\nX = best.fit_transform(X, y)\n{SPLIT}{MODEL}",
        ["X_train = best.fit_transform(X_train, y_train)", "X_test = best.transform(X_test)"],
    ),
    "fit, then transform": (
        f"{HEAD}scaler = StandardScaler().fit(X)\nX = scaler.transform(X)\n{SPLIT}{MODEL}",
        ["scaler = StandardScaler().fit(X_train)", "X_test = scaler.transform(X_test)"],
    ),
    "fitted on everything after the split": (
        f"{HEAD}{SPLIT}scaler = StandardScaler().fit(X)\nX_train = scaler.transform(X_train)\n"
        f"X_test = scaler.transform(X_test)\n{MODEL}",
        ["scaler = StandardScaler().fit(X_train)"],
    ),
    "two statistics in one line": (
        f"{HEAD}X = (X - X.mean()) / X.std()\n{SPLIT}{MODEL}",
        [
            "X_test = (X_test - X_train.mean()) / X_train.std()",
            "X_train = (X_train - X_train.mean()) / X_train.std()",
        ],
    ),
    "a mean with a name": (
        f"{HEAD}middle = X.mean()\nX = X.fillna(middle)\n{SPLIT}{MODEL}",
        ["middle = X_train.mean()", "X_test = X_test.fillna(middle)"],
    ),
    "one column": (
        f'{FRAME_HEAD}df["a"] = df["a"].fillna(df["a"].median())\n{FRAMES}',
        ['test["a"] = test["a"].fillna(train["a"].median())'],
    ),
    "one column, before the table is narrowed": (
        f'{FRAME_HEAD}df["a"] = df["a"].fillna(df["a"].median())\n'
        f'X = df.drop(columns="y")\ny = df["y"]\n{SPLIT}{MODEL}',
        ['X_test["a"] = X_test["a"].fillna(X_train["a"].median())'],
    ),
    "the target is split first": (
        f"{HEAD}X = X.fillna(X.mean())\n"
        f"y_train, y_test, X_train, X_test = train_test_split(y, X, random_state=0)\n{MODEL}",
        ["X_test = X_test.fillna(X_train.mean())"],
    ),
    "a table of groups, merged from the left": (
        f'{FRAME_HEAD}rates = df.groupby("k").agg(a=("y", "mean")).reset_index()\n'
        f'df = df.merge(rates, on="k", how="left")\n{FRAMES}',
        ['test = test.merge(rates, on="k", how="left")'],
    ),
    "a group's mean": (
        f'{FRAME_HEAD}df["a"] = df.groupby("k")["y"].transform("mean")\n{FRAMES}',
        ['known = train.groupby("k")["y"].mean()', 'test["a"] = test["k"].map(known)'],
    ),
    "cross-validation": (
        f"{HEAD}X = StandardScaler().fit_transform(X)\n"
        "print(cross_val_score(LogisticRegression(), X, y, cv=5))\n",
        [
            "from sklearn.pipeline import make_pipeline",
            "print(cross_val_score(make_pipeline(StandardScaler(), LogisticRegression()),"
            " X, y, cv=5))",
        ],
    ),
    "folds of a loop": (
        f"{HEAD}X = X.to_numpy()\nscaler = StandardScaler()\nX = scaler.fit_transform(X)\n{FOLDS}",
        ["    X_train = scaler.fit_transform(X_train)"],
    ),
    "beside other findings": (
        f"{HEAD}X = X.fillna(X.mean())\n{SPLIT.replace(', random_state=0', '')}{MODEL}",
        ["X_test = X_test.fillna(X_train.mean())"],
    ),
}
SEEDS = {
    "an argument": (
        f"{HEAD}SEED = 3\n{SPLIT.replace(', random_state=0', '')}{MODEL}",
        [SPLIT.strip().replace("=0", "=SEED")],
    ),
    "an argument on its own line": (
        "from sklearn.cluster import KMeans\nSEED = 3\nmodel = KMeans(\n    n_clusters=3,\n)\n",
        ["    random_state=SEED,"],
    ),
    "a generator": (
        "import numpy as np\n\nrng = np.random.default_rng()\nprint(rng.normal())\n",
        ['SEED = int(os.environ.get("GRD_SEED", "0"))', "rng = np.random.default_rng(seed=SEED)"],
    ),
    "a stream": (
        '"""Draws."""\n\nfrom __future__ import annotations\n\nimport random\n\n'
        "print(random.random())\n",
        ["import os", "random.seed(SEED)"],
    ),
}
CASES = [
    *(pytest.param("C101", *case, id=f"C101 {name}") for name, case in LEAKS.items()),
    *(pytest.param("C111", *case, id=f"C111 {name}") for name, case in SEEDS.items()),
]


def findings(folder: Path, text: str) -> list[tuple[str, str, int]]:
    path = folder / "train.py"
    path.write_text(text)
    return [
        (finding.check, finding.title, finding.line)
        for result in check_code([path])
        for finding in result.findings
    ]


def patched(folder: Path, text: str, diff: str) -> str:
    """The file after `patch` has applied the diff, as a researcher would."""
    (folder / "train.py").write_text(text)
    subprocess.run(["patch", "-p1"], cwd=folder, input=diff, text=True, check=True)
    return (folder / "train.py").read_text()


@pytest.mark.parametrize(("code", "text", "expected"), CASES)
def test_applied_it_removes_the_finding_and_nothing_else(
    code: str, text: str, expected: list[str], tmp_path: Path
) -> None:
    before = findings(tmp_path, text)
    line = next(line for check, _, line in before if check == code)
    diff = suggested_diff(code, "train.py", text, line)
    after = patched(tmp_path, text, diff)

    compile(after, "train.py", "exec")
    left = sorted((check, title) for check, title, _ in before)
    left.remove(next((check, title) for check, title, at in before if (check, at) == (code, line)))
    assert sorted((check, title) for check, title, _ in findings(tmp_path, after)) == left
    added = [one[1:] for one in diff.split("\n") if one.startswith("+") and one[:3] != "+++"]
    assert [one for one in expected if one not in added] == []
    removed = [one[1:] for one in diff.split("\n") if one.startswith("-") and one[:3] != "---"]
    kept = [one for one in text.split("\n") if one and one not in removed]
    assert [one for one in after.split("\n") if one in kept] == kept


NOT_SURE = {
    "the scaled values are used elsewhere": (
        f"{HEAD}Z = StandardScaler().fit_transform(X)\nnp.save('z.npy', Z)\n"
        f"{SPLIT.replace('(X,', '(Z,')}{MODEL}"
    ),
    "the scaler is used before the split": (
        f"{HEAD}scaler = StandardScaler()\nX = scaler.fit_transform(X)\n"
        f"new = scaler.transform(df)\n{SPLIT}{MODEL}"
    ),
    "rows are dropped in between": (
        f"{HEAD}X = X.fillna(X.mean())\nX = X[X['a'] > 0]\n{SPLIT}{MODEL}"
    ),
    "the column that it needs is gone after the split": (
        f'{FRAME_HEAD}df["a"] = df["a"].fillna(df["y"].median())\n'
        f'X = df.drop(columns="y")\ny = df["y"]\n{SPLIT}{MODEL}'
    ),
    "the training rows have other columns": (
        f"{HEAD}train, test = train_test_split(df, random_state=0)\n"
        'scaler = StandardScaler().fit(X)\nX_train = scaler.transform(train[["a"]])\n'
        'X_test = scaler.transform(test[["a"]])\ny_train, y_test = train["y"], test["y"]\n'
        f"{MODEL}"
    ),
    "held-out rows of unknown groups would be lost": (
        f'{FRAME_HEAD}rates = df.groupby("k").agg(a=("y", "mean")).reset_index()\n'
        f'df = df.merge(rates, on="k")\n{FRAMES}'
    ),
    "a statistic with a value a row": (
        f"{FRAME_HEAD}df['a'] = pd.qcut(df['a'], 4, labels=False)\n{FRAMES}"
    ),
}


@pytest.mark.parametrize("text", NOT_SURE.values(), ids=NOT_SURE)
def test_where_it_is_not_sure_it_says_nothing(text: str, tmp_path: Path) -> None:
    lines = [line for check, _, line in findings(tmp_path, text) if check == "C101"]
    assert lines
    assert [suggested_diff("C101", "train.py", text, line) for line in lines] == [""] * len(lines)


@pytest.mark.parametrize(
    ("code", "path", "text", "line"),
    [
        ("C101", "train.py", "x = 1\n", 1),
        ("C101", "train.py", "def broken(:\n", 1),
        ("C101", "rows.ipynb", '{"cells": []}', 1),
        ("D201", "train.py", "x = 1\n", 1),
        ("C111", "train.py", "import random\nrandom.random()\n", 1),
        ("C111", "train.py", "import random\r\nrandom.random()\r\n", 2),
    ],
)
def test_without_a_finding_there_it_says_nothing(
    code: str, path: str, text: str, line: int
) -> None:
    assert suggested_diff(code, path, text, line) == ""


def test_the_fixture_of_the_check_is_corrected(tmp_path: Path) -> None:
    (flawed,) = read_fixture(FIXTURES / "c101.md").flawed
    text = flawed.files["train.py"]
    after = corrected_text("C101", "train.py", text, flawed.expected[0].line)
    assert findings(tmp_path, after) == []


DRAFT = Path(__file__).parents[4] / "sample_projects/flight_delays/drafts/02-target-means/train.py"


def test_the_sample_draft_is_corrected_and_its_means_come_from_training_rows(
    tmp_path: Path,
) -> None:
    text = DRAFT.read_text()
    ((check, _, line),) = [found for found in findings(tmp_path, text) if found[0] == "C101"]
    diff = suggested_diff(check, "train.py", text, line)
    after = patched(tmp_path, text, diff)
    assert [found[0] for found in findings(tmp_path, after)] == ["C103"]  # a training score

    body = re.search(r"( {4}flights = pd.concat.*?)\n    settings", after, re.DOTALL)
    assert body is not None
    train = pd.DataFrame({"carrier": ["A", "A", "B"], "hour": [1, 1, 2], "late": [1.0, 3.0, 5.0]})
    validation = pd.DataFrame({"carrier": ["A", "C"], "hour": [1, 1], "late": [99.0, 99.0]})
    space = {
        "pd": pd,
        "MEANS": {"c": ["carrier"], "ch": ["carrier", "hour"]},
        "TARGET": "late",
        "train": train,
        "validation": validation,
        "test": train[["carrier", "hour"]],
    }
    exec(re.sub(r"^    ", "", body[1], flags=re.MULTILINE), space)
    assert space["train"][["c", "ch"]].to_numpy().tolist() == [[2, 2], [2, 2], [5, 5]]
    assert space["validation"]["ch"].fillna(-1).tolist() == [2, -1]
    assert space["test"]["c"].tolist() == [2, 2, 5]


def test_as_a_job_it_reads_the_file_itself(tmp_path: Path) -> None:
    text, (line, *_) = LEAKS["one column"]
    path = tmp_path / "train.py"
    path.write_text(text)
    at = next(n for n, one in enumerate(text.splitlines(), 1) if "median" in one)
    arguments = {"path": str(path), "shown": "experiments/train.py", "check": "C101", "line": at}
    diff = diff_job(arguments, lambda fraction, message: None)["diff"]
    assert diff.startswith("--- a/experiments/train.py\n+++ b/experiments/train.py\n")
    assert f"+{line}" in diff
    with pytest.raises(DataError):
        diff_job(arguments | {"path": str(tmp_path / "gone.py")}, lambda fraction, message: None)
