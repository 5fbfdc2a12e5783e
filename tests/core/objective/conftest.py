"""An objective that says everything, and a study whose data are frozen."""

from __future__ import annotations

from pathlib import Path

import pytest

from grd_core.study import Study
from tests.objectives import OBJECTIVE, declared_study, with_frozen_data


@pytest.fixture
def text() -> str:
    """A complete, lockable objective."""
    return OBJECTIVE


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """A study with a declared source, and nothing else."""
    return declared_study(tmp_path / "trains")


@pytest.fixture
def frozen(study: Study) -> Study:
    """The study with its data split in time and frozen, and a complete OBJECTIVE.md."""
    return with_frozen_data(study)
