"""What the data checks found on the frozen parts is kept, for as long as it holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from grd_core.checks.contract import CheckResult
from grd_core.critic.review import review, review_again
from grd_core.recon import frozen_checks
from grd_core.recon.frozen_checks import kept_results, rests_on, table_checks, tables_context
from grd_core.recon.profile import profile_training
from grd_core.recon.records import current_profile
from grd_core.runs.experiments import find_experiment
from grd_core.study import Study
from tests.small_study import copy_of


@pytest.fixture
def locked(locked_once: Study, tmp_path: Path) -> Study:
    return copy_of(locked_once, tmp_path / "tides")


@pytest.fixture
def judged(judged_once: Study, tmp_path: Path) -> Study:
    return copy_of(judged_once, tmp_path / "tides")


def test_every_check_of_tables_is_kept_by_the_freeze(locked: Study) -> None:
    kept = kept_results(locked)
    assert list(kept) == [check.code for check in table_checks()]
    paths = [finding.path for result in kept.values() for finding in result.findings]
    assert not [path for path in paths if Path(path).is_absolute()]


class Told:
    """Notes which checks were given a worker."""

    def __init__(self) -> None:
        self.run: list[str] = []

    def started(self, code: str) -> None:
        self.run.append(code)

    def progress(self, code: str, fraction: float, message: str) -> None:
        """Not looked at."""

    def result(self, result: CheckResult) -> None:
        """Not looked at."""


def test_a_review_runs_no_check_whose_result_is_kept(judged: Study) -> None:
    told = Told()
    experiment = find_experiment(judged, "1")
    kept = kept_results(judged)
    passed = review(judged, experiment, told)
    found = {result.check: result for result in passed.unwaived}
    assert not set(told.run) & set(kept)
    assert "D215" in told.run
    assert {code: found[code] for code in kept} == kept
    review_again(judged, passed, "D201", told)
    assert told.run[-1] == "D201"


def test_checks_of_other_code_are_run_anew(
    locked: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from grd_core.checks import data

    before = rests_on(tables_context(locked))
    (tmp_path / "d201_duplicates.py").write_text("another way to count")
    monkeypatch.setattr(data, "__file__", str(tmp_path / "__init__.py"))
    assert rests_on(tables_context(locked)) != before
    assert kept_results(locked) == {}


def test_what_looks_beyond_tables_is_never_kept(locked: Study) -> None:
    codes = {check.code for check in table_checks()}
    assert not codes & frozen_checks.BEYOND_TABLES
    assert "D215" not in kept_results(locked)


def test_a_profile_made_anew_keeps_the_same(locked: Study) -> None:
    before = current_profile(locked, "training")
    after = profile_training(locked)
    assert before is not None
    assert after.content["rests_on"] == before.content["rests_on"]
