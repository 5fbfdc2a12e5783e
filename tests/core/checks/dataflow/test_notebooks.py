"""Notebooks are read cell by cell; a place names the cell and the line in it."""

from __future__ import annotations

import json

from grd_core.checks.code.c101_preprocessing import PreprocessingBeforeSplit
from grd_core.checks.contract import CodeContext, Measurement, NotApplicable, SourceFile

CELLS = (
    ("markdown", "# Wine"),
    ("code", "%matplotlib inline\nimport numpy as np\nX, y = np.load('x'), np.load('y')"),
    ("code", "from sklearn.preprocessing import StandardScaler as S\nZ = S().fit_transform(X)"),
    ("code", "print 'half a text"),
    ("code", "%%bash\nls"),
    (
        "code",
        "from sklearn.linear_model import LogisticRegression\n"
        "model = LogisticRegression().fit(Z[:80], y[:80])\n\n"
        "model.score(Z[80:], y[80:])",
    ),
)


def notebook(text: str) -> Measurement | NotApplicable:
    return PreprocessingBeforeSplit().measure(CodeContext((SourceFile("wine.ipynb", text),)))


def test_follows_values_from_cell_to_cell() -> None:
    cells = [
        {"cell_type": kind, "source": source.splitlines(keepends=True)} for kind, source in CELLS
    ]
    measured = notebook(json.dumps({"cells": cells, "nbformat": 4}))
    assert isinstance(measured, Measurement)

    (finding,) = measured.evidence
    assert [(place.role, place.path, place.line) for place in finding.places] == [
        ("cause", "wine.ipynb#cell-3", 2),
        ("train", "wine.ipynb#cell-6", 2),
        ("evaluate", "wine.ipynb#cell-6", 4),
    ]
    assert any("cell-4" in note and "not read" in note for note in measured.notes)


def test_what_is_no_notebook_is_not_passed() -> None:
    for text in ("", "{}", "[1]", '{"cells": [3]}'):
        assert isinstance(notebook(text), NotApplicable)
