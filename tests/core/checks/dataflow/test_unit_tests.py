"""What is scored only to be asserted is nobody's result; everything else in the file is read."""

from __future__ import annotations

import pytest

from grd_core.checks.contract import SourceFile
from grd_core.checks.dataflow.engine import analyse
from grd_core.checks.dataflow.parse import parse

SCORED = """
from sklearn.datasets import load_iris
from sklearn.linear_model import Ridge
{imported}

{defined}
    X, y = load_iris(return_X_y=True)
    model = Ridge().fit(X, y)
    score = model.score(X, y)
    {judged} score > 0.9
"""
NESTED = "class {0}:\n  def {1}(self):"


def pairs(imported: str, defined: str, judged: str = "assert") -> int:
    text = SCORED.format(imported=imported, defined=defined, judged=judged)
    return len(analyse(parse(SourceFile("t.py", text))).pairs)


@pytest.mark.parametrize(
    "imported", ["import pytest", "import unittest", "from numpy.testing import assert_equal"]
)
def test_leaves_a_unit_test_alone(imported: str) -> None:
    assert pairs(imported, "def test_ridge():") == 0
    assert pairs(imported, NESTED.format("TestRidge", "test_score")) == 0
    assert pairs(imported, "def check_ridge():") == 0


def test_leaves_a_function_alone_that_is_named_and_asserts() -> None:
    assert pairs("import os", "def test_ridge():") == 0


def test_reads_what_is_no_unit_test() -> None:
    assert pairs("import os", "def check_ridge():") == 1
    assert pairs("import os", "def test_ridge():", "return") == 1


def test_reads_a_function_beside_unit_tests() -> None:
    assert pairs("import pytest", "def train():", "return") == 1


def test_reads_what_a_script_runs_although_it_asserts() -> None:
    assert pairs("import pytest", "if True:") == 1


def test_leaves_a_unit_test_alone_that_is_handed_on() -> None:
    handed = "from functools import partial\ndef check():"
    text = SCORED.format(imported="import pytest", defined=handed, judged="assert")
    after = "\nCHECKS = [partial(check, 1)]\n"
    read = [
        len(analyse(parse(SourceFile("t.py", made))).pairs)
        for made in (text + after, text.replace("import pytest", "") + after)
    ]
    assert read == [0, 1]
