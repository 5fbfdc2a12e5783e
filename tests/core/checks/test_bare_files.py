"""What is said beside two bare tables is checked before any check runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grd_core.checks.bare_files import check_files_job
from grd_core.errors import UsageError
from tests.core.checks.data.clean_tables import clean_pair


@pytest.fixture
def arguments(tmp_path: Path) -> dict[str, Any]:
    for name, table in zip(("train", "test"), clean_pair(120, 1, "regression"), strict=True):
        table.to_parquet(tmp_path / f"{name}.parquet")
    paths = {name: str(tmp_path / f"{name}.parquet") for name in ("train", "test")}
    return {**paths, "target": "y", "time": "", "groups": [], "id_column": "id"}


def unheard(fraction: float, message: str) -> None:
    """Nobody waits."""


@pytest.mark.parametrize(
    ("beside", "said"),
    [
        ({"effects": {"maee": 1.0}}, "no metric is called"),
        ({"effects": {"mae": 0.0}}, "not above 0"),
        ({"task": "forecast"}, "'forecast' is no task"),
        ({"validation": "none.csv"}, "the validation table does not exist"),
        ({"pipelines": ["none.skops"]}, "the pipeline does not exist"),
    ],
)
def test_what_is_none_is_told(beside: dict[str, Any], said: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=said):
        check_files_job(arguments | beside, unheard)


def test_a_minimum_effect_reaches_the_check_of_power(arguments: dict[str, Any]) -> None:
    told = {"effects": {"MeanAbsoluteError": 1e-4}, "task": "regression"}
    found = check_files_job(arguments | told, unheard)
    results = {result["check"]: result for result in found["results"]}
    assert results["D214"]["status"] == "warned"
    assert results["D216"]["status"] == "not_applicable"
