"""C105, C106 and C107 in words, across files and cells, and their corrections."""

from __future__ import annotations

import json

import pytest

from grd_core.checks.code.suggested_diff import corrected_text
from grd_core.checks.contract import CodeContext, Evidence, Measurement, SourceFile
from grd_core.checks.registry import all_checks

HEAD = """\
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from xgboost import XGBClassifier

df = pd.read_csv("rows.csv")
X, y = df.drop(columns="label"), df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)
"""


def only_finding(code: str, *files: SourceFile) -> Evidence:
    measured = all_checks()[code].measure(CodeContext(files))
    assert isinstance(measured, Measurement)
    (finding,) = measured.evidence
    return finding


def test_names_the_models_and_the_set_they_share() -> None:
    text = f"""{HEAD}
one = LogisticRegression()
one.fit(X_train, y_train)
two = SVC()
two.fit(X_train, y_train)
print(one.score(X_test, y_test), two.score(X_test, y_test))
"""
    finding = only_finding("C105", SourceFile("train.py", text))

    assert finding.why == (
        "`X_test` judges `one` and `two` (line 16), and no other rows judge the result"
    )
    assert finding.fix == (
        "choose on a validation part or the folds of the training rows, "
        "and score only the chosen model on `X_test`"
    )


def test_names_the_loop_and_the_line_that_keeps_the_best() -> None:
    text = f"""{HEAD}
scores = []
for c in range(1, 9):
    model = SVC(C=c).fit(X_train, y_train)
    scores.append(model.score(X_test, y_test))
print(max(scores))
"""
    finding = only_finding("C105", SourceFile("train.py", text))

    assert finding.severity.value == "blocking"
    assert finding.why == (
        "`X_test` judges another configuration in each turn of the loop in line 13 (line 15), "
        "line 16 keeps the best, and no other rows judge the result"
    )


def test_a_search_over_all_rows_has_seen_the_test_rows() -> None:
    text = f"""{HEAD}
search = GridSearchCV(SVC(), {{"C": [1, 2]}})
search.fit(X, y)
model = SVC(C=search.best_params_["C"]).fit(X_train, y_train)
print(model.score(X_test, y_test))
"""
    apart = text.replace("search.fit(X, y)", "search.fit(X_train, y_train)")
    measured = all_checks()["C105"].measure(CodeContext((SourceFile("train.py", apart),)))

    assert isinstance(measured, Measurement)
    assert measured.evidence == ()
    assert only_finding("C105", SourceFile("train.py", text)).why == (
        "`search` chooses by folds of rows that hold `X_test` (line 13), "
        "which then judges the choice (line 15)"
    )


def test_follows_looks_through_another_file() -> None:
    judge = "def judged(model, rows, target):\n    return model.score(rows, target)\n"
    text = f"""from judge import judged
{HEAD}
for c in (1, 2):
    print(judged(SVC(C=c).fit(X_train, y_train), X_test, y_test))
"""
    finding = only_finding("C105", SourceFile("train.py", text), SourceFile("judge.py", judge))

    assert [(place.role, place.path, place.line) for place in finding.places] == [
        ("cause", "judge.py", 2),
        ("train", "train.py", 14),
        ("evaluate", "judge.py", 2),
    ]


def test_follows_looks_over_the_cells_of_a_notebook() -> None:
    cells = [
        HEAD,
        "scores = {}\nfor c in (1, 2):\n    m = SVC(C=c).fit(X_train, y_train)\n"
        "    scores[c] = m.score(X_test, y_test)\n",
        "best = max(scores, key=scores.get)\n",
    ]
    notebook = {"cells": [{"cell_type": "code", "source": text} for text in cells]}
    finding = only_finding("C105", SourceFile("a.ipynb", json.dumps(notebook)))

    assert finding.severity.value == "blocking"
    assert "line 1 of a.ipynb#cell-3 keeps the best" in finding.why


CORRECTED = {
    "C106": (
        "model = XGBClassifier(early_stopping_rounds=5, random_state=0)\n"
        "model.fit(X_train, y_train, eval_set=[(X_test, y_test)])\n"
        "print(model.score(X_test, y_test))\n",
        (
            "X_train_fit, X_train_watched, y_train_fit, y_train_watched = "
            "train_test_split(X_train, y_train, test_size=0.2, random_state=0)",
            "model.fit(X_train_fit, y_train_fit, eval_set=[(X_train_watched, y_train_watched)])",
            "print(model.score(X_test, y_test))",
        ),
    ),
    "C107": (
        "Z = StandardScaler().fit_transform(X_train)\n"
        "print(cross_val_score(SVC(), Z, y_train).mean())\n",
        (
            "print(cross_val_score(make_pipeline(StandardScaler(), SVC()), X_train, y_train)"
            ".mean())",
        ),
    ),
}


@pytest.mark.parametrize("code", CORRECTED)
def test_the_correction_removes_the_finding_and_adds_none(code: str) -> None:
    body, lines = CORRECTED[code]
    finding = only_finding(code, SourceFile("train.py", HEAD + body))
    after = corrected_text(code, "train.py", HEAD + body, finding.line)

    assert [line for line in lines if line not in after.splitlines()] == []
