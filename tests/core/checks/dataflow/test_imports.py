"""Programs of several files: what an import means, and what is read again when one changes."""

from __future__ import annotations

import pytest

from grd_core.checks.code.c101_preprocessing import PreprocessingBeforeSplit
from grd_core.checks.contract import CodeContext, Measurement, SourceFile
from grd_core.checks.dataflow.imports import Importable, reachable
from grd_core.checks.dataflow.programs import analyse_all

PREPARE = """\
import pandas as pd

def scaled():
    frame = pd.read_csv("rows.csv")
    return (frame - frame.mean()) / frame.std()
"""
TRAIN = """\
{imports}
from sklearn.linear_model import Ridge
from sklearn.model_selection import train_test_split

train, test = train_test_split({call}())
model = Ridge().fit(train.drop(columns="y"), train["y"])
print(model.score(test.drop(columns="y"), test["y"]))
"""


def lines(*files: SourceFile) -> list[tuple[str, int]]:
    measured = PreprocessingBeforeSplit().measure(CodeContext(files))
    assert isinstance(measured, Measurement)
    return sorted({(item.path, item.line) for item in measured.evidence})


@pytest.mark.parametrize(
    ("imports", "call"),
    [
        ("from prepare import scaled", "scaled"),
        ("from prepare import scaled as made", "made"),
        ("import prepare", "prepare.scaled"),
        ("import prepare as p", "p.scaled"),
        ("from . import prepare", "prepare.scaled"),
        ("from .prepare import scaled", "scaled"),
        ("from src import prepare", "prepare.scaled"),
        ("from src.prepare import scaled", "scaled"),
        ("import src.prepare as p", "p.scaled"),
    ],
)
def test_a_leak_in_an_imported_file_is_found_where_it_is(imports: str, call: str) -> None:
    train = SourceFile("src/train.py", TRAIN.format(imports=imports, call=call))
    assert lines(SourceFile("src/prepare.py", PREPARE), train) == [("src/prepare.py", 5)]


def test_a_library_is_not_the_file_of_the_same_name() -> None:
    files = Importable([SourceFile("metrics.py", ""), SourceFile("a/b/steps.py", "")])
    assert files.find("sklearn.metrics", "train.py") is None
    assert files.find("metrics", "train.py") is not None
    assert files.find("c.steps", "train.py") is None
    assert files.find("b.steps", "train.py") is not None


def test_of_two_files_of_a_name_the_one_beside_is_meant() -> None:
    files = [SourceFile("one/steps.py", "x = 1"), SourceFile("two/steps.py", "x = 2")]
    assert Importable(files).find("steps", "two/train.ipynb#cell-3") is files[1]


def test_files_that_import_each_other_end() -> None:
    a, b = SourceFile("a.py", "import b\nx = b.y\n"), SourceFile("b.py", "import a\ny = a.x\n")
    assert reachable(a, (a, b)) == (b,)
    assert len(analyse_all(CodeContext((a, b))).facts) == 2


def test_only_what_changed_and_what_imports_it_is_read_again() -> None:
    shared = SourceFile("shared.py", "x = 1\n")
    user, other = SourceFile("user.py", "import shared\n"), SourceFile("other.py", "y = 2\n")
    before = analyse_all(CodeContext((shared, user, other))).facts
    changed = SourceFile("shared.py", "x = 3\n")
    after = analyse_all(CodeContext((changed, user, other))).facts

    assert [new is old for new, old in zip(after, before, strict=True)] == [False, False, True]
