"""Which distributions of the target a metric can be unfit for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from grd_core.recon.roles import Roles
from grd_core.recon.target import describe_target, distributions


@pytest.mark.parametrize(
    ("lowest", "found"), [(-1.0, ["zeros", "negative"]), (0.0, ["zeros"]), (1.0, [])]
)
def test_a_target_below_zero_is_told(lowest: float, found: list[str]) -> None:
    target = pd.Series(np.linspace(lowest, 9.0, 1001))
    assert distributions(describe_target(target, Roles(task="regression", target="y"))) == found
