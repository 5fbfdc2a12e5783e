"""One study for the whole room, run and reviewed once; each test works on its own copy."""

from __future__ import annotations

import pytest

from grd_core.study import Study
from tests.small_study import judged_study


@pytest.fixture(scope="session")
def judged_once(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A baseline, a moon that PROCEEDs and a refuted wind; nothing scored yet."""
    return judged_study(tmp_path_factory.mktemp("judged") / "tides")
