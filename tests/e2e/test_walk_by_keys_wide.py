"""The whole method by keys alone, on a terminal of 120 columns and 40 rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.walk_by_keys import walk


@pytest.mark.soak
def test_from_the_demo_to_a_seal(cockpit: Callable[..., Any], tmp_path: Path) -> None:
    terminal = cockpit("demo", columns=120, rows=40, folder=tmp_path)
    walk(terminal, tmp_path / "grd-demo-flight-delays")
    terminal.press("q")
    assert terminal.wait_for_exit() == 0
