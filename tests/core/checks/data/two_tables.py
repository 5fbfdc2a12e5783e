"""A check on two tables of a test: written, compared, judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from grd_core.checks.contract import Check, CheckResult, DataContext
from grd_core.checks.runner import apply_check
from tests.core.checks.fixtures_reader import Case


def review(
    check: Check, folder: Path, train: pd.DataFrame, test: pd.DataFrame, **roles: Any
) -> CheckResult:
    """The check's result on both tables; `validation` may be a table among the roles."""
    tables = {"train": train, "test": test}
    if "validation" in roles:
        tables["validation"] = roles.pop("validation")
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet")
    paths = {name: str(folder / f"{name}.parquet") for name in tables}
    return apply_check(check, DataContext(**paths, **roles))


def review_case(check: Check, folder: Path, case: Case, **roles: Any) -> CheckResult:
    """The check's result on the two CSV tables of a fixture's case."""
    for name, text in case.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    context = DataContext(str(folder / "train.csv"), str(folder / "test.csv"), **roles)
    return apply_check(check, context)


def warnings(result: CheckResult) -> list[str]:
    """The sentences of its findings of severity warning."""
    return [one.why for one in result.findings if one.severity.value == "warning"]
