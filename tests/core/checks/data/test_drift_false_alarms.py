"""How often the checks of drift warn where nothing drifts: over all kinds of targets and columns
at 300 and at 5,000 rows."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from grd_core.checks.contract import Check, CheckResult, Status
from grd_core.checks.data.d208_feature_drift import FeatureDrift
from grd_core.checks.data.d209_joint_drift import JointDrift
from grd_core.checks.data.d210_label_shift import LabelShift
from grd_core.checks.data.d211_concept_shift import ConceptShift
from tests.core.checks.data.clean_tables import TARGETS, clean_pair
from tests.core.checks.data.two_tables import review

CHECKS: tuple[Check, ...] = (FeatureDrift(), JointDrift(), LabelShift(), ConceptShift())
SEEDS = 200
MOST_ALARMS = 0.004


def results(folder: Path, rows: int, seed: int, target: str) -> list[CheckResult]:
    """All checks with labels, then label shift without."""
    train, test = clean_pair(rows, seed, target)
    roles = {"target": "y", "id_column": "id"}
    found = [review(check, folder, train, test, **roles) for check in CHECKS]
    return [*found, review(LabelShift(), folder, train, test.drop(columns="y"), **roles)]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("rows", "seeds"), [(300, 1), (5000, 1)])
def test_clean_tables_pass(rows: int, seeds: int, target: str, tmp_path: Path) -> None:
    for seed in range(1, 1 + seeds):
        for result in results(tmp_path, rows, seed, target):
            assert result.status in (Status.PASSED, Status.NOT_APPLICABLE), result.reason
            assert not result.findings


@pytest.mark.filterwarnings("error")
def test_columns_of_every_make_are_read(tmp_path: Path) -> None:
    def table(rows: int, seed: int) -> pd.DataFrame:
        chance = np.random.default_rng(seed)
        made = pd.DataFrame({"a": chance.normal(size=rows), "list": [[1, 2]] * rows})
        return made.assign(
            y=(made["a"] + chance.normal(size=rows) > 0).astype(int),
            empty=np.nan,
            nothing=None,
            constant=1.0,
            endless=np.where(chance.random(rows) < 0.1, np.inf, 1.0),
            huge=chance.normal(size=rows) * 1e300,
            moment=pd.date_range("2024-01-01", "2024-12-31", rows, tz="Europe/Berlin"),
            day=[date(2024, 1, 1 + place % 28) for place in range(rows)],
            price=[Decimal(place % 7) for place in range(rows)],
            maybe=pd.array(chance.choice([True, False, None], rows), dtype="boolean"),
            span=pd.to_timedelta(chance.integers(0, 99, rows), unit="s"),
            raw=[b"x"] * rows,
        )

    train, test = table(300, 1), table(100, 2)
    for check in CHECKS:
        assert review(check, tmp_path, train, test, target="y").status is Status.PASSED


@pytest.mark.soak
@pytest.mark.parametrize("rows", [300, 5000])
def test_the_rate_of_false_alarms(rows: int, tmp_path: Path) -> None:
    alarms: Counter[str] = Counter()
    for target in TARGETS:
        for seed in range(SEEDS):
            for result in results(tmp_path, rows, seed, target):
                assert result.status is not Status.ERRORED, result.reason
                alarms[result.check] += result.status is Status.WARNED
    bar = MOST_ALARMS * SEEDS * len(TARGETS)
    assert {code: count for code, count in alarms.items() if count > bar} == {}
