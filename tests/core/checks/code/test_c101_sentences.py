"""C101's words: a researcher reads which variables, which lines and what to do."""

from __future__ import annotations

from grd_core.checks.code.c101_preprocessing import PreprocessingBeforeSplit
from grd_core.checks.contract import CodeContext, Evidence, Measurement, SourceFile

FITTED = """
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
import numpy as np
X, y = np.load("x.npy"), np.load("y.npy")
scaler = StandardScaler()
Z = scaler.fit_transform(X)
Z_train, Z_test, y_train, y_test = train_test_split(Z, y, random_state=0)
model = LogisticRegression().fit(Z_train, y_train)
model.score(Z_test, y_test)
"""
STACKED = """
import pandas as pd
from sklearn.linear_model import LogisticRegression
one, two = pd.read_csv("a.csv"), pd.read_csv("b.csv")
means = pd.concat([one, two]).groupby("shop")["label"].mean()
one["rate"], two["rate"] = one["shop"].map(means), two["shop"].map(means)
model = LogisticRegression().fit(one[["rate"]], one["label"])
model.predict(two[["rate"]])
"""


def only_finding(*files: SourceFile) -> Evidence:
    measured = PreprocessingBeforeSplit().measure(CodeContext(files))
    assert isinstance(measured, Measurement)
    (finding,) = measured.evidence
    return finding


def test_names_the_transformer_its_rows_and_both_sides() -> None:
    finding = only_finding(SourceFile("train.py", FITTED))

    assert finding.title == "StandardScaler before the split"
    assert finding.why == (
        "`scaler` is fitted on `X` (line 8), from which `Z_train` and `Z_test` both come (line 9)"
    )
    assert finding.fix == (
        "split first, fit `scaler` on `Z_train` only and transform `Z_test` with it"
    )


def test_names_the_statistic_and_the_stack_it_is_taken_over() -> None:
    finding = only_finding(SourceFile("train.py", STACKED))

    assert finding.severity.value == "blocking"
    assert finding.why == (
        "the mean in line 5 is taken over `pd.concat([one, two]).groupby('shop')['label']`, "
        "which holds `one` and `two` (line 5)"
    )
    assert finding.fix == "split first, take the mean over `one` only and apply it to `two`"


def test_follows_a_statistic_into_another_file_of_the_experiment() -> None:
    features = "def centred(frame):\n    return frame - frame.mean()\n"
    train = (
        "import pandas as pd\n"
        "from sklearn.linear_model import LogisticRegression\n"
        "from sklearn.model_selection import train_test_split\n"
        "from features import centred\n"
        "df = pd.read_csv('rows.csv')\n"
        "train, test = train_test_split(centred(df), random_state=0)\n"
        "model = LogisticRegression().fit(train[['a']], train['label'])\n"
        "model.predict(test[['a']])\n"
    )

    finding = only_finding(SourceFile("train.py", train), SourceFile("features.py", features))

    assert [(place.role, place.path, place.line) for place in finding.places] == [
        ("cause", "features.py", 2),
        ("train", "train.py", 7),
        ("evaluate", "train.py", 8),
    ]
