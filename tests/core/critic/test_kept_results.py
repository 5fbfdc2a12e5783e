"""What the data checks found on the frozen parts is kept, for as long as it holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from grd_core.critic.worker import check_job
from grd_core.recon import frozen_checks
from grd_core.recon.frozen_checks import kept_result, rests_on, table_checks, tables_context
from grd_core.recon.profile import profile_training
from grd_core.recon.records import current_profile
from grd_core.study import Study
from tests.small_study import copy_of


@pytest.fixture
def locked(locked_once: Study, tmp_path: Path) -> Study:
    return copy_of(locked_once, tmp_path / "tides")


@pytest.fixture
def judged(judged_once: Study, tmp_path: Path) -> Study:
    return copy_of(judged_once, tmp_path / "tides")


def quiet(fraction: float, message: str) -> None:
    """Nobody looks."""


def test_every_check_of_tables_is_kept_by_the_freeze(locked: Study) -> None:
    for check in table_checks():
        kept = kept_result(locked, check.code)
        assert kept is not None
        assert kept["check"] == check.code


def test_a_review_tells_what_was_kept(judged: Study) -> None:
    arguments = {"root": str(judged.root), "code": "D201", "number": 1}
    kept = kept_result(judged, "D201")
    assert kept is not None
    assert check_job(arguments, quiet)["measurement"] == kept["measurement"]
    assert check_job(arguments, quiet)["seconds"] == kept["seconds"]


def test_checks_of_other_code_are_run_anew(
    locked: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from grd_core.checks import data

    before = rests_on(tables_context(locked))
    (tmp_path / "d201_duplicates.py").write_text("another way to count")
    monkeypatch.setattr(data, "__file__", str(tmp_path / "__init__.py"))
    assert rests_on(tables_context(locked)) != before
    assert kept_result(locked, "D201") is None


def test_what_looks_beyond_tables_is_never_kept(locked: Study) -> None:
    codes = {check.code for check in table_checks()}
    assert not codes & frozen_checks.BEYOND_TABLES
    assert kept_result(locked, "D215") is None


def test_a_profile_made_anew_keeps_the_same(locked: Study) -> None:
    before = current_profile(locked, "training")
    after = profile_training(locked)
    assert before is not None
    assert after.content["rests_on"] == before.content["rests_on"]
