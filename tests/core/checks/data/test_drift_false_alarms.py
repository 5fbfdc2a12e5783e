"""How often the checks of drift warn where nothing drifts: over all kinds of targets and columns
at 300 and at 5,000 rows."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

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
