"""Corrections of C102 and C104: the finding is gone, and so much of the text is as it was."""

from __future__ import annotations

import pytest

from grd_core.checks.code.suggested_diff import corrected_text

HEAD = """\
import pandas as pd
from imblearn.over_sampling import SMOTE
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.preprocessing import StandardScaler

df = pd.read_csv("rows.csv")
X, y = df.drop(columns="y"), df["y"]
sampler = SMOTE(random_state=0)
model = LogisticRegression()
scaler = StandardScaler()
"""
AFTER_SPLIT = (
    """\
X_more, y_more = sampler.fit_resample(X, y)
X_fit, X_own, y_fit, y_own = train_test_split(X_more, y_more, stratify=y_more, random_state=0)
model.fit(X_fit, y_fit)
print(model.score(X_own, y_own))
""",
    """\
X_fit, X_own, y_fit, y_own = train_test_split(X, y, stratify=y, random_state=0)
X_fit, y_fit = sampler.fit_resample(X_fit, y_fit)
model.fit(X_fit, y_fit)
print(model.score(X_own, y_own))
""",
)
SAME_NAMES = (
    """\
X, y = sampler.fit_resample(X, y)
X_fit, X_own, y_fit, y_own = train_test_split(X, y, random_state=0)
model.fit(X_fit, y_fit)
print(model.score(X_own, y_own))
""",
    """\
X_fit, X_own, y_fit, y_own = train_test_split(X, y, random_state=0)
X_fit, y_fit = sampler.fit_resample(X_fit, y_fit)
model.fit(X_fit, y_fit)
print(model.score(X_own, y_own))
""",
)
SCALED = """\
X_fit, X_own, y_fit, y_own = train_test_split(X, y, random_state=0)
X_fit = scaler.fit_transform(X_fit)
X_own = scaler.{called}(X_own)
model.fit(X_fit, y_fit)
print(model.score(X_own, y_own))
"""


@pytest.mark.parametrize(("before", "after"), [AFTER_SPLIT, SAME_NAMES])
def test_what_was_resampled_before_the_split_is_resampled_after_it(before: str, after: str) -> None:
    line = HEAD.count("\n") + 1
    assert corrected_text("C102", "train.py", HEAD + before, line) == HEAD + after


def test_a_cross_validated_model_is_resampled_in_each_fold() -> None:
    text = (
        f"{HEAD}X_more, y_more = sampler.fit_resample(X, y)\n"
        "print(cross_val_score(model, X_more, y_more, cv=5))\n"
    )
    after = corrected_text("C102", "train.py", text, HEAD.count("\n") + 1)
    assert "from imblearn.pipeline import make_pipeline\n" in after
    assert after.endswith(
        "\nscaler = StandardScaler()\n"
        "print(cross_val_score(make_pipeline(sampler, model), X, y, cv=5))\n"
    )


def test_a_scaler_that_was_fitted_only_transforms() -> None:
    text = HEAD + SCALED.format(called="fit_transform")
    after = corrected_text("C104", "train.py", text, HEAD.count("\n") + 3)
    assert after == HEAD + SCALED.format(called="transform")


@pytest.mark.parametrize(
    "text",
    [
        HEAD + AFTER_SPLIT[0] + "print(len(X_more))\n",  # resampled rows are needed elsewhere
        HEAD + "X, y = SMOTE(k_neighbors=3).fit_resample(X=X, y=y)\n" + SCALED.format(called="fit"),
    ],
)
def test_what_is_not_sure_is_not_proposed(text: str) -> None:
    assert corrected_text("C102", "train.py", text, HEAD.count("\n") + 1) == ""
