"""D215 on its fixture: bytes that changed, a file that is gone, and bytes that stand."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from grd_core.checks.contract import DataContext, FrozenFile, Status
from grd_core.checks.data.d215_frozen_changed import FrozenDataChanged
from grd_core.checks.runner import apply_check
from tests.core.checks.fixtures_reader import FIXTURES, Case, read_fixture

CASES = [pytest.param(c, id=c.name) for c in read_fixture(FIXTURES / "d215.md").cases]


@pytest.mark.parametrize("case", CASES)
def test_its_fixture(case: Case, tmp_path: Path) -> None:
    for name, text in case.files.items():
        (tmp_path / name).write_text(text)
    rows = csv.DictReader(case.files["frozen.csv"].splitlines())
    frozen = tuple(FrozenFile(str(tmp_path / row["path"]), row["sha256"]) for row in rows)
    result = apply_check(FrozenDataChanged(), DataContext("", "", frozen=frozen))
    assert [finding.severity.value for finding in result.findings] == [
        item.severity for item in case.expected
    ]
    assert result.status is (Status.FAILED if case.flawed else Status.PASSED)


def test_nothing_frozen_is_not_a_pass() -> None:
    result = apply_check(FrozenDataChanged(), DataContext("", ""))
    assert result.status is Status.NOT_APPLICABLE
