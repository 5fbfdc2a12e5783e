"""One study for several rooms, run and reviewed once; each test works on its own copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from grd_core.critic.inputs import input_hashes
from grd_core.critic.last_review import review_scorecard
from grd_core.evaluation.evaluate import evaluate
from grd_core.study import Study
from tests.small_study import copy_of, judged_study


@pytest.fixture(scope="session")
def judged_once(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A baseline, a moon that PROCEEDs and a refuted wind; nothing scored yet."""
    return judged_study(tmp_path_factory.mktemp("judged") / "tides")


@pytest.fixture(scope="session")
def evaluated_once(judged_once: Study, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The same, with the moon scored and its scorecard reviewed."""
    study = copy_of(judged_once, tmp_path_factory.mktemp("evaluated") / "tides")
    evaluate(study, "2", input_hashes)
    review_scorecard(study, "2")
    return study


@pytest.fixture
def evaluated(evaluated_once: Study, tmp_path: Path) -> Study:
    """A copy of the evaluated study, for one test."""
    return copy_of(evaluated_once, tmp_path / "tides")
