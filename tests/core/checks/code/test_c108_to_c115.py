"""What the checks of columns, metrics and modes say, and the corrections they offer."""

from __future__ import annotations

import pytest

from grd_core.checks.code.suggested_diff import corrected_text
from grd_core.checks.contract import CodeContext, Evidence, Measurement, SourceFile
from grd_core.checks.registry import find_check

READ = """import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score, roc_auc_score
from sklearn.model_selection import train_test_split
df = pd.read_csv("rows.csv")
"""
CUT = "train, test = df[:800], df[800:]\n"
MODEL = "model = LogisticRegression().fit(train[names], train['y'])\n"
SCORE = "model.score(test[names], test['y'])\n"


def found(code: str, text: str, groups: tuple[str, ...] = ()) -> list[Evidence]:
    measured = find_check(code).measure(CodeContext((SourceFile("train.py", text),), groups=groups))
    assert isinstance(measured, Measurement)
    return list(measured.evidence)


def test_a_look_ahead_names_the_column_the_method_and_the_features() -> None:
    text = f"{READ}df['b'] = df['a'].shift(-2)\nnames = ['a', 'b']\n{CUT}{MODEL}{SCORE}"

    (finding,) = found("C108", text)

    assert finding.why == (
        "`df['a']` looks ahead with `shift` (line 6) and stays in `train[names]`, "
        "on which the model is trained (line 9)"
    )
    assert "earlier rows only" in finding.fix


def test_the_target_among_the_features_is_named_where_they_are_made() -> None:
    text = (
        f"{READ}X = df.drop(columns=['id'])\n"
        "X_train, X_test, y_train, y_test = train_test_split(X, df['y'], random_state=0)\n"
        "model = LogisticRegression().fit(X_train, y_train)\nmodel.score(X_test, y_test)\n"
    )

    (finding,) = found("C110", text)

    assert finding.why == "`X_train` (line 8) still holds `y`, which is the target"
    assert [(place.role, place.line) for place in finding.places] == [
        ("cause", 6),
        ("train", 8),
        ("evaluate", 9),
    ]


def test_the_groups_a_study_declares_need_no_telling_name() -> None:
    text = (
        f"{READ}names = ['a', 'b']\ntrain, test = train_test_split(df, random_state=0)\n"
        f"{MODEL}{SCORE}"
    )

    assert found("C109", text) == []
    (finding,) = found("C109", text, groups=("tail_number",))
    assert finding.why.startswith("`train_test_split` (line 7) draws rows one by one")
    assert "`tail_number` is a group of the study" in finding.why


FITTED = f"{READ}names = ['a']\n{CUT}{MODEL}"
SWAPPED = f"{FITTED}print(recall_score(model.predict(test[names]), test.y))\n"
HARD = f"{FITTED}print(roc_auc_score(test.y, model.predict(test[names])))\n"
FILLED = (
    f"{READ}df['t'] = pd.to_datetime(df['t'])\ndf['a'] = df['a'].bfill()\nnames = ['a']\n"
    f"{CUT}{MODEL}{SCORE}"
)
DROPPED = (
    f"{READ}X = df.drop(columns=['id'])\n"
    "X_train, X_test, y_train, y_test = train_test_split(X, df['y'], random_state=0)\n"
    "model = LogisticRegression().fit(X_train, y_train)\nmodel.score(X_test, y_test)\n"
)


@pytest.mark.parametrize(
    ("code", "text", "line", "expected"),
    [
        ("C108", FILLED, 7, "df['a'] = df['a'].ffill()"),
        ("C110", DROPPED, 6, "X = df.drop(columns=['id']).drop(columns=[\"y\"])"),
        ("C112", SWAPPED, 9, "print(recall_score(test.y, model.predict(test[names])))"),
        ("C112", HARD, 9, "print(roc_auc_score(test.y, model.predict_proba(test[names])[:, 1]))"),
    ],
)
def test_a_correction_changes_the_one_line_it_must(
    code: str, text: str, line: int, expected: str
) -> None:
    corrected = corrected_text(code, "train.py", text, line)

    before, after = text.splitlines(), corrected.splitlines()
    assert after[line - 1] == expected
    assert before[: line - 1] + before[line:] == after[: line - 1] + after[line:]


def test_a_target_that_is_read_from_the_features_later_is_not_dropped_for_them() -> None:
    text = (
        f"{READ}X = df.dropna()\ny = X['y']\nmodel = LogisticRegression().fit(X[:9], y[:9])\n"
        "model.score(X[9:], y[9:])\n"
    )

    (finding,) = found("C110", text)
    assert corrected_text("C110", "train.py", text, finding.line) == ""
